//! The audio codecs a stream may carry.

/// An audio codec, in the words of its RTP encoding name (RFC 3551 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Codec {
    /// G.711 µ-law, static payload type 0, 8 kHz.
    Pcmu,
    /// G.711 A-law, static payload type 8, 8 kHz.
    Pcma,
    /// G.722 at 64 kbit/s, static payload type 9: 16 kHz audio under a clock of 8 kHz (RFC 3551 §4.5.2).
    G722,
    /// Linear 16-bit samples in network byte order at 8 kHz (RFC 3551 §4.5.11), Asterisk's `slin`.
    L16,
    /// The same at 16 kHz, Asterisk's `slin16`.
    L16Wide,
}

impl Codec {
    /// Every codec, the one first that is most widely understood.
    pub const ALL: [Codec; 5] = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::L16, Codec::L16Wide];

    /// Asterisk's own name of the format, as `allow=` in `pjsip.conf` and ARI's `format` have it.
    pub fn asterisk_name(self) -> &'static str {
        match self {
            Codec::Pcmu => "ulaw",
            Codec::Pcma => "alaw",
            Codec::G722 => "g722",
            Codec::L16 => "slin",
            Codec::L16Wide => "slin16",
        }
    }

    /// The codec that Asterisk's own format name stands for; `None` where it is not one we carry.
    pub fn from_asterisk_name(name: &str) -> Option<Codec> {
        Codec::ALL.into_iter().find(|codec| codec.asterisk_name() == name)
    }

    /// The encoding name in `a=rtpmap`.
    pub fn encoding_name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
            Codec::G722 => "G722",
            Codec::L16 | Codec::L16Wide => "L16",
        }
    }

    /// The codec that an encoding name, in any case, and its clock rate stand for in `a=rtpmap`.
    pub fn from_encoding(name: &str, clock_rate: u32) -> Option<Codec> {
        Codec::ALL.into_iter().find(|codec| {
            name.eq_ignore_ascii_case(codec.encoding_name()) && codec.clock_rate() == clock_rate
        })
    }

    /// The static payload type (RFC 3551 §6); `None` where one is chosen for each session.
    pub fn static_payload_type(self) -> Option<u8> {
        match self {
            Codec::Pcmu => Some(0),
            Codec::Pcma => Some(8),
            Codec::G722 => Some(9),
            Codec::L16 | Codec::L16Wide => None,
        }
    }

    /// The codec of a static payload type.
    pub fn from_static_payload_type(payload_type: u8) -> Option<Codec> {
        Codec::ALL.into_iter().find(|codec| codec.static_payload_type() == Some(payload_type))
    }

    /// RTP clock rate in hertz. G.722's is half of what its audio has, by an error that was kept (RFC 3551 §4.5.2).
    pub fn clock_rate(self) -> u32 {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::G722 | Codec::L16 => 8000,
            Codec::L16Wide => 16_000,
        }
    }

    /// Samples a second of its audio: 8,000 or 16,000.
    pub fn sample_rate(self) -> u32 {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::L16 => 8000,
            Codec::G722 | Codec::L16Wide => 16_000,
        }
    }

    /// Octets in a millisecond of it.
    pub fn octets_per_ms(self) -> usize {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::G722 => 8,
            Codec::L16 => 16,
            Codec::L16Wide => 32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_codec_is_found_by_each_of_its_names() {
        for codec in Codec::ALL {
            assert_eq!(Codec::from_asterisk_name(codec.asterisk_name()), Some(codec));
            let name = codec.encoding_name().to_ascii_lowercase();
            assert_eq!(Codec::from_encoding(&name, codec.clock_rate()), Some(codec));
            if let Some(payload_type) = codec.static_payload_type() {
                assert_eq!(Codec::from_static_payload_type(payload_type), Some(codec));
            }
        }
        assert_eq!(Codec::from_encoding("G722", 16_000), None, "its clock is 8 kHz whatever its audio");
        assert_eq!(Codec::from_encoding("L16", 44_100), None);
    }
}
