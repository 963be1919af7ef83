//! Reading the configuration again while calls go on: all of it that is asked for, or nothing.

mod report;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use tokio::sync::Mutex;

use crate::config::{self, Configuration, Http, Reading, Rtp};
use crate::inbox::{Class, Inbox};

use super::http::Desk;
use super::{Admission, LOOK};

pub use report::{Outcome, ReloadReport};

/// What is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Everything: `core reload`, SIGHUP.
    Everything,
    /// SIP: `pjsip reload`, `module reload res_pjsip.so`.
    Sip,
    /// The dialplan: `dialplan reload`, `module reload pbx_config.so`.
    Dialplan,
    /// Users of the REST interface: `module reload res_ari.so`.
    Ari,
}

impl What {
    /// What Asterisk's module of this name reads, with or without `.so`; `None` where it is none of these.
    pub fn of_module(name: &str) -> Option<What> {
        let name = name.strip_suffix(".so").unwrap_or(name);
        match name {
            "pbx_config" | "extensions" => Some(What::Dialplan),
            "res_ari" => Some(What::Ari),
            "chan_pjsip" | "pjsip" | "acl" => Some(What::Sip),
            _ if name.starts_with("res_pjsip") => Some(What::Sip),
            _ => None,
        }
    }

    /// Whether errors in this file concern it.
    fn reads(self, file: &str) -> bool {
        match self {
            What::Everything => true,
            What::Sip => ["pjsip.conf", "pjsip_wizard.conf", "acl.conf"].contains(&file),
            What::Dialplan => file == "extensions.conf",
            What::Ari => file == "ari.conf",
        }
    }
}

/// Reads the configuration again. Clones are of one.
#[derive(Clone)]
pub struct Reloader(Arc<Shared>);

struct Shared {
    directory: Option<PathBuf>,
    inbox: Inbox<switch::Input>,
    desk: Desk,
    running: Mutex<Running>,
    /// Since when the configuration holds.
    read_at: std::sync::Mutex<Instant>,
}

/// What runs, and what it was read from.
struct Running {
    switch: switch::Config,
    /// Transports as they are written: a port may have been left to the system.
    transports: Vec<signalling::config::Transport>,
    http: Http,
    rtp: Rtp,
    directories: config::Directories,
    errors: BTreeSet<(String, String)>,
    descriptors: u64,
    /// The most calls that were reckoned with at the start.
    most_calls: u32,
}

impl Reloader {
    pub(super) fn new(
        configuration: &Configuration,
        switch: switch::Config,
        transports: Vec<signalling::config::Transport>,
        (descriptors, admission): (u64, Admission),
        inbox: Inbox<switch::Input>,
        desk: Desk,
    ) -> Reloader {
        let running = Running {
            switch,
            transports,
            http: configuration.http.clone(),
            rtp: configuration.rtp,
            directories: configuration.directories.clone(),
            errors: configuration.errors.clone(),
            descriptors,
            most_calls: admission.calls,
        };
        let directory = configuration.directory.clone();
        let read_at = std::sync::Mutex::new(Instant::now());
        Reloader(Arc::new(Shared { directory, inbox, desk, running: Mutex::new(running), read_at }))
    }

