//! The operator's view of a running server: consoles and `/metrics`.

use std::collections::BTreeMap;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::UnixStream;

use super::*;
use crate::console::wire::{Message, Request};

const DIALPLAN: &str = "[public]\nexten => 3000,1,Answer()\n same => n,Echo()\n";

struct Console(BufReader<UnixStream>);

impl Console {
    async fn attach(path: &std::path::Path) -> Console {
        let mut console = Console(BufReader::new(UnixStream::connect(path).await.unwrap()));
        let Message::Greeting { pid, .. } = console.hear().await else { panic!("no greeting") };
        assert_eq!(pid, std::process::id());
        console
    }

    async fn hear(&mut self) -> Message {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        serde_json::from_str(&line).unwrap()
    }

    async fn say(&mut self, request: &Request) {
        let text = serde_json::to_string(request).unwrap() + "\n";
        self.0.get_mut().write_all(text.as_bytes()).await.unwrap();
    }

    async fn ask(&mut self, request: Request) -> Message {
        self.say(&request).await;
        self.hear().await
    }

    async fn run(&mut self, line: &str) -> String {
        match self.ask(Request::Run { line: line.to_owned(), json: false }).await {
            Message::Answer { text, .. } => text,
            other => panic!("{other:?}"),
        }
    }

    async fn json(&mut self, line: &str) -> serde_json::Value {
        match self.ask(Request::Run { line: line.to_owned(), json: true }).await {
            Message::Answer { text, .. } => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_console_sees_a_call_and_hangs_it_up() {
    let folder = Folder::new();
    let mut server = Server::start(configuration(&folder, DIALPLAN)).await.unwrap();
    let operator = server.operator(Lines::default());
    let path = folder.path().join("strowger.ctl");
    server.open_console(&path, operator.clone()).unwrap();
    let mut console = Console::attach(&path).await;
    assert_eq!(
        console.run("core show channels count").await,
        "0 active channels\n0 active calls\n0 calls processed\n"
    );

    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    call(&phone, &server);
    let listed = console.run("core show channels").await;
    assert!(listed.contains("PJSIP/anonymous-00000000"), "{listed}");
    assert!(listed.contains(" 3000@public:2                    Up      Echo() "), "{listed}");
    assert!(listed.ends_with("\n1 active channel\n1 active call\n1 call processed\n"), "{listed}");
    let listed = console.json("core show channels").await;
    assert_eq!(listed["channels"][0]["application"], "Echo");
    let whole = console.run("core show channel PJSIP/anonymous-00000000").await;
    assert!(whole.contains("          State: Up (6)\n"), "{whole}");
    let completed = console.ask(Request::Complete { line: "core show channel PJ".to_owned() }).await;
    assert_eq!(completed, Message::Completions { words: vec!["PJSIP/anonymous-00000000".to_owned()] });

    let gone = console.run("channel request hangup all").await;
    assert_eq!(gone, "Requested Hangup on channel 'PJSIP/anonymous-00000000'\n");
    heard(&phone, "BYE ");

    assert_eq!(
        console.run("core shoe channels").await,
        "No such command 'core shoe channels' (type 'core show help core shoe channels' for other possible commands)\n"
    );
    assert!(console.run("core show uptime foo").await.starts_with("Usage: core show uptime [seconds]\n"));
    assert!(console.run("dialplan set global X y").await.contains("Global variable 'X' set to 'y'"));
    assert_eq!(console.run("dialplan show globals").await, "   X=y\n\n    -- 1 variable(s)\n");
    assert_eq!(
        console.run("dialplan show nowhere").await,
        "There is no existence of 'nowhere' context\nCommand 'dialplan show nowhere' failed.\n"
    );
    console.run("core stop gracefully").await;
    assert_eq!(operator.stop_asked().await, crate::console::Stop::Gracefully);
    server.stop().await;
    assert!(matches!(console.hear().await, Message::Goodbye { .. }));
    assert!(!path.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_request_ends_the_console_and_nobody_else() {
    let folder = Folder::new();
    let mut server = Server::start(configuration(&folder, DIALPLAN)).await.unwrap();
    let path = folder.path().join("strowger.ctl");
    server.open_console(&path, server.operator(Lines::default())).unwrap();
    let (mut one, mut other) = (Console::attach(&path).await, Console::attach(&path).await);
    one.0.get_mut().write_all(b"help\n").await.unwrap();
    assert!(
        matches!(one.hear().await, Message::Goodbye { reason } if reason.starts_with("this is no request"))
    );
    assert!(other.run("core show version").await.starts_with("Strowger "));
    server.stop().await;
}

/// The samples of a scrape by name and labels, after a look at the format.
fn samples(answer: &str) -> BTreeMap<String, f64> {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.to_ascii_lowercase().contains("content-type: text/plain; version=0.0.4"), "{head}");
    let mut samples = BTreeMap::new();
    let mut metric = String::new();
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            metric = rest.split(' ').next().unwrap().to_owned();
            continue;
        }
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, metric);
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            continue;
        }
        let (name, value) = line.rsplit_once(' ').unwrap();
        let bare = name.split('{').next().unwrap();
        assert!(bare.starts_with(&metric), "{line} under {metric}");
        assert!(samples.insert(name.to_owned(), value.parse().unwrap()).is_none(), "{name} twice");
    }
    samples
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_count_a_call() {
    let folder = Folder::new();
    let mut server = Server::start(configuration(&folder, DIALPLAN)).await.unwrap();
    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    call(&phone, &server);
    let now = samples(&get(&server, "/metrics").await);
    for (name, value) in [
        ("strowger_switch_up", 1.0),
        ("strowger_ready", 1.0),
        ("strowger_calls", 1.0),
        ("strowger_calls_total", 1.0),
        ("strowger_channels{state=\"up\"}", 1.0),
        ("strowger_channels{state=\"ring\"}", 0.0),
        ("strowger_legs", 1.0),
        ("strowger_panics_total", 0.0),
        ("strowger_sip_requests_total{direction=\"in\",method=\"INVITE\"}", 1.0),
        ("strowger_sip_responses_total{direction=\"out\",code=\"200\",class=\"2xx\"}", 1.0),
        ("strowger_sip_shed_total{where=\"inbox\"}", 0.0),
        ("strowger_inbox_refused_total{class=\"new_call\"}", 0.0),
    ] {
        assert_eq!(now.get(name), Some(&value), "{name}");
    }
    assert!(now["strowger_switch_busy_seconds_total"] > 0.0 && now["process_open_fds"] > 3.0);
    for metric in crate::metrics::TABLE {
        let is_there = |name: &String| name.starts_with(metric.name);
        // No response has come in, so nothing of that direction is told; all else is.
        assert!(now.keys().any(is_there), "{} has no value", metric.name);
    }
    server.drain(Duration::ZERO).await;
    heard(&phone, "BYE ");
    let later = samples(&get(&server, "/metrics").await);
    assert_eq!(later["strowger_ready"], 0.0);
    assert_eq!(later["strowger_calls_total"], 1.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hints_registrations_and_reloads_are_asked_for_by_name() {
    let folder = Folder::new();
    let dialplan = "[public]\nexten => 3000,1,Answer()\nexten => 100,hint,PJSIP/anonymous&Custom:lamp\n";
    let mut server = Server::start(configuration(&folder, dialplan)).await.unwrap();
    let operator = server.operator(Lines::default());
    let text = async |line: &str| operator.run(line, None).await.text();
    let hints = text("core show hints").await;
    assert!(
        hints.contains("\n100@public                    : PJSIP/anonymous&Custom:lamp     State:"),
        "{hints}"
    );
    assert!(
        hints.ends_with("Presence:not_set         Watchers  0\n----------------\n- 1 hints registered\n"),
        "{hints}"
    );
    assert_eq!(text("pjsip show registrations").await, "No objects found.\n\n");
    assert_eq!(
        text("pjsip send register nobody").await,
        "Unable to retrieve registration nobody\nCommand 'pjsip send register nobody' failed.\n"
    );

    folder.write("extensions.conf", b"[public]\nexten => 3001,1,Answer()\n");
    assert_eq!(text("dialplan reload").await, "Dialplan reloaded.\n");
    assert_eq!(text("core show hints").await, "There are no registered dialplan hints\n");
    assert!(text("dialplan show public").await.contains("'3001' =>"));
    assert_eq!(text("module reload nothing").await, "No such module 'nothing'\n");
    // The port of HTTP was chosen by the system, which the file does not say.
    assert_eq!(text("core reload").await, "http.conf: another address or `sessionlimit` wants a restart\n");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_originated_to_an_application() {
    let folder = Folder::new();
    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    drop(configuration(&folder, DIALPLAN));
    let contact = phone.local_addr().unwrap();
    let text = format!(
        "[udp]\ntype=transport\nbind=127.0.0.1:0\n[uas]\ntype=endpoint\ncontext=public\nallow=ulaw\naors=uas\n\
         [uas]\ntype=aor\ncontact=sip:uas@{contact}\n"
    );
    folder.write("pjsip.conf", text.as_bytes());
    let mut configuration = config::read(folder.path()).unwrap().configuration;
    configuration.http.addresses[0].set_port(0);
    let mut server = Server::start(configuration).await.unwrap();
    let operator = server.operator(Lines::default());
    let ran = operator.run("channel originate PJSIP/uas application Nonsense", None).await;
    assert!(ran.text().starts_with("There is no application Nonsense here.\n"), "{}", ran.text());
    assert_eq!(operator.run("channel originate PJSIP/uas application Echo", None).await.text(), "");

    let invite = heard(&phone, "INVITE ");
    let header = |name: &str| invite.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let body = "v=0\r\no=a 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 41999 RTP/AVP 0\r\n";
    let answer = format!(
        "SIP/2.0 200 OK\r\n{}\r\n{}\r\n{};tag=u\r\n{}\r\n{}\r\nContact: <sip:uas@{contact}>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        header("Via:"),
        header("From:"),
        header("To:"),
        header("Call-ID:"),
        header("CSeq:"),
        body.len()
    );
    ask(&phone, &server, &answer);
    heard(&phone, "ACK ");
    let listed = operator.run("core show channels", None).await.text();
    assert!(listed.contains(" Up      Echo() "), "{listed}");
    server.drain(Duration::ZERO).await;
    heard(&phone, "BYE ");
    server.stop().await;
}
