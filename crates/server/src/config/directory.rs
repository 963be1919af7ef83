//! The files of a configuration: from a directory, or carried in the program.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use conf::IncludeError;

use super::{Error, Report, glob};

/// The longest file that is read, bytes. A longer one is complained about and left out.
const MAX_FILE: u64 = 16 << 20;
/// Files of a directory that are looked at; those beyond are left out.
const MAX_LISTED: usize = 10_000;

/// Where text comes from.
enum Place {
    Directory(PathBuf),
    Memory(BTreeMap<String, String>),
}

/// The files of one configuration and which of them were read.
pub(super) struct Files {
    place: Place,
    listed: Vec<String>,
    read: RefCell<BTreeSet<String>>,
    unreadable: Vec<(String, String)>,
}

impl Files {
    /// The files of a directory.
    pub(super) fn of(path: &Path) -> Result<Files, Error> {
        let failed = |source| Error::Directory { path: path.to_owned(), source };
        let mut listed = Vec::new();
        for entry in fs::read_dir(path).map_err(failed)?.take(MAX_LISTED) {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_file() && !name.starts_with('.') && !name.ends_with('~') {
                listed.push(name);
            }
        }
        listed.sort();
        let place = Place::Directory(path.to_owned());
        Ok(Files { place, listed, read: RefCell::default(), unreadable: Vec::new() })
    }

    /// Files that are in memory.
    pub(super) fn in_memory(files: &[(&str, &str)]) -> Files {
        let listed = files.iter().map(|(name, _)| (*name).to_owned()).collect();
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        let place = Place::Memory(files.iter().map(owned).collect());
        Files { place, listed, read: RefCell::default(), unreadable: Vec::new() }
    }

    /// The file of this name with all it includes; `None` where it is not there or cannot be read.
    pub(super) fn parse(&mut self, name: &str) -> Option<conf::Config> {
        if !self.listed.iter().any(|listed| listed == name) {
            return None;
        }
        self.read.borrow_mut().insert(name.to_owned());
        let text = match &self.place {
            Place::Memory(files) => files.get(name).cloned()?,
            Place::Directory(directory) => match text_of(&directory.join(name)) {
                Ok(text) => text,
                Err(problem) => {
                    self.unreadable.push((name.to_owned(), problem.to_string()));
                    return None;
                }
            },
        };
        Some(conf::Config::parse_with(name, &text, &|pattern| self.fetch(pattern)))
    }

    /// What an `#include` names: below the directory only.
    fn fetch(&self, pattern: &str) -> Result<Vec<(String, String)>, IncludeError> {
        let directory = match &self.place {
            Place::Directory(directory) => directory,
            Place::Memory(files) => return self.remembered(files, pattern),
        };
        let root = directory.canonicalize().map_err(|_| IncludeError::Unreadable)?;
        let mut found = Vec::new();
        for path in matching(directory, pattern) {
            let path = path.canonicalize().map_err(|_| IncludeError::NotFound)?;
            let Ok(below) = path.strip_prefix(&root) else { return Err(IncludeError::Outside) };
            let name = below.to_string_lossy().into_owned();
            let text = text_of(&path).map_err(|problem| match problem {
                Problem::Denied => IncludeError::Denied,
                Problem::TooLong | Problem::Other(_) => IncludeError::Unreadable,
            })?;
            self.read.borrow_mut().insert(name.clone());
            found.push((name, text));
        }
        if found.is_empty() { Err(IncludeError::NotFound) } else { Ok(found) }
    }

    fn remembered(
        &self,
        files: &BTreeMap<String, String>,
        pattern: &str,
    ) -> Result<Vec<(String, String)>, IncludeError> {
        let is_it = |name: &String| name == pattern || glob::matches(pattern, name.as_bytes());
        let found: Vec<(String, String)> = files
            .iter()
            .filter(|(name, _)| is_it(name))
            .map(|(name, text)| (name.clone(), text.clone()))
            .collect();
        self.read.borrow_mut().extend(found.iter().map(|(name, _)| name.clone()));
        if found.is_empty() { Err(IncludeError::NotFound) } else { Ok(found) }
    }

    /// Says of each file that nobody read whether Asterisk knows it.
    pub(super) fn report_unread(mut self, report: &mut Report) {
        // What a file that is not read includes belongs to it, and is not told apart.
        let is_unread = |name: &&String| {
            name.ends_with(".conf") && is_asterisks(name) && !self.read.borrow().contains(*name)
        };
        let owners: Vec<String> = self.listed.iter().filter(is_unread).cloned().collect();
        for owner in &owners {
            let _ = self.parse(owner);
        }
        self.read.borrow_mut().retain(|name| !owners.contains(name));
        let read = self.read.into_inner();
        for (name, problem) in self.unreadable {
            report.unreadable(&name, &problem);
        }
        for name in self.listed.iter().filter(|name| !read.contains(*name)) {
            report.unread(name, is_asterisks(name));
        }
    }
}

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("permission denied")]
    Denied,
    #[error("it is longer than {} MB", MAX_FILE >> 20)]
    TooLong,
    #[error("{0}")]
    Other(std::io::Error),
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Problem {
        match error.kind() {
            std::io::ErrorKind::PermissionDenied => Problem::Denied,
            _ => Problem::Other(error),
        }
    }
}

