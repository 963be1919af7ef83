//! `type=auth`.

use conf::{Complaint, SectionReader};
use signalling::config::{Algorithm, Auth, Secret};

use super::options;

pub(super) fn read(section: &SectionReader<'_, '_>) -> Option<Auth> {
    let name = section.name();
    let kind = section.get("auth_type").unwrap_or("userpass").to_ascii_lowercase();
    let username = section.get("username").unwrap_or_default().to_owned();
    let realm = section.get("realm").unwrap_or_default().to_owned();
    super::super::passive::apply(section, options::AUTH);
    let secret = match kind.as_str() {
        "userpass" => {
            section.know(&["md5_cred"]);
            Secret::Password(wanted(section, "password")?.value.clone())
        }
        "md5" => {
            section.know(&["password"]);
            Secret::Ha1Md5(hash(section, wanted(section, "md5_cred")?)?)
        }
        other => {
            let text = format!("`auth_type = {other}` is not supported yet; [{name}] opens nothing");
            section.refuse(&text, Some("write `auth_type = userpass` and a `password`"));
            return None;
        }
    };
    if username.is_empty() {
        let text = format!("[{name}] has no `username`; it opens nothing");
        section.complain(Complaint::error(section.span(), text).with_help("write `username = …` below it"));
        return None;
    }
    let algorithms = algorithms(section, &secret);
    Some(Auth { name: name.into(), username, realm, secret, algorithms })
}

/// `supported_algorithms_uas`: what is not known is passed over, and a hash of a password is good for MD5 alone.
fn algorithms(section: &SectionReader<'_, '_>, secret: &Secret) -> Vec<Algorithm> {
    let Some(entry) = section.entry("supported_algorithms_uas") else { return Vec::new() };
    let mut algorithms = Vec::new();
    for word in entry.value.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match (Algorithm::parse(Some(word)), secret) {
            (Some(Algorithm::Sha256), Secret::Ha1Md5(_)) | (None, _) => {
                let text = format!("`{word}` is not an algorithm that can be offered here; it was left out");
                section.complain(
                    Complaint::warning(entry.value_span, text).with_help("write `MD5` or `SHA-256`"),
                );
            }
            (Some(algorithm), _) => algorithms.push(algorithm),
        }
    }
    algorithms
}

fn wanted<'a>(section: &SectionReader<'a, '_>, key: &str) -> Option<&'a conf::Entry> {
    let entry = section.entry(key).filter(|entry| !entry.value.is_empty());
    if entry.is_none() {
        let text = format!("[{}] has no `{key}`; it opens nothing", section.name());
        section.complain(
            Complaint::error(section.span(), text).with_help(format!("write `{key} = …` below it")),
        );
    }
    entry
}

fn hash(section: &SectionReader<'_, '_>, entry: &conf::Entry) -> Option<String> {
    let is_hash = entry.value.len() == 32 && entry.value.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hash {
        let help = "write the 32 hexadecimal digits of MD5(username:realm:password)";
        section.complain(
            Complaint::error(entry.value_span, "this is no MD5 hash; it opens nothing").with_help(help),
        );
    }
    is_hash.then(|| entry.value.to_ascii_lowercase())
}
