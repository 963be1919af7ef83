//! A throw-away SIP phone over UDP that calls and is called, and writes down what it saw of each call.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::rtp::{self, Audio};
use crate::sip::{Message, bracketed, description};

/// Waited for, it stands for any status of 400 or more.
pub const REFUSAL: &str = "a refusal";

/// How long a called phone takes for each of its answers.
const HUMAN: Duration = Duration::from_millis(100);

/// One call of the phone, named by its Call-ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallId(pub String);

struct Call {
    /// What was seen, for the transcript: statuses of our INVITE, requests of the server.
    seen: Vec<String>,
    /// How much of `seen` has been handed out.
    told: usize,
    /// `From: …` and `To: …` as this side writes them in requests of its own.
    ours: String,
    theirs: String,
    /// Request URI of requests inside the dialog.
    target: String,
    /// The request URI and branch of our INVITE, wanted by CANCEL and by the ACK of a refusal.
    invited: String,
    branch: String,
    sequence: u32,
    /// The INVITE of the server that waits for a final answer.
    pending: Option<Message>,
    audio: Arc<Audio>,
    rtp_port: u16,
}

struct Shared {
    socket: UdpSocket,
    server: SocketAddr,
    port: u16,
    calls: Mutex<HashMap<String, Call>>,
    /// Call-IDs of calls that the server made, in order of arrival.
    incoming: Mutex<Vec<String>>,
    changed: Condvar,
    count: AtomicU32,
}

/// The phone; all its calls share one socket.
#[derive(Clone)]
pub struct Phone(Arc<Shared>);

