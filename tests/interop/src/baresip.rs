//! baresip: a softphone that plays a tone from a WAV file instead of a microphone and writes what it hears into another.

use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use media::Audio;
use serde_json::{Value, json};

use crate::places;
use crate::program::{Program, Running, until};
use crate::server::Server;
use crate::wav;

/// How long it may take to start and to register.
const START: Duration = Duration::from_secs(10);
/// How long a call may take to be set up or to end.
const CALL: Duration = Duration::from_secs(10);
/// The length of the tone it plays; more than any call here lasts.
const TONE_SECONDS: u32 = 20;

/// How a softphone is set up.
pub struct Setup<'a> {
    /// Its user, and the extension it is reached at.
    pub user: &'a str,
    /// The tone that it plays on every call.
    pub hz: f64,
    /// Its one codec, in baresip's words: `PCMU`, `G722`, `L16/8000`, ….
    pub codec: &'a str,
    /// Samples a second of what it plays and hears.
    pub rate: u32,
    /// A proxy that everything goes through.
    pub proxy: Option<SocketAddr>,
    /// `udp`, `tcp` or `tls`.
    pub transport: &'a str,
    /// Where it finds the server, if it is not where the server's UDP listens.
    pub server: Option<SocketAddr>,
    /// More parameters of its account, such as `;mediaenc=srtp-mand`.
    pub account: &'a str,
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Setup {
            user: "2001",
            hz: 440.0,
            codec: "PCMU",
            rate: 8_000,
            proxy: None,
            transport: "udp",
            server: None,
            account: "",
        }
    }
}

/// A registered softphone.
pub struct Baresip {
    /// Its user, and the extension it is reached at.
    pub user: String,
    domain: SocketAddr,
    transport: String,
    running: Running,
    control: BufReader<TcpStream>,
    recordings: PathBuf,
}

impl Baresip {
    /// Starts one that speaks µ-law over UDP, plays `hz` on every call, and registers; calls to it are answered at once.
    pub fn start(server: &Server, user: &str, hz: f64) -> Result<Baresip> {
        Baresip::start_as(server, &Setup { user, hz, ..Setup::default() })
    }

    /// Starts one, which registers; calls to it are answered at once.
    pub fn start_as(server: &Server, setup: &Setup<'_>) -> Result<Baresip> {
        let Setup { user, rate, .. } = setup;
        let folder = server.folder.path().join(format!("baresip-{user}"));
        let recordings = folder.join("heard");
        // What a phone of the same user left.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&recordings)?;
        wav::write_tone(&folder.join("tone.wav"), *rate, setup.hz, TONE_SECONDS)?;
        let (control_port, rtp) = (places::port()?, places::ports(20)?);
        let config = format!(
            "poll_method epoll\nsip_listen 127.0.0.1:{}\nsip_verify_server no\nnet_interface 127.0.0.1\n\
             rtp_ports {rtp}-{}\n\
             audio_source aufile,{folder}/tone.wav\naudio_player aubridge,nowhere\naudio_alert aubridge,nowhere\n\
             ausrc_srate {rate}\nauplay_srate {rate}\nausrc_channels 1\nauplay_channels 1\n\
             module_path {MODULES}\nmodule g711.so\nmodule g722.so\nmodule l16.so\nmodule srtp.so\n\
             module aufile.so\nmodule aubridge.so\nmodule sndfile.so\n\
             snd_path {recordings}\nmodule_tmp account.so\nmodule_app contact.so\nmodule_app menu.so\n\
             module_app ctrl_tcp.so\nctrl_tcp_listen 127.0.0.1:{control_port}\n",
            places::port()?,
            rtp + 19,
            folder = folder.display(),
            recordings = recordings.display(),
        );
        std::fs::write(folder.join("config"), config)?;
        std::fs::write(folder.join("contacts"), "")?;
        let domain = setup.server.unwrap_or(server.sip());
        let proxy = setup.proxy.map(|proxy| format!(";outbound=\"sip:{proxy}\"")).unwrap_or_default();
        let account = format!(
            "<sip:{user}@{domain};transport={}>;auth_user={user};auth_pass=secret;regint=60;answermode=auto;\
             audio_codecs={}{proxy}{}\n",
            setup.transport, setup.codec, setup.account
        );
        std::fs::write(folder.join("accounts"), account)?;
        let mut running = Program::new("baresip", &format!("baresip-{user}"), server.folder.path())
            .args(["-4", "-f"])
            .arg(&folder)
            .start()?;
        let control = until(START, || {
            running.check()?;
            Ok(TcpStream::connect(("127.0.0.1", control_port)).ok())
        })?;
        let control = control.context("baresip does not listen for commands")?;
        control.set_read_timeout(Some(CALL))?;
        let mut phone = Baresip {
            user: (*user).into(),
            domain,
            transport: setup.transport.into(),
            running,
            control: BufReader::new(control),
            recordings,
        };
        phone.running.wait_for("200 OK", START).context("it is not registered")?;
        Ok(phone)
    }

