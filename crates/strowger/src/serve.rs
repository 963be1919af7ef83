//! `strowger serve`: run until told to end.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use server::config::{self, Reading, Report};
use server::process::{DRAIN, LogFormat, Server, begin_logging};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{banner, complain};

pub(crate) fn run(directory: Option<&Path>, log_format: LogFormat) -> ExitCode {
    begin_logging(log_format);
    let reading = match directory.map_or_else(|| Ok(config::built_in()), config::read) {
        Ok(reading) => reading,
        Err(error) => return complain(error),
    };
    show(&reading.report, log_format);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return complain(format_args!("the system gives no threads ({error}); raise `ulimit -u`"));
        }
    };
    runtime.block_on(serve(reading, directory, log_format))
}

async fn serve(reading: Reading, directory: Option<&Path>, log_format: LogFormat) -> ExitCode {
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => return complain(format_args!("signals cannot be listened to: {error}")),
    };
    let about = banner::About::of(&reading.configuration, directory);
    let mut server = match Server::start(reading.configuration).await {
        Ok(server) => server,
        Err(error) => return complain(error),
    };
    match log_format {
        LogFormat::Human => print!("{}", banner::banner(&about, &server)),
        LogFormat::Json => {}
    }
    tracing::info!(
        sip = ?server.sip_addresses(),
        http = ?server.http_addresses(),
        channels = server.admission().calls,
        "ready: {}",
        server.admission()
    );
    let is_asked = tokio::select! {
        name = signals.next() => {
            let channels = server.status().channels();
            tracing::info!(channels, "{name}: taking no new calls, ending within {} s; once more ends at once", DRAIN.as_secs());
            true
        }
        () = server.broken() => false,
    };
    if is_asked {
        tokio::select! {
            () = server.drain(DRAIN) => {}
            name = signals.next() => tracing::info!("{name} again: ending at once"),
        }
    }
    server.stop().await;
    if is_asked {
        tracing::info!("ended");
        ExitCode::SUCCESS
    } else {
        complain("the switch broke and the server ended; the log above says where: please report it")
    }
}

/// Says what is wrong with the files: for people with the lines they are about, else as log lines.
fn show(report: &Report, log_format: LogFormat) {
    match log_format {
        LogFormat::Human => eprint!("{}", report.render(io::stderr().is_terminal())),
        LogFormat::Json => report.lines().iter().for_each(|line| tracing::warn!("{line}")),
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// The name of the next one.
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
