//! `strowger demo`: the first minute with the project.
//!
//! Starts the server in this process on free loopback ports, registers two phones that speak real SIP and RTP over
//! sockets, and plays a story through the public interfaces only. Every step is checked to have happened.
//!
//! [`story`] is what happens; [`phones`] and [`application`] do it, [`journal`] holds what happened, [`screen`] shows it.

mod application;
mod checks;
mod exchange;
mod journal;
mod ladder;
mod line;
mod phones;
mod screen;
mod story;
mod summary;
mod words;

use core::time::Duration;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use application::Application;
use checks::{Check, Checks, Failure, Outcome};
use exchange::Exchange;
use journal::{Journal, Party};
use line::{Hue, Line};
use phones::Handset;
use screen::Screen;
use story::Stage;

/// How long the whole story may take.
const LIMIT: Duration = Duration::from_secs(28);
/// How often the line that says what is going on is drawn.
const FRAME: Duration = Duration::from_millis(80);
/// The users and passwords of the built-in configuration.
const PASSWORD: &str = "secret";
const ARI_USER: &str = "admin";
const ARI_PASSWORD: &str = "password";
/// The user that `--keep` leaves for the reader.
const READER: &str = "2003";

/// Why the story could not begin.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(
        "no folder for the recording can be made in the temporary directory ({0}); set TMPDIR to one that can be written"
    )]
    Folder(io::Error),
    #[error(transparent)]
    Server(#[from] server::process::Error),
    #[error("the server listens on no {0} address")]
    NoAddress(&'static str),
    #[error("the phones find no free UDP port on 127.0.0.1 ({0}); end some programs, or raise `ulimit -n`")]
    Phones(io::Error),
    #[error("the application cannot connect: {0}")]
    Application(#[from] client::Error),
    #[error("the system gives no random numbers ({0}); /dev/urandom or getrandom(2) has to be there")]
    Random(getrandom::Error),
    #[error("the system gives no threads ({0}); raise `ulimit -u`")]
    Runtime(io::Error),
    #[error("interrupted")]
    Interrupted,
}

/// Plays the story; success only where every check holds. With `keep` the server then goes on until Ctrl-C.
pub fn run(keep: bool) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(perform_or_leave(keep)),
        Err(error) => Err(Error::Runtime(error)),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(Error::Interrupted) => {
            eprintln!();
            ExitCode::from(130)
        }
        Err(error) => crate::complain(error),
    }
}

async fn perform_or_leave(keep: bool) -> Result<bool, Error> {
    tokio::select! {
        passed = perform(keep) => passed,
        // Where the server is kept, `perform` itself waits for Ctrl-C.
        Ok(()) = tokio::signal::ctrl_c(), if !keep => Err(Error::Interrupted),
    }
}

async fn perform(keep: bool) -> Result<bool, Error> {
    let exchange = Exchange::start().await?;
    let journal = Journal::new(Screen::new());
    let places = Places { recording: exchange.recording(story::RECORDING), log: exchange.log() };
    introduce(&journal, &exchange);
    let mut stage = set(&exchange, &journal).await?;
    let meters = [stage.ada.meter(), stage.grace.meter()];
    let ticking = journal.clone();
    let ticker = tokio::spawn(async move {
        let mut frames = tokio::time::interval(FRAME);
        loop {
            frames.tick().await;
            let levels = [meters[0].db(), meters[1].db()];
            ticking.screen(|screen| screen.tick(ticking.now(), levels));
        }
    });
    let told = tokio::time::timeout(LIMIT, story::play(&mut stage)).await;
    ticker.abort();
    journal.screen(Screen::rest);
    if let Err(failure) = told.unwrap_or_else(|_| Err(too_long(&stage.checks))) {
        let Failure { check, expected, came } = failure;
        stage.settle(check, Outcome::Failed { expected, came });
    }
    let duration = journal.now();
    // Phones and application leave before the server does.
    let mut checks = stage.checks.clone();
    drop(stage);
    if keep {
        list(&journal, checks.iter().filter(|(check, _)| *check != Check::Stopped));
        figures(&journal, &places, duration);
        invite_the_reader(&journal, &exchange);
        let _ = tokio::signal::ctrl_c().await;
        stop(exchange, &mut checks).await;
        list(&journal, checks.iter().filter(|(check, _)| *check == Check::Stopped));
    } else {
        stop(exchange, &mut checks).await;
        list(&journal, checks.iter());
        figures(&journal, &places, duration);
    }
    verdict(&journal, &checks);
    Ok(checks.all_held())
}

