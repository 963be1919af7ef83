//! SIPp calls and is called.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::on_server;
use crate::audio::Port;
use crate::program::until;
use crate::server::{Target, event};
use crate::sipp::Sipp;
use crate::wav::expect_tone;

/// How long an event may take.
const EVENT: Duration = Duration::from_secs(10);
/// How long SIPp may take to have its call answered.
const ANSWER: Duration = Duration::from_secs(10);

/// Packets of silence that a server may send before our first and after our last one, half a second.
const PADDING: usize = 25;

pub(super) fn two_hundred(target: &Target) -> Result<()> {
    on_server(target, |server| {
        Sipp::built_in(server, "uac")?.to("3000").calls(200, 50).args(&["-d", "300"]).run()
    })
}

pub(super) fn over_tcp(target: &Target) -> Result<()> {
    on_server(target, |server| {
        for transport in ["t1", "tn"] {
            let calls = Sipp::built_in(server, "uac")?.to("3000").calls(30, 15);
            calls.args(&["-d", "200", "-t", transport, "-max_socket", "200"]).run()?;
        }
        Ok(())
    })
}

pub(super) fn dialled(target: &Target) -> Result<()> {
    on_server(target, |server| {
        let called = Sipp::called(server, "-sn", "uas")?.calls(20, 20).start()?;
        Sipp::built_in(server, "uac")?.to("4000").calls(20, 10).args(&["-d", "300"]).run()?;
        called.finish()
    })
}

pub(super) fn cancelled(target: &Target) -> Result<()> {
    on_server(target, |server| {
        let scenario = crate::server::asset("sipp/rings.xml");
        let called = Sipp::called(server, "-sf", &scenario.to_string_lossy())?.calls(10, 10).start()?;
        Sipp::own(server, "cancel")?.to("4001").calls(10, 10).run()?;
        called.finish()
    })
}

pub(super) fn held(target: &Target) -> Result<()> {
    on_server(target, |server| Sipp::own(server, "hold")?.to("3000").calls(10, 10).run())
}

pub(super) fn echoed(target: &Target) -> Result<()> {
    on_server(target, |server| {
        let port = Port::bind()?;
        let log = server.folder.path().join("audio.log");
        let call = Sipp::own(server, "audio")?.to("3000").calls(1, 1);
        let call = call.args(&["-trace_logs", "-log_file", &log.to_string_lossy()]);
        let call = call.args(&["-key", "rtp_port", &port.number()?.to_string()]).start()?;
        let wanted = until(ANSWER, || {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            let line = text.lines().find_map(|line| line.split("audio at ").nth(1));
            Ok(line.and_then(|number| number.trim().parse::<u16>().ok()))
        })?;
        let wanted: SocketAddr = ([127, 0, 0, 1], wanted.context("the call was not answered")?).into();
        let heard = port.exchange(wanted, 620.0, 2)?;
        call.finish()?;
        ensure!(
            heard.received >= heard.sent - 5 && heard.received <= heard.sent + PADDING && heard.gaps <= 1,
            "{} packets sent, {} came back, {} gaps",
            heard.sent,
            heard.received,
            heard.gaps
        );
        expect_tone(&heard.audio(), 620.0, 1.8)
    })
}

pub(super) fn digits_in_info(target: &Target) -> Result<()> {
    on_server(target, |server| {
        let application = server.application("my-app")?;
        let call = Sipp::own(server, "info_digits")?.to("1000").calls(1, 1).start()?;
        let start = event(&application, "StasisStart", EVENT, |event| event["type"] == "StasisStart")?;
        let channel = start["channel"]["id"].as_str().context("the channel's id")?;
        server.ari("POST", &format!("/channels/{channel}/answer"))?;
        for digit in ["1", "7", "#"] {
            let told = event(&application, digit, EVENT, |event| event["type"] == "ChannelDtmfReceived")?;
            ensure!(told["digit"] == digit, "wanted {digit}, got {told}");
        }
        event(&application, "StasisEnd", EVENT, |event| event["type"] == "StasisEnd")?;
        call.finish()
    })
}
