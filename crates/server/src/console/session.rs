//! One console: reads requests, runs them, and writes answers and log lines.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;

use super::command::LONGEST_LINE;
use super::lines::Wish;
use super::wire::{Message, Request};
use super::{MOST_CONSOLES, Operator};

/// How long goodbyes may take.
pub(super) const GOODBYE: Duration = Duration::from_secs(1);
/// Longest request: a line, in JSON's escapes.
const LONGEST_REQUEST: u64 = 8 * LONGEST_LINE as u64;
/// How long one write may take; who does not read so long is gone.
const WRITE: Duration = Duration::from_secs(30);

/// Serves one console until it goes, is cut off, or the daemon ends.
pub(super) async fn run(
    stream: UnixStream,
    operator: Arc<Operator>,
    mut closed: watch::Receiver<Option<&'static str>>,
) {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read.take(LONGEST_REQUEST));
    let mut hearing = operator.lines.hear();
    let mut line = Vec::new();
    let mut is_listening = false;
    if say(&mut write, &greeting()).await.is_err() {
        return;
    }
    let reason = loop {
        tokio::select! {
            request = next(&mut read, &mut line) => {
                let Some(request) = request else { return };
                let message = match request {
                    Ok(Request::Run { line, json }) => {
                        let ran = operator.run(&line, Some(hearing.id())).await;
                        let text = if json { ran.json() } else { ran.text() };
                        Message::Answer { text, failed: ran.answer.is_none() }
                    }
                    Ok(Request::Complete { line }) => {
                        Message::Completions { words: operator.complete(&line).await }
                    }
                    Ok(Request::Listen { verbose, debug }) => {
                        hearing.listen(Wish { verbose, debug });
                        is_listening = true;
                        continue;
                    }
                    Err(error) => break format!("this is no request: {error}"),
                };
                if say(&mut write, &message).await.is_err() {
                    return;
                }
            }
            heard = hearing.next(), if is_listening => match heard {
                Some(text) => {
                    if say(&mut write, &Message::Log { line: text.to_string() }).await.is_err() {
                        return;
                    }
                }
                None => break "this console read too slowly and was cut off".to_owned(),
            },
            _ = closed.changed() => break closed.borrow().unwrap_or("the daemon is gone").to_owned(),
        }
    };
    let _ = tokio::time::timeout(GOODBYE, say(&mut write, &Message::Goodbye { reason })).await;
}

/// One console too many.
pub(super) fn turn_away(stream: UnixStream) {
    let reason = format!("{MOST_CONSOLES} consoles are attached already");
    let _ = stream.try_write(text(&Message::Goodbye { reason }).as_bytes());
}

/// The next request; `None` where the console went. Safe to be dropped while it waits: what was read stays in `line`.
async fn next(
    read: &mut BufReader<tokio::io::Take<OwnedReadHalf>>,
    line: &mut Vec<u8>,
) -> Option<Result<Request, serde_json::Error>> {
    match read.read_until(b'\n', line).await {
        Ok(0) | Err(_) => return None,
        Ok(_) => {}
    }
    read.get_mut().set_limit(LONGEST_REQUEST);
    let request = serde_json::from_slice(line);
    line.clear();
    Some(request)
}

async fn say(write: &mut OwnedWriteHalf, message: &Message) -> std::io::Result<()> {
    let written = tokio::time::timeout(WRITE, write.write_all(text(message).as_bytes())).await;
    written.unwrap_or_else(|late| Err(late.into()))
}

fn text(message: &Message) -> String {
    let document = serde_json::to_string(message).expect("a message is plain data");
    format!("{document}\n")
}

fn greeting() -> Message {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Message::Greeting { version: env!("CARGO_PKG_VERSION").to_owned(), pid: std::process::id(), host }
}
