//! A whole server but for SIP and media: the real switch in a thread of its own behind the real router on a socket.

#![allow(dead_code)] // Each test program uses its part of it.

use std::net::SocketAddr;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ari::{Ari, Facts, Front, Limits, Overloaded, Password, StoredRecordings, Switchboard, User};
use call::Time;
use signalling::config::{Aor, Endpoint};
use switch::{Config, Input, Output, Switch};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Inputs that wait for the switch.
const INBOX: usize = 1024;

const PLAN: &str = "[globals]\nPROBEGLOBAL=from the file\n[probe]\nexten => 1000,1,Stasis(my-app)\n";

pub struct Bench {
    pub address: SocketAddr,
    pub board: Switchboard,
}

impl Bench {
    pub async fn start() -> Bench {
        Bench::start_with(Limits::default(), Arc::new(ari::NoRecordings)).await
    }

    pub async fn start_with(limits: Limits, stored: Arc<dyn StoredRecordings>) -> Bench {
        let (inbox, inputs) = sync_channel(INBOX);
        let inbox = Mutex::new(inbox);
        let submit = move |input: Input| {
            let inbox = inbox.lock().expect("a whole inbox");
            inbox.try_send(input).map_err(|_| Overloaded::Full)
        };
        let board = Switchboard::new(Arc::new(submit), limits);
        let own = board.clone();
        std::thread::spawn(move || {
            let mut switch = Switch::new(config(), 7);
            let began = Instant::now();
            // Ends with the inbox, when the router that holds it is gone.
            while let Ok(input) = inputs.recv() {
                let unix = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
                let time = Time { now: began.elapsed(), unix_ms: unix.as_millis() as u64 };
                switch.handle(time, input);
                while let Some(output) = switch.next_output() {
                    match output {
                        Output::Reply { ticket, reply } => own.deliver(ticket, reply),
                        Output::Delivery(delivery) => own.publish(delivery),
                        _ => {}
                    }
                }
            }
        });
        let user = |name: &str, read_only| User {
            name: name.to_owned(),
            password: Password::Plain("password".to_owned()),
            read_only,
        };
        let front = Front { users: vec![user("admin", false), user("viewer", true)], ..Front::default() };
        let facts = Facts { asterisk_id: "02:fc:00:00:00:01".to_owned(), ..Facts::default() };
        let ari = Arc::new(Ari { front, board: board.clone(), facts, stored });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, ari::router(ari)).await });
        Bench { address, board }
    }

    pub async fn client(&self) -> client::Client {
        client::Client::connect(&format!("http://{}", self.address), "admin", "password")
            .await
            .expect("a server")
    }

    /// Sends a request as it is and reads the head of the answer and, where it has one, its body.
    pub async fn ask(&self, request: &str) -> Answer {
        let mut socket = TcpStream::connect(self.address).await.expect("a listener");
        socket.write_all(request.as_bytes()).await.expect("sent");
        Answer::read(&mut socket).await
    }

    /// As [`ask`](Bench::ask), with the head made from the parts.
    pub async fn request(&self, method: &str, target: &str, body: Option<(&str, &str)>) -> Answer {
        let mut text = format!(
            "{method} {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Basic {}\r\n",
            "YWRtaW46cGFzc3dvcmQ="
        );
        if let Some((kind, chunks)) = body.filter(|(_, body)| body.ends_with("0\r\n\r\n")) {
            text.push_str(&format!("Content-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"));
        } else if let Some((kind, body)) = body {
            text.push_str(&format!("Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
        } else {
            text.push_str("\r\n");
        }
        self.ask(&text).await
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub reason: String,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub async fn read(socket: &mut TcpStream) -> Answer {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            bytes.push(socket.read_u8().await.expect("a head"));
        }
        let head = String::from_utf8(bytes).expect("text");
        let mut first = head.lines().next().expect("a status line").splitn(3, ' ').skip(1);
        let status: u16 = first.next().and_then(|status| status.parse().ok()).expect("a status");
        let reason = first.next().unwrap_or_default().to_owned();
        let length = header(&head, "content-length").map_or(0, |value| value.parse().expect("a length"));
        let mut body = Vec::new();
        // What answers HEAD announces a body that does not come.
        socket.take(length).read_to_end(&mut body).await.expect("a body");
        Answer { status, reason, body: String::from_utf8(body).expect("text"), head }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    headers.find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn config() -> Config {
    let read = conf::Config::parse("extensions.conf", PLAN);
    let (plan, complaints) =
        dialplan::Dialplan::load(&read, dialplan::Applications { supported: dialplan::SUPPORTED });
    assert!(complaints.is_empty(), "{complaints:?}");
    let aor = |name: &str, contacts: Vec<String>| Aor {
        name: name.into(),
        contacts,
        max_contacts: 1,
        remove_existing: false,
        minimum_expiration: 60,
        maximum_expiration: 7200,
        default_expiration: 3600,
        qualify_frequency: 0,
        ..Aor::default()
    };
    let sip = signalling::Config {
        endpoints: ["caller", "answers", "busy", "rings", "absent"].map(endpoint).to_vec(),
        aors: vec![
            aor("answers", vec!["sip:answers@127.0.0.1:9".to_owned()]),
            aor("busy", vec!["sip:busy@127.0.0.1:9".to_owned()]),
            aor("rings", vec!["sip:rings@127.0.0.1:9".to_owned()]),
            aor("absent", vec![]),
        ],
        ..signalling::Config::default()
    };
    Config {
        limits: call::Limits::default(),
        sip,
        dialplan: Arc::new(plan),
        shown_variables: vec![],
        zone: call::Zone::default(),
    }
}

fn endpoint(name: &str) -> Endpoint {
    Endpoint {
        name: name.into(),
        context: "probe".into(),
        codecs: vec![rtp::Codec::Pcmu],
        auths: vec![],
        aors: vec![name.into()],
        media: signalling::config::MediaOptions { symmetric: true, ..Default::default() },
        rewrite_contact: true,
        ..Endpoint::default()
    }
}

/// Longest wait of a test for something that is to come; only a failed test waits that long.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for something that is to come.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("it comes in time")
}
