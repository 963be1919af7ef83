//! How HTTP, RTP and music are set.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::console::answer::Answer;
use crate::console::command::{Command, Complete};
use crate::console::value::{Value, record};

/// Classes of music that are listed at most.
const MOST_CLASSES: usize = 1_000;

pub(super) const HTTP: Command = Command {
    words: "http show status",
    arguments: "",
    summary: "Display HTTP server status",
    usage: "Usage: http show status\n       Shows where the HTTP server listens and what it answers.",
    complete: Complete::Nothing,
    run: |operator, call| {
        Box::pin(async move {
            call.exactly::<0>()?;
            let facts = &operator.facts;
            let mut uris =
                vec![("/healthz", "Whether the switch works"), ("/readyz", "Whether calls are taken")];
            uris.push((crate::metrics::PATH, "Prometheus Metrics URI"));
            let ari = operator.reloader.ari();
            if ari.is_some() {
                uris.push(("/ari/...", "Asterisk RESTful API"));
            }
            let prefix = ari.map(|ari| ari.front.prefix.clone()).unwrap_or_default();
            let uris = uris.into_iter().map(|(path, what)| {
                let prefix = if path.starts_with("/ari") { prefix.as_str() } else { "" };
                record! { "uri" => format!("{prefix}{path}"), "name" => what }
            });
            let addresses = facts.http_addresses.iter().map(|address| Value::from(address.to_string()));
            let data = record! {
                "enabled" => facts.http.enabled,
                "prefix" => prefix.as_str(),
                "server_name" => facts.http.server_name.as_str(),
                "addresses" => addresses.collect::<Value>(),
                "uris" => uris.collect::<Value>(),
            };
            Ok(Answer::new(data, http))
        })
    },
};

fn http(data: &Value) -> String {
    let mut text =
        format!("HTTP Server Status:\nPrefix: {}\nServer: {}\n", data["prefix"], data["server_name"]);
    if data["enabled"] != Value::Flag(true) {
        text.push_str("Server Disabled\n");
        return text;
    }
    for address in data["addresses"].items() {
        let _ = writeln!(text, "Server Enabled and Bound to {address}");
    }
    text.push_str("\nEnabled URI's:\n");
    for uri in data["uris"].items() {
        let _ = writeln!(text, "{} => {}", uri["uri"], uri["name"]);
    }
    text.push_str("\nEnabled Redirects:\n  None.\n");
    text
}

pub(super) const RTP: Command = Command {
    words: "rtp show settings",
    arguments: "",
    summary: "Display RTP settings",
    usage: "Usage: rtp show settings\n       Shows how media is set.",
    complete: Complete::Nothing,
    run: |operator, call| {
        Box::pin(async move {
            call.exactly::<0>()?;
            let rtp = operator.facts.rtp;
            let data = record! {
                "port_start" => u32::from(rtp.start),
                "port_end" => u32::from(rtp.end),
                "strict_rtp" => true,
                "channels" => operator.facts.admission.calls,
            };
            Ok(Answer::new(data, |data| {
                format!(
                    "\n\nGeneral Settings:\n----------------\n  Port start:      {}\n  Port end:        {}\n  \
                     Strict RTP:      {}\n  Channels:        {}\n",
                    data["port_start"], data["port_end"], data["strict_rtp"], data["channels"]
                )
            }))
        })
    },
};

pub(super) const MOH_CLASSES: Command = Command {
    words: "moh show classes",
    arguments: "",
    summary: "List MusicOnHold classes",
    usage: "Usage: moh show classes\n       Lists the classes of music there are.",
    complete: Complete::Nothing,
    run: |operator, call| {
        Box::pin(async move {
            call.exactly::<0>()?;
            let folders = operator.facts.music.clone();
            let classes = tokio::task::spawn_blocking(move || classes(&folders)).await.unwrap_or_default();
            let classes = classes.into_iter().map(|(class, directory)| {
                record! { "class" => class, "mode" => "files", "directory" => directory }
            });
            Ok(Answer::new(classes.collect(), |classes| {
                classes.items().iter().fold(String::new(), |mut text, class| {
                    let (name, mode) = (&class["class"], &class["mode"]);
                    let _ =
                        writeln!(text, "Class: {name}\n\tMode: {mode}\n\tDirectory: {}", class["directory"]);
                    text
                })
            }))
        })
    },
};

/// `default` and a class for each folder, with where each is.
fn classes(folders: &[impl AsRef<Path>]) -> BTreeMap<String, String> {
    let mut classes = BTreeMap::new();
    let default = folders.first().map(|folder| folder.as_ref().display().to_string());
    classes.insert("default".to_owned(), default.unwrap_or_default());
    for folder in folders {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.path().is_dir()).take(MOST_CLASSES) {
            let name = entry.file_name().to_string_lossy().into_owned();
            classes.entry(name).or_insert_with(|| entry.path().display().to_string());
        }
    }
    classes
}
