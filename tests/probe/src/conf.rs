//! The configuration both servers run on: Asterisk's own files, with places kept for ports and directories.

use std::net::{TcpListener, UdpSocket};
use std::path::Path;

use anyhow::{Context, Result};

/// What is filled into the templates.
#[derive(Clone, Debug)]
pub struct Places {
    /// SIP over UDP.
    pub sip_port: u16,
    /// HTTP and WebSocket.
    pub http_port: u16,
    /// First RTP port.
    pub rtp_start: u16,
    /// Last RTP port.
    pub rtp_end: u16,
    /// Where the probe's phone listens.
    pub uas_port: u16,
    /// Where the files lie, as the server sees it.
    pub etc_dir: String,
    /// Where the server may write, as the server sees it.
    pub var_dir: String,
}

impl Places {
    /// SIP over TLS, where a configuration has it: the port after SIP's.
    pub fn tls_port(&self) -> u16 {
        self.sip_port + 1
    }

    /// Ports that are free now.
    pub fn free(etc_dir: &str, var_dir: &str) -> Result<Places> {
        let sockets = [UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?];
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let rtp_start = free_range(100)?;
        Ok(Places {
            sip_port: sockets[0].local_addr()?.port(),
            http_port: listener.local_addr()?.port(),
            rtp_start,
            rtp_end: rtp_start + 99,
            uas_port: sockets[1].local_addr()?.port(),
            etc_dir: etc_dir.into(),
            var_dir: var_dir.into(),
        })
    }
}

/// The first port, even, of a run of `count` that nobody has bound, below the range the system hands out by itself.
fn free_range(count: u16) -> Result<u16> {
    let starts = (11_000..30_000).step_by(usize::from(count));
    for start in starts {
        if (start..start + count).all(|port| UdpSocket::bind(("127.0.0.1", port)).is_ok()) {
            return Ok(start);
        }
    }
    anyhow::bail!("no {count} free UDP ports in a row")
}

/// Writes every file of `from` into `to` with its places filled in; folders in `from` are left alone.
pub fn render(from: &Path, to: &Path, places: &Places) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in std::fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            let text = fill(&std::fs::read_to_string(entry.path())?, places);
            std::fs::write(to.join(entry.file_name()), text)?;
        }
    }
    Ok(())
}

fn fill(text: &str, places: &Places) -> String {
    text.replace("@SIP_PORT@", &places.sip_port.to_string())
        .replace("@TLS_PORT@", &places.tls_port().to_string())
        .replace("@HTTP_PORT@", &places.http_port.to_string())
        .replace("@RTP_START@", &places.rtp_start.to_string())
        .replace("@RTP_END@", &places.rtp_end.to_string())
        .replace("@UAS_PORT@", &places.uas_port.to_string())
        .replace("@ETC_DIR@", &places.etc_dir)
        .replace("@VAR_DIR@", &places.var_dir)
}
