//! Why audio could not be taken.

/// Why a file, or a list of tones, is not audio that can be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It does not begin as a RIFF WAVE file.
    #[error("not a WAV file")]
    NotWav,
    /// It ends before its `fmt ` or `data` chunk.
    #[error("the WAV file ends before its {0} chunk")]
    Truncated(&'static str),
    /// Neither 16-bit PCM nor µ-law nor A-law.
    #[error("WAV format {tag} of {bits} bits is not supported: use 16-bit PCM, µ-law or A-law")]
    Format {
        /// `wFormatTag`.
        tag: u16,
        /// Bits a sample.
        bits: u16,
    },
    /// Not mono or stereo.
    #[error("{0} channels are not supported: use mono or stereo")]
    Channels(u16),
    /// A sampling rate that is not taken.
    #[error("a rate of {0} Hz is not supported: use 8000, 16000, 24000, 32000, 44100 or 48000")]
    Rate(u32),
    /// A part of a tone list is not `hertz[+hertz][/milliseconds]`.
    #[error("part {0} of the tone list is not frequency[+frequency][/milliseconds]")]
    Tone(usize),
    /// A tone list lasts longer than [`MAX_TONE_MS`](crate::tones::MAX_TONE_MS).
    #[error("the tone list lasts longer than a minute")]
    ToneTooLong,
    /// Not one of `0`–`9`, `*`, `#`, `A`–`D`.
    #[error("{0:?} is not a digit that a telephone can send")]
    Digit(char),
}
