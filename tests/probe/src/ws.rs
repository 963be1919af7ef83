//! The event WebSocket of an application, as a client (RFC 6455), read by a thread of its own.

use std::io::{BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::Value;

use crate::http::{self, Response};

/// How many events may wait to be looked at.
const WAITING_EVENTS: usize = 4096;

#[cfg(test)]
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// An open event socket.
pub struct Events {
    /// The application it was opened for.
    pub application: String,
    stream: TcpStream,
    arrived: Receiver<Value>,
}

impl Events {
    /// Opens `/ari/events` with the given query; also returns the answer to the upgrade.
    pub fn open(server: SocketAddr, application: &str, query: &str) -> Result<(Events, Response)> {
        let mut stream = TcpStream::connect(server)?;
        stream.set_read_timeout(Some(http::ANSWER_DEADLINE))?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET /ari/events?{query} HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let response = http::read_response(&mut reader, false)?;
        if response.status != 101 {
            bail!("the upgrade was answered {} {}", response.status, response.reason);
        }
        stream.set_read_timeout(None)?;
        let (sender, arrived) = sync_channel(WAITING_EVENTS);
        let answers = stream.try_clone()?;
        std::thread::spawn(move || read_frames(reader, answers, &sender));
        Ok((Events { application: application.into(), stream, arrived }, response))
    }

    /// The next event, unless the deadline passes or the socket ends first.
    pub fn next(&self, deadline: Instant) -> Option<Value> {
        self.arrived.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()
    }

    /// Whether the server has ended the socket: waits for that until the deadline; events on the way are dropped.
    pub fn ended_by(&self, deadline: Instant) -> bool {
        loop {
            match self.arrived.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
            }
        }
    }

    /// Sends a Close frame and waits a moment for the server to end the connection.
    pub fn close(mut self) {
        let _ = self.stream.write_all(&masked(CLOSE, &1000_u16.to_be_bytes()));
        self.ended_by(Instant::now() + Duration::from_secs(2));
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

fn read_frames(mut reader: impl Read, mut answers: TcpStream, sender: &SyncSender<Value>) {
    let mut message = Vec::new();
    while let Ok((last, opcode, payload)) = read_frame(&mut reader) {
        match opcode {
            PING => {
                let _ = answers.write_all(&masked(PONG, &payload));
            }
            PONG => {}
            CLOSE => return,
            _ => {
                message.extend_from_slice(&payload);
                if last {
                    let text = String::from_utf8_lossy(&message);
                    let event =
                        serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned()));
                    if sender.send(event).is_err() {
                        return;
                    }
                    message.clear();
                }
            }
        }
    }
}

fn read_frame(reader: &mut impl Read) -> std::io::Result<(bool, u8, Vec<u8>)> {
    let mut head = [0; 2];
    reader.read_exact(&mut head)?;
    let length = match head[1] & 0x7f {
        126 => {
            let mut long = [0; 2];
            reader.read_exact(&mut long)?;
            u64::from(u16::from_be_bytes(long))
        }
        127 => {
            let mut long = [0; 8];
            reader.read_exact(&mut long)?;
            u64::from_be_bytes(long)
        }
        short => u64::from(short),
    };
    let mut payload = vec![0; usize::try_from(length).unwrap_or(usize::MAX).min(1 << 24)];
    reader.read_exact(&mut payload)?;
    Ok((head[0] & 0x80 != 0, head[0] & 0x0f, payload))
}

/// A client frame with an all-zero mask (RFC 6455 §5.3 asks for a mask; a test client need not hide anything).
fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let short = u8::try_from(payload.len().min(125)).expect("at most 125");
    let mut frame = vec![0x80 | opcode, 0x80 | short, 0, 0, 0, 0];
    frame.extend_from_slice(&payload[..usize::from(short)]);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_medium_length_is_read() {
        let mut bytes = vec![0x80 | TEXT, 126, 0, 200];
        bytes.extend([b'x'; 200]);
        let (last, opcode, payload) = read_frame(&mut &bytes[..]).unwrap();
        assert!(last);
        assert_eq!((opcode, payload.len()), (TEXT, 200));
    }
}
