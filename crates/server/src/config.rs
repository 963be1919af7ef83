//! Asterisk's files, read into what the parts of the process are started with.
//!
//! [`read`] takes a directory, [`built_in`] the files that Strowger carries; both go through the same readers. What is
//! wrong with a file never ends the reading: it becomes a complaint in the [`Report`]. What makes a start impossible is an
//! [`Error`], which [`Configuration::check`] finds.

mod ari_conf;
mod asterisk_conf;
mod directory;
mod error;
mod extensions_conf;
mod glob;
mod http_conf;
mod passive;
mod pjsip;
mod report;
mod rtp_conf;
mod safety;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use ari_conf::Ari;
pub use asterisk_conf::{Directories, state_directory};
pub use error::Error;
pub use http_conf::Http;
pub use report::{FileReport, Report, Verdict};
pub use rtp_conf::Rtp;

use crate::net::SocketOptions;
use directory::Files;

/// Everything a process is started with.
pub struct Configuration {
    /// `pjsip.conf`.
    pub sip: signalling::config::Config,
    /// What the sockets of `pjsip.conf`'s transports are set to, by their names.
    pub sockets: BTreeMap<Arc<str>, SocketOptions>,
    /// `extensions.conf`.
    pub dialplan: dialplan::Dialplan,
    /// `ari.conf`.
    pub ari: Ari,
    /// `http.conf`.
    pub http: Http,
    /// `rtp.conf`.
    pub rtp: Rtp,
    /// `asterisk.conf`, `[directories]`.
    pub directories: Directories,
    /// `maxcalls` of `asterisk.conf`; `None` where only descriptors and ports limit.
    pub max_calls: Option<u32>,
    /// The directory that it was read from; `None` where the program carries it.
    pub directory: Option<PathBuf>,
    /// The errors it was read with, each with the file it is in: reading it again may not bring new ones.
    pub errors: BTreeSet<(String, String)>,
}

/// A configuration and what is to be said of its files.
pub struct Reading {
    /// What was understood.
    pub configuration: Configuration,
    /// What was not, and where.
    pub report: Report,
}

/// Reads the files of a directory.
///
/// # Errors
/// Where the directory cannot be read at all.
pub fn read(directory: &Path) -> Result<Reading, Error> {
    let files = Files::of(directory)?;
    let mut reading = read_files(files, directory);
    reading.configuration.directory = Some(directory.to_owned());
    Ok(reading)
}

/// Reads the files that Strowger carries: everything on loopback.
pub fn built_in() -> Reading {
    read_text(&[
        ("pjsip.conf", include_str!("config/built_in/pjsip.conf")),
        ("extensions.conf", include_str!("config/built_in/extensions.conf")),
        ("ari.conf", include_str!("config/built_in/ari.conf")),
        ("http.conf", include_str!("config/built_in/http.conf")),
        ("rtp.conf", include_str!("config/built_in/rtp.conf")),
    ])
}

/// Reads files that are in memory, each with its name.
pub fn read_text(files: &[(&str, &str)]) -> Reading {
    read_files(Files::in_memory(files), &asterisk_conf::state_directory())
}

fn read_files(mut files: Files, base: &Path) -> Reading {
    let mut report = Report::default();
    let (directories, max_calls) = asterisk_conf::read(&mut files, base, &mut report);
    let (mut sip, sockets) = pjsip::read(&mut files, &mut report);
    let dialplan = extensions_conf::read(&mut files, &mut report);
    let ari = ari_conf::read(&mut files, &mut report);
    let http = http_conf::read(&mut files, &mut report);
    let rtp = rtp_conf::read(&mut files, &mut sip.streams, &mut report);
    sip.streams.secret = secret();
    files.report_unread(&mut report);
    let errors = report.errors();
    let configuration = Configuration {
        sip,
        sockets,
        dialplan,
        ari,
        http,
        rtp,
        directories,
        max_calls,
        directory: None,
        errors,
    };
    Reading { configuration, report }
}

/// What keys of media are made of. Without random numbers of the system's nothing of the process starts.
fn secret() -> Option<rtp::srtp::Secret> {
    let mut octets = [0; 32];
    getrandom::fill(&mut octets).ok()?;
    Some(rtp::srtp::Secret::new(octets))
}

impl Configuration {
    /// Whether a start is possible and safe.
    ///
    /// # Errors
    /// No transport, nowhere to listen, or a default password on an address that others can reach.
    pub fn check(&self) -> Result<(), Error> {
        if self.sip.transports.is_empty() {
            return Err(Error::NoTransport);
        }
        safety::check(self)
    }

    /// The addresses that RTP is bound to, at most one a family: the transports' own where they agree, all where not.
    pub fn rtp_addresses(&self) -> Vec<std::net::IpAddr> {
        rtp_conf::addresses(&self.sip.transports)
    }

    /// Where recordings are kept.
    pub fn recordings(&self) -> PathBuf {
        self.directories.spool.join("recording")
    }

    /// Where sounds are looked for, first hit first: each holds a folder a language.
    pub fn sounds(&self) -> Vec<PathBuf> {
        vec![self.directories.data.join("sounds"), PathBuf::from("/usr/share/asterisk/sounds")]
    }

    /// Where music is looked for: the files of the `default` class, and a folder for each other class.
    pub fn music(&self) -> Vec<PathBuf> {
        vec![self.directories.data.join("moh")]
    }
}

#[cfg(test)]
mod tests;
