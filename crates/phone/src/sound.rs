//! What a call plays: audio in the codec's rate, encoded packet by packet.

use media::codec::Encoder;
use media::{Audio, resample};
use rtp::Codec;
use std::f64::consts::TAU;
use std::sync::Arc;

/// Octets of the longest 20 ms.
pub(crate) const LONGEST: usize = 640;
/// The amplitude of a tone, of 32,767: 12 dB below a sine at full scale.
const AMPLITUDE: f64 = 8_192.0;

/// What is played, so that it can be had at another codec's rate.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// A sine.
    Tone(u16),
    /// Audio of any rate.
    Audio(Arc<Audio>),
}

/// A player.
#[derive(Debug)]
pub(crate) struct Player {
    what: What,
    repeat: bool,
    rate: u32,
    samples: Arc<[i16]>,
    at: usize,
    encoder: Encoder,
}

impl Player {
    pub(crate) fn new(what: What, repeat: bool, codec: Codec) -> Player {
        let rate = codec.sample_rate();
        let samples = render(&what, rate);
        Player { what, repeat, rate, samples, at: 0, encoder: Encoder::new() }
    }

    /// Writes the next 20 ms; `None` when the audio is at its end (and nothing was written).
    pub(crate) fn next<'a>(&mut self, codec: Codec, octets: &'a mut [u8; LONGEST]) -> Option<&'a [u8]> {
        let rate = codec.sample_rate();
        if rate != self.rate {
            self.samples = render(&self.what, rate);
            self.at = self.at * rate as usize / self.rate as usize;
            self.rate = rate;
        }
        if self.samples.is_empty() || (!self.repeat && self.at >= self.samples.len()) {
            return None;
        }
        let mut frame = [0; 320];
        let frame = &mut frame[..rate as usize / 50];
        for place in frame.iter_mut() {
            if self.at >= self.samples.len() && self.repeat {
                self.at = 0;
            }
            *place = self.samples.get(self.at).copied().unwrap_or(0);
            self.at += 1;
        }
        let length = self.encoder.encode(codec, frame, octets);
        Some(&octets[..length])
    }
}

/// Writes 20 ms of silence.
pub(crate) fn silence(codec: Codec, octets: &mut [u8; LONGEST]) -> &[u8] {
    let length = Encoder::new().encode(codec, &[0; 320][..codec.sample_rate() as usize / 50], octets);
    &octets[..length]
}

/// The samples after which a whole frequency repeats without a click: at most a second.
fn period(rate: u32, hz: u16) -> usize {
    let (mut a, mut b) = (rate as usize, usize::from(hz).max(1));
    while b != 0 {
        (a, b) = (b, a % b);
    }
    rate as usize / a
}

fn render(what: &What, rate: u32) -> Arc<[i16]> {
    match what {
        What::Tone(hz) => {
            let step = TAU * f64::from(*hz) / f64::from(rate);
            (0..period(rate, *hz)).map(|n| ((n as f64 * step).sin() * AMPLITUDE) as i16).collect()
        }
        What::Audio(audio) if audio.rate == rate => audio.samples.as_slice().into(),
        What::Audio(audio) => {
            let audio = Audio { rate: audio.rate, samples: audio.samples.clone() };
            resample::convert(audio, rate).samples.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::codec::Decoder;

    #[test]
    fn a_tone_repeats_without_a_click_in_every_codec() {
        assert_eq!((period(8_000, 1000), period(8_000, 440), period(8_000, 697)), (8, 200, 8000));
        for codec in Codec::ALL {
            let mut player = Player::new(What::Tone(440), true, codec);
            let (mut decoder, mut samples) = (Decoder::new(), Vec::new());
            for _ in 0..10 {
                let (mut octets, mut decoded) = ([0; LONGEST], [0; 320]);
                let octets = player.next(codec, &mut octets).unwrap();
                let length = decoder.decode(codec, octets, &mut decoded);
                samples.extend_from_slice(&decoded[..length]);
            }
            let level = |hz| media::detect::tone_level(&samples, codec.sample_rate(), hz);
            assert!((level(440.0) + 12.0).abs() < 0.3, "{codec:?}: {}", level(440.0));
            assert!(level(880.0) < -45.0, "{codec:?}: {}", level(880.0));
        }
    }

    #[test]
    fn a_change_of_codec_changes_the_code_not_the_place() {
        let audio = Arc::new(Audio { rate: 8000, samples: (0..400).map(|n| n * 50).collect() });
        let mut player = Player::new(What::Audio(audio), false, Codec::Pcmu);
        let mut frame = [0; LONGEST];
        assert!(player.next(Codec::Pcmu, &mut frame).is_some());
        let octets = player.next(Codec::Pcma, &mut frame).unwrap();
        assert!((media::g711::alaw_to_linear(octets[0]) - 8000).abs() < 500);
        let rest = player.next(Codec::Pcma, &mut frame).expect("the rest, filled up with silence");
        assert_eq!(rest[159], media::g711::silence(media::g711::Law::A));
        assert!(player.next(Codec::Pcma, &mut frame).is_none());
    }
}
