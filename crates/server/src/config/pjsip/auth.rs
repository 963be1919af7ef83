//! `type=auth`.

use conf::{Complaint, Entry, SectionReader};
use signalling::config::{Algorithm, Auth, Secret};

use super::words::{parts, text};

pub(super) fn read(section: &SectionReader<'_, '_>) -> Option<Auth> {
    let name = section.name();
    let username = text(section, "username").unwrap_or_default();
    // A lone `*` stands for whatever realm the other side names.
    let realm = text(section, "realm").filter(|realm| realm != "*").unwrap_or_default();
    section.know(&["password", "md5_cred", "supported_algorithms_uas"]);
    let kind = section.get("auth_type").unwrap_or("digest").to_ascii_lowercase();
    let secret = match kind.as_str() {
        "digest" | "userpass" => Secret::Password(wanted(section, "password")?.value.clone()),
        "md5" => Secret::Ha1Md5(hash(section, wanted(section, "md5_cred")?)?),
        other => {
            let text = format!("`auth_type = {other}` is not supported; [{name}] opens nothing");
            section.refuse(&text, Some("write `auth_type = digest` and a `password`"));
            return None;
        }
    };
    if username.is_empty() {
        let text = format!("[{name}] has no `username`; it opens nothing");
        section.complain(Complaint::error(section.span(), text).with_help("write `username = …` below it"));
        return None;
    }
    let algorithms = algorithms(section, "supported_algorithms_uas", &secret);
    Some(Auth { name: name.into(), username, realm, secret, algorithms })
}

/// What is offered where credentials name nothing.
pub(super) fn usual_algorithms(section: &SectionReader<'_, '_>) -> Vec<Algorithm> {
    algorithms(section, "default_auth_algorithms_uas", &Secret::Password(String::new()))
}

/// What is not known is passed over, and a hash of a password is good for MD5 alone.
fn algorithms(section: &SectionReader<'_, '_>, key: &str, secret: &Secret) -> Vec<Algorithm> {
    let Some(entry) = section.entry(key) else { return Vec::new() };
    let mut algorithms = Vec::new();
    for (word, span) in parts(entry) {
        match (Algorithm::parse(Some(word)), secret) {
            (Some(Algorithm::Sha256 | Algorithm::Sha512Of256), Secret::Ha1Md5(_)) | (None, _) => {
                let text = format!("`{word}` is not an algorithm that can be offered here; it was left out");
                section.complain(
                    Complaint::warning(span, text).with_help("write `MD5`, `SHA-256` or `SHA-512-256`"),
                );
            }
            (Some(algorithm), _) => algorithms.push(algorithm),
        }
    }
    algorithms
}

fn wanted<'a>(section: &SectionReader<'a, '_>, key: &str) -> Option<&'a Entry> {
    let entry = section.entry(key).filter(|entry| !entry.value.is_empty());
    if entry.is_none() {
        let text = format!("[{}] has no `{key}`; it opens nothing", section.name());
        section.complain(
            Complaint::error(section.span(), text).with_help(format!("write `{key} = …` below it")),
        );
    }
    entry
}

fn hash(section: &SectionReader<'_, '_>, entry: &Entry) -> Option<String> {
    let is_hash = entry.value.len() == 32 && entry.value.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hash {
        let help = "write the 32 hexadecimal digits of MD5(username:realm:password)";
        section.complain(
            Complaint::error(entry.value_span, "this is no MD5 hash; it opens nothing").with_help(help),
        );
    }
    is_hash.then(|| entry.value.to_ascii_lowercase())
}
