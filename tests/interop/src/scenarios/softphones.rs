//! baresip calls and is called; what it hears is judged by its tone.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::on_server;
use crate::baresip::{Baresip, Setup};
use crate::linphone::Linphone;
use crate::server::{Server, Target, event};
use crate::wav::{expect_tone, last};

/// How long the phones talk.
const TALK: Duration = Duration::from_secs(3);
/// How much of that must have been heard, seconds.
const HEARD: f64 = 2.0;
/// The same where many pairs talk one after the other.
const BRIEF_TALK: Duration = Duration::from_millis(1_500);
const BRIEFLY_HEARD: f64 = 0.8;
/// How long an event may take.
const EVENT: Duration = Duration::from_secs(10);

pub(super) fn echo(target: &Target) -> Result<()> {
    on_server(target, |server| {
        let mut phone = Baresip::start(server, "2001", 440.0)?;
        server.expect_endpoint("2001", "online")?;
        phone.dial("3000")?;
        // Audio takes its time.
        std::thread::sleep(TALK);
        phone.hang_up()?;
        expect_tone(&phone.quit()?.audio, 440.0, HEARD)?;
        server.expect_endpoint("2001", "offline")
    })
}

pub(super) fn pair(target: &Target) -> Result<()> {
    on_server(target, |server| {
        let mut caller = Baresip::start(server, "2001", 440.0)?;
        let mut called = Baresip::start(server, "2002", 700.0)?;
        caller.dial("2002")?;
        called.wait_for("CALL_ESTABLISHED")?;
        std::thread::sleep(TALK);
        caller.hang_up()?;
        called.wait_for("CALL_CLOSED")?;
        expect_tone(&caller.quit()?.audio, 700.0, HEARD).context("what the caller heard")?;
        expect_tone(&called.quit()?.audio, 440.0, HEARD).context("what the called phone heard")
    })
}

pub(super) fn hold(target: &Target) -> Result<()> {
    on_server(target, |server| {
        let mut caller = Baresip::start(server, "2001", 440.0)?;
        let mut called = Baresip::start(server, "2002", 700.0)?;
        caller.dial("2002")?;
        called.wait_for("CALL_ESTABLISHED")?;
        std::thread::sleep(TALK);
        caller.hold(true)?;
        std::thread::sleep(TALK);
        caller.hold(false)?;
        std::thread::sleep(TALK);
        caller.hang_up()?;
        called.wait_for("CALL_CLOSED")?;
        // baresip 1.0 records nothing more once it has held.
        expect_tone(&caller.quit()?.audio, 700.0, HEARD).context("what the caller heard")?;
        let after = last(&called.quit()?.audio, HEARD);
        expect_tone(&after, 440.0, HEARD - 0.5).context("what the called phone heard after the hold")
    })
}

/// A phone of each codec, baresip's word and rate, talks with one of each other.
pub(super) fn codecs(target: &Target) -> Result<()> {
    const CODECS: [(&str, u32); 4] =
        [("PCMU/8000/1", 8_000), ("PCMA/8000/1", 8_000), ("G722/16000/1", 16_000), ("L16/16000/1", 16_000)];
    on_server(target, |server| {
        for (at, one) in CODECS.into_iter().enumerate() {
            for other in CODECS.into_iter().skip(at) {
                talk_in(server, one, other).with_context(|| format!("{} to {}", one.0, other.0))?;
            }
        }
        Ok(())
    })
}

fn talk_in(server: &Server, (one, rate): (&str, u32), (other, other_rate): (&str, u32)) -> Result<()> {
    let caller = Setup { user: "2005", hz: 440.0, codec: one, rate, ..Setup::default() };
    let called = Setup { user: "2006", hz: 700.0, codec: other, rate: other_rate, ..Setup::default() };
    let mut caller = Baresip::start_as(server, &caller)?;
    let mut called = Baresip::start_as(server, &called)?;
    caller.dial("2006")?;
    called.wait_for("CALL_ESTABLISHED")?;
    std::thread::sleep(BRIEF_TALK);
    caller.hang_up()?;
    called.wait_for("CALL_CLOSED")?;
    expect_tone(&caller.quit()?.audio, 700.0, BRIEFLY_HEARD).context("what the caller heard")?;
    expect_tone(&called.quit()?.audio, 440.0, BRIEFLY_HEARD).context("what the called phone heard")
}

/// Encrypted on one side, TLS and SRTP with keys in the session description (SDES), plain on the other.
pub(super) fn encrypted(target: &Target) -> Result<()> {
    on_server(target, |server| {
        let (account, tls) = (";mediaenc=srtp-mand", Some(server.tls()));
        let secret = Setup { user: "2007", account, transport: "tls", server: tls, ..Setup::default() };
        let mut caller = Baresip::start_as(server, &secret)?;
        let mut called = Baresip::start(server, "2002", 700.0)?;
        caller.dial("2002")?;
        called.wait_for("CALL_ESTABLISHED")?;
        std::thread::sleep(TALK);
        caller.hang_up()?;
        called.wait_for("CALL_CLOSED")?;
        expect_tone(&caller.quit()?.audio, 700.0, HEARD).context("what the caller heard")?;
        expect_tone(&called.quit()?.audio, 440.0, HEARD).context("what the called phone heard")
    })
}

/// The same with linphone, called.
pub(super) fn encrypted_linphone(target: &Target) -> Result<()> {
    on_server(target, |server| {
        let mut called = Linphone::start(server, "2007", 440.0, "srtp")?;
        let mut caller = Baresip::start(server, "2002", 700.0)?;
        caller.dial("2007")?;
        called.expect_audio()?;
        std::thread::sleep(TALK);
        caller.hang_up()?;
        called.expect_end()?;
        expect_tone(&called.quit()?, 700.0, HEARD).context("what linphone heard")?;
        expect_tone(&caller.quit()?.audio, 440.0, HEARD).context("what baresip heard")
    })
}

pub(super) fn linphone(target: &Target) -> Result<()> {
    on_server(target, |server| {
        let mut caller = Linphone::start(server, "2001", 440.0, "none")?;
        let mut called = Baresip::start(server, "2002", 700.0)?;
        caller.dial(server, "2002")?;
        called.wait_for("CALL_ESTABLISHED")?;
        std::thread::sleep(TALK);
        caller.hang_up()?;
        called.wait_for("CALL_CLOSED")?;
        expect_tone(&caller.quit()?, 700.0, HEARD).context("what the caller heard")?;
        expect_tone(&called.quit()?.audio, 440.0, HEARD).context("what the called phone heard")
    })
}

pub(super) fn digits(target: &Target) -> Result<()> {
    on_server(target, |server| {
        let application = server.application("my-app")?;
        let mut phone = Baresip::start(server, "2001", 440.0)?;
        phone.begin("1000")?;
        let start = event(&application, "StasisStart", EVENT, |event| event["type"] == "StasisStart")?;
        let channel = start["channel"]["id"].as_str().context("the channel's id")?;
        server.ari("POST", &format!("/channels/{channel}/answer"))?;
        phone.wait_for("CALL_ESTABLISHED")?;
        for digit in ['4', '*', '2'] {
            phone.press(digit)?;
            let told =
                event(&application, "the digit", EVENT, |event| event["type"] == "ChannelDtmfReceived")?;
            ensure!(told["digit"] == digit.to_string(), "wanted {digit}, got {told}");
        }
        phone.hang_up()?;
        event(&application, "StasisEnd", EVENT, |event| event["type"] == "StasisEnd")?;
        phone.quit().map(drop)
    })
}
