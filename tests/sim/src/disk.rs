//! The disk: drains recorders' rings into memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use call::effect::Ring;
use call::{IfExists, OpenFailure, RecordingKey};
use media::Piece;

/// A recording whose file is open.
struct Open {
    name: Arc<str>,
    ring: Ring,
    samples: Vec<i16>,
    dropped: u32,
}

/// The disk of a world.
#[derive(Default)]
pub struct Disk {
    open: BTreeMap<RecordingKey, Open>,
    names: BTreeMap<RecordingKey, Arc<str>>,
    stored: BTreeMap<Arc<str>, (Vec<i16>, u32)>,
    /// Nothing more fits: files cannot be opened, and open ones cannot be finished.
    pub full: bool,
    /// Rings are looked at only so often; `None` every 100 ms.
    pub slow: Option<Duration>,
}

impl Disk {
    pub(crate) fn period(&self) -> Duration {
        self.slow.unwrap_or(Duration::from_millis(100))
    }

    pub(crate) fn open(
        &mut self,
        key: RecordingKey,
        name: Arc<str>,
        if_exists: IfExists,
        ring: Ring,
    ) -> Result<(), OpenFailure> {
        if self.full {
            return Err(OpenFailure::Disk("no space left".to_owned()));
        }
        if name.split('/').any(|part| part == "..") {
            return Err(OpenFailure::Outside);
        }
        let mut samples = Vec::new();
        match (self.stored.contains_key(&name), if_exists) {
            (true, IfExists::Fail) => return Err(OpenFailure::Exists),
            (true, IfExists::Append) => samples = self.stored[&name].0.clone(),
            (true, IfExists::Overwrite) | (false, _) => {}
        }
        self.names.insert(key, name.clone());
        self.open.insert(key, Open { name, ring, samples, dropped: 0 });
        Ok(())
    }

    /// Takes what the rings have; gives the recordings that are complete.
    pub(crate) fn drain(&mut self) -> Vec<(RecordingKey, Result<(), String>)> {
        let mut complete = Vec::new();
        for (key, open) in &mut self.open {
            // Asked first: what is in the ring once its producer is gone is all there will be.
            let last = open.ring.0.is_abandoned();
            while let Ok(piece) = open.ring.0.pop() {
                match piece {
                    Piece::Frame(frame) => open.samples.extend_from_slice(&frame),
                    Piece::Dropped(frames) => open.dropped += frames,
                }
            }
            if last {
                complete.push(*key);
            }
        }
        let full = self.full;
        let mut results = Vec::new();
        for key in complete {
            let Some(open) = self.open.remove(&key) else { continue };
            if full {
                results.push((key, Err("no space left".to_owned())));
            } else {
                self.stored.insert(open.name, (open.samples, open.dropped));
                results.push((key, Ok(())));
            }
        }
        results
    }

    pub(crate) fn discard(&mut self, key: RecordingKey) {
        if let Some(name) = self.names.remove(&key) {
            self.stored.remove(&name);
        }
        self.open.remove(&key);
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// The samples of a stored recording, 8,000 a second.
    pub fn stored(&self, name: &str) -> Option<&[i16]> {
        self.stored.get(name).map(|(samples, _)| samples.as_slice())
    }

    /// How many frames a stored recording lacks.
    pub fn dropped(&self, name: &str) -> Option<u32> {
        self.stored.get(name).map(|(_, dropped)| *dropped)
    }

    /// How loud a frequency is in a stored recording, dB below a sine at full scale; `None` where it is not there.
    pub fn level(&self, name: &str, hz: u16) -> Option<f64> {
        let samples = self.stored(name)?;
        let step = std::f64::consts::TAU * f64::from(hz) / 8_000.0;
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (n, sample) in samples.iter().enumerate() {
            let at = n as f64 * step;
            real += f64::from(*sample) * at.cos();
            imaginary += f64::from(*sample) * at.sin();
        }
        let amplitude = 2.0 * f64::hypot(real, imaginary) / samples.len().max(1) as f64;
        Some(20.0 * (amplitude / 32_768.0).max(1e-6).log10())
    }
}
