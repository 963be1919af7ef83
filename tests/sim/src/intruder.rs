//! A third party: datagrams of nobody's call.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use phone::Event;

use crate::setup::SERVER;
use crate::world::Happening;
use crate::{Line, World};

impl World {
    /// A datagram of anybody's arrives at a port of the switch's host.
    pub fn intrude(&mut self, from: SocketAddr, port: u16, datagram: &[u8]) {
        let to = SocketAddr::new(SERVER.ip(), port);
        let bytes = Bytes::copy_from_slice(datagram);
        self.after(Duration::ZERO, Happening::Datagram { from, to, bytes });
    }

    /// How many datagrams were sent to a host.
    pub fn sent_to(&self, host: IpAddr) -> usize {
        self.by_host.get(&host).copied().unwrap_or_default()
    }

    /// Where the switch takes the RTP of a phone's call, by what was agreed last.
    pub fn port_of(&self, line: Line) -> Option<u16> {
        let agreed = |(_, event): &(Duration, Event)| match event {
            Event::Stream { call, stream, .. } if *call == line.call => Some(stream.remote.port()),
            _ => None,
        };
        self.seats[line.device.0].events.iter().filter_map(agreed).last()
    }
}
