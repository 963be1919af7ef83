//! Calls through a proxy that stays in the path.

use std::time::Duration;

use anyhow::{Context, Result};

use super::on_server;
use crate::baresip::{Baresip, Setup};
use crate::kamailio::Kamailio;
use crate::server::Target;
use crate::wav::expect_tone;

/// How long the phones talk.
const TALK: Duration = Duration::from_secs(3);
/// How much of that must have been heard, seconds.
const HEARD: f64 = 2.0;

pub(super) fn through_kamailio(target: &Target) -> Result<()> {
    on_server(target, |server| {
        let mut proxy = Kamailio::start(server)?;
        let address = proxy.address;
        let phone = |user, hz| {
            Baresip::start_as(server, &Setup { user, hz, proxy: Some(address), ..Setup::default() })
        };
        let mut caller = phone("2101", 440.0)?;
        let mut called = phone("2102", 700.0)?;
        server.expect_endpoint("2102", "online")?;
        caller.dial("2102")?;
        called.wait_for("CALL_ESTABLISHED")?;
        // Audio takes its time.
        std::thread::sleep(TALK);
        // The server's BYE has to find its way to the caller.
        called.hang_up()?;
        caller.wait_for("CALL_CLOSED")?;
        for method in ["INVITE", "ACK", "BYE"] {
            proxy.expect_from_server(method)?;
        }
        expect_tone(&caller.quit()?.audio, 700.0, HEARD).context("what the caller heard")?;
        expect_tone(&called.quit()?.audio, 440.0, HEARD).context("what the called phone heard")?;
        server.expect_endpoint("2102", "offline")?;
        proxy.stop()
    })
}
