//! As much of a WebSocket client (RFC 6455) as reading events takes: text from the server, nothing sent but the
//! opening request and pongs.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use base64::Engine;
use mio::net::TcpStream;

/// The longest message taken.
const MAX_MESSAGE: usize = 1 << 20;

/// A connection.
pub struct WebSocket {
    stream: TcpStream,
    buffer: Vec<u8>,
    message: Vec<u8>,
}

impl WebSocket {
    /// Opens one and waits for the server's consent.
    pub fn connect(address: SocketAddr, path: &str) -> Result<WebSocket> {
        let mut stream = std::net::TcpStream::connect(address)
            .with_context(|| format!("nobody listens at {address} for ARI"))?;
        stream.set_nodelay(true)?;
        let key = base64::engine::general_purpose::STANDARD.encode(b"0123456789abcdef");
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )?;
        let mut buffer = Vec::new();
        let end = loop {
            if let Some(at) = buffer.windows(4).position(|part| part == b"\r\n\r\n") {
                break at + 4;
            }
            let mut part = [0; 1024];
            let len = stream.read(&mut part)?;
            if len == 0 || buffer.len() > MAX_MESSAGE {
                bail!("the server closed instead of opening a WebSocket");
            }
            buffer.extend_from_slice(&part[..len]);
        };
        let head = String::from_utf8_lossy(&buffer[..end]);
        let status = head.lines().next().unwrap_or_default();
        if !status.contains(" 101") {
            bail!("no WebSocket at {path}: {status}");
        }
        let rest = buffer.split_off(end);
        stream.set_nonblocking(true)?;
        Ok(WebSocket { stream: TcpStream::from_std(stream), buffer: rest, message: Vec::new() })
    }

    /// To wait on.
    pub fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// The next whole text message that has come.
    pub fn read(&mut self) -> Result<Option<String>> {
        loop {
            while let Some((finished, opcode, payload)) = self.frame()? {
                match opcode {
                    0 | 1 => {
                        self.message.extend_from_slice(&payload);
                        if self.message.len() > MAX_MESSAGE {
                            bail!("a message of more than {MAX_MESSAGE} bytes");
                        }
                        if finished {
                            let text = String::from_utf8_lossy(&self.message).into_owned();
                            self.message.clear();
                            return Ok(Some(text));
                        }
                    }
                    8 => bail!("the server closed the WebSocket"),
                    9 => self.pong(&payload)?,
                    _ => {}
                }
            }
            let mut part = [0; 16 * 1024];
            match self.stream.read(&mut part) {
                Ok(0) => bail!("the server closed the connection"),
                Ok(len) => self.buffer.extend_from_slice(&part[..len]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error).context("WebSocket"),
            }
        }
    }

    /// Takes one frame out of the buffer (§5.2); a server's are not masked.
    fn frame(&mut self) -> Result<Option<(bool, u8, Vec<u8>)>> {
        let [first, second, rest @ ..] = self.buffer.as_slice() else { return Ok(None) };
        let (head, len) = match (second & 0x7f, rest) {
            (126, [a, b, ..]) => (4, usize::from(u16::from_be_bytes([*a, *b]))),
            (127, [_, _, _, _, a, b, c, d, ..]) => (10, u32::from_be_bytes([*a, *b, *c, *d]) as usize),
            (126 | 127, _) => return Ok(None),
            (len, _) => (2, usize::from(len)),
        };
        if len > MAX_MESSAGE {
            bail!("a frame of {len} bytes");
        }
        if self.buffer.len() < head + len {
            return Ok(None);
        }
        let (finished, opcode) = (first & 0x80 != 0, first & 0x0f);
        let payload = self.buffer[head..head + len].to_vec();
        self.buffer.drain(..head + len);
        Ok(Some((finished, opcode, payload)))
    }

    /// Answers a ping (§5.5.3); a mask of zeros leaves the payload as it is.
    fn pong(&mut self, payload: &[u8]) -> Result<()> {
        let len = payload.len().min(125);
        let mut frame = vec![0x8a, 0x80 | len as u8, 0, 0, 0, 0];
        frame.extend_from_slice(&payload[..len]);
        // A full socket means that the server does not read; it will not miss a pong.
        match self.stream.write(&frame) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error).context("WebSocket"),
        }
    }
}
