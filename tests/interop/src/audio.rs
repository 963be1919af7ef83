//! An RTP port of our own: sends a tone to the server and keeps what comes back, for programs that only do the SIP.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use media::Audio;
use media::g711::{self, Law};

use crate::wav::tone;

/// Samples a second.
const RATE: u32 = 8_000;
/// Samples in a packet of 20 ms.
const FRAME: usize = 160;
/// Octets before the payload: no CSRC, no extension.
const HEADER: usize = 12;
/// How long the last packets may be under way.
const TAIL: Duration = Duration::from_millis(300);

/// A bound port.
pub struct Port(UdpSocket);

/// What came back.
#[derive(Debug, Default)]
pub struct Heard {
    /// Packets sent.
    pub sent: usize,
    /// Packets of audio that arrived.
    pub received: usize,
    /// Sequence numbers that did not follow the one before.
    pub gaps: usize,
    /// The audio in order of arrival.
    pub samples: Vec<i16>,
}

impl Heard {
    /// The audio in order of arrival.
    pub fn audio(self) -> Audio {
        Audio { rate: RATE, samples: self.samples }
    }
}

impl Port {
    /// A free port of loopback.
    pub fn bind() -> Result<Port> {
        let socket = UdpSocket::bind("127.0.0.1:0").context("a port for audio")?;
        socket.set_nonblocking(true)?;
        Ok(Port(socket))
    }

    /// Its number.
    pub fn number(&self) -> Result<u16> {
        Ok(self.0.local_addr()?.port())
    }

    /// Sends `seconds` of µ-law tone and collects what arrives meanwhile.
    pub fn exchange(&self, to: SocketAddr, hz: f64, seconds: u32) -> Result<Heard> {
        let samples = tone(RATE, hz, seconds).samples;
        let mut heard = Heard::default();
        let mut last = None;
        let begin = Instant::now();
        for (index, frame) in samples.chunks_exact(FRAME).enumerate() {
            let index = u32::try_from(index)?;
            self.0.send_to(&packet(index, frame), to)?;
            heard.sent += 1;
            let due = begin + Duration::from_millis(20) * (index + 1);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            self.collect(&mut heard, &mut last);
        }
        std::thread::sleep(TAIL);
        self.collect(&mut heard, &mut last);
        Ok(heard)
    }

    fn collect(&self, heard: &mut Heard, last: &mut Option<u16>) {
        let mut buffer = [0; 2048];
        while let Ok(length) = self.0.recv(&mut buffer) {
            // Payload type 0 is µ-law; RTCP and events are not looked at.
            if length <= HEADER || buffer[1] & 0x7f != 0 {
                continue;
            }
            let sequence = u16::from_be_bytes([buffer[2], buffer[3]]);
            if last.is_some_and(|last: u16| last.wrapping_add(1) != sequence) {
                heard.gaps += 1;
            }
            *last = Some(sequence);
            heard.received += 1;
            let start = heard.samples.len();
            heard.samples.resize(start + length - HEADER, 0);
            g711::decode(Law::Mu, &buffer[HEADER..length], &mut heard.samples[start..]);
        }
    }
}

fn packet(index: u32, frame: &[i16]) -> Vec<u8> {
    let mut packet = vec![0x80, if index == 0 { 0x80 } else { 0 }];
    let sequence = u16::try_from((index + 1) % 0x1_0000).expect("below 65,536");
    packet.extend(sequence.to_be_bytes());
    packet.extend((index * FRAME as u32).to_be_bytes());
    packet.extend(0x494e_5445_u32.to_be_bytes());
    packet.resize(HEADER + frame.len(), 0);
    g711::encode(Law::Mu, frame, &mut packet[HEADER..]);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wav::expect_tone;

    #[test]
    fn a_port_that_sends_to_itself_hears_its_tone() {
        let port = Port::bind().unwrap();
        let own = ([127, 0, 0, 1], port.number().unwrap()).into();
        let heard = port.exchange(own, 440.0, 1).unwrap();
        assert_eq!((heard.sent, heard.received, heard.gaps), (50, 50, 0));
        expect_tone(&heard.audio(), 440.0, 0.9).unwrap();
    }
}
