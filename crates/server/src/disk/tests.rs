use std::io;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use call::effect::Ring;
use call::recording::IfExists;
use call::{OpenFailure, RecordingKey};
use media::Piece;

use super::file::Track;
use super::writer::Desk;
use super::*;
use crate::folder::Folder;

fn key() -> RecordingKey {
    slotmap::SlotMap::<RecordingKey, ()>::with_key().insert(())
}

struct Bench {
    folder: Folder,
    writer: Writer,
    events: Receiver<Event>,
}

fn bench() -> Bench {
    let folder = Folder::new();
    let (tell, events) = channel();
    let writer = Writer::start(folder.path().join("rec"), move |event| tell.send(event).unwrap()).unwrap();
    Bench { folder, writer, events }
}

impl Bench {
    /// Records pieces and gives what was told of opening and storing.
    fn record(
        &self,
        name: &str,
        format: &str,
        if_exists: IfExists,
        pieces: &[Piece],
    ) -> Result<(), OpenFailure> {
        let (mut ring, consumer) = rtrb::RingBuffer::new(64);
        self.writer.open(key(), name.into(), format.to_owned(), if_exists, Ring(consumer)).unwrap();
        let Event::Opened(_, result) = self.events.recv().unwrap() else { panic!("not opened") };
        if result.is_ok() {
            pieces.iter().for_each(|piece| ring.push(*piece).unwrap());
            drop(ring);
            assert_eq!(self.events.recv().unwrap(), Event::Stored(key(), Ok(())));
        }
        result
    }

    fn samples(&self, name: &str) -> Vec<i16> {
        media::wav::parse(&self.folder.read(name)).unwrap().samples
    }
}

const LOUD: Piece = Piece::Frame([1_000; 160]);

#[test]
fn a_recording_becomes_a_whole_wav_file_with_its_gaps_marked() {
    let bench = bench();
    bench.record("a/b", "wav", IfExists::Fail, &[LOUD, Piece::Dropped(2), LOUD]).unwrap();
    let samples = bench.samples("rec/a/b.wav");
    assert_eq!(samples.len(), 4 * 160);
    assert_eq!((samples[0], samples[160], samples[479], samples[480]), (1_000, 0, 0, 1_000));
    assert_eq!(bench.folder.read("rec/a/b.wav.dropped"), b"2\n");
    let header: [u8; 44] = bench.folder.read("rec/a/b.wav")[..44].try_into().unwrap();
    assert_eq!(header, media::wav::header(640));
}

#[test]
fn what_is_there_is_refused_replaced_or_gone_on_with() {
    let bench = bench();
    bench.record("x", "wav", IfExists::Fail, &[LOUD]).unwrap();
    assert_eq!(bench.record("x", "wav", IfExists::Fail, &[]), Err(OpenFailure::Exists));
    assert_eq!(bench.record("x", "ulaw", IfExists::Fail, &[]), Err(OpenFailure::Exists));
    bench.record("x", "wav", IfExists::Append, &[LOUD, LOUD]).unwrap();
    assert_eq!(bench.samples("rec/x.wav").len(), 3 * 160);
    bench.record("x", "wav", IfExists::Overwrite, &[LOUD]).unwrap();
    assert_eq!(bench.samples("rec/x.wav").len(), 160);
    bench.record("new", "wav", IfExists::Append, &[LOUD]).unwrap();
    assert_eq!(bench.samples("rec/new.wav").len(), 160);
    bench.folder.write("rec/odd.wav", b"not ours at all");
    let Err(OpenFailure::Disk(why)) = bench.record("odd", "wav", IfExists::Append, &[]) else {
        panic!("it went on")
    };
    assert!(why.contains("cannot be gone on with"), "{why}");
}

#[test]
fn raw_formats_have_no_header() {
    let bench = bench();
    bench.record("u", "ulaw", IfExists::Fail, &[LOUD]).unwrap();
    bench.record("s", "sln", IfExists::Fail, &[LOUD]).unwrap();
    assert_eq!((bench.folder.read("rec/u.ulaw").len(), bench.folder.read("rec/s.sln").len()), (160, 320));
    assert!(matches!(bench.record("m", "mp3", IfExists::Fail, &[]), Err(OpenFailure::Disk(_))));
}

