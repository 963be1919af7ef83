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
    #[error("no folder for the recording can be made in the temporary directory ({0}); set TMPDIR to one that can be written")]
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
        Err(Error::Interrupted) => ExitCode::from(130),
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
    let checks = stage.checks.clone();
    drop(stage);
    if keep {
        figures(&journal, &exchange, duration);
        list(&journal, &checks, &[Check::Stopped]);
        invite_the_reader(&journal, &exchange);
        let _ = tokio::signal::ctrl_c().await;
        return Ok(finish(&journal, exchange, checks, true).await);
    }
    figures(&journal, &exchange, duration);
    Ok(finish(&journal, exchange, checks, false).await)
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
    let mut title = Line::of(Hue::Title, "Strowger");
    title.push(Hue::Plain, ": a call comes in, and an application owns it.");
    let text = format!("SIP on {} (UDP), ARI on {}/ari; both in this process, and real.", exchange.sip(), exchange.url());
    journal.screen(|screen| {
        screen.print(title);
        screen.print(Line::of(Hue::Dim, &text));
    });
}

fn too_long(checks: &Checks) -> Failure {
    let reached = checks.iter().find(|(_, outcome)| **outcome == Outcome::NotReached);
    let check = reached.map_or(Check::Stopped, |(check, _)| check);
    let expected = format_args!("the whole story within {} s", LIMIT.as_secs());
    Failure::new(check, expected, "no end")
}

fn figures(journal: &Journal, exchange: &Exchange, duration: Duration) {
    let lines = summary::lines(&journal.entries(), duration);
    let recording = exchange.recording(story::RECORDING);
    journal.screen(|screen| {
        screen.print(Line::default());
        screen.print(Line::of(Hue::Title, "In figures"));
        lines.into_iter().for_each(|line| screen.print(line));
        if recording.is_file() {
            screen.print(summary::line("recording", &recording.display().to_string()));
        }
        screen.print(summary::line("log", &exchange.folder().join("strowger.log").display().to_string()));
    });
}

/// Stops the server and says how everything came out.
async fn finish(journal: &Journal, exchange: Exchange, mut checks: Checks, listed: bool) -> bool {
    let stopped = match exchange.stop().await {
        Ok(detail) => Outcome::Held(detail),
        Err(came) => Outcome::Failed { expected: "an end".to_owned(), came },
    };
    checks.note(Check::Stopped, stopped);
    let left_out: &[Check] = if listed { Check::ALL.split_last().map_or(&[], |(_, rest)| rest) } else { &[] };
    list(journal, &checks, left_out);
    let (held, all) = (checks.held(), Check::ALL.len());
    let verdict = match checks.all_held() {
        true => Line::of(Hue::Good, &format!("All {all} checks hold.")),
        false => Line::of(Hue::Bad, &format!("{held} of {all} checks hold.")),
    };
    journal.screen(|screen| screen.print(verdict));
    checks.all_held()
}

fn list(journal: &Journal, checks: &Checks, left_out: &[Check]) {
    let lines: Vec<Line> = checks
        .iter()
        .filter(|(check, _)| !left_out.contains(check))
        .map(|(check, outcome)| screen::checked(check, outcome))
        .collect();
    journal.screen(|screen| {
        screen.print(Line::default());
        screen.print(Line::of(Hue::Title, "Checks"));
        lines.into_iter().for_each(|line| screen.print(line));
    });
}

fn invite_the_reader(journal: &Journal, exchange: &Exchange) {
    let sip = exchange.sip();
    let lines = [
        Line::default(),
        Line::of(Hue::Title, "The server goes on until Ctrl-C. Your turn:"),
        summary::line("softphone", &format!("user {READER}, password {PASSWORD}, server {sip} (UDP)")),
        summary::line("dial", "3000 echo, 3001 a prompt, 3002 music, 3003 a conference, 1000 your application"),
        summary::line("ARI", &format!("{}/ari, user {ARI_USER}, password {ARI_PASSWORD}", exchange.url())),
        summary::line(
            "events",
            &format!(
                "{}/ari/events?app={}&api_key={ARI_USER}:{ARI_PASSWORD}",
                exchange.url().replacen("http", "ws", 1),
                application::NAME
            ),
        ),
    ];
    journal.screen(|screen| lines.into_iter().for_each(|line| screen.print(line)));
}
