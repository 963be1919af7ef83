//! Free ports. They are looked for below the range from which the system hands out ports by itself, so that no
//! connection opened in between takes one; each is given out once in a run.

use std::net::{TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Result, bail};
use probe::conf::Places;

/// The ports looked through.
const FIRST: u16 = 12_000;
const LAST: u16 = 31_000;
/// How many RTP ports a server gets: enough for 250 calls.
const RTP_PORTS: u16 = 500;

/// How far the search has come; 0 before it has begun.
static NEXT: AtomicU16 = AtomicU16::new(0);

/// Ports and folders for one server.
pub fn choose(etc_dir: &str, var_dir: &str) -> Result<Places> {
    let rtp_start = ports(RTP_PORTS)?;
    Ok(Places {
        sip_port: ports(2)?,
        http_port: port()?,
        rtp_start,
        rtp_end: rtp_start + RTP_PORTS - 1,
        uas_port: port()?,
        etc_dir: etc_dir.into(),
        var_dir: var_dir.into(),
    })
}

/// One port, free for UDP and TCP.
pub fn port() -> Result<u16> {
    ports(1)
}

/// The first, even one of `count` free ports in a row.
pub fn ports(count: u16) -> Result<u16> {
    // Two runs at the same time begin at different places.
    let begin = FIRST + u16::try_from(std::process::id() % 60).unwrap_or(0) * 250;
    let _ = NEXT.compare_exchange(0, begin, Ordering::Relaxed, Ordering::Relaxed);
    for _ in 0..u32::from(LAST - FIRST) {
        let mut first = NEXT.load(Ordering::Relaxed);
        first += first % 2;
        if first >= LAST - count {
            first = FIRST;
        }
        NEXT.store(first + count, Ordering::Relaxed);
        if (first..first + count).all(is_free) {
            return Ok(first);
        }
    }
    bail!("no {count} free ports in a row between {FIRST} and {LAST}")
}

/// Whether nothing on this machine's IPv4 loopback has the port.
pub fn is_free(port: u16) -> bool {
    UdpSocket::bind(("127.0.0.1", port)).is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_out_once() {
        let (one, two) = (port().unwrap(), ports(4).unwrap());
        assert!(one != two && two % 2 == 0);
    }

    #[test]
    fn a_taken_port_is_not_free() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        assert!(!is_free(socket.local_addr().unwrap().port()));
    }
}
