//! baresip calls and is called; what it hears is judged by its tone.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::on_server;
use crate::baresip::Baresip;
use crate::linphone::Linphone;
use crate::server::{Target, event};
use crate::wav::expect_tone;

/// How long the phones talk.
const TALK: Duration = Duration::from_secs(3);
/// How much of that must have been heard, seconds.
const HEARD: f64 = 2.0;
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
