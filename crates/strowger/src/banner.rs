//! What is printed once the server runs: where it listens, how to reach it, what to dial.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use server::config::Configuration;
use server::process::Server;
use signalling::config::Protocol;

/// What the banner says of the configuration, taken before the server has it.
pub(crate) struct About {
    /// The directory; `None` for the built-in configuration.
    directory: Option<PathBuf>,
    /// Protocols of the transports, in order.
    protocols: Vec<Protocol>,
    recordings: PathBuf,
    is_ari_enabled: bool,
    prefix: String,
    endpoints: usize,
}

impl About {
    pub(crate) fn of(configuration: &Configuration, directory: Option<&Path>) -> About {
        About {
            directory: directory.map(Path::to_owned),
            protocols: configuration.sip.transports.iter().map(|transport| transport.protocol).collect(),
            recordings: configuration.recordings(),
            is_ari_enabled: configuration.ari.enabled && configuration.http.enabled,
            prefix: configuration.http.prefix.clone(),
            endpoints: configuration.sip.endpoints.len(),
        }
    }
}

/// The banner.
pub(crate) fn banner(about: &About, server: &Server) -> String {
    let mut text = format!("Strowger {}\n\n", env!("CARGO_PKG_VERSION"));
    listening(&mut text, about, server);
    match &about.directory {
        None => built_in(&mut text, server),
        Some(directory) => {
            let _ = writeln!(
                text,
                "\nConfigured by {} with {} endpoints; `strowger check {}` says what of it is understood.",
                directory.display(),
                about.endpoints,
                directory.display()
            );
        }
    }
    text.push_str("\nCtrl-C ends it.\n");
    text
}

fn listening(text: &mut String, about: &About, server: &Server) {
    for (protocol, address) in about.protocols.iter().zip(server.sip_addresses()) {
        let name = format!("SIP {protocol}");
        let _ = writeln!(text, "  {name:<10} {address}");
    }
    for address in server.http_addresses() {
        let ari = if about.is_ari_enabled { "ARI" } else { "HTTP" };
        let path = if about.is_ari_enabled { format!("{}/ari", about.prefix) } else { String::new() };
        let _ = writeln!(text, "  {ari:<10} http://{address}{path}");
    }
    let _ = writeln!(text, "  {:<10} {}", "recordings", about.recordings.display());
    let _ = writeln!(text, "  {:<10} {}", "calls", server.admission());
}

fn built_in(text: &mut String, server: &Server) {
    let sip = server.sip_addresses().first().map(SocketAddr::to_string).unwrap_or_default();
    let _ = write!(
        text,
        "
No configuration was given: this one is for trying it out, and for this machine only.

  A softphone   user 2001 to 2009, password secret, domain {sip}; or without a password as a guest
  A script      python3 examples/first_call.py        (user admin, password password)
  A test call   sipp -sn uac -s 3000 {sip}

  Dial  1000    the application my-app; without one a prompt says so
        3000    echo: you hear yourself
        3001    a prompt
        3002    music
        3003    a conference
        2001 …  the other phones

  Your own      strowger init DIRECTORY --listen ADDRESS, then strowger serve --config DIRECTORY
"
    );
}
