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

/// The samples after which a whole frequency repeats without a click: at most a second.
fn period(hz: u16) -> usize {
    let (mut a, mut b) = (RATE, usize::from(hz).max(1));
    while b != 0 {
        (a, b) = (b, a % b);
    }
    RATE / a
}

fn encode(what: &What, codec: Codec) -> Arc<[u8]> {
    let tone: Vec<i16>;
    let samples = match what {
        What::Tone(hz) => {
            let step = TAU * f64::from(*hz) / RATE as f64;
            tone = (0..period(*hz)).map(|n| ((n as f64 * step).sin() * AMPLITUDE) as i16).collect();
            &tone
        }
        What::Audio(audio) => &audio.samples,
    };
    let mut codes = vec![0; samples.len()];
    g711::encode(codec, samples, &mut codes);
    codes.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_repeats_without_a_click() {
        assert_eq!((period(1000), period(440), period(697), period(4000)), (8, 200, 8000, 2));
        let mut player = Player::new(What::Tone(440), true, Codec::Pcmu);
        let mut samples = Vec::new();
        for _ in 0..10 {
            let (mut frame, mut decoded) = ([0; FRAME], [0; FRAME]);
            assert!(player.next(Codec::Pcmu, &mut frame));
            g711::decode(Codec::Pcmu, &frame, &mut decoded);
            samples.extend(decoded);
        }
        assert!((media::detect::tone_level(&samples, 8000, 440.0) + 12.0).abs() < 0.2);
        assert!(media::detect::tone_level(&samples, 8000, 880.0) < -50.0);
    }

    #[test]
    fn a_change_of_codec_changes_the_code_not_the_place() {
        let audio = Arc::new(Audio { rate: 8000, samples: (0..400).map(|n| n * 50).collect() });
        let mut player = Player::new(What::Audio(audio), false, Codec::Pcmu);
        let mut frame = [0; FRAME];
        assert!(player.next(Codec::Pcmu, &mut frame));
        assert!(player.next(Codec::Pcma, &mut frame));
        assert!((g711::alaw_to_linear(frame[0]) - 8000).abs() < 500);
        assert!(player.next(Codec::Pcma, &mut frame), "the rest, filled up with silence");
        assert_eq!(frame[FRAME - 1], g711::silence(Codec::Pcma));
        assert!(!player.next(Codec::Pcma, &mut frame));
    }
}
