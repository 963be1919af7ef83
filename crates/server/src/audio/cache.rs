//! Decoded audio that was asked for lately.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use media::Audio;

/// What the cache may hold, bytes of samples: 35 minutes of audio.
pub const CACHE_BYTES: usize = 32 << 20;

/// Where audio came from: a file as it was at one time, or the program itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    File(PathBuf, Option<SystemTime>),
    Carried(String),
}

struct Kept {
    audio: Arc<Audio>,
    used: u64,
}

/// The least lately used gives way.
pub(super) struct Cache {
    kept: BTreeMap<Origin, Kept>,
    bytes: usize,
    most: usize,
    uses: u64,
}

impl Cache {
    pub(super) fn new(most: usize) -> Cache {
        Cache { kept: BTreeMap::new(), bytes: 0, most, uses: 0 }
    }

    pub(super) fn find(&mut self, origin: &Origin) -> Option<Arc<Audio>> {
        self.uses += 1;
        let kept = self.kept.get_mut(origin)?;
        kept.used = self.uses;
        Some(kept.audio.clone())
    }

    /// Keeps audio. What is larger than the whole cache is not kept.
    pub(super) fn keep(&mut self, origin: Origin, audio: Arc<Audio>) {
        let bytes = size(&audio);
        if bytes > self.most {
            return;
        }
        self.uses += 1;
        if let Some(before) = self.kept.insert(origin, Kept { audio, used: self.uses }) {
            self.bytes -= size(&before.audio);
        }
        self.bytes += bytes;
        while self.bytes > self.most {
            let oldest = self.kept.iter().min_by_key(|(_, kept)| kept.used).map(|(origin, _)| origin.clone());
            let gone =
                oldest.and_then(|origin| self.kept.remove(&origin)).expect("bytes are of something kept");
            self.bytes -= size(&gone.audio);
        }
    }
}

fn size(audio: &Audio) -> usize {
    audio.samples.len() * size_of::<i16>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_lately_used_gives_way() {
        let origin = |name: &str| Origin::Carried(name.to_owned());
        let audio = || Arc::new(Audio { rate: 8_000, samples: vec![0; 40] });
        let mut cache = Cache::new(200);
        cache.keep(origin("a"), audio());
        cache.keep(origin("b"), audio());
        assert!(cache.find(&origin("a")).is_some());
        cache.keep(origin("c"), audio());
        assert!(cache.find(&origin("b")).is_none());
        assert!(cache.find(&origin("a")).is_some());
        cache.keep(origin("huge"), Arc::new(Audio { rate: 8_000, samples: vec![0; 101] }));
        assert!(cache.find(&origin("huge")).is_none());
        assert_eq!((cache.bytes, cache.kept.len()), (160, 2));
    }
}
