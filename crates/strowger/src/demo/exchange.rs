//! The server of the demonstration: in this process, on loopback ports that the system picks.

use core::time::Duration;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use server::config::{self, Directories};
use server::process::Server;
use tracing_subscriber::EnvFilter;

use super::Error;

/// The media ports: a range that neither Strowger nor Asterisk uses where nothing else is configured.
const RTP_PORTS: (u16, u16) = (24_000, 24_399);
/// The log's name.
const LOG: &str = "strowger.log";
/// Calls that the demonstration's server admits.
const CALLS: u32 = 100;
/// Attempts at a folder that nobody has.
const FOLDERS: u32 = 1_000;
/// How long calls that are still there may go on.
const DRAIN: Duration = Duration::from_millis(500);
/// How long stopping may take.
const STOP: Duration = Duration::from_secs(4);
/// How often its port is tried.
const LOOK: Duration = Duration::from_millis(5);

/// A server that runs, and its folder.
pub struct Exchange {
    server: Server,
    folder: PathBuf,
    recordings: PathBuf,
    sip: SocketAddr,
    http: SocketAddr,
}

impl Exchange {
    /// Starts one. What it writes, its log included, is below a folder of its own, which stays.
    ///
    /// # Errors
    /// One clear sentence.
    pub async fn start() -> Result<Exchange, Error> {
        let folder = make_folder().map_err(Error::Folder)?;
        begin_log(&folder.join(LOG)).map_err(Error::Folder)?;
        let mut configuration = config::built_in().configuration;
        configuration.directories = Directories::below(&folder);
        for transport in &mut configuration.sip.transports {
            transport.bind = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        }
        configuration.http.addresses = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))];
        (configuration.rtp.start, configuration.rtp.end) = RTP_PORTS;
        configuration.max_calls = Some(CALLS);
        let recordings = configuration.recordings();
        let server = Server::start(configuration).await?;
        let sip = *server.sip_addresses().first().ok_or(Error::NoAddress("SIP"))?;
        let http = *server.http_addresses().first().ok_or(Error::NoAddress("HTTP"))?;
        Ok(Exchange { server, folder, recordings, sip, http })
    }

    /// Where SIP listens, UDP.
    pub fn sip(&self) -> SocketAddr {
        self.sip
    }

    /// The base of ARI's URLs.
    pub fn url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// Where it writes its log.
    pub fn log(&self) -> PathBuf {
        self.folder.join(LOG)
    }

    /// A recording's file.
    pub fn recording(&self, name: &str) -> PathBuf {
        self.recordings.join(format!("{name}.wav"))
    }

    /// Stops it; what was seen of that, or what was not.
    pub async fn stop(self) -> Result<String, String> {
        let end = self.server.end(DRAIN);
        let begun = tokio::time::Instant::now();
        if tokio::time::timeout(STOP, end).await.is_err() {
            return Err(format!("it still ran after {} s", STOP.as_secs()));
        }
        // A port that is free again is the proof that nobody sits on it any more.
        loop {
            match UdpSocket::bind(self.sip) {
                Ok(_) => return Ok(format!("in {} ms, its port is free again", begun.elapsed().as_millis())),
                Err(error) if begun.elapsed() > STOP => {
                    return Err(format!("its SIP port is still taken: {error}"));
                }
                Err(_) => tokio::time::sleep(LOOK).await,
            }
        }
    }
}

/// A folder of our own in the temporary directory, which nobody else can have prepared.
fn make_folder() -> io::Result<PathBuf> {
    let base = std::env::temp_dir();
    let process = std::process::id();
    for number in 0..FOLDERS {
        let name = match number {
            0 => format!("strowger-demo-{process}"),
            _ => format!("strowger-demo-{process}-{number}"),
        };
        let folder = base.join(name);
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(io::Error::new(error.kind(), format!("{}: {error}", folder.display()))),
            Ok(()) => return fs::canonicalize(folder),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The server's log goes to a file, since the screen tells the story. What, `RUST_LOG` says.
fn begin_log(path: &Path) -> io::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let file = File::create_new(path)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    // A program that logs already goes on as it does.
    let _ = builder.with_writer(Mutex::new(file)).try_init();
    Ok(())
}
