//! Where audio is looked for.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use call::{AudioSource, LoadFailure};
use media::Audio;
use media::g711::Law;

use super::cache::{CACHE_BYTES, Cache, Origin};
use super::carried;

/// Extensions of files that can be played, the most wanted first.
pub const EXTENSIONS: [&str; 13] =
    ["wav", "ulaw", "ul", "mu", "pcm", "alaw", "al", "alw", "sln", "raw", "wav16", "sln16", "g722"];
/// The longest file that is read: an hour and more of 16-bit audio at 8 kHz.
pub const MAX_FILE_BYTES: u64 = 64 << 20;
/// The language that is tried when a sound is not there in the wanted one.
const FALLBACK: &str = "en";
/// Music where no class is named.
const DEFAULT_CLASS: &str = "default";
/// Files of a folder that are looked at.
const MAX_LISTED: usize = 10_000;

/// Folders of sounds, music and recordings, and what was decoded of them lately.
pub struct Library {
    sounds: Vec<PathBuf>,
    music: Vec<PathBuf>,
    recordings: PathBuf,
    cache: Mutex<Cache>,
}

impl Library {
    /// A library of these folders; the first hit counts, and the sounds that the program carries come last.
    pub fn new(sounds: Vec<PathBuf>, music: Vec<PathBuf>, recordings: PathBuf) -> Library {
        Library { sounds, music, recordings, cache: Mutex::new(Cache::new(CACHE_BYTES)) }
    }

    /// Decodes one source: to 8 kHz, or to 16 kHz where its file is of a wideband format.
    ///
    /// # Errors
    /// Where it is not there or cannot be decoded.
    pub fn load(&self, source: &AudioSource, language: &str) -> Result<Arc<Audio>, LoadFailure> {
        match source {
            AudioSource::Sound(name) => self.sound(name, language),
            AudioSource::Music(class) => self.music(class),
            AudioSource::Recording(name) => {
                let name = plain(name).ok_or(LoadFailure::Missing)?;
                let path = with_extension(&self.recordings.join(name)).ok_or(LoadFailure::Missing)?;
                // A recording may be written anew at any time: it is never kept.
                decode(&path).map(Arc::new)
            }
        }
    }

    fn sound(&self, name: &str, language: &str) -> Result<Arc<Audio>, LoadFailure> {
        if let Some(path) = self.find(name, language) {
            return self.file(path);
        }
        match carried::prompt(name) {
            Some(file) => self.carried(name, file),
            None => Err(LoadFailure::Missing),
        }
    }

    fn find(&self, name: &str, language: &str) -> Option<PathBuf> {
        if Path::new(name).is_absolute() {
            return self.absolute(Path::new(name));
        }
        let name = plain(name)?;
        let mut languages = vec![language];
        languages.extend(language.split_once('_').map(|(general, _)| general));
        languages.push(FALLBACK);
        languages.retain(|language| plain(language).is_some());
        for language in languages {
            for root in &self.sounds {
                let folders = std::iter::once(root.join(language)).chain(variants(root, language));
                if let Some(path) = folders.filter_map(|folder| with_extension(&folder.join(name))).next() {
                    return Some(path);
                }
            }
        }
        self.sounds.iter().find_map(|root| with_extension(&root.join(name)))
    }

    /// An absolute path is good below the library's own folders only.
    fn absolute(&self, path: &Path) -> Option<PathBuf> {
        let found = with_extension(path)?.canonicalize().ok()?;
        let roots = self.sounds.iter().chain(&self.music).chain(std::iter::once(&self.recordings));
        roots.filter_map(|root| root.canonicalize().ok()).any(|root| found.starts_with(root)).then_some(found)
    }

    fn music(&self, class: &str) -> Result<Arc<Audio>, LoadFailure> {
        let class = if class.is_empty() { DEFAULT_CLASS } else { class };
        let name = plain(class).ok_or(LoadFailure::Missing)?;
        for root in &self.music {
            let folder = if class == DEFAULT_CLASS { root.clone() } else { root.join(name) };
            if let Some(path) = first_playable(&folder) {
                return self.file(path);
            }
        }
        match carried::music().filter(|_| class == DEFAULT_CLASS) {
            Some(file) => self.carried("music/default", file),
            None => Err(LoadFailure::Missing),
        }
    }

