//! The audio codecs a stream may carry.

/// An audio codec, in the words of its RTP encoding name (RFC 3551 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Codec {
    /// G.711 µ-law, static payload type 0, 8 kHz.
    Pcmu,
    /// G.711 A-law, static payload type 8, 8 kHz.
    Pcma,
}

impl Codec {
    /// Asterisk's own name of the format, as `allow=` in `pjsip.conf` and ARI's `format` have it.
    pub fn asterisk_name(self) -> &'static str {
        match self {
            Codec::Pcmu => "ulaw",
            Codec::Pcma => "alaw",
        }
    }

    /// The codec that Asterisk's own format name stands for; `None` where it is not one we carry.
    pub fn from_asterisk_name(name: &str) -> Option<Codec> {
        match name {
            "ulaw" => Some(Codec::Pcmu),
            "alaw" => Some(Codec::Pcma),
            _ => None,
        }
    }

    /// The encoding name in `a=rtpmap`.
    pub fn encoding_name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
        }
    }

    /// The static payload type (RFC 3551 §6).
    pub fn static_payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
        }
    }

    /// RTP clock rate in hertz.
    pub fn clock_rate(self) -> u32 {
        match self {
            Codec::Pcmu | Codec::Pcma => 8000,
        }
    }
}
