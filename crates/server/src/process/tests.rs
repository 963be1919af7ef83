mod operating;

use std::net::{TcpListener, UdpSocket};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::config::{self, Reading};
use crate::folder::Folder;

/// Ports for media beside one that the system chose just now: what others have of them is passed over.
fn range() -> (u16, u16) {
    let free = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let first = (free & !1).min(u16::MAX - 1_000);
    (first, first + 999)
}

/// A configuration on ports that the system chooses.
fn configuration(folder: &Folder, dialplan: &str) -> Configuration {
    folder.write(
        "pjsip.conf",
        b"[udp]\ntype=transport\nbind=127.0.0.1:0\n[anonymous]\ntype=endpoint\ncontext=public\nallow=ulaw\n",
    );
    folder.write("extensions.conf", dialplan.as_bytes());
    folder.write("ari.conf", b"[general]\nenabled=yes\n[admin]\ntype=user\npassword=password\n");
    folder.write("http.conf", b"[general]\nenabled=yes\nbindaddr=127.0.0.1\n");
    let (first, last) = range();
    folder.write("rtp.conf", format!("[general]\nrtpstart={first}\nrtpend={last}\n").as_bytes());
    folder.write("asterisk.conf", b"[directories]\nastspooldir=spool\nastdatadir=data\n");
    let Reading { mut configuration, report } = config::read(folder.path()).unwrap();
    assert_eq!(report.lines(), [""; 0]);
    configuration.http.addresses[0].set_port(0);
    configuration
}

