//! Kamailio: a proxy between phones and the server.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::places;
use crate::program::{Program, Running};
use crate::server::{Server, asset};

/// How long it may take to listen.
const START: Duration = Duration::from_secs(10);

/// A running proxy in front of one server.
pub struct Kamailio {
    /// Where it listens, UDP and TCP.
    pub address: SocketAddr,
    running: Running,
}

impl Kamailio {
    /// Starts it with `kamailio/kamailio.cfg`.
    pub fn start(server: &Server) -> Result<Kamailio> {
        let port = places::port()?;
        let folder = server.folder.path().join("kamailio");
        std::fs::create_dir_all(&folder)?;
        let template = std::fs::read_to_string(asset("kamailio/kamailio.cfg")).context("kamailio.cfg")?;
        let text = template
            .replace("@PROXY_PORT@", &port.to_string())
            .replace("@SIP_PORT@", &server.places.sip_port.to_string())
            .replace("@RUN_DIR@", &folder.to_string_lossy());
        let file = folder.join("kamailio.cfg");
        std::fs::write(&file, text)?;
        // In the foreground, and printing to where we look.
        let program = Program::new("kamailio", "kamailio", server.folder.path())
            .args(["-DD", "-E", "-m", "32", "-M", "4", "-f"])
            .arg(&file)
            .arg("-Y")
            .arg(&folder);
        let mut running = program.start()?;
        running.wait_for("Listening on", START)?;
        Ok(Kamailio { address: ([127, 0, 0, 1], port).into(), running })
    }

    /// The server sent a request of that method through it.
    pub fn expect_from_server(&mut self, method: &str) -> Result<()> {
        self.running.wait_for(&format!("from the server: {method}"), START)
    }

    /// Ends it; that it ended early is an error.
    pub fn stop(mut self) -> Result<()> {
        self.running.check()?;
        self.running.terminate().map(drop)
    }
}