    /// Since when the configuration holds.
    pub fn read_at(&self) -> Instant {
        *self.0.read_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the REST interface answers by now; `None` where it is not enabled.
    pub fn ari(&self) -> Option<Arc<ari::Ari>> {
        self.0.desk.ari()
    }

    /// Reads all files, and where they hold nothing worse than what runs, puts them in place. Calls and registrations go
    /// on; whatever cannot change while it runs is told.
    pub async fn reload(&self, what: What) -> ReloadReport {
        let report = self.read_again(what).await;
        report.log();
        report
    }

    async fn read_again(&self, what: What) -> ReloadReport {
        let Some(directory) = self.0.directory.clone() else {
            return ReloadReport::refused(
                "the configuration is built in; start with `--config DIRECTORY`".to_owned(),
            );
        };
        // One at a time: a second waits for the first.
        let mut running = self.0.running.lock().await;
        let reading = match tokio::task::spawn_blocking(move || config::read(&directory)).await {
            Ok(Ok(reading)) => reading,
            Ok(Err(error)) => return ReloadReport::refused(error.to_string()),
            Err(_) => return ReloadReport::refused("reading the files ended in a panic".to_owned()),
        };
        let Reading { mut configuration, report } = reading;
        let complaints = report.lines();
        let worse: Vec<&(String, String)> =
            configuration.errors.difference(&running.errors).filter(|(file, _)| what.reads(file)).collect();
        let refusal = match (worse.as_slice(), configuration.check()) {
            ([], Ok(())) => None,
            ([], Err(error)) => Some(error.to_string()),
            ([(_, error)], _) => Some(error.clone()),
            ([(_, error), rest @ ..], _) => Some(format!("{error} (and {} more)", rest.len())),
        };
        if let Some(why) = refusal {
            return ReloadReport { complaints, ..ReloadReport::refused(why) };
        }
        super::hosts::look_up(&mut configuration.sip.identifies).await;
        let restart = running.take(what, &configuration);
        if matches!(what, What::Everything | What::Ari) {
            self.0.desk.configure(&configuration);
        }
        self.tell(switch::Input::Configure(Box::new(running.switch.clone()))).await;
        *self.0.read_at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        ReloadReport { outcome: Outcome::Done, complaints, restart }
    }

    async fn tell(&self, input: switch::Input) {
        let mut input = input;
        while let Err(back) = self.0.inbox.post(Class::Answer, input) {
            input = back;
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Running {
    /// Takes over what can change while it runs, and tells what cannot.
    fn take(&mut self, what: What, new: &Configuration) -> Vec<String> {
        let mut restart = Vec::new();
        if matches!(what, What::Everything | What::Sip) {
            let transports = self.transports(new, &mut restart);
            self.switch.sip = signalling::Config { transports, ..new.sip.clone() };
        }
        if matches!(what, What::Everything | What::Dialplan) {
            self.switch.dialplan = Arc::new(new.dialplan.clone());
        }
        if what == What::Everything {
            self.rest(new, &mut restart);
        }
        for (file, error) in &new.errors {
            if what.reads(file) {
                self.errors.insert((file.clone(), error.clone()));
            }
        }
        self.errors.retain(|error| !what.reads(&error.0) || new.errors.contains(error));
        restart
    }

    /// The transports that are there, with what of the new ones needs no other socket.
    fn transports(
        &self,
        new: &Configuration,
        restart: &mut Vec<String>,
    ) -> Vec<signalling::config::Transport> {
        for added in &new.sip.transports {
            if !self.transports.iter().any(|written| written.name == added.name) {
                restart
                    .push(format!("transport [{}] is new and does not listen before a restart", added.name));
            }
        }
        let mut kept = Vec::new();
        for (written, running) in self.transports.iter().zip(&self.switch.sip.transports) {
            match new.sip.transports.iter().find(|new| new.name == written.name) {
                Some(new) => {
                    let as_it_listens = signalling::config::Transport {
                        bind: written.bind,
                        protocol: written.protocol,
                        ..new.clone()
                    };
                    if as_it_listens != *new {
                        restart.push(format!(
                            "transport [{}] listens as before: another address or protocol wants a restart",
                            written.name
                        ));
                    }
                    kept.push(signalling::config::Transport {
                        bind: running.bind,
                        protocol: running.protocol,
                        ..new.clone()
                    });
                }
                None => {
                    restart.push(format!("transport [{}] is gone and listens until a restart", written.name));
                    kept.push(running.clone());
                }
            }
        }
        kept
    }

    /// What holds for the whole process.
    fn rest(&mut self, new: &Configuration, restart: &mut Vec<String>) {
        self.switch.zone = crate::zone::local();
        self.switch.shown_variables.clone_from(&new.ari.channel_variables);
        let admission = Admission::derive(self.descriptors, self.rtp, new.max_calls);
        if admission.calls > self.most_calls {
            restart.push(format!("`maxcalls` above {} wants a restart", self.most_calls));
        }
        self.switch.limits.channels = admission.calls.min(self.most_calls) as usize;
        let same_http = Http {
            prefix: self.http.prefix.clone(),
            server_name: self.http.server_name.clone(),
            ..new.http.clone()
        };
        if same_http != self.http {
            restart.push("http.conf: another address or `sessionlimit` wants a restart".to_owned());
        }
        if new.rtp != self.rtp {
            restart.push("rtp.conf: its changes want a restart".to_owned());
        }
        if new.directories != self.directories {
            restart.push("asterisk.conf: other directories want a restart".to_owned());
        }
    }
}
