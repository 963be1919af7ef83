//! WAV files: reading what a prompt may come as, writing what a recorder leaves.

use crate::g711::Law;
use crate::{Audio, Error, resample};

/// How long [`header`] is, octets: samples begin there.
pub const HEADER_LEN: usize = 44;
/// Where the RIFF size stands in a header: a little-endian `u32`, [`riff_size`].
pub const RIFF_SIZE_AT: u64 = 4;
/// Where the size of the data stands in a header: a little-endian `u32`, [`data_size`].
pub const DATA_SIZE_AT: u64 = 40;
/// The rates that [`parse`] takes, hertz.
pub const RATES: [u32; 6] = [8_000, 16_000, 24_000, 32_000, 44_100, 48_000];

const TAG_PCM: u16 = 1;
const TAG_ALAW: u16 = 6;
const TAG_ULAW: u16 = 7;
const TAG_EXTENSIBLE: u16 = 0xfffe;

struct Format {
    tag: u16,
    channels: u16,
    rate: u32,
    bits: u16,
}

/// Reads a WAV file of 16-bit PCM, µ-law or A-law, mono or stereo, at one of [`RATES`], as mono at 8 kHz.
///
/// A file whose data chunk claims more than there is (its writer was cut off) gives what there is.
///
/// # Errors
/// Where it is not such a file.
pub fn parse(file: &[u8]) -> Result<Audio, Error> {
    parse_at(8_000, file)
}

/// The same at another rate.
///
/// # Errors
/// Where it is not such a file.
pub fn parse_at(rate: u32, file: &[u8]) -> Result<Audio, Error> {
    if file.len() < 12 || &file[..4] != b"RIFF" || &file[8..12] != b"WAVE" {
        return Err(Error::NotWav);
    }
    let mut format = None;
    let mut rest = &file[12..];
    while let Some((head, body)) = rest.split_at_checked(8) {
        let size = read_u32(&head[4..]) as usize;
        let chunk = &body[..size.min(body.len())];
        match &head[..4] {
            b"fmt " => format = Some(parse_format(chunk)?),
            b"data" => return Ok(samples(rate, &format.ok_or(Error::Truncated("fmt"))?, chunk)),
            _ => {}
        }
        // Chunks are padded to an even length.
        rest = body.get(size.saturating_add(size & 1)..).unwrap_or_default();
    }
    Err(Error::Truncated(if format.is_none() { "fmt" } else { "data" }))
}

fn parse_format(chunk: &[u8]) -> Result<Format, Error> {
    if chunk.len() < 16 {
        return Err(Error::Truncated("fmt"));
    }
    let mut format = Format {
        tag: read_u16(chunk),
        channels: read_u16(&chunk[2..]),
        rate: read_u32(&chunk[4..]),
        bits: read_u16(&chunk[14..]),
    };
    if format.tag == TAG_EXTENSIBLE && chunk.len() >= 26 {
        format.tag = read_u16(&chunk[24..]);
    }
    match (format.tag, format.bits) {
        (TAG_PCM, 16) | (TAG_ALAW | TAG_ULAW, 8) => {}
        (tag, bits) => return Err(Error::Format { tag, bits }),
    }
    if !RATES.contains(&format.rate) {
        return Err(Error::Rate(format.rate));
    }
    match format.channels {
        1 | 2 => Ok(format),
        other => Err(Error::Channels(other)),
    }
}

fn samples(rate: u32, format: &Format, data: &[u8]) -> Audio {
    let mut samples = match format.tag {
        TAG_ULAW => crate::raw::g711(Law::Mu, data).samples,
        TAG_ALAW => crate::raw::g711(Law::A, data).samples,
        _ => crate::raw::slin(format.rate, data).samples,
    };
    if format.channels == 2 {
        samples = samples
            .as_chunks::<2>()
            .0
            .iter()
            .map(|[left, right]| ((i32::from(*left) + i32::from(*right)) / 2) as i16)
            .collect();
    }
    resample::convert(Audio { rate: format.rate, samples }, rate)
}

/// The header of a mono 16-bit PCM file at 8 kHz with so many samples. A file that grows is begun with 0 and
/// gets [`riff_size`] and [`data_size`] written over it as often as its writer likes.
pub fn header(samples: u32) -> [u8; HEADER_LEN] {
    let mut header = [0; HEADER_LEN];
    header[..4].copy_from_slice(b"RIFF");
    header[4..8].copy_from_slice(&riff_size(samples));
    header[8..16].copy_from_slice(b"WAVEfmt ");
    header[16..20].copy_from_slice(&16u32.to_le_bytes());
    header[20..22].copy_from_slice(&TAG_PCM.to_le_bytes());
    header[22..24].copy_from_slice(&1u16.to_le_bytes());
    header[24..28].copy_from_slice(&8_000u32.to_le_bytes());
    header[28..32].copy_from_slice(&16_000u32.to_le_bytes());
    header[32..34].copy_from_slice(&2u16.to_le_bytes());
    header[34..36].copy_from_slice(&16u16.to_le_bytes());
    header[36..40].copy_from_slice(b"data");
    header[40..].copy_from_slice(&data_size(samples));
    header
}

