//! The process: the switch's thread between its edges, started, watched and ended.
//!
//! [`Server::start`] binds everything a [`Configuration`] names and runs it; [`Server::end`] drains, hangs up and stops.

mod admission;
mod error;
mod hosts;
mod http;
mod logs;
mod reload;
mod status;
mod switch_thread;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use crate::audio::{Library, Loader};
use crate::clock::Clock;
use crate::config::Configuration;
use crate::console::{Consoles, Enquiries, Facts, Lines, Operator, SipLogger, SocketError};
use crate::disk::{StoredRecordings, Writer};
use crate::inbox::{Class, Inbox, inbox};
use crate::metrics::Sources;
use crate::net::{Counters, Net};
use crate::shards::{Lateness, Shards, ShardsConfig};

pub use admission::{Admission, Bound, DESCRIPTORS_RESERVED, raise_descriptor_limit};
pub use error::Error;
pub use logs::{LogFormat, begin_logging};
pub use reload::{Outcome, ReloadReport, Reloader, What};
pub use status::Status;

/// How long calls may go on after the end was asked for.
pub const DRAIN: Duration = Duration::from_secs(20);
/// How long hanging up may take after that.
pub const HANG_UP: Duration = Duration::from_secs(5);
/// Threads that load audio.
const LOADERS: usize = 2;
/// How often the end of calls is looked for.
const LOOK: Duration = Duration::from_millis(20);

/// A server that runs.
pub struct Server {
    inbox: Inbox<switch::Input>,
    status: Arc<Status>,
    switch: Option<thread::JoinHandle<()>>,
    http: http::Listening,
    desk: http::Desk,
    admission: Admission,
    sip: Vec<SocketAddr>,
    lateness: Vec<Arc<Lateness>>,
    sockets: Arc<Counters>,
    facts: Facts,
    enquiries: Enquiries,
    sip_logger: SipLogger,
    consoles: Option<Consoles>,
    reloader: Reloader,
}

impl Server {
    /// Binds, starts and returns once calls can come. Call it within a tokio runtime.
    ///
    /// # Errors
    /// One clear sentence: what cannot be had, and the way out.
    pub async fn start(mut configuration: Configuration) -> Result<Server, Error> {
        configuration.check()?;
        let descriptors = raise_descriptor_limit();
        let admission = Admission::derive(descriptors, configuration.rtp, configuration.max_calls);
        let clock = Clock::start();
        let (inbox, intake) = inbox().map_err(Error::Thread)?;
        let status = Arc::new(Status::new(clock));

        let http = http::bind(&configuration.http).await?;
        hosts::look_up(&mut configuration.sip.identifies).await;
        let written = configuration.sip.transports.clone();
        let net = Net::bind(&configuration.sip.transports, &configuration.sockets, inbox.clone())?;
        // Where a port was left to the system, Contact and Via have to say which it was.
        for (transport, bound) in configuration.sip.transports.iter_mut().zip(net.addresses()) {
            transport.bind = *bound;
        }
        let sip = net.addresses().to_vec();
        let (web_sockets, sockets) = (net.web_sockets(), net.counters());
        let seed = getrandom::u64().map_err(|error| Error::Random(error.to_string()))?;
        let shards = Shards::start(&shards_config(&configuration, admission, seed), clock, &inbox)
            .map_err(Error::Thread)?;
        let (lateness, traffic) = (shards.lateness(), shards.traffic());
        let loader = start_loader(&configuration, &inbox, &status).map_err(Error::Thread)?;
        let writer = start_writer(&configuration, &inbox, &status).map_err(Error::Thread)?;

        let stored = StoredRecordings::new(&configuration.recordings());
        let mut facts = Facts::of(&configuration, admission, descriptors);
        let desk = http::desk(&configuration, &inbox, stored);
        let switch_config = switch::Config {
            limits: call::Limits { channels: admission.calls as usize, ..call::Limits::default() },
            sip: std::mem::take(&mut configuration.sip),
            dialplan: Arc::new(std::mem::take(&mut configuration.dialplan)),
            shown_variables: configuration.ari.channel_variables.clone(),
            zone: crate::zone::local(),
        };
        let (enquiries, sip_logger) = (Enquiries::new(inbox.clone()), SipLogger::default());
        let reloader = Reloader::new(
            &configuration,
            switch_config.clone(),
            written,
            (descriptors, admission),
            inbox.clone(),
            desk.clone(),
        );
        let edges = switch_thread::Edges {
            intake,
            net,
            shards,
            loader,
            writer,
            desk: desk.clone(),
            status: status.clone(),
            clock,
            enquiries: enquiries.clone(),
            sip_logger: sip_logger.clone(),
        };
        let switch = switch_thread::start(switch_config, seed, edges).map_err(Error::Thread)?;
        let sources = Sources {
            enquiries: enquiries.clone(),
            status: status.clone(),
            inbox: inbox.clone(),
            lateness: lateness.clone(),
            traffic,
            board: desk.board(),
            started: facts.started,
            most_channels: admission.calls,
        };
        let http = http.serve(desk.clone(), status.clone(), sources, web_sockets);
        facts.sip_addresses.clone_from(&sip);
        facts.http_addresses = http.addresses().to_vec();
        let server = Server {
            inbox,
            status,
            switch: Some(switch),
            http,
            desk,
            admission,
            sip,
            lateness,
            sockets,
            facts,
            enquiries,
            sip_logger,
            consoles: None,
            reloader,
        };
        server.until_ready().await?;
        Ok(server)
    }

    /// Where SIP listens, one for each transport in the configuration's order.
    pub fn sip_addresses(&self) -> &[SocketAddr] {
        &self.sip
    }

    /// Where HTTP listens.
    pub fn http_addresses(&self) -> &[SocketAddr] {
        self.http.addresses()
    }

