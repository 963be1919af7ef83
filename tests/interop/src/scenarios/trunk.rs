//! A trunk between our server and a real Asterisk: each registers with the other, and phones of both call across.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use probe::peer::Peer;

use super::finish;
use crate::baresip::{Baresip, Setup};
use crate::folder::Folder;
use crate::linphone::Linphone;
use crate::places;
use crate::server::{Server, asset};
use crate::wav::{expect_tone, last};

/// How long the phones talk.
const TALK: Duration = Duration::from_secs(3);
/// How much of that must have been heard, seconds.
const HEARD: f64 = 2.0;

/// One scenario over the trunk.
pub struct OverTrunk {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it shows.
    pub proves: &'static str,
    run: fn(&Server, &Asterisk) -> Result<()>,
}

/// All of them.
pub const OVER_TRUNK: &[OverTrunk] = &[
    OverTrunk { name: "trunk-out", proves: "our phone hears its tone from Asterisk's Echo", run: out },
    OverTrunk { name: "trunk-in", proves: "Asterisk's phone hears its tone from our Echo", run: inwards },
    OverTrunk { name: "trunk-pair", proves: "phones of both talk, hold and resume", run: pair },
    OverTrunk { name: "trunk-blind", proves: "our phone transfers an Asterisk's call blindly", run: blind },
    OverTrunk { name: "trunk-attended", proves: "our phone transfers attended", run: attended },
    OverTrunk { name: "trunk-theirs", proves: "Asterisk's phone transfers a call of ours", run: theirs },
];

impl OverTrunk {
    /// Runs it between our `binary` and the Asterisk in the file system `root`.
    pub fn run(&self, binary: &Path, root: &Path) -> Result<()> {
        let folder = Folder::new("server")?;
        let (etc, var) = (folder.path().join("etc"), folder.path().join("var"));
        let mut ours = places::choose(&etc.to_string_lossy(), &var.to_string_lossy())?;
        let (their_etc, their_var) = Peer::folders();
        let mut theirs = places::choose(&their_etc, &their_var)?;
        (ours.uas_port, theirs.uas_port) = (theirs.sip_port, ours.sip_port);
        let templates = folder.path().join("theirs");
        crate::server::copy(&asset("trunk/theirs"), &templates)?;
        crate::server::copy(&asset("../probe/conf/peer"), &templates.join("peer"))?;
        let mut peer = Peer::start_at(root, &templates, theirs)?;
        let server = Server::start_at(binary, &asset("trunk/ours"), ours, folder)?;
        finish(server, |server| {
            peer.wait_until_up("/ari/endpoints/PJSIP/strowger", b"online")?;
            server.expect_endpoint("asterisk", "online")?;
            (self.run)(server, &Asterisk(&peer))
        })
    }
}

/// The Asterisk at the other end.
struct Asterisk<'a>(&'a Peer);

impl Asterisk<'_> {
    fn phone(&self, server: &Server, user: &str, hz: f64) -> Result<Baresip> {
        let address = Some(([127, 0, 0, 1], self.0.places.sip_port).into());
        Baresip::start_as(server, &Setup { user, hz, server: address, ..Setup::default() })
    }
}

fn talk() {
    std::thread::sleep(TALK);
}

fn out(server: &Server, _: &Asterisk) -> Result<()> {
    let mut phone = Baresip::start(server, "2001", 440.0)?;
    phone.dial("63000")?;
    talk();
    phone.hang_up()?;
    expect_tone(&phone.quit()?.audio, 440.0, HEARD)
}

fn inwards(server: &Server, asterisk: &Asterisk) -> Result<()> {
    let mut phone = asterisk.phone(server, "2201", 440.0)?;
    phone.dial("63000")?;
    talk();
    phone.hang_up()?;
    expect_tone(&phone.quit()?.audio, 440.0, HEARD)
}

fn pair(server: &Server, asterisk: &Asterisk) -> Result<()> {
    let mut caller = Baresip::start(server, "2001", 440.0)?;
    let mut called = asterisk.phone(server, "2201", 700.0)?;
    caller.dial("62201")?;
    called.wait_for("CALL_ESTABLISHED")?;
    talk();
    caller.hold(true)?;
    talk();
    caller.hold(false)?;
    talk();
    called.hang_up()?;
    caller.wait_for("CALL_CLOSED")?;
    // baresip 1.0 records nothing more once it has held.
    expect_tone(&caller.quit()?.audio, 700.0, HEARD).context("what our phone heard")?;
    let after = last(&called.quit()?.audio, HEARD);
    expect_tone(&after, 440.0, HEARD - 0.5).context("what Asterisk's phone heard after the hold")
}

fn blind(server: &Server, asterisk: &Asterisk) -> Result<()> {
    let mut caller = asterisk.phone(server, "2201", 440.0)?;
    let mut transferer = Baresip::start(server, "2001", 700.0)?;
    let mut target = Baresip::start(server, "2002", 900.0)?;
    caller.dial("62001")?;
    transferer.wait_for("CALL_ESTABLISHED")?;
    transferer.transfer("2002")?;
    transferer.wait_for("CALL_CLOSED")?;
    target.wait_for("CALL_ESTABLISHED")?;
    talk();
    caller.hang_up()?;
    target.wait_for("CALL_CLOSED")?;
    expect_tone(&target.quit()?.audio, 440.0, HEARD).context("what the target heard")
}

fn attended(server: &Server, asterisk: &Asterisk) -> Result<()> {
    let mut called = asterisk.phone(server, "2201", 440.0)?;
    let mut target = Baresip::start(server, "2002", 900.0)?;
    let mut transferer = Linphone::start(server, "2001", 700.0, "none")?;
    transferer.dial(server, "62201")?;
    called.wait_for("CALL_ESTABLISHED")?;
    transferer.consult(server, "2002")?;
    target.wait_for("CALL_ESTABLISHED")?;
    transferer.join()?;
    talk();
    called.hang_up()?;
    target.wait_for("CALL_CLOSED")?;
    expect_tone(&target.quit()?.audio, 440.0, HEARD).context("what the target heard")
}

fn theirs(server: &Server, asterisk: &Asterisk) -> Result<()> {
    let mut caller = Baresip::start(server, "2001", 440.0)?;
    let mut transferer = asterisk.phone(server, "2201", 700.0)?;
    let mut target = asterisk.phone(server, "2202", 900.0)?;
    caller.dial("62201")?;
    transferer.wait_for("CALL_ESTABLISHED")?;
    transferer.transfer("2202")?;
    transferer.wait_for("CALL_CLOSED")?;
    target.wait_for("CALL_ESTABLISHED")?;
    talk();
    caller.hang_up()?;
    target.wait_for("CALL_CLOSED")?;
    expect_tone(&target.quit()?.audio, 440.0, HEARD).context("what the target heard")
}
