use std::sync::mpsc::channel;

use super::*;
use crate::folder::Folder;

fn sln(level: i16, count: usize) -> Vec<u8> {
    std::iter::repeat_n(level.to_le_bytes(), count).flatten().collect()
}

fn library(folder: &Folder) -> Library {
    let sounds = vec![folder.path().join("sounds"), folder.path().join("more")];
    Library::new(sounds, vec![folder.path().join("moh")], folder.path().join("recording"))
}

fn level(library: &Library, source: AudioSource, language: &str) -> Result<i16, LoadFailure> {
    library.load(&source, language).map(|audio| audio.samples[0])
}

fn sound(name: &str) -> AudioSource {
    AudioSource::Sound(name.to_owned())
}

#[test]
fn a_sound_is_looked_for_in_its_language_then_in_english_then_in_the_program() {
    let folder = Folder::new();
    folder.write("sounds/fr/hi.sln", &sln(1, 10));
    folder.write("sounds/en/hi.sln", &sln(2, 10));
    folder.write("more/en_US_f_Voice/there.sln", &sln(3, 10));
    folder.write("more/bare.sln", &sln(4, 10));
    let library = library(&folder);
    assert_eq!(level(&library, sound("hi"), "fr_CA"), Ok(1));
    assert_eq!(level(&library, sound("hi"), "de"), Ok(2));
    assert_eq!(level(&library, sound("there"), "de"), Ok(3));
    assert_eq!(level(&library, sound("bare"), "en"), Ok(4));
    assert!(library.load(&sound("digits/1"), "fr").unwrap().samples.len() > 1_000);
    assert_eq!(level(&library, sound("nowhere"), "en"), Err(LoadFailure::Missing));
}

#[test]
fn every_format_is_decoded() {
    let folder = Folder::new();
    let audio = Audio { rate: 8_000, samples: vec![32_124; 10] };
    folder.write("sounds/en/a.wav", &media::wav::write(&audio));
    folder.write("sounds/en/b.ulaw", &[0x80; 10]);
    folder.write("sounds/en/c.alaw", &[0xaa; 10]);
    folder.write("sounds/en/d.raw", &sln(32_124, 10));
    let library = library(&folder);
    for (name, expected) in [("a", 32_124), ("b", 32_124), ("c", 32_256), ("d", 32_124)] {
        assert_eq!(level(&library, sound(name), "en"), Ok(expected), "{name}");
    }
    folder.write("sounds/en/bad.wav", b"RIFF but no");
    let Err(LoadFailure::Unreadable(why)) = library.load(&sound("bad"), "en") else { panic!("it was read") };
    assert!(why.contains("bad.wav: not a WAV file"), "{why}");
}

#[test]
fn names_do_not_leave_their_folders() {
    let folder = Folder::new();
    folder.write("secret.sln", &sln(9, 10));
    folder.write("sounds/en/ok.sln", &sln(5, 10));
    let library = library(&folder);
    let outside = folder.path().join("secret");
    let inside = folder.path().join("sounds/en/ok");
    assert_eq!(level(&library, sound("../../secret"), "en"), Err(LoadFailure::Missing));
    assert_eq!(level(&library, sound("secret"), ".."), Err(LoadFailure::Missing));
    assert_eq!(level(&library, sound(outside.to_str().unwrap()), "en"), Err(LoadFailure::Missing));
    assert_eq!(level(&library, sound(inside.to_str().unwrap()), "en"), Ok(5));
    let recording = AudioSource::Recording("../secret".to_owned());
    assert_eq!(level(&library, recording, "en"), Err(LoadFailure::Missing));
}

#[test]
fn music_is_the_first_file_of_its_class() {
    let folder = Folder::new();
    let library = library(&folder);
    let class = |name: &str| AudioSource::Music(name.to_owned());
    assert!(library.load(&class("default"), "").unwrap().samples.len() > 8_000);
    assert_eq!(level(&library, class("jazz"), ""), Err(LoadFailure::Missing));
    folder.write("moh/jazz/b.sln", &sln(2, 10));
    folder.write("moh/jazz/a.sln", &sln(1, 10));
    folder.write("moh/jazz/README", b"text");
    folder.write("moh/tune.sln", &sln(7, 10));
    assert_eq!(level(&library, class("jazz"), ""), Ok(1));
    assert_eq!(level(&library, class(""), ""), Ok(7));
}

#[test]
fn the_loader_joins_sources_and_answers_each_load_once() {
    let folder = Folder::new();
    folder.write("sounds/en/a.sln", &sln(1, 3));
    folder.write("sounds/en/b.sln", &sln(2, 2));
    let (answers, inbox) = channel();
    let answer = move |loaded| answers.send(loaded).unwrap();
    let loader = Loader::start(2, library(&folder), answer).unwrap();
    let mut keys = slotmap::SlotMap::<LoadKey, ()>::with_key();
    let key = keys.insert(());
    loader.load(key, vec![sound("a"), sound("gone"), sound("b")], "en".to_owned()).unwrap();
    let (answered, result) = inbox.recv().unwrap();
    assert_eq!((answered, &result.unwrap().samples[..]), (key, &[1, 1, 1, 2, 2][..]));
    loader.load(key, vec![sound("gone")], "en".to_owned()).unwrap();
    assert_eq!(inbox.recv().unwrap(), (key, Err(LoadFailure::Missing)));
}

#[test]
fn a_file_that_changed_is_read_anew() {
    let folder = Folder::new();
    folder.write("sounds/en/a.sln", &sln(1, 3));
    let library = library(&folder);
    assert_eq!(level(&library, sound("a"), "en"), Ok(1));
    folder.write("sounds/en/a.sln", &sln(2, 3));
    let file = std::fs::File::options().write(true).open(folder.path().join("sounds/en/a.sln")).unwrap();
    file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(5)).unwrap();
    assert_eq!(level(&library, sound("a"), "en"), Ok(2));
}