    /// What went through SIP's sockets.
    pub fn sockets(&self) -> &Arc<Counters> {
        &self.sockets
    }

    /// How many calls are admitted, and what sets the figure.
    pub fn admission(&self) -> Admission {
        self.admission
    }

    /// What the server counts.
    pub fn status(&self) -> &Arc<Status> {
        &self.status
    }

    /// Reads the configuration again; see [`Reloader::reload`].
    pub async fn reload(&self, what: What) -> ReloadReport {
        self.reloader.reload(what).await
    }

    /// A handle for whoever reloads besides.
    pub fn reloader(&self) -> Reloader {
        self.reloader.clone()
    }

    /// How late each shard was at its ticks.
    pub fn lateness(&self) -> &[Arc<Lateness>] {
        &self.lateness
    }

    /// Whoever runs an operator's commands. `lines` are the log lines that consoles listen to.
    pub fn operator(&self, lines: Lines) -> Arc<Operator> {
        let (facts, sip_logger) = (self.facts.clone(), self.sip_logger.clone());
        let (enquiries, board) = (self.enquiries.clone(), self.desk.board());
        Arc::new(Operator::new(enquiries, board, facts, lines, sip_logger, self.reloader.clone()))
    }

    /// Lets consoles attach at a path, until the server stops.
    ///
    /// # Errors
    /// Another daemon is there, or the system does not let us.
    pub fn open_console(&mut self, path: &Path, operator: Arc<Operator>) -> Result<(), SocketError> {
        self.consoles = Some(Consoles::listen(path, operator)?);
        Ok(())
    }

    /// Returns when the switch is gone, which it never is before [`Server::end`] unless it broke.
    pub async fn broken(&self) {
        while !self.status.is_gone() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Takes nothing new, waits up to `drain` for calls to end, hangs up the rest, and stops. Dropping the future where it
    /// waits leaves the server draining; call [`Server::stop`] then.
    pub async fn end(mut self, drain: Duration) {
        self.drain(drain).await;
        self.stop().await;
    }

    /// Takes nothing new, waits up to `drain` for calls to end, and hangs up the rest.
    pub async fn drain(&mut self, drain: Duration) {
        self.status.set_draining();
        self.insist(switch::Input::Drain).await;
        self.until_idle(drain).await;
        let left = self.status.channels();
        if left > 0 {
            tracing::info!(channels = left, "hanging up");
            self.insist(switch::Input::HangUpAll).await;
            self.until_idle(HANG_UP).await;
        }
    }

    /// Returns once there is no channel.
    pub async fn until_no_channel(&self) {
        while self.status.channels() > 0 && !self.status.is_gone() {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Stops at once: recordings are made whole, nothing else is waited for.
    pub async fn stop(&mut self) {
        self.status.set_draining();
        self.status.set_ending();
        self.desk.close_sessions();
        if let Some(consoles) = self.consoles.take() {
            consoles.close().await;
        }
        self.http.close().await;
        // The switch looks up at the next input; a full inbox means that it has one.
        let _ = self.inbox.post(Class::Answer, switch::Input::Tick);
        if let Some(switch) = self.switch.take() {
            let joined = tokio::task::spawn_blocking(|| switch.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the switch ended in a panic");
            }
        }
    }

    async fn until_ready(&self) -> Result<(), Error> {
        let until = Instant::now() + Duration::from_secs(10);
        while self.status.free_ports.load(Ordering::Relaxed) == 0 {
            if Instant::now() >= until {
                return Err(Error::NoPorts);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    async fn until_idle(&self, longest: Duration) {
        let began = Instant::now();
        while !self.status.is_idle(&self.inbox) && began.elapsed() < longest && !self.status.is_gone() {
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn insist(&self, input: switch::Input) {
        let mut input = input;
        while let Err(back) = self.inbox.post(Class::Answer, input) {
            input = back;
            tokio::time::sleep(LOOK).await;
        }
    }
}

fn shards_config(configuration: &Configuration, admission: Admission, seed: u64) -> ShardsConfig {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    ShardsConfig {
        count: u16::try_from(cores).unwrap_or(u16::MAX),
        rtp: configuration.rtp,
        addresses: configuration.rtp_addresses(),
        // Any shard may be asked for all: rooms gather legs where they are.
        max_legs: admission.calls as usize,
        seed,
    }
}

fn start_loader(
    configuration: &Configuration,
    inbox: &Inbox<switch::Input>,
    status: &Arc<Status>,
) -> std::io::Result<Loader> {
    let library = Library::new(configuration.sounds(), configuration.music(), configuration.recordings());
    let (inbox, status) = (inbox.clone(), status.clone());
    Loader::start(LOADERS, library, move |(load, result)| {
        insist_from_thread(&inbox, &status, switch::Input::Loaded { load, result });
    })
}

fn start_writer(
    configuration: &Configuration,
    inbox: &Inbox<switch::Input>,
    status: &Arc<Status>,
) -> std::io::Result<Writer> {
    let (inbox, status) = (inbox.clone(), status.clone());
    Writer::start(configuration.recordings(), move |event| {
        let input = match event {
            crate::disk::Event::Opened(recording, result) => {
                switch::Input::RecordingOpened { recording, result }
            }
            crate::disk::Event::Stored(recording, result) => {
                switch::Input::RecordingStored { recording, result }
            }
        };
        insist_from_thread(&inbox, &status, input);
    })
}

/// Posts from a thread that may wait, until the server ends.
fn insist_from_thread(inbox: &Inbox<switch::Input>, status: &Status, input: switch::Input) {
    let mut input = input;
    while let Err(back) = inbox.post(Class::Answer, input) {
        if status.is_ending() {
            return;
        }
        input = back;
        thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(test)]
mod tests;
