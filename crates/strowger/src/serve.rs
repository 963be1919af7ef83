//! `strowger serve`: run until told to end.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use server::config::{self, Directories, Reading, Report};
use server::console::{Lines, Operator, SocketError, Stop, socket_path};
use server::process::{DRAIN, LogFormat, Reloader, Server, What, begin_logging};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{banner, complain};

pub(crate) fn run(directory: Option<&Path>, log_format: LogFormat, socket: Option<&Path>) -> ExitCode {
    let lines = begin_logging(log_format);
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
    runtime.block_on(serve(reading, directory, log_format, lines, socket))
}

async fn serve(
    reading: Reading,
    directory: Option<&Path>,
    log_format: LogFormat,
    lines: Lines,
    socket: Option<&Path>,
) -> ExitCode {
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => return complain(format_args!("signals cannot be listened to: {error}")),
    };
    let directories = reading.configuration.directories.clone();
    let about = banner::About::of(&reading.configuration, directory);
    let mut server = match Server::start(reading.configuration).await {
        Ok(server) => server,
        Err(error) => return complain(error),
    };
    let operator = server.operator(lines);
    if let Err(error) = open_console(&mut server, &operator, &directories, socket) {
        server.stop().await;
        return complain(error);
    }
    let reloader = server.reloader();
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
    let mut longest = DRAIN;
    let is_asked = tokio::select! {
        name = signals.end(&reloader) => {
            let channels = server.status().channels();
            tracing::info!(channels, "{name}: taking no new calls, ending within {} s; once more ends at once", DRAIN.as_secs());
            true
        }
        how = operator.stop_asked() => {
            tracing::info!("asked to end by a console: {how:?}");
            match how {
                Stop::Now => longest = Duration::ZERO,
                Stop::Gracefully => longest = Duration::MAX,
                Stop::WhenConvenient => tokio::select! {
                    () = server.until_no_channel() => {}
                    name = signals.end(&reloader) => tracing::info!("{name}: ending"),
                },
            }
            true
        }
        () = server.broken() => false,
    };
    if is_asked {
        tokio::select! {
            () = server.drain(longest) => {}
            name = signals.end(&reloader) => tracing::info!("{name} again: ending at once"),
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

/// Lets consoles attach. A place that was asked for has to be had; where the usual one is another daemon's, this one goes on
/// without.
fn open_console(
    server: &mut Server,
    operator: &Arc<Operator>,
    directories: &Directories,
    socket: Option<&Path>,
) -> Result<(), SocketError> {
    let path = socket.map_or_else(|| socket_path(directories), Path::to_owned);
    let is_wanted = socket.is_some() || directories.run.is_some();
    match server.open_console(&path, operator.clone()) {
        Err(error) if !is_wanted => {
            tracing::warn!("no console: {error}");
            Ok(())
        }
        other => other,
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
    hang_up: Signal,
}

impl Signals {
    fn listen() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// The name of the next one that asks for the end. At a SIGHUP the configuration is read again meanwhile.
    async fn end(&mut self, reloader: &Reloader) -> &'static str {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return "SIGTERM",
                _ = self.interrupt.recv() => return "SIGINT",
                _ = self.hang_up.recv() => {
                    // It says itself how it went.
                    let _ = reloader.reload(What::Everything).await;
                }
            }
        }
    }
}