#[test]
fn no_name_leaves_the_folder() {
    let bench = bench();
    bench.folder.write("rec/in/x.txt", b"");
    bench.folder.write("out/y.txt", b"");
    #[cfg(unix)]
    std::os::unix::fs::symlink(bench.folder.path().join("out"), bench.folder.path().join("rec/link"))
        .unwrap();
    let long = "n".repeat(300);
    for name in
        ["../evil", "/etc/evil", "a/../../evil", "a//b", "", ".", "a/.hidden", "nul\0", "link/evil", &long]
    {
        assert_eq!(
            bench.record(name, "wav", IfExists::Overwrite, &[]),
            Err(OpenFailure::Outside),
            "{name:?}"
        );
    }
    assert!(!bench.folder.has("out/evil.wav") && !bench.folder.has("evil.wav"));
}

#[test]
fn what_was_cancelled_is_thrown_away() {
    let bench = bench();
    bench.record("gone", "wav", IfExists::Fail, &[LOUD]).unwrap();
    bench.writer.discard(key());
    drop(bench.writer);
    assert!(!bench.folder.has("rec/gone.wav"));
}

#[test]
fn a_live_recording_is_whole_when_the_server_ends() {
    let bench = bench();
    let (mut ring, consumer) = rtrb::RingBuffer::new(64);
    bench.writer.open(key(), "cut".into(), "wav".to_owned(), IfExists::Fail, Ring(consumer)).unwrap();
    assert_eq!(bench.events.recv().unwrap(), Event::Opened(key(), Ok(())));
    ring.push(LOUD).unwrap();
    drop(bench.writer);
    assert_eq!(bench.events.recv().unwrap(), Event::Stored(key(), Ok(())));
    let header: [u8; 44] = bench.folder.read("rec/cut.wav")[..44].try_into().unwrap();
    assert_eq!(header, media::wav::header(160));
}

/// A disk with so many bytes left.
struct Disk(usize);

impl Sink for Disk {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(())
    }

    fn patch(&mut self, _at: u64, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_fails_the_recording_and_says_why() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = told.clone();
    let folder = Folder::new();
    let tell = Box::new(move |event| telling.lock().unwrap().push(event));
    let mut desk = Desk::new(folder.path().to_owned(), tell);
    let (mut ring, consumer) = rtrb::RingBuffer::new(64);
    let track = Track::new(Box::new(Disk(100)), "wav", None).unwrap();
    desk.take(key(), folder.path().join("full.wav"), track, Ring(consumer));
    ring.push(LOUD).unwrap();
    desk.drain(Instant::now());
    assert!(told.lock().unwrap().is_empty());
    desk.drain(Instant::now() + PATCH_EVERY);
    let full = io::Error::from(io::ErrorKind::StorageFull).to_string();
    assert_eq!(*told.lock().unwrap(), [Event::Stored(key(), Err(full))]);
    assert!(ring.is_abandoned());
    assert!(Track::new(Box::new(Disk(10)), "wav", None).is_err());
}

#[tokio::test]
async fn stored_recordings_are_listed_copied_opened_and_deleted() {
    let folder = Folder::new();
    let stored = StoredRecordings::new(&folder.path().join("rec"));
    assert_eq!(stored.list().await.unwrap(), []);
    folder.write("rec/b.wav", b"1");
    folder.write("rec/d/a.ulaw", b"22");
    folder.write("rec/note.txt", b"");
    folder.write("rec/b.wav.dropped", b"1");
    let names = |list: Vec<Stored>| {
        list.into_iter().map(|it| format!("{}.{}", it.name, it.format)).collect::<Vec<_>>()
    };
    assert_eq!(names(stored.list().await.unwrap()), ["b.wav", "d/a.ulaw"]);
    assert_eq!(stored.find("d/a").await.unwrap().format, "ulaw");
    assert!(matches!(stored.find("note").await, Err(StoredError::Missing)));
    assert!(matches!(stored.find("../b").await, Err(StoredError::Outside)));
    assert!(matches!(stored.copy("b", "d/a").await, Err(StoredError::Exists)));
    assert!(matches!(stored.copy("b", "../c").await, Err(StoredError::Outside)));
    assert_eq!(stored.copy("b", "new/c").await.unwrap().name, "new/c");
    assert_eq!(folder.read("rec/new/c.wav"), b"1");
    let (_, path) = stored.path("d/a").await.unwrap();
    assert_eq!(path, folder.path().join("rec/d/a.ulaw"));
    stored.delete("b").await.unwrap();
    assert!(!folder.has("rec/b.wav") && !folder.has("rec/b.wav.dropped"));
    assert!(matches!(stored.delete("b").await, Err(StoredError::Missing)));
}
