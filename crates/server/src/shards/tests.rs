use std::collections::VecDeque;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use call::PortCredit;
use media::{At, Audio, Event, Far, Layer, LegId, PlayerId};
use rtp::{Codec, Direction, Payload, StreamConfig};

use super::*;
use crate::inbox::Intake;

/// Two shards on loopback, and what they told.
struct Exchange {
    shards: Shards,
    intake: Intake<switch::Input>,
    told: VecDeque<switch::Input>,
}

impl Exchange {
    fn start(rtp: Rtp) -> Exchange {
        let (inbox, intake) = crate::inbox::inbox().unwrap();
        let addresses = vec!["127.0.0.1".parse().unwrap()];
        let config = ShardsConfig { count: 2, rtp, addresses, max_legs: 100, seed: 1 };
        let shards = Shards::start(&config, Clock::start(), &inbox).unwrap();
        Exchange { shards, intake, told: VecDeque::new() }
    }

    /// Waits until something is told that `wanted` takes.
    fn wait<T>(&mut self, mut wanted: impl FnMut(switch::Input) -> Option<T>) -> T {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            assert!(Instant::now() < until, "it was never told");
            self.intake.wait(until, &mut Vec::new()).unwrap();
            self.intake.take(&mut self.told);
            while let Some(input) = self.told.pop_front() {
                if let Some(found) = wanted(input) {
                    return found;
                }
            }
        }
    }

    fn credits(&mut self, wanted: ShardId) -> Vec<PortCredit> {
        self.wait(|input| match input {
            switch::Input::Ports { shard, ports } if shard == wanted => Some(ports),
            _ => None,
        })
    }

    fn tell(&mut self, shard: ShardId, command: Command) {
        self.shards.tell(shard, command);
        self.shards.wake();
    }
}

fn stream(remote: SocketAddr) -> Box<StreamConfig> {
    let payload = Payload { payload_type: 0, codec: Codec::Pcmu };
    Box::new(StreamConfig {
        remote,
        remote_rtcp: remote,
        send: payload,
        receive: vec![payload],
        send_events: None,
        receive_events: None,
        ptime_ms: 20,
        direction: Direction::SendRecv,
        symmetric: true,
        options: rtp::StreamOptions::default(),
    })
}

/// A part of the port range that other tests leave alone.
fn range(part: u16) -> Rtp {
    let start = 40_000 + part * 400;
    Rtp { start, end: start + 399 }
}

fn hears(phone: &UdpSocket, from: u16) {
    let mut buffer = [0; 500];
    phone.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    loop {
        let (length, source) = phone.recv_from(&mut buffer).unwrap();
        // RTCP goes to the same socket here.
        if length == 172 && source.port() == from {
            return;
        }
    }
}

#[test]
fn ports_are_posted_and_a_leg_plays_moves_and_closes_with_its_sockets() {
    let mut exchange = Exchange::start(range(0));
    let (here, there) = (ShardId(0), ShardId(1));
    let credits = exchange.credits(here);
    assert!(credits.len() <= AHEAD && !credits.is_empty());
    assert!(credits.iter().all(|credit| credit.rtp_port % 2 == 0));
    let credit = credits[0];
    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    let leg = LegId(1);
    exchange.tell(here, Command::Open { leg, far: Far::Rtp(credit.port) });
    exchange.tell(here, Command::Configure { leg, stream: stream(phone.local_addr().unwrap()) });
    let audio = Arc::new(Audio { rate: 8_000, samples: vec![1_000; 8_000] });
    let (player, at) = (PlayerId(2), At::Leg(leg));
    let play = Command::Play { player, at, audio, from_ms: 0, repeat: true, layer: Layer::Foreground };
    exchange.tell(here, play);
    hears(&phone, credit.rtp_port);
    exchange.tell(here, Command::Evict { leg });
    let evicted = exchange.wait(|input| match input {
        switch::Input::Media { event: Event::Evicted { leg }, .. } => Some(leg),
        _ => None,
    });
    assert!(evicted.descriptor.is_some());
    exchange.tell(there, Command::Adopt { leg: evicted });
    hears(&phone, credit.rtp_port);
    exchange.tell(there, Command::Close { leg });
    let (shard, port) = exchange.wait(|input| match input {
        switch::Input::Media { shard, event: Event::Closed { port, .. } } => Some((shard, port)),
        _ => None,
    });
    assert_eq!((shard, port), (there, Some(credit.port)));
    let ticks: u64 = exchange.shards.lateness().iter().flat_map(|it| it.counts()).sum();
    assert!(ticks > 0);
}

#[test]
fn more_ports_are_bound_when_they_run_low() {
    let mut exchange = Exchange::start(range(1));
    let shard = ShardId(0);
    let first = exchange.credits(shard);
    for (number, credit) in first.iter().enumerate() {
        exchange.tell(shard, Command::Open { leg: LegId(number as u64), far: Far::Rtp(credit.port) });
    }
    let more = exchange.credits(shard);
    assert!(!more.is_empty());
    assert!(more.iter().all(|credit| !first.contains(credit)));
}

#[test]
fn a_port_of_another_program_is_passed_over() {
    let rtp = range(2);
    let taken: Vec<UdpSocket> =
        (0..4).filter_map(|n| UdpSocket::bind(("127.0.0.1", rtp.start + 4 * n + 1)).ok()).collect();
    let mut exchange = Exchange::start(rtp);
    let credits = exchange.credits(ShardId(0));
    for other in taken.iter().map(|socket| socket.local_addr().unwrap().port()) {
        assert!(credits.iter().all(|credit| credit.rtp_port + 1 != other));
    }
    assert!(!credits.is_empty());
}
