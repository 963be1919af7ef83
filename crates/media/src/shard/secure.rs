//! SRTP of one stream.

use rtp::Error;
use rtp::srtp::{Keys, Opener, Sealer};

use super::PacketKind;

/// What seals and opens a stream's packets.
pub(super) struct Secure {
    keys: Keys,
    refuses_replayed: bool,
    pub(super) sealer: Sealer,
    opener: Opener,
}

impl Secure {
    pub(super) fn new(keys: Keys, refuses_replayed: bool) -> Secure {
        let (sealer, opener) = (Sealer::new(&keys.send), opener(&keys, refuses_replayed));
        Secure { keys, refuses_replayed, sealer, opener }
    }

    /// Takes a new agreement: a key that stayed goes on with its counts, one that changed begins anew.
    pub(super) fn change(&mut self, keys: Keys, refuses_replayed: bool) {
        if keys.send != self.keys.send {
            self.sealer = Sealer::new(&keys.send);
        }
        if keys.receive != self.keys.receive || refuses_replayed != self.refuses_replayed {
            self.opener = opener(&keys, refuses_replayed);
        }
        (self.keys, self.refuses_replayed) = (keys, refuses_replayed);
    }

    /// Opens a datagram in place, and tells the length of what it held.
    pub(super) fn open(&mut self, kind: PacketKind, datagram: &mut [u8]) -> Result<usize, Error> {
        match kind {
            PacketKind::Rtp => self.opener.open_rtp(datagram),
            PacketKind::Rtcp => self.opener.open_rtcp(datagram),
        }
    }
}

fn opener(keys: &Keys, refuses_replayed: bool) -> Opener {
    let opener = Opener::new(&keys.receive);
    if refuses_replayed { opener } else { opener.without_replay_protection() }
}
