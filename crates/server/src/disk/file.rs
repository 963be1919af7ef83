//! One recording's file while it is written.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use call::OpenFailure;
use call::recording::IfExists;
use media::g711::{self, Law};
use media::{Frame, wav};

/// Formats that can be written: extensions.
pub const FORMATS: [&str; 8] = ["wav", "ulaw", "ul", "pcm", "alaw", "al", "sln", "raw"];

/// What a recording is written to.
pub trait Sink: Send {
    /// Puts bytes at the end.
    ///
    /// # Errors
    /// Where they did not all fit.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Puts bytes over others.
    ///
    /// # Errors
    /// Where it could not.
    fn patch(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;
    /// Returns once the disk has all.
    ///
    /// # Errors
    /// Where it has not.
    fn sync(&mut self) -> io::Result<()>;
}

impl Sink for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.seek(SeekFrom::End(0))?;
        self.write_all(bytes)
    }

    fn patch(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.seek(SeekFrom::Start(at))?;
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// What frames become in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Wav,
    Linear,
    G711(Law),
}

fn form(format: &str) -> Option<Form> {
    match format {
        "wav" => Some(Form::Wav),
        "sln" | "raw" => Some(Form::Linear),
        "ulaw" | "ul" | "pcm" => Some(Form::G711(Law::Mu)),
        "alaw" | "al" => Some(Form::G711(Law::A)),
        _ => None,
    }
}

/// A recording's file: frames go in, and it is whole after each [`Track::settle`].
pub(super) struct Track {
    sink: Box<dyn Sink>,
    form: Form,
    /// Samples in the file.
    samples: u32,
    /// What waits to be written.
    waiting: Vec<u8>,
}

/// Bytes that may wait before they are written.
const WAITING: usize = 64 << 10;

impl Track {
    /// Opens a file below the recordings' folder.
    pub(super) fn open(path: &Path, format: &str, if_exists: IfExists) -> Result<Track, OpenFailure> {
        let Some(form) = form(format) else {
            return Err(OpenFailure::Disk(format!("recordings cannot be written as `{format}`")));
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        match if_exists {
            IfExists::Fail => options.create_new(true),
            IfExists::Overwrite => options.create(true).truncate(true),
            IfExists::Append => options.create(true).truncate(false),
        };
        // A link could lead anywhere.
        if path.is_symlink() {
            return Err(OpenFailure::Outside);
        }
        let mut file = options.open(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => OpenFailure::Exists,
            _ => OpenFailure::Disk(error.to_string()),
        })?;
        let samples = there_already(&mut file, form)?;
        Track::new(Box::new(file), format, samples).map_err(|error| OpenFailure::Disk(error.to_string()))
    }

    /// A track on any sink that holds `samples` already.
    pub(super) fn new(mut sink: Box<dyn Sink>, format: &str, samples: Option<u32>) -> io::Result<Track> {
        let form = form(format).ok_or(io::ErrorKind::Unsupported)?;
        if form == Form::Wav && samples.is_none() {
            sink.append(&wav::header(0))?;
        }
        Ok(Track { sink, form, samples: samples.unwrap_or(0), waiting: Vec::with_capacity(WAITING) })
    }

    pub(super) fn frame(&mut self, frame: &Frame) -> io::Result<()> {
        self.samples = self.samples.saturating_add(frame.len() as u32);
        match self.form {
            Form::Wav | Form::Linear => self.waiting.extend(frame.iter().flat_map(|it| it.to_le_bytes())),
            Form::G711(law) => {
                let mut codes = [0; 160];
                g711::encode(law, frame, &mut codes);
                self.waiting.extend(codes);
            }
        }
        if self.waiting.len() >= WAITING { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.waiting.is_empty() {
            self.sink.append(&self.waiting)?;
            self.waiting.clear();
        }
        Ok(())
    }

    /// Writes what waits and makes the header true.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        self.flush()?;
        if self.form == Form::Wav {
            self.sink.patch(wav::RIFF_SIZE_AT, &wav::riff_size(self.samples))?;
            self.sink.patch(wav::DATA_SIZE_AT, &wav::data_size(self.samples))?;
        }
        Ok(())
    }

    /// The same, and returns once the disk has it.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.settle()?;
        self.sink.sync()
    }
}

/// How many samples a file holds that is gone on with; `None` for an empty one.
fn there_already(file: &mut File, form: Form) -> Result<Option<u32>, OpenFailure> {
    let failed = |error: io::Error| OpenFailure::Disk(error.to_string());
    let length = file.metadata().map_err(failed)?.len();
    if length == 0 {
        return Ok(None);
    }
    let count = |bytes: u64, width: u64| Some(u32::try_from(bytes / width).unwrap_or(u32::MAX));
    match form {
        Form::Linear => Ok(count(length, 2)),
        Form::G711(_) => Ok(count(length, 1)),
        Form::Wav => {
            let mut header = [0; wav::HEADER_LEN];
            let read = file.read_exact(&mut header);
            let mut expected = wav::header(0);
            expected[4..8].copy_from_slice(&header[4..8]);
            expected[40..].copy_from_slice(&header[40..]);
            if read.is_err() || header != expected {
                let text = "the file there is no 16-bit 8 kHz mono WAV file and cannot be gone on with";
                return Err(OpenFailure::Disk(text.to_owned()));
            }
            Ok(count(length - wav::HEADER_LEN as u64, 2))
        }
    }
}
