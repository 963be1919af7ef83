//! What holds for every message.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use bytes::Bytes;
use proptest::prelude::*;
use sip::{Framer, HeaderName, Message, Request, Response, parse};

const INVITE: &str = "INVITE sip:1000@192.0.2.2;user=phone SIP/2.0\r\n\
    Via: SIP/2.0/UDP 10.0.0.5:5062;branch=z9hG4bK776asdhds;rport, SIP/2.0/TCP [2001:db8::1];branch=z9hG4bKx\r\n\
    Max-Forwards: 70\r\nf: \"Alice \\\"A\\\"\" <sip:2001@192.0.2.2>;tag=1928301774\r\nTo: <sip:1000@192.0.2.2>\r\n\
    Call-ID: a84b4c76e66710@10.0.0.5\r\nCSeq: 314159 INVITE\r\nContact: <sip:2001@10.0.0.5:5062;ob>;q=0.5\r\n\
    Authorization: Digest username=\"2001\", realm=\"asterisk\", nonce=\"x,y\", uri=\"sip:h\", response=\"00\"\r\n\
    Subject: folded\r\n  line\r\nContent-Type: application/sdp\r\nContent-Length: 4\r\n\r\nv=0\n";

/// Every reader at once: none may panic.
fn read_all(message: &Message) {
    let headers = message.headers();
    let _ =
        (headers.via(), headers.from(), headers.to(), headers.cseq(), headers.contacts(), headers.contact());
    let _ = (headers.routes(), headers.record_routes(), headers.max_forwards(), headers.expires());
    let _ = (headers.content_type(), headers.retry_after(), headers.is_star_contact());
    for credentials in headers.authorizations().chain(headers.www_challenges()) {
        let _ = (credentials.param("nonce"), credentials.is_digest());
    }
    if let Ok(contacts) = headers.contacts() {
        for contact in contacts {
            let _ =
                (contact.q(), contact.expires(), contact.tag(), contact.display_name(), contact.detached());
            let _ = (contact.uri.user_unescaped(), contact.uri.matches(&contact.uri), contact.uri.host_ip());
        }
    }
}

fn check(bytes: Bytes) {
    match parse(bytes) {
        Ok(message) => {
            read_all(&message);
            assert_eq!(parse(message.to_bytes()).as_ref(), Ok(&message));
        }
        Err(malformed) => drop(malformed.answer().map(|answer| answer.to_bytes())),
    }
}

fn header() -> impl Strategy<Value = (String, String)> {
    let name = prop_oneof![
        "[A-Za-z][A-Za-z0-9-]{1,12}",
        Just("Contact".to_owned()),
        Just("k".to_owned()),
        Just("Record-Route".to_owned()),
    ];
    (name.prop_filter("once each", |n| !once(n)), "[ -~äöü€]{0,40}")
}

fn once(name: &str) -> bool {
    use HeaderName::*;
    [Via, From, To, CallId, CSeq, ContentLength].contains(&HeaderName::from(name))
}

fn request() -> impl Strategy<Value = Request> {
    let uri = "sips?:[a-z0-9.%+]{1,10}@[a-z]{1,10}(:[1-9][0-9]{1,3})?(;lr|;transport=tcp)?(\\?a=b)?";
    let parts =
        (uri, "[A-Z]{2,8}", "[a-z]{1,10}", proptest::collection::vec(header(), 0..20), any::<Vec<u8>>());
    parts.prop_map(|(uri, method, name, headers, body)| {
        let via = format!("SIP/2.0/UDP {name}.example:5060;branch=z9hG4bK{name}");
        let mut n = 0;
        let mut request = Request::build(method.as_str().into(), uri.parse().unwrap()).finish(&mut || {
            n += 1;
            n
        });
        request.headers.push_front(HeaderName::Via, via);
        for (name, value) in headers {
            request.headers.push(name.as_str(), value.trim());
        }
        request.body = body.into();
        request
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_request_prints_and_parses_the_same(request in request()) {
        prop_assert_eq!(parse(request.to_bytes()).unwrap(), Message::Request(request));
    }

    #[test]
    fn a_response_prints_and_parses_the_same(request in request(), status in 100_u16..700, reason in "[!-~]?[ -~]{0,20}[!-~]") {
        let mut response = Response::to(&request, status).with_to_tag("x");
        response.reason = reason.into();
        prop_assert_eq!(parse(response.to_bytes()).unwrap(), Message::Response(response));
    }

    #[test]
    fn no_mutation_panics(edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..12)) {
        let mut bytes = INVITE.as_bytes().to_vec();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if bytes.len() > 1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, b"\"<>;,:@ \r\n%?*"[usize::from(byte) % 13]),
            }
        }
        check(Bytes::from(bytes));
    }

    #[test]
    fn no_bytes_panic(bytes in any::<Vec<u8>>()) {
        check(Bytes::from(bytes.clone()));
        let mut framer = Framer::new();
        framer.feed(&bytes);
        while let Ok(Some(_)) = framer.poll() {}
    }

    #[test]
    fn a_stream_is_cut_alike_however_it_arrives(request in request(), cut in any::<prop::sample::Index>()) {
        let one = request.to_bytes();
        let two = [&one[..], &one[..]].concat();
        let cut = cut.index(two.len());
        let mut framer = Framer::new();
        let mut found = Vec::new();
        for piece in [&two[..cut], &two[cut..]] {
            framer.feed(piece);
            while let Some(frame) = framer.poll().unwrap() {
                found.push(frame);
            }
        }
        prop_assert_eq!(found, vec![sip::Frame::Message(one.clone()), sip::Frame::Message(one)]);
    }
}

#[test]
fn the_seed_of_the_mutations_is_sound() {
    assert!(matches!(parse(Bytes::from_static(INVITE.as_bytes())), Ok(Message::Request(_))));
}
