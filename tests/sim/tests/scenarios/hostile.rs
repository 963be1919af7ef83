//! A third party that sends to the ports of calls: it is not heard, and nothing is sent to it (RTPBleed).

use std::net::SocketAddr;
use std::time::Duration;

use call::BridgeKind;
use media::{Audio, g711};
use phone::Command as PhoneCommand;
use rtp::rtcp::Writer;
use rtp::{Header, Packet};
use sim::{App, Line, Setup, World};

use crate::enter;

/// The attacker's tone.
const INJECTED_HZ: u16 = 1_900;
/// Ports of media that are sprayed.
const PORTS: std::ops::Range<u16> = 10_000..10_024;

/// Sends µ-law with a tone, in proper sequence, from a few addresses.
struct Intruder {
    from: Vec<SocketAddr>,
    sequence: u16,
    audio: Audio,
}

impl Intruder {
    fn new() -> Intruder {
        let from = (0..3).map(|n| SocketAddr::from(([203, 0, 113, 9], 5_000 + n))).collect();
        let audio = media::tones::render(&format!("{INJECTED_HZ}/20")).expect("it is a tone");
        Intruder { from, sequence: 0, audio }
    }

    /// Sprays each port for some time, as often as a phone would send, and reports with it.
    fn spray(&mut self, w: &mut World, time: Duration) {
        let mut codes = [0; 160];
        g711::encode(g711::Law::Mu, &self.audio.samples[..160], &mut codes);
        for _ in 0..time.as_millis() / 20 {
            self.sequence = self.sequence.wrapping_add(1);
            for (n, from) in self.from.iter().enumerate() {
                let (ssrc, sequence) = (0xbad0 + n as u32, self.sequence);
                let timestamp = u32::from(sequence) * 160;
                let header = Header { marker: false, payload_type: 0, sequence, timestamp, ssrc };
                let mut packet = [0; 200];
                let length = Packet::new(header, &codes).write(&mut packet).expect("it fits");
                let mut report = [0; 64];
                let mut writer = Writer::new(&mut report);
                writer.receiver_report(ssrc, &[]).expect("it fits");
                let reported = writer.len();
                for port in PORTS.step_by(2) {
                    w.intrude(*from, port, &packet[..length]);
                    w.intrude(*from, port + 1, &report[..reported]);
                }
            }
            w.run(Duration::from_millis(20));
        }
    }

    fn got(&self, w: &World) -> usize {
        w.sent_to(self.from[0].ip())
    }
}

fn few_ports(seed: u64) -> World {
    World::with(Setup { ports: 4, ..Setup::new(seed) })
}

fn bridged(w: &mut World, app: App, lines: &[(Line, String)]) {
    w.bridge(app, "b1", BridgeKind::Mixing);
    w.add(app, "b1", &[&lines[0].1, &lines[1].1]);
}

fn end(mut w: World, lines: &[(Line, String)]) {
    for (line, _) in lines {
        w.hang_up(*line);
    }
    w.check();
}

#[test]
fn a_sprayer_is_neither_heard_nor_sent_to_before_during_and_after_the_first_packets() {
    let mut w = few_ports(900);
    let mut intruder = Intruder::new();
    intruder.spray(&mut w, Duration::from_millis(200));
    let app = w.application("my-app");
    let mut lines = Vec::new();
    for n in 0..2 {
        let phone = w.phone(&(2001 + n).to_string());
        let (line, channel) = enter(&mut w, phone, app);
        w.command(line, PhoneCommand::PlayTone { hz: 1_000 + 300 * n as u16 });
        intruder.spray(&mut w, Duration::from_millis(200));
        assert!(PORTS.contains(&w.port_of(line).expect("it is up")), "the call's port is sprayed");
        lines.push((line, channel));
    }
    bridged(&mut w, app, &lines);
    for _ in 0..40 {
        intruder.spray(&mut w, Duration::from_millis(200));
        assert!(lines.iter().all(|(line, _)| !w.hears(*line, INJECTED_HZ)), "the intruder is heard");
    }
    assert!(w.hears(lines[0].0, 1_300) && w.hears(lines[1].0, 1_000));
    assert_eq!(intruder.got(&w), 0, "nothing goes astray");
    end(w, &lines);
}

#[test]
fn a_phone_that_falls_silent_is_not_replaced() {
    let mut w = few_ports(901);
    let app = w.application("my-app");
    let mut lines = Vec::new();
    for n in 0..2 {
        let quiet = |settings: &mut phone::Settings| settings.behaviour.send_silence = false;
        let phone = w.phone_with(&(2001 + n).to_string(), quiet);
        let (line, channel) = enter(&mut w, phone, app);
        w.command(line, PhoneCommand::PlayTone { hz: 1_000 });
        lines.push((line, channel));
    }
    bridged(&mut w, app, &lines);
    w.run(Duration::from_secs(6));
    w.command(lines[0].0, PhoneCommand::StopPlaying);
    w.run(Duration::from_secs(1));
    let mut intruder = Intruder::new();
    for _ in 0..20 {
        intruder.spray(&mut w, Duration::from_millis(200));
        assert!(!w.hears(lines[1].0, INJECTED_HZ), "the intruder is heard");
    }
    assert!(w.hears(lines[0].0, 1_000), "the quiet one still hears the other");
    assert_eq!(intruder.got(&w), 0, "nothing goes astray");
    end(w, &lines);
}