    fn file(&self, path: PathBuf) -> Result<Arc<Audio>, LoadFailure> {
        let changed = fs::metadata(&path).and_then(|metadata| metadata.modified()).ok();
        let origin = Origin::File(path.clone(), changed);
        self.cached(origin, || decode(&path))
    }

    fn carried(&self, name: &str, file: &[u8]) -> Result<Arc<Audio>, LoadFailure> {
        let parse = || media::wav::parse(file).map_err(|error| LoadFailure::Unreadable(error.to_string()));
        self.cached(Origin::Carried(name.to_owned()), parse)
    }

    fn cached(
        &self,
        origin: Origin,
        decode: impl FnOnce() -> Result<Audio, LoadFailure>,
    ) -> Result<Arc<Audio>, LoadFailure> {
        // The cache is whole whenever its lock is free.
        let cache = || self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let found = cache().find(&origin);
        if let Some(audio) = found {
            return Ok(audio);
        }
        let audio = Arc::new(decode()?);
        cache().keep(origin, audio.clone());
        Ok(audio)
    }
}

/// A name that stays below its folder.
fn plain(name: &str) -> Option<&Path> {
    let path = Path::new(name);
    let is_plain = !name.is_empty() && path.components().all(|part| matches!(part, Component::Normal(_)));
    is_plain.then_some(path)
}

/// The folders of a language's regions and voices, such as `en_US_f_Allison`.
fn variants(root: &Path, language: &str) -> Vec<PathBuf> {
    let prefix = format!("{language}_");
    let Ok(entries) = fs::read_dir(root) else { return Vec::new() };
    let named = entries.take(MAX_LISTED).flatten();
    let mut found: Vec<PathBuf> = named
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

/// The first file of this name with an extension that can be played.
fn with_extension(path: &Path) -> Option<PathBuf> {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    EXTENSIONS.iter().find_map(|extension| {
        let mut full = name.clone();
        full.push(extension);
        let full = PathBuf::from(full);
        full.is_file().then_some(full)
    })
}

fn first_playable(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    let playable = |path: &PathBuf| {
        let extension = path.extension().map(|it| it.to_string_lossy().to_ascii_lowercase());
        path.is_file() && extension.is_some_and(|it| EXTENSIONS.contains(&it.as_str()))
    };
    entries.take(MAX_LISTED).flatten().map(|entry| entry.path()).filter(playable).min()
}

fn decode(path: &Path) -> Result<Audio, LoadFailure> {
    let unreadable = |why: String| LoadFailure::Unreadable(format!("{}: {why}", path.display()));
    let failed = |error: std::io::Error| unreadable(error.to_string());
    if fs::metadata(path).map_err(failed)?.len() > MAX_FILE_BYTES {
        return Err(unreadable(format!("longer than {} MB", MAX_FILE_BYTES >> 20)));
    }
    let bytes = fs::read(path).map_err(failed)?;
    match path.extension().map(|it| it.to_string_lossy().to_ascii_lowercase()).as_deref() {
        Some("ulaw" | "ul" | "mu" | "pcm") => Ok(media::raw::g711(Law::Mu, &bytes)),
        Some("alaw" | "al" | "alw") => Ok(media::raw::g711(Law::A, &bytes)),
        Some("sln" | "raw") => Ok(media::raw::slin(8_000, &bytes)),
        // Kept at 16 kHz: who hears 8 gets it so on the tick.
        Some("sln16") => Ok(media::raw::slin(16_000, &bytes)),
        Some("g722") => Ok(media::raw::g722(&bytes)),
        Some("wav16") => media::wav::parse_at(16_000, &bytes).map_err(|error| unreadable(error.to_string())),
        Some(_) | None => media::wav::parse(&bytes).map_err(|error| unreadable(error.to_string())),
    }
}