/// What belongs at [`RIFF_SIZE_AT`] once so many samples are in the file.
pub fn riff_size(samples: u32) -> [u8; 4] {
    samples.saturating_mul(2).saturating_add(HEADER_LEN as u32 - 8).to_le_bytes()
}

/// What belongs at [`DATA_SIZE_AT`] once so many samples are in the file.
pub fn data_size(samples: u32) -> [u8; 4] {
    samples.saturating_mul(2).to_le_bytes()
}

/// A whole file: the header and the samples. The rate of `audio` is taken for 8 kHz.
pub fn write(audio: &Audio) -> Vec<u8> {
    let count = u32::try_from(audio.samples.len()).unwrap_or(u32::MAX);
    let mut file = header(count).to_vec();
    file.extend(audio.samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

fn read_u16(from: &[u8]) -> u16 {
    u16::from_le_bytes([from[0], from[1]])
}

fn read_u32(from: &[u8]) -> u32 {
    u32::from_le_bytes([from[0], from[1], from[2], from[3]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{detect, tones};
    use proptest::prelude::*;

    fn file(tag: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        file.extend(tag.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend([0; 6]);
        file.extend(bits.to_le_bytes());
        file.extend(b"data");
        file.extend((data.len() as u32).to_le_bytes());
        file.extend(data);
        file
    }

    #[test]
    fn what_was_written_is_read_again() {
        let audio = tones::dtmf('5', 100).unwrap();
        assert_eq!(parse(&write(&audio)).unwrap(), audio);
    }

    #[test]
    fn a_header_begun_with_nothing_is_patched_to_the_whole() {
        let mut begun = header(0);
        begun[RIFF_SIZE_AT as usize..][..4].copy_from_slice(&riff_size(800));
        begun[DATA_SIZE_AT as usize..][..4].copy_from_slice(&data_size(800));
        assert_eq!(begun, header(800));
        assert_eq!(u32::from_le_bytes(begun[4..8].try_into().unwrap()), 36 + 1600);
    }

    #[test]
    fn every_rate_becomes_8_khz_with_its_tone_kept() {
        for rate in RATES {
            let data: Vec<u8> = (0..rate)
                .flat_map(|n| {
                    let angle = f64::from(n) * 1000.0 * std::f64::consts::TAU / f64::from(rate);
                    let sample = ((angle.sin() * 10_000.0) as i16).to_le_bytes();
                    [sample[0], sample[1], sample[0], sample[1]]
                })
                .collect();
            let audio = parse(&file(TAG_PCM, 2, rate, 16, &data)).unwrap();
            assert_eq!((audio.rate, audio.samples.len()), (8_000, 8_000), "from {rate} Hz");
            let level = detect::tone_level(&audio.samples[400..7600], 8_000, 1000.0);
            assert!((level - 20.0 * (10_000f64 / 32_768.0).log10()).abs() < 0.3);
        }
    }

    #[test]
    fn a_law_and_u_law_files_are_decoded() {
        assert_eq!(parse(&file(TAG_ULAW, 1, 8_000, 8, &[0xff, 0x80])).unwrap().samples, [0, 32_124]);
        assert_eq!(parse(&file(TAG_ALAW, 1, 8_000, 8, &[0xd5, 0xaa])).unwrap().samples, [8, 32_256]);
    }

    #[test]
    fn what_cannot_be_played_is_told_why() {
        assert_eq!(parse(b"ID3").unwrap_err(), Error::NotWav);
        assert_eq!(parse(&file(3, 1, 8_000, 32, &[])).unwrap_err(), Error::Format { tag: 3, bits: 32 });
        assert_eq!(parse(&file(1, 6, 8_000, 16, &[])).unwrap_err(), Error::Channels(6));
        assert_eq!(parse(&file(1, 1, 11_025, 16, &[])).unwrap_err(), Error::Rate(11_025));
        assert_eq!(parse(&header(0)[..36]).unwrap_err(), Error::Truncated("data"));
    }

    #[test]
    fn a_file_cut_off_gives_what_there_is() {
        let mut file = write(&Audio { rate: 8_000, samples: vec![7; 100] });
        file.truncate(HEADER_LEN + 20);
        assert_eq!(parse(&file).unwrap().samples, [7; 10]);
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200), wav in any::<bool>()) {
            if wav {
                let mut begun = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
                begun.append(&mut bytes);
                bytes = begun;
            }
            let _ = parse(&bytes);
        }
    }
}
