//! The audio of a test phone: a tone every 20 ms, and digits by RFC 4733 when asked.

use std::collections::VecDeque;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Samples in a packet of 20 ms at 8 kHz.
const FRAME: u32 = 160;
/// Packets of one digit before its end: 100 ms.
const DIGIT_PACKETS: u32 = 5;
/// Packets of tone between two digits: 100 ms, more than any receiver wants.
const GAP_PACKETS: u32 = 5;

/// What the phone asks of the audio thread of one call.
#[derive(Default)]
pub struct Audio {
    /// Where to send; packets flow from the moment it is known.
    pub remote: Mutex<Option<String>>,
    /// Digits still to be sent.
    pub digits: Mutex<VecDeque<u8>>,
    /// Set when the call is over.
    pub over: AtomicBool,
    /// Packets that arrived.
    pub received: AtomicU32,
}

/// Starts sending and receiving on `socket` until the call is over.
pub fn run(socket: UdpSocket, audio: Arc<Audio>) {
    std::thread::spawn(move || {
        let _ = socket.set_nonblocking(true);
        let mut sender = Sender { sequence: 1, timestamp: 0, socket };
        let mut due = Instant::now();
        let mut buffer = [0; 2048];
        let mut gap = 0;
        while !audio.over.load(Ordering::Relaxed) {
            while sender.socket.recv(&mut buffer).is_ok() {
                audio.received.fetch_add(1, Ordering::Relaxed);
            }
            let remote = audio.remote.lock().expect("never poisoned").clone();
            if let Some(remote) = remote {
                let mut digits = audio.digits.lock().expect("never poisoned");
                let digit = if gap == 0 { digits.pop_front() } else { None };
                drop(digits);
                match digit {
                    Some(digit) => {
                        due = sender.send_digit(&remote, digit, due);
                        gap = GAP_PACKETS;
                    }
                    None => {
                        sender.send_tone(&remote);
                        gap = gap.saturating_sub(1);
                    }
                }
            }
            due += Duration::from_millis(20);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    });
}

struct Sender {
    sequence: u16,
    timestamp: u32,
    socket: UdpSocket,
}

impl Sender {
    fn send_tone(&mut self, remote: &str) {
        // A square wave of 400 Hz in µ-law: loud enough for any talk detector.
        let wave: Vec<u8> = (0..FRAME).map(|sample| if sample % 20 < 10 { 0x90 } else { 0x10 }).collect();
        self.send(remote, 0, &wave);
        self.timestamp = self.timestamp.wrapping_add(FRAME);
    }

    /// RFC 4733 §2.5.1: one event keeps its timestamp while its duration grows; the end is sent three times.
    fn send_digit(&mut self, remote: &str, digit: u8, mut due: Instant) -> Instant {
        let event = match digit {
            b'0'..=b'9' => digit - b'0',
            b'*' => 10,
            b'#' => 11,
            _ => digit.saturating_sub(b'A') + 12,
        };
        let mut marker = 0x80;
        for packet in 1..=DIGIT_PACKETS + 3 {
            let end = if packet > DIGIT_PACKETS { 0x80 } else { 0 };
            let duration = u16::try_from(packet.min(DIGIT_PACKETS) * FRAME).expect("small").to_be_bytes();
            self.send(remote, 101 | marker, &[event, end | 10, duration[0], duration[1]]);
            marker = 0;
            if packet < DIGIT_PACKETS {
                due += Duration::from_millis(20);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        }
        self.timestamp = self.timestamp.wrapping_add(DIGIT_PACKETS * FRAME);
        due
    }

    fn send(&mut self, remote: &str, kind: u8, payload: &[u8]) {
        let mut packet = vec![0x80, kind];
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(self.timestamp.to_be_bytes());
        packet.extend(0x5052_4f42_u32.to_be_bytes());
        packet.extend(payload);
        let _ = self.socket.send_to(&packet, remote);
        self.sequence = self.sequence.wrapping_add(1);
    }
}
