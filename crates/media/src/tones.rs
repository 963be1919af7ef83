//! Call progress tones and telephone digits, rendered to audio.

use crate::{Audio, Error, detect::DTMF};
use std::f64::consts::TAU;

/// How long a tone list may last, milliseconds.
pub const MAX_TONE_MS: u32 = 60_000;
/// The amplitude of each frequency of a progress tone, of 32,767 (about -13 dB).
const AMPLITUDE: f64 = 7_219.0;
/// The amplitude of each of a digit's two frequencies (about -10 dB together, ITU-T Q.24's middle).
const DIGIT_AMPLITUDE: f64 = 8_000.0;
/// How long a part without a duration is rendered: a whole second holds whole waves of every whole frequency, so
/// that it repeats without a click.
const ENDLESS_MS: u32 = 1_000;

const RATE: u32 = 8_000;

/// Ringback as heard in the United States: repeat it.
pub fn ringing() -> Audio {
    fixed("440+480/2000,0/4000")
}

/// Busy as heard in the United States: repeat it.
pub fn busy() -> Audio {
    fixed("480+620/500,0/500")
}

/// Congestion (fast busy) as heard in the United States: repeat it.
pub fn congestion() -> Audio {
    fixed("480+620/250,0/250")
}

/// Dial tone as heard in the United States: repeat it.
pub fn dial() -> Audio {
    fixed("350+440")
}

fn fixed(list: &str) -> Audio {
    render(list).expect("the list is one of ours")
}

/// Renders a list such as `440+480/2000,0/4000`, as `indications.conf` has it: parts between commas, each one or
/// more whole frequencies in hertz joined by `+` (0 is silence) and how long, milliseconds. A part without a
/// duration lasts a second. A leading `!` (once only) is taken and has no effect.
///
/// # Errors
/// [`Error::Tone`] with the number of the part, from 1, that is not one; [`Error::ToneTooLong`].
pub fn render(list: &str) -> Result<Audio, Error> {
    let mut samples = Vec::new();
    for (number, part) in list.split(',').enumerate() {
        let (frequencies, ms) =
            parse_part(part.trim().trim_start_matches('!')).ok_or(Error::Tone(number + 1))?;
        let length = (u64::from(ms) * u64::from(RATE) / 1000) as usize;
        if samples.len() + length > (MAX_TONE_MS * (RATE / 1000)) as usize {
            return Err(Error::ToneTooLong);
        }
        append(&mut samples, &frequencies, AMPLITUDE, length);
    }
    Ok(Audio { rate: RATE, samples })
}

/// The two tones of a digit (ITU-T Q.23) for so many milliseconds, at most [`MAX_TONE_MS`].
///
/// # Errors
/// [`Error::Digit`] where the character is none.
pub fn dtmf(digit: char, ms: u32) -> Result<Audio, Error> {
    let (row, column) = dtmf_frequencies(digit).ok_or(Error::Digit(digit))?;
    let mut samples = Vec::new();
    let length = (ms.min(MAX_TONE_MS) * (RATE / 1000)) as usize;
    append(&mut samples, &[row, column], DIGIT_AMPLITUDE, length);
    Ok(Audio { rate: RATE, samples })
}

/// Row and column frequency of a digit, hertz (ITU-T Q.23).
pub fn dtmf_frequencies(digit: char) -> Option<(f64, f64)> {
    let place = DTMF.digits.iter().position(|known| *known == digit.to_ascii_uppercase())?;
    Some((DTMF.rows[place / 4], DTMF.columns[place % 4]))
}

/// Writes a part of a digit's tones, `from` samples into it, without allocating: what the tick sends where
/// telephone-event was not agreed.
pub(crate) fn dtmf_frame(digit: char, from: u32, frame: &mut [i16]) {
    let Some((row, column)) = dtmf_frequencies(digit) else { return frame.fill(0) };
    for (n, sample) in frame.iter_mut().enumerate() {
        let time = (f64::from(from) + n as f64) / f64::from(RATE);
        *sample = (((TAU * row * time).sin() + (TAU * column * time).sin()) * DIGIT_AMPLITUDE) as i16;
    }
}

fn append(samples: &mut Vec<i16>, frequencies: &[f64], amplitude: f64, length: usize) {
    samples.extend((0..length).map(|n| {
        let time = n as f64 / f64::from(RATE);
        let sum: f64 = frequencies.iter().map(|hz| (TAU * hz * time).sin() * amplitude).sum();
        sum.round() as i16
    }));
}

fn parse_part(part: &str) -> Option<(Vec<f64>, u32)> {
    let (frequencies, ms) = match part.split_once('/') {
        Some((frequencies, ms)) => (frequencies, ms.parse().ok()?),
        None => (part, ENDLESS_MS),
    };
    let frequencies: Option<Vec<f64>> = frequencies
        .split('+')
        .map(|hz| hz.parse::<u16>().ok().filter(|hz| *hz < 4_000).map(f64::from))
        .collect();
    Some((frequencies?.into_iter().filter(|hz| *hz > 0.0).collect(), ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect;

    #[test]
    fn ringing_is_two_seconds_of_440_and_480_and_four_of_silence() {
        let audio = ringing();
        assert_eq!(audio.samples.len(), 48_000);
        assert!(detect::tone_level(&audio.samples[..16_000], 8_000, 440.0) > -15.0);
        assert!(detect::tone_level(&audio.samples[..16_000], 8_000, 480.0) > -15.0);
        assert!(audio.samples[16_000..].iter().all(|sample| *sample == 0));
    }

    #[test]
    fn dial_tone_repeats_without_a_click() {
        let audio = dial();
        let (last, first) = (audio.samples[7_999], audio.samples[0]);
        let largest_step = audio.samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).max().unwrap();
        assert!((first - last).abs() <= largest_step);
    }

    #[test]
    fn a_list_that_is_none_is_refused_with_its_part() {
        assert_eq!(render("440/100,beep").unwrap_err(), Error::Tone(2));
        assert_eq!(render("").unwrap_err(), Error::Tone(1));
        assert_eq!(render("440/59999,0/2").unwrap_err(), Error::ToneTooLong);
        assert!(render("!950/330,!1400/330,!1800/330,0").is_ok());
    }

    #[test]
    fn every_digit_is_its_two_frequencies() {
        for (digit, row, column) in
            [('1', 697.0, 1209.0), ('0', 941.0, 1336.0), ('#', 941.0, 1477.0), ('d', 941.0, 1633.0)]
        {
            assert_eq!(dtmf_frequencies(digit), Some((row, column)));
        }
        assert_eq!(dtmf('x', 100).unwrap_err(), Error::Digit('x'));
    }
}