fn text_of(path: &Path) -> Result<String, Problem> {
    if fs::metadata(path)?.len() > MAX_FILE {
        return Err(Problem::TooLong);
    }
    let bytes = fs::read(path)?;
    // Old files hold Latin-1 in comments and names: they are read, the odd letter is lost.
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// The files that a name or a pattern stands for, sorted.
fn matching(directory: &Path, pattern: &str) -> Vec<PathBuf> {
    let full = directory.join(pattern);
    // `join` gives an absolute pattern itself.
    let mut found = vec![PathBuf::new()];
    for part in full.components() {
        let part = part.as_os_str();
        let text = part.to_string_lossy();
        found = match glob::is_pattern(&text) {
            false => found.into_iter().map(|path| path.join(part)).filter(|path| path.exists()).collect(),
            true => found.iter().flat_map(|path| matches_in(path, &text)).take(MAX_LISTED).collect(),
        };
    }
    found.retain(|path| path.is_file());
    found
}

/// The entries of a folder that a pattern stands for, sorted.
fn matches_in(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_hidden = |name: &[u8]| name.starts_with(b".") && !pattern.starts_with('.');
    let mut paths: Vec<PathBuf> = entries
        .take(MAX_LISTED)
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.as_encoded_bytes();
            !is_hidden(name) && glob::matches(pattern, name)
        })
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    paths
}

/// Whether Asterisk reads a file of this name.
fn is_asterisks(name: &str) -> bool {
    ASTERISK_FILES.binary_search(&name).is_ok()
}

/// Files that Asterisk reads and this version does not, in alphabetical order.
const ASTERISK_FILES: &[&str] = &[
    "acl.conf",
    "adsi.conf",
    "aeap.conf",
    "agents.conf",
    "alarmreceiver.conf",
    "alsa.conf",
    "amd.conf",
    "app_mysql.conf",
    "app_skel.conf",
    "ast_debug_tools.conf",
    "calendar.conf",
    "ccss.conf",
    "cdr.conf",
    "cdr_adaptive_odbc.conf",
    "cdr_beanstalkd.conf",
    "cdr_custom.conf",
    "cdr_manager.conf",
    "cdr_mysql.conf",
    "cdr_odbc.conf",
    "cdr_pgsql.conf",
    "cdr_sqlite3_custom.conf",
    "cdr_syslog.conf",
    "cdr_tds.conf",
    "cel.conf",
    "cel_beanstalkd.conf",
    "cel_custom.conf",
    "cel_odbc.conf",
    "cel_pgsql.conf",
    "cel_sqlite3_custom.conf",
    "cel_tds.conf",
    "chan_dahdi.conf",
    "chan_mobile.conf",
    "cli.conf",
    "cli_aliases.conf",
    "cli_permissions.conf",
    "codecs.conf",
    "confbridge.conf",
    "config_test.conf",
    "console.conf",
    "dbsep.conf",
    "dnsmgr.conf",
    "dsp.conf",
    "dundi.conf",
    "enum.conf",
    "extconfig.conf",
    "extensions.ael",
    "extensions.lua",
    "extensions_minivm.conf",
    "features.conf",
    "festival.conf",
    "followme.conf",
    "func_odbc.conf",
    "geolocation.conf",
    "hep.conf",
    "iax.conf",
    "iaxprov.conf",
    "indications.conf",
    "logger.conf",
    "manager.conf",
    "minivm.conf",
    "modules.conf",
    "motif.conf",
    "musiconhold.conf",
    "ooh323.conf",
    "osp.conf",
    "oss.conf",
    "phoneprov.conf",
    "pjproject.conf",
    "pjsip_notify.conf",
    "pjsip_wizard.conf",
    "prometheus.conf",
    "queuerules.conf",
    "queues.conf",
    "res_config_mysql.conf",
    "res_config_odbc.conf",
    "res_config_sqlite3.conf",
    "res_corosync.conf",
    "res_curl.conf",
    "res_fax.conf",
    "res_http_media_cache.conf",
    "res_ldap.conf",
    "res_odbc.conf",
    "res_parking.conf",
    "res_pgsql.conf",
    "res_pktccops.conf",
    "res_snmp.conf",
    "res_stun_monitor.conf",
    "resolver_unbound.conf",
    "rtp.conf",
    "say.conf",
    "sip.conf",
    "sip_notify.conf",
    "skinny.conf",
    "sla.conf",
    "smdi.conf",
    "sorcery.conf",
    "ss7.timers",
    "stasis.conf",
    "statsd.conf",
    "stir_shaken.conf",
    "telcordia-1.adsi",
    "test_sorcery.conf",
    "udptl.conf",
    "unistim.conf",
    "users.conf",
    "voicemail.conf",
    "vpb.conf",
    "websocket_client.conf",
    "xmpp.conf",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asterisks_files_are_in_order() {
        assert!(ASTERISK_FILES.is_sorted());
        assert!(is_asterisks("queues.conf"));
        assert!(!is_asterisks("queue.conf"));
    }
}