    /// Calls an extension.
    pub fn begin(&mut self, extension: &str) -> Result<()> {
        let uri = format!("sip:{extension}@{};transport={}", self.domain, self.transport);
        self.command("dial", &uri)
    }

    /// Calls an extension and waits until it is answered.
    pub fn dial(&mut self, extension: &str) -> Result<()> {
        self.begin(extension)?;
        self.wait_for("CALL_ESTABLISHED")
    }

    /// Presses a digit: it is sent as an RFC 4733 event.
    pub fn press(&mut self, digit: char) -> Result<()> {
        self.command("sndcode", &digit.to_string())
    }

    /// Puts the far end on hold, or takes it back.
    pub fn hold(&mut self, on: bool) -> Result<()> {
        self.command(if on { "hold" } else { "resume" }, "")?;
        self.wait_for_answer(if on { "hold" } else { "resume" })
    }

    /// Sends the far end to another extension of the server.
    pub fn transfer(&mut self, extension: &str) -> Result<()> {
        self.command("transfer", &format!("sip:{extension}@{}", self.domain))
    }

    /// Hangs up and waits until the call has ended.
    pub fn hang_up(&mut self) -> Result<()> {
        self.command("hangup", "")?;
        self.wait_for("CALL_CLOSED")
    }

    /// Ends it, which takes its registration back.
    pub fn quit(mut self) -> Result<Heard> {
        self.command("quit", "")?;
        let status = self.running.wait(START)?;
        ensure!(status.success(), "baresip ended with {status}\n{}", self.running.shown());
        let files = wav::files(&self.recordings, "-dec.wav")?;
        let [file] = &files[..] else { bail!("baresip kept {} recordings, not one", files.len()) };
        Ok(Heard { audio: wav::read(file)? })
    }

    /// Sends a command; its answer comes among the events.
    fn command(&mut self, command: &str, params: &str) -> Result<()> {
        let text = json!({"command": command, "params": params, "token": command}).to_string();
        write!(self.control.get_mut(), "{}:{text},", text.len()).context("baresip's control socket")?;
        Ok(())
    }

    fn wait_for_answer(&mut self, command: &str) -> Result<()> {
        loop {
            let message = read_netstring(&mut self.control).context("baresip's answer")?;
            if message["response"] == true && message["token"] == command {
                ensure!(message["ok"] == true, "{command} was refused: {message}");
                return Ok(());
            }
        }
    }

    /// Waits for an event of that type.
    pub fn wait_for(&mut self, kind: &str) -> Result<()> {
        loop {
            let message = read_netstring(&mut self.control)
                .with_context(|| format!("waiting for {kind}\n{}", self.running.shown()))?;
            if message["type"] == kind {
                return Ok(());
            }
            if message["type"] == "CALL_CLOSED" || message["ok"] == false {
                bail!("waiting for {kind}, got {message}\n{}", self.running.shown());
            }
        }
    }
}

/// Where Debian keeps baresip's modules.
const MODULES: &str = "/usr/lib/baresip/modules";

/// What a softphone recorded.
pub struct Heard {
    /// Its audio, at the rate that it was set up for.
    pub audio: Audio,
}

/// `LENGTH:JSON,`
fn read_netstring(from: &mut impl Read) -> Result<Value> {
    let mut length = 0_usize;
    loop {
        let mut byte = [0];
        from.read_exact(&mut byte)?;
        match byte[0] {
            digit @ b'0'..=b'9' if length < 1_000_000 => length = length * 10 + usize::from(digit - b'0'),
            b':' => break,
            other => bail!("{:?} in a netstring's length", char::from(other)),
        }
    }
    let mut text = vec![0; length + 1];
    from.read_exact(&mut text)?;
    Ok(serde_json::from_slice(&text[..length])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_messages_in_one_piece_are_told_apart() {
        let mut bytes = &b"8:{\"a\": 1},2:{},"[..];
        assert_eq!(read_netstring(&mut bytes).unwrap(), json!({"a": 1}));
        assert_eq!(read_netstring(&mut bytes).unwrap(), json!({}));
    }
}