impl Phone {
    /// Binds the socket and starts answering.
    pub fn start(port: u16, server: SocketAddr) -> Result<Phone> {
        let socket = UdpSocket::bind(("127.0.0.1", port)).context("the phone's port")?;
        let port = socket.local_addr()?.port();
        let phone = Phone(Arc::new(Shared {
            socket: socket.try_clone()?,
            server,
            port,
            calls: Mutex::default(),
            incoming: Mutex::default(),
            changed: Condvar::new(),
            count: AtomicU32::new(0),
        }));
        let reader = phone.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 65535];
            while let Ok((length, _)) = socket.recv_from(&mut buffer) {
                if let Some(message) = Message::parse(&buffer[..length]) {
                    reader.handle(&message);
                }
            }
        });
        Ok(phone)
    }

    /// Calls an extension.
    pub fn invite(&self, extension: &str) -> Result<CallId> {
        let shared = &self.0;
        let number = shared.count.fetch_add(1, Ordering::Relaxed);
        let id = format!("probe-call-{number}-{}", std::process::id());
        let (audio, rtp_port) = start_audio()?;
        let call = Call {
            seen: Vec::new(),
            told: 0,
            ours: format!("\"Probe\" <sip:555@127.0.0.1:{}>;tag=probe{number}", shared.port),
            theirs: format!("<sip:{extension}@{}>", shared.server),
            target: format!("sip:{extension}@{}", shared.server),
            invited: format!("sip:{extension}@{}", shared.server),
            branch: format!("z9hG4bKprobe{}x{number}", std::process::id()),
            sequence: 1,
            pending: None,
            audio,
            rtp_port,
        };
        let text = self.request("INVITE", &id, &call, &call.branch, Some(&description(rtp_port)));
        self.calls().insert(id.clone(), call);
        self.send(&text);
        Ok(CallId(id))
    }

    /// Gives up a call that has not been answered.
    pub fn cancel(&self, id: &CallId) {
        let calls = self.calls();
        if let Some(call) = calls.get(&id.0) {
            let text = self.request("CANCEL", &id.0, call, &call.branch, None);
            self.send(&text);
        }
    }

    /// Ends an answered call.
    pub fn hang_up(&self, id: &CallId) {
        let mut calls = self.calls();
        if let Some(call) = calls.get_mut(&id.0) {
            call.sequence += 1;
            call.audio.over.store(true, Ordering::Relaxed);
            let branch = format!("{}b{}", call.branch, call.sequence);
            let text = self.request("BYE", &id.0, call, &branch, None);
            self.send(&text);
        }
    }

    /// Sends a digit as RFC 4733 events.
    pub fn press(&self, id: &CallId, digits: &str) {
        if let Some(call) = self.calls().get(&id.0) {
            call.audio.digits.lock().expect("never poisoned").extend(digits.bytes());
        }
    }

    /// Packets of audio that have arrived on the call.
    pub fn received(&self, id: &CallId) -> u32 {
        self.calls().get(&id.0).map_or(0, |call| call.audio.received.load(Ordering::Relaxed))
    }

    /// Waits until the call has seen a line that starts with `wanted`; hands out all lines not handed out before, and
    /// whether the wanted one was among them.
    pub fn wait(&self, id: &CallId, wanted: &str, patience: Duration) -> (Vec<String>, bool) {
        let deadline = Instant::now() + patience;
        let mut calls = self.calls();
        loop {
            let Some(call) = calls.get_mut(&id.0) else { return (Vec::new(), false) };
            let new = &call.seen[call.told..];
            let found = new.iter().position(|line| match wanted {
                REFUSAL => line.starts_with(['4', '5', '6']),
                _ => line.starts_with(wanted),
            });
            let left = deadline.saturating_duration_since(Instant::now());
            if found.is_some() || left.is_zero() {
                let upto = found.map_or(new.len(), |index| index + 1);
                let lines = new[..upto].to_vec();
                call.told += upto;
                return (lines, found.is_some());
            }
            calls = self.0.changed.wait_timeout(calls, left).expect("never poisoned").0;
        }
    }

    /// The next call that the server makes to this phone and that has not been claimed yet.
    pub fn claim(&self, patience: Duration) -> Option<CallId> {
        let deadline = Instant::now() + patience;
        let mut calls = self.calls();
        loop {
            let mut incoming = self.0.incoming.lock().expect("never poisoned");
            if !incoming.is_empty() {
                return Some(CallId(incoming.remove(0)));
            }
            drop(incoming);
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            calls = self.0.changed.wait_timeout(calls, left).expect("never poisoned").0;
        }
    }

    /// The Call-IDs of every call so far.
    pub fn call_ids(&self) -> Vec<String> {
        self.calls().keys().cloned().collect()
    }

    fn calls(&self) -> std::sync::MutexGuard<'_, HashMap<String, Call>> {
        self.0.calls.lock().expect("never poisoned")
    }

    fn send(&self, text: &str) {
        let _ = self.0.socket.send_to(text.as_bytes(), self.0.server);
    }

    fn request(&self, method: &str, id: &str, call: &Call, branch: &str, body: Option<&str>) -> String {
        let target = if matches!(method, "INVITE" | "CANCEL") { &call.invited } else { &call.target };
        let port = self.0.port;
        let kind = if body.is_some() { "Content-Type: application/sdp\r\n" } else { "" };
        let body = body.unwrap_or("");
        format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};rport;branch={branch}\r\nMax-Forwards: 70\r\n\
             From: {}\r\nTo: {}\r\nCall-ID: {id}\r\nCSeq: {} {method}\r\nContact: <sip:probe@127.0.0.1:{port}>\r\n\
             {kind}Content-Length: {}\r\n\r\n{body}",
            call.ours,
            call.theirs,
            call.sequence,
            body.len()
        )
    }

    fn respond(&self, request: &Message, status: &str, tag: &str, body: Option<&str>) {
        let to = request.header("To");
        let to = if to.contains("tag=") { to.to_owned() } else { format!("{to};tag={tag}") };
        let kind = if body.is_some() { "Content-Type: application/sdp\r\n" } else { "" };
        let body = body.unwrap_or("");
        self.send(&format!(
            "SIP/2.0 {status}\r\n{}From: {}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {}\r\n\
             Contact: <sip:probe@127.0.0.1:{}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            request.vias(),
            request.header("From"),
            request.header("Call-ID"),
            request.header("CSeq"),
            self.0.port,
            body.len()
        ));
    }

    fn handle(&self, message: &Message) {
        if message.status().is_some() {
            self.handle_response(message)
        } else {
            self.handle_request(message)
        }
        self.0.changed.notify_all();
    }

    fn handle_response(&self, message: &Message) {
        let status = message.status().unwrap_or(0);
        let id = message.header("Call-ID").to_owned();
        let mut calls = self.calls();
        let Some(call) = calls.get_mut(&id) else { return };
        if message.method() != "INVITE" || status == 100 {
            return;
        }
        let line = with_reason(message.start.trim_start_matches("SIP/2.0 "), message);
        if call.seen.last() != Some(&line) {
            call.seen.push(line);
        }
        if let Some(address) = message.media_address() {
            *call.audio.remote.lock().expect("never poisoned") = Some(address);
        }
        if status < 200 {
            return;
        }
        call.theirs = message.header("To").to_owned();
        let branch = if status < 300 {
            call.target = bracketed(message.header("Contact")).to_owned();
            format!("{}ack", call.branch)
        } else {
            call.target = call.invited.clone();
            call.audio.over.store(true, Ordering::Relaxed);
            call.branch.clone()
        };
        let text = self.request("ACK", &id, call, &branch, None);
        self.send(&text);
    }

    fn handle_request(&self, message: &Message) {
        let id = message.header("Call-ID").to_owned();
        match message.method() {
            "INVITE" if !message.header("To").contains("tag=") => return self.handle_invite(&id, message),
            "OPTIONS" => return self.respond(message, "200 OK", "probe", None),
            _ => {}
        }
        let mut calls = self.calls();
        let Some(call) = calls.get_mut(&id) else {
            if message.method() != "ACK" {
                self.respond(message, "481 Call/Transaction Does Not Exist", "probe", None);
            }
            return;
        };
        match message.method() {
            "ACK" => {}
            "INVITE" => {
                call.seen.push("re-INVITE".into());
                self.respond(message, "200 OK", "probe", Some(&description(call.rtp_port)));
            }
            "CANCEL" => {
                call.seen.push(with_reason("CANCEL", message));
                self.respond(message, "200 OK", &id, None);
                if let Some(invite) = call.pending.take() {
                    self.respond(&invite, "487 Request Terminated", &id, None);
                }
                call.audio.over.store(true, Ordering::Relaxed);
            }
            "BYE" => {
                call.seen.push(with_reason("BYE", message));
                call.audio.over.store(true, Ordering::Relaxed);
                self.respond(message, "200 OK", &id, None);
            }
            other => {
                call.seen.push(other.into());
                self.respond(message, "200 OK", &id, None);
            }
        }
    }

    /// The user part says what becomes of a call to this phone: `answers`, `busy`, anything else rings for ever.
    fn handle_invite(&self, id: &str, message: &Message) {
        let mut calls = self.calls();
        if calls.contains_key(id) {
            return;
        }
        let Ok((audio, rtp_port)) = start_audio() else { return };
        let call = Call {
            seen: vec![format!("INVITE from {}", message.header("From").split(";tag").next().unwrap_or(""))],
            told: 0,
            ours: format!("{};tag={id}", message.header("To")),
            theirs: message.header("From").to_owned(),
            target: bracketed(message.header("Contact")).to_owned(),
            invited: String::new(),
            branch: format!("z9hG4bK{id}"),
            sequence: 1,
            pending: Some(message.clone()),
            audio,
            rtp_port,
        };
        *call.audio.remote.lock().expect("never poisoned") =
            if message.user() == "answers" { message.media_address() } else { None };
        calls.insert(id.to_owned(), call);
        self.0.incoming.lock().expect("never poisoned").push(id.to_owned());
        let (phone, id, user) = (self.clone(), id.to_owned(), message.user().to_owned());
        std::thread::spawn(move || phone.take_time(&id, &user));
    }

    /// Answers like a person, not at once: a server whose threads race would not show one order otherwise.
    fn take_time(&self, id: &str, user: &str) {
        let steps: &[(&str, bool)] = match user {
            "busy" => &[("486 Busy Here", true)],
            "answers" => &[("180 Ringing", false), ("200 OK", true)],
            _ => &[("180 Ringing", false)],
        };
        for (status, last) in steps {
            std::thread::sleep(HUMAN);
            let mut calls = self.calls();
            let Some(call) = calls.get_mut(id) else { return };
            let Some(invite) = call.pending.clone() else { return };
            let body = status.starts_with("200").then(|| description(call.rtp_port));
            if *last {
                call.pending = None;
            }
            call.audio.over.store(status.starts_with("486"), Ordering::Relaxed);
            self.respond(&invite, status, id, body.as_deref());
        }
    }
}

fn with_reason(line: &str, message: &Message) -> String {
    match message.header("Reason") {
        "" => line.to_owned(),
        reason => format!("{line} (Reason: {reason})"),
    }
}

fn start_audio() -> Result<(Arc<Audio>, u16)> {
    let socket = UdpSocket::bind("127.0.0.1:0").context("a port for audio")?;
    let port = socket.local_addr()?.port();
    let audio = Arc::new(Audio::default());
    rtp::run(socket, Arc::clone(&audio));
    Ok((audio, port))
}