/// What stays when the demonstration is over.
struct Places {
    recording: PathBuf,
    log: PathBuf,
}

/// Phones and application.
async fn set(exchange: &Exchange, journal: &Journal) -> Result<Stage, Error> {
    let seed = getrandom::u64().map_err(Error::Random)?;
    let phone = |party, seed| Handset::start(party, PASSWORD, exchange.sip(), seed, journal.clone());
    let ada = phone(Party::Ada, seed).await.map_err(Error::Phones)?;
    let grace = phone(Party::Grace, seed.wrapping_add(1)).await.map_err(Error::Phones)?;
    let application = Application::connect(&exchange.url(), ARI_USER, ARI_PASSWORD, journal.clone()).await?;
    Ok(Stage {
        journal: journal.clone(),
        checks: Checks::default(),
        ada,
        grace,
        application,
        recording: exchange.recording(story::RECORDING),
    })
}

fn introduce(journal: &Journal, exchange: &Exchange) {
    let (sip, url) = (exchange.sip(), exchange.url());
    let mut title = Line::of(Hue::Title, "Strowger");
    title.push(Hue::Plain, ": a call comes in, and an application owns it.");
    journal.screen(|screen| {
        screen.print(title);
        screen.explain("server", &format!("SIP on {sip} (UDP), ARI on {url}/ari; in this process"));
        screen.explain(
            "phones",
            "Ada (2001) and Grace (2002), over UDP sockets; the application, over HTTP and WebSocket",
        );
    });
}

fn too_long(checks: &Checks) -> Failure {
    let reached = checks.iter().find(|(_, outcome)| **outcome == Outcome::NotReached);
    let check = reached.map_or(Check::Stopped, |(check, _)| check);
    let expected = format_args!("the whole story within {} s", LIMIT.as_secs());
    Failure::new(check, expected, "no end")
}

fn figures(journal: &Journal, places: &Places, duration: Duration) {
    let lines = summary::lines(&journal.entries(), duration);
    let Places { recording, log } = places;
    journal.screen(|screen| {
        screen.print(Line::default());
        screen.print(Line::of(Hue::Title, "In figures"));
        lines.iter().for_each(|(name, text)| screen.explain(name, text));
        if recording.is_file() {
            screen.explain("recording", &recording.display().to_string());
        }
        screen.explain("log", &log.display().to_string());
    });
}

async fn stop(exchange: Exchange, checks: &mut Checks) {
    let stopped = match exchange.stop().await {
        Ok(detail) => Outcome::Held(detail),
        Err(came) => Outcome::Failed { expected: "an end".to_owned(), came },
    };
    checks.note(Check::Stopped, stopped);
}

fn list<'a>(journal: &Journal, checks: impl Iterator<Item = (Check, &'a Outcome)>) {
    journal.screen(|screen| {
        screen.print(Line::default());
        screen.print(Line::of(Hue::Title, "Checks"));
        checks.for_each(|(check, outcome)| screen.print(screen::checked(check, outcome)));
    });
}

fn verdict(journal: &Journal, checks: &Checks) {
    let (held, all) = (checks.held(), Check::ALL.len());
    let verdict = match checks.all_held() {
        true => Line::of(Hue::Good, &format!("All {all} checks hold.")),
        false => Line::of(Hue::Bad, &format!("{held} of {all} checks hold.")),
    };
    journal.screen(|screen| {
        screen.print(Line::default());
        screen.print(verdict);
    });
}

fn invite_the_reader(journal: &Journal, exchange: &Exchange) {
    let (sip, url) = (exchange.sip(), exchange.url());
    let events = url.replacen("http", "ws", 1);
    let lines = [
        ("softphone", format!("user {READER}, password {PASSWORD}, server {sip} (UDP)")),
        ("dial", "3000 echo, 3001 a prompt, 3002 music, 3003 a conference, 1000 your application".to_owned()),
        ("ARI", format!("{url}/ari, user {ARI_USER}, password {ARI_PASSWORD}")),
        (
            "events",
            format!("{events}/ari/events?app={}&api_key={ARI_USER}:{ARI_PASSWORD}", application::NAME),
        ),
    ];
    journal.screen(|screen| {
        screen.print(Line::default());
        screen.print(Line::of(Hue::Title, "The server goes on until Ctrl-C. Your turn:"));
        lines.iter().for_each(|(name, text)| screen.explain(name, text));
    });
}
