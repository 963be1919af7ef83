//! `ari.conf`: who may use the REST interface, and how it answers.

use conf::{Complaint, Reader, SectionReader};

use super::passive::{self, Passive, fine, harmless, unsupported};
use super::{Files, Report};
use ari::{Crypt, Password, User};

const NAME: &str = "ari.conf";

/// The REST interface.
#[derive(Debug)]
pub struct Ari {
    /// Whether it answers at all.
    pub enabled: bool,
    /// Whether bodies are laid out for people.
    pub pretty: bool,
    /// Realm of `WWW-Authenticate`.
    pub auth_realm: String,
    /// Origins that browsers may call from; `*` is all.
    pub allowed_origins: Vec<String>,
    /// Variables and functions that every channel object shows as `channelvars`.
    pub channel_variables: Vec<String>,
    /// Users.
    pub users: Vec<User>,
}

impl Default for Ari {
    fn default() -> Ari {
        Ari {
            enabled: false,
            pretty: false,
            auth_realm: "Asterisk REST Interface".to_owned(),
            allowed_origins: Vec::new(),
            channel_variables: Vec::new(),
            users: Vec::new(),
        }
    }
}

const GENERAL: &[Passive] = &[harmless("websocket_write_timeout")];
const USER: &[Passive] = &[
    fine("acl", passive::NEVER, "restrict the addresses in a firewall"),
    unsupported("permit"),
    unsupported("deny"),
];

pub(super) fn read(files: &mut Files, report: &mut Report) -> Ari {
    let Some(config) = files.parse(NAME) else { return Ari::default() };
    let reader = Reader::new(&config);
    let mut ari = Ari::default();
    for section in reader.sections() {
        if section.name().eq_ignore_ascii_case("general") {
            general(&section, &mut ari);
        } else {
            ari.users.extend(user(&section));
        }
    }
    report.read(NAME, &config, reader.finish());
    ari
}

fn general(section: &SectionReader<'_, '_>, ari: &mut Ari) {
    ari.enabled = section.boolean("enabled", true);
    ari.pretty = section.boolean("pretty", false);
    if let Some(realm) = section.get("auth_realm") {
        ari.auth_realm = realm.to_owned();
    }
    ari.allowed_origins = list(section.get("allowed_origins"));
    ari.channel_variables = list(section.get("channelvars"));
    passive::apply(section, GENERAL);
}

fn list(value: Option<&str>) -> Vec<String> {
    let parts = value.unwrap_or_default().split(',').map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn user(section: &SectionReader<'_, '_>) -> Option<User> {
    match section.get("type") {
        Some("user") => {}
        Some("outbound_websocket") => {
            section.refuse(
                "outbound WebSockets are not supported yet",
                Some("let the application connect to us"),
            );
            return None;
        }
        Some(other) => {
            section.refuse(
                &format!("[{}] is of unknown type `{other}`", section.name()),
                Some("write `type = user`"),
            );
            return None;
        }
        None => {
            section.refuse(
                &format!("[{}] has no type; nobody can log in as it", section.name()),
                Some("write `type = user`"),
            );
            return None;
        }
    }
    let read_only = section.boolean("read_only", false);
    passive::apply(section, USER);
    let format = section.get("password_format").unwrap_or("plain");
    let Some(entry) = section.entry("password").filter(|entry| !entry.value.is_empty()) else {
        let text = format!("user [{}] has no password; nobody can log in as it", section.name());
        section.complain(Complaint::error(section.span(), text).with_help("write `password = …` below it"));
        return None;
    };
    let password = match format.to_ascii_lowercase().as_str() {
        "plain" => Password::Plain(entry.value.clone()),
        "crypt" => match Crypt::new(&entry.value) {
            Ok(crypt) => Password::Crypt(crypt),
            Err(error) => {
                let text = format!("[{}] cannot log in: {error}", section.name());
                section.complain(Complaint::error(entry.value_span, text));
                return None;
            }
        },
        other => {
            let place = section.entry("password_format").map_or(entry.value_span, |entry| entry.value_span);
            let text = format!("`{other}` is no format of passwords; [{}] cannot log in", section.name());
            section.complain(Complaint::error(place, text).with_help("write `plain` or `crypt`"));
            return None;
        }
    };
    Some(User { name: section.name().to_owned(), password, read_only })
}
