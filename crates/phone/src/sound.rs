//! What a call plays: audio encoded once, then copied packet by packet.

use media::{Audio, g711};
use rtp::Codec;
use std::f64::consts::TAU;
use std::sync::Arc;

/// Samples in a packet.
pub(crate) const FRAME: usize = 160;
/// Samples a second.
const RATE: usize = 8_000;
/// The amplitude of a tone, of 32,767: 12 dB below a sine at full scale.
const AMPLITUDE: f64 = 8_192.0;

/// What is played, so that it can be encoded anew for another codec.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// A sine.
    Tone(u16),
    /// Audio of 8,000 samples a second.
    Audio(Arc<Audio>),
}

/// A player.
#[derive(Debug)]
pub(crate) struct Player {
    what: What,
    repeat: bool,
    codec: Codec,
    codes: Arc<[u8]>,
    at: usize,
}

impl Player {
    pub(crate) fn new(what: What, repeat: bool, codec: Codec) -> Player {
        let codes = encode(&what, codec);
        Player { what, repeat, codec, codes, at: 0 }
    }

    /// Writes the next frame; `false` when the audio is at its end (and nothing was written).
    pub(crate) fn next(&mut self, codec: Codec, frame: &mut [u8; FRAME]) -> bool {
        if codec != self.codec {
            self.codes = encode(&self.what, codec);
            self.codec = codec;
        }
        if self.codes.is_empty() || (!self.repeat && self.at >= self.codes.len()) {
            return false;
        }
        for code in frame.iter_mut() {
            *code = match self.codes.get(self.at) {
                Some(code) => *code,
                None if self.repeat => {
                    self.at = 0;
                    self.codes[0]
                }
                None => g711::silence(codec),
            };
            self.at += 1;
        }
        true
    }
}

/// A whole second of a whole frequency is whole waves, so it repeats without a click.
fn encode(what: &What, codec: Codec) -> Arc<[u8]> {
    let tone: Vec<i16>;
    let samples = match what {
        What::Tone(hz) => {
            let step = TAU * f64::from(*hz) / RATE as f64;
            tone = (0..RATE).map(|n| ((n as f64 * step).sin() * AMPLITUDE) as i16).collect();
            &tone
        }
        What::Audio(audio) => &audio.samples,
    };
    let mut codes = vec![0; samples.len()];
    g711::encode(codec, samples, &mut codes);
    codes.into()
}
