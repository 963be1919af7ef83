//! Read: digits into a variable.

use std::time::Duration;

use call::{ChannelState, Left};

use super::playback::Played;
use super::wait::seconds;
use super::{DialplanApplication, Next};
use crate::arguments::parse_args_up_to;
use crate::walk::{DIGIT_TIMEOUT, Here, RESPONSE_TIMEOUT};

/// `Read(variable[,file[&file…][,most[,options[,attempts[,seconds]]]]])`: plays the files and reads digits up to `#`, the
/// most, or a time without one. `READSTATUS` is `OK`, `TIMEOUT`, `SKIPPED` or `ERROR`. Options: `s` skips where the channel
/// is not answered, `n` does not answer.
pub(super) const READ: DialplanApplication =
    DialplanApplication { name: "Read", run: |here, arguments| Box::pin(read(here, arguments)) };

/// Most digits, where no number of them is given; Asterisk's figure.
const MOST_DIGITS: usize = 255;

async fn read(here: Here, arguments: String) -> Result<Next, Left> {
    let arguments = parse_args_up_to(&arguments, 6);
    let argument = |index: usize| arguments.get(index).map_or("", |argument| argument.trim());
    let (variable, files, options) = (argument(0).to_owned(), argument(1), argument(3));
    if variable.is_empty() {
        here.warn("Read needs the name of a variable".to_owned()).await?;
        here.set("READSTATUS", "ERROR").await?;
        return Ok(Next::Continue);
    }
    if here.chan.is_over() {
        here.chan
            .with(move |calls, key| calls.set_variable(Some(key), &variable, Some(String::new())))
            .await?;
        here.set("READSTATUS", "HANGUP").await?;
        return Ok(Next::Continue);
    }
    let most =
        argument(2).parse().ok().filter(|most| (1..=MOST_DIGITS).contains(most)).unwrap_or(MOST_DIGITS);
    let attempts = argument(4).parse::<u32>().unwrap_or(1).max(1);
    let time = seconds(argument(5)).filter(|time| !time.is_zero());
    if here.chan.with(|calls, key| calls.state(key)).await? != Some(ChannelState::Up) {
        if options.contains('s') {
            here.set("READSTATUS", "SKIPPED").await?;
            return Ok(Next::Continue);
        }
        if !options.contains('n') {
            here.chan.with(|calls, key| calls.answer(key)).await?;
        }
    }
    let (mut digits, mut status) = (String::new(), "TIMEOUT");
    for _ in 0..attempts {
        let in_time;
        (digits, in_time) = collect(&here, files, most, time).await?;
        // What was dialled before the time was over counts, as long as it is something.
        if in_time || !digits.is_empty() {
            status = if in_time { "OK" } else { "TIMEOUT" };
            break;
        }
    }
    here.chan.with(move |calls, key| calls.set_variable(Some(key), &variable, Some(digits))).await?;
    here.set("READSTATUS", status).await?;
    Ok(Next::Continue)
}

/// Plays, then reads: the digits, and whether they were ended rather than broken off.
async fn collect(
    here: &Here,
    files: &str,
    most: usize,
    time: Option<Duration>,
) -> Result<(String, bool), Left> {
    let mut pressed = None;
    for file in files.split('&').filter(|file| !file.is_empty()) {
        if let Played::Until(digit) = here.play(file, "", |_| true).await? {
            pressed = Some(digit);
            break;
        }
    }
    let mut digits = String::new();
    loop {
        let digit = match pressed.take() {
            Some(digit) => Some(digit),
            None => {
                let usual = if digits.is_empty() { RESPONSE_TIMEOUT } else { DIGIT_TIMEOUT };
                here.digit(here.chan.now().saturating_add(time.unwrap_or(usual))).await?
            }
        };
        match digit {
            None => return Ok((digits, false)),
            Some('#') => return Ok((digits, true)),
            Some(digit) => digits.push(digit),
        }
        if digits.len() >= most {
            return Ok((digits, true));
        }
    }
}
