//! linphonec: a softphone on the command line that plays a tone from a WAV file and records what it hears.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use media::Audio;

use crate::places;
use crate::program::{Program, Running};
use crate::server::Server;
use crate::wav;

/// How long it may take to start and to register.
const START: Duration = Duration::from_secs(15);
/// How long a call may take to be set up or to end.
const CALL: Duration = Duration::from_secs(10);
/// The length of the tone it plays; more than any call here lasts.
const TONE_SECONDS: u32 = 20;
/// Samples a second of what it plays and records.
const RATE: u32 = 8_000;

/// A registered softphone.
pub struct Linphone {
    running: Running,
    heard: PathBuf,
}

impl Linphone {
    /// Starts it, plays `hz` on every call, and registers; calls to it are answered at once. `encryption` is `none` or
    /// `srtp`, which it then insists on.
    pub fn start(server: &Server, user: &str, hz: f64, encryption: &str) -> Result<Linphone> {
        let folder = server.folder.path().join(format!("linphone-{user}"));
        std::fs::create_dir_all(folder.join(".local/share/linphone"))?;
        let (tone, heard) = (folder.join("tone.wav"), folder.join("heard.wav"));
        wav::write_tone(&tone, RATE, hz, TONE_SECONDS)?;
        let sip = server.sip();
        let mandatory = u8::from(encryption != "none");
        let settings = format!(
            "[sip]\nsip_port={}\nsip_tcp_port=0\nsip_tls_port=0\nauto_net_state_mon=0\n\
             register_only_when_network_is_up=0\nguess_hostname=0\ndefault_proxy=0\nuse_ipv6=0\n\
             contact=<sip:{user}@127.0.0.1>\nmedia_encryption={encryption}\n\
             media_encryption_mandatory={mandatory}\n\n[rtp]\naudio_rtp_port={}\n\n\
             [video]\ncapture=0\ndisplay=0\nautomatically_initiate=0\nautomatically_accept=0\n\n\
             [proxy_0]\nreg_proxy=<sip:{sip}>\nreg_identity=sip:{user}@{sip}\nreg_expires=60\n\
             reg_sendregister=1\n\n[auth_info_0]\nusername={user}\npasswd=secret\n",
            places::port()?,
            places::ports(4)?,
        );
        std::fs::write(folder.join("linphonerc"), settings)?;
        let program = Program::new("linphonec", &format!("linphone-{user}"), server.folder.path());
        let mut running = program
            .args(["-a", "-c"])
            .arg(folder.join("linphonerc"))
            .env("HOME", &folder)
            .typed_to()
            .start()?;
        running.type_line("soundcard use files")?;
        running.type_line(&format!("play {}", tone.display()))?;
        running.type_line(&format!("record {}", heard.display()))?;
        server.expect_endpoint(user, "online").with_context(|| running.shown())?;
        Ok(Linphone { running, heard })
    }

    /// Calls an extension and waits until there is audio.
    pub fn dial(&mut self, server: &Server, extension: &str) -> Result<()> {
        self.running.type_line(&format!("call sip:{extension}@{}", server.sip()))?;
        self.expect_audio()
    }

    /// Waits until there is audio.
    pub fn expect_audio(&mut self) -> Result<()> {
        self.running.wait_for("Media streams established", CALL)
    }

    /// Calls somebody else beside its first call, which it puts on hold, and waits until there is audio.
    pub fn consult(&mut self, server: &Server, extension: &str) -> Result<()> {
        self.running.type_line("pause 1")?;
        self.running.wait_for("is now paused", CALL)?;
        self.running.type_line(&format!("call sip:{extension}@{}", server.sip()))?;
        self.running.wait_for("for call 2", CALL)
    }

    /// Joins the far ends of its two calls: an attended transfer.
    pub fn join(&mut self) -> Result<()> {
        self.running.type_line("transfer 1 --to-call 2")?;
        self.running.wait_for("Call 1 with", CALL)?;
        self.expect_end()
    }

    /// Hangs up.
    pub fn hang_up(&mut self) -> Result<()> {
        self.running.type_line("terminate")?;
        self.expect_end()
    }

    /// Waits until its call is over.
    pub fn expect_end(&mut self) -> Result<()> {
        self.running.wait_for("ended", CALL)
    }

    /// Ends it and gives what it heard.
    pub fn quit(mut self) -> Result<Audio> {
        self.running.type_line("quit")?;
        let status = self.running.wait(START)?;
        ensure!(status.success(), "linphonec ended with {status}\n{}", self.running.shown());
        wav::read(&self.heard)
    }
}