async fn get(server: &Server, path: &str) -> String {
    let mut stream = TcpStream::connect(server.http_addresses()[0]).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn ask(phone: &UdpSocket, server: &Server, message: &str) {
    let message = message.replace("PORT", &phone.local_addr().unwrap().port().to_string());
    phone.send_to(message.as_bytes(), server.sip_addresses()[0]).unwrap();
}

/// The first line of the next message that begins so, and the message.
fn heard(phone: &UdpSocket, begins: &str) -> String {
    phone.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut buffer = [0; 4_000];
    loop {
        let (length, _) = phone.recv_from(&mut buffer).expect(begins);
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if text.starts_with(begins) {
            return text;
        }
    }
}

const INVITE: &str = "INVITE sip:3000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:PORT;branch=z9hG4bKa;rport\r\n\
    From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:3000@127.0.0.1>\r\nCall-ID: x@y\r\nCSeq: 1 INVITE\r\n\
    Contact: <sip:a@127.0.0.1:PORT>\r\nMax-Forwards: 70\r\nContent-Type: application/sdp\r\nContent-Length: 129\r\n\r\n\
    v=0\r\no=a 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 41999 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n";

/// Calls 3000 and acknowledges the answer.
fn call(phone: &UdpSocket, server: &Server) {
    let (head, body) = INVITE.split_once("\r\n\r\n").unwrap();
    let invite = format!("{}\r\n\r\n{body}", head.replace("129", &body.len().to_string()));
    ask(phone, server, &invite);
    let answer = heard(phone, "SIP/2.0 200");
    assert!(!answer.contains("m=audio 200"), "{answer}");
    let to = answer.lines().find(|line| line.starts_with("To:")).unwrap();
    let ack = format!(
        "ACK sip:3000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:PORT;branch=z9hG4bKb;rport\r\n\
         From: <sip:a@127.0.0.1>;tag=1\r\n{to}\r\nCall-ID: x@y\r\nCSeq: 1 ACK\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    );
    ask(phone, server, &ack);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_answered_and_hung_up_when_the_server_ends() {
    let folder = Folder::new();
    let dialplan = "[public]\nexten => 3000,1,Answer()\n same => n,Echo()\n";
    let mut server = Server::start(configuration(&folder, dialplan)).await.unwrap();
    assert!(get(&server, "/healthz").await.starts_with("HTTP/1.1 200"));
    assert!(get(&server, "/readyz").await.starts_with("HTTP/1.1 200"));
    assert!(get(&server, "/ari/channels").await.starts_with("HTTP/1.1 401"));
    assert_eq!(server.admission().calls, 500);

    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    call(&phone, &server);
    assert!(get(&server, "/ari/channels?api_key=admin:password").await.contains("\"state\":\"Up\""));

    server.drain(Duration::ZERO).await;
    heard(&phone, "BYE ");
    assert!(get(&server, "/readyz").await.starts_with("HTTP/1.1 503"));
    server.stop().await;
    assert!(server.status().is_gone());
    assert_eq!(server.status().panics(), 0);
}

#[tokio::test]
async fn a_port_in_use_is_told_in_one_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = Folder::new();
    let mut configuration = configuration(&folder, "[public]\n");
    configuration.http.addresses[0] = taken.local_addr().unwrap();
    let error = Server::start(configuration).await.err().unwrap().to_string();
    let port = taken.local_addr().unwrap().port();
    assert!(error.starts_with(&format!("HTTP port {port} of 127.0.0.1 is in use:")), "{error}");
}

/// The start of a call to an extension, under a name of its own.
fn invite(exten: &str, user: &str) -> String {
    let (head, body) = INVITE.split_once("\r\n\r\n").unwrap();
    let head = head
        .replace("129", &body.len().to_string())
        .replace("3000", exten)
        .replace("sip:a@", &format!("sip:{user}@"))
        .replace("branch=z9hG4bKa", &format!("branch=z9hG4bK{exten}{user}"))
        .replace("Call-ID: x@y", &format!("Call-ID: {exten}{user}@y"));
    format!("{head}\r\n\r\n{body}")
}

const WAIT: &str = "[public]\nexten => 3000,1,Answer()\n same => n,Wait(60)\n";
const TWO: &str = "[udp]\ntype=transport\nbind=127.0.0.1:0\n[anonymous]\ntype=endpoint\ncontext=public\nallow=ulaw\n\
    [guest]\ntype=endpoint\ncontext=guests\nallow=ulaw\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_puts_new_files_in_place_and_calls_go_on() {
    let folder = Folder::new();
    let mut server = Server::start(configuration(&folder, WAIT)).await.unwrap();
    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    ask(&phone, &server, &invite("3000", "a"));
    heard(&phone, "SIP/2.0 200");
    ask(&phone, &server, &invite("4000", "a"));
    heard(&phone, "SIP/2.0 404");

    folder.write("pjsip.conf", TWO.as_bytes());
    folder.write(
        "extensions.conf",
        b"[public]\nexten => 4000,1,Busy()\n[guests]\nexten => 4000,1,Congestion()\n",
    );
    folder.write("ari.conf", b"[general]\nenabled=yes\n[admin]\ntype=user\npassword=another\n");
    let report = server.reload(What::Everything).await;
    assert!(report.is_done() && report.complaints.is_empty(), "{report:?}");

    ask(&phone, &server, &invite("4000", "b"));
    heard(&phone, "SIP/2.0 486");
    ask(&phone, &server, &invite("4000", "guest"));
    heard(&phone, "SIP/2.0 503");
    let channels = get(&server, "/ari/channels?api_key=admin:another").await;
    assert_eq!(channels.matches("\"state\":\"Up\"").count(), 1, "{channels}");
    assert!(get(&server, "/ari/channels?api_key=admin:password").await.starts_with("HTTP/1.1 401"));
    assert!(get(&server, "/ari/endpoints?api_key=admin:another").await.contains("\"guest\""));

    // And back: the endpoint is forgotten.
    configuration(&folder, WAIT);
    assert!(server.reload(What::Everything).await.is_done());
    assert!(!get(&server, "/ari/endpoints?api_key=admin:password").await.contains("\"guest\""));
    server.drain(Duration::ZERO).await;
    server.stop().await;
    assert_eq!((server.status().channels(), server.status().panics()), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_of_broken_files_leaves_what_runs_in_place() {
    let folder = Folder::new();
    let mut server = Server::start(configuration(&folder, WAIT)).await.unwrap();
    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    folder.write("extensions.conf", b"[public]\nexten => 4000,1,Busy()\n#include gone.conf\n");
    folder.write("ari.conf", b"[general]\nenabled=yes\n[admin]\ntype=user\npassword=another\n");
    let report = server.reload(What::Everything).await;
    let why = "extensions.conf: `gone.conf` is not included: no such file".to_owned();
    assert_eq!(report.outcome, Outcome::Refused(why));
    assert!(report.complaints[0].starts_with("extensions.conf:3:1: error:"), "{:?}", report.complaints);
    assert!(get(&server, "/ari/channels?api_key=admin:password").await.starts_with("HTTP/1.1 200"));
    ask(&phone, &server, &invite("4000", "a"));
    heard(&phone, "SIP/2.0 404");
    // What is not asked for does not hinder.
    assert!(server.reload(What::Ari).await.is_done());
    assert!(get(&server, "/ari/channels?api_key=admin:another").await.starts_with("HTTP/1.1 200"));

    // A directory that is gone, and one without a transport.
    let moved = folder.path().with_extension("moved");
    std::fs::rename(folder.path(), &moved).unwrap();
    assert!(matches!(server.reload(What::Everything).await.outcome, Outcome::Refused(_)));
    std::fs::rename(&moved, folder.path()).unwrap();
    folder.write("extensions.conf", WAIT.as_bytes());
    folder.write("pjsip.conf", b"");
    assert!(matches!(server.reload(What::Sip).await.outcome, Outcome::Refused(_)));
    ask(&phone, &server, &invite("3000", "a"));
    heard(&phone, "SIP/2.0 200");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_tells_what_wants_a_restart() {
    let folder = Folder::new();
    let mut server = Server::start(configuration(&folder, WAIT)).await.unwrap();
    let text = "[udp]\ntype=transport\nbind=127.0.0.1:5999\nexternal_media_address=203.0.113.9\n\
        [tcp]\ntype=transport\nprotocol=tcp\nbind=127.0.0.1:5999\n\
        [anonymous]\ntype=endpoint\ncontext=public\nallow=ulaw\n";
    folder.write("pjsip.conf", text.as_bytes());
    folder.write("rtp.conf", b"[general]\nrtpstart=20000\nrtpend=20099\n");
    let report = server.reload(What::Everything).await;
    let expected = [
        "transport [tcp] is new and does not listen before a restart",
        "transport [udp] listens as before: another address or protocol wants a restart",
        "http.conf: another address or `sessionlimit` wants a restart",
        "rtp.conf: its changes want a restart",
    ];
    assert_eq!(report.restart, expected);
    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    ask(&phone, &server, &invite("3000", "a"));
    let answer = heard(&phone, "SIP/2.0 200");
    assert!(answer.contains("c=IN IP4 203.0.113.9") && !answer.contains("m=audio 200"), "{answer}");
    let built_in = config::built_in().configuration.directory;
    assert_eq!(built_in, None);
    server.stop().await;
}
