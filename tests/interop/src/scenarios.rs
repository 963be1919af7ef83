//! What is tried, each on a server of its own.

mod calls;
mod proxies;
mod registrations;
mod script;
mod softphones;
pub mod trunk;

use anyhow::{Context, Result};

use crate::server::{Server, Target};

/// One scenario.
pub struct Scenario {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it shows.
    pub proves: &'static str,
    /// Whether it makes sense on another server than ours.
    pub only_ours: bool,
    /// Runs it.
    pub run: fn(&Target) -> Result<()>,
}

/// All of them, quick ones first.
pub const SCENARIOS: &[Scenario] = &[
    on_any("sipp-calls", "200 calls of SIPp's own uac to Echo, 50 a second", calls::two_hundred),
    on_any("sipp-tcp", "the same over TCP, on one connection and on one a call", calls::over_tcp),
    on_any("sipp-dial", "Dial reaches SIPp's own uas", calls::dialled),
    on_any("sipp-cancel", "CANCEL crosses the server while the other side rings", calls::cancelled),
    on_any("sipp-hold", "a re-INVITE holds and resumes", calls::held),
    on_any("sipp-audio", "the audio of a SIPp call comes back from Echo", calls::echoed),
    on_any("sipp-info", "digits in INFO requests reach the application", calls::digits_in_info),
    on_any("register-md5", "SIPp registers, is online, and takes it back", registrations::with_md5),
    on_any("register-sha256", "the requests library's SHA-256 digest registers", registrations::with_sha256),
    on_any("register-refused", "a wrong password and an unknown user open nothing", registrations::refused),
    on_any("baresip-echo", "a softphone hears its own tone from Echo", softphones::echo),
    on_any("baresip-pair", "two softphones hear each other through Dial", softphones::pair),
    on_any("baresip-hold", "a softphone holds and resumes, and hears the other again", softphones::hold),
    on_any("baresip-codecs", "phones of µ-law, A-law, G.722 and L16 hear each other", softphones::codecs),
    on_any(
        "baresip-srtp",
        "a softphone over TLS with SRTP and a plain one hear each other",
        softphones::encrypted,
    ),
    on_any("baresip-digits", "a softphone's digits reach the application", softphones::digits),
    on_any("linphone-pair", "linphone calls baresip, and both hear each other", softphones::linphone),
    on_any("linphone-srtp", "linphone with SRTP and a plain phone", softphones::encrypted_linphone),
    on_any("kamailio", "two softphones behind a proxy with Record-Route and Path", proxies::through_kamailio),
    on_any("first-call", "examples/first_call.py answers a call", script::elsewhere),
    Scenario {
        name: "first-call-unchanged",
        proves: "the same with no argument, against the server without any configuration",
        only_ours: true,
        run: script::unchanged,
    },
];

const fn on_any(name: &'static str, proves: &'static str, run: fn(&Target) -> Result<()>) -> Scenario {
    Scenario { name, proves, only_ours: false, run }
}

/// Runs `scenario` on a fresh server, which must be idle and end cleanly afterwards. A failure shows the server's log.
fn on_server(target: &Target, scenario: impl FnOnce(&Server) -> Result<()>) -> Result<()> {
    finish(Server::start(target)?, scenario)
}

fn finish(server: Server, scenario: impl FnOnce(&Server) -> Result<()>) -> Result<()> {
    match scenario(&server).and_then(|()| server.expect_idle()) {
        Ok(()) => server.stop(),
        Err(error) => {
            let log = server.log();
            Err(error).with_context(|| format!("the server's side:\n{log}\nthe caller's side:"))
        }
    }
}
