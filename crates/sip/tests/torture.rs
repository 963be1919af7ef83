//! The cases of RFC 4475 that concern a user agent, in words of our own: valid ones are read, invalid ones get the right
//! answer.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use bytes::Bytes;
use sip::{HeaderName, Message, Method, Request, Scheme, parse};

/// A message from its start line and the headers that differ from the usual ones.
fn text(start: &str, changes: &[(&str, &str)], body: &str) -> String {
    let method = start.split(' ').next().unwrap().trim_start_matches("SIP/2.0");
    let method = if method.is_empty() { "INVITE" } else { method };
    let mut headers: Vec<(String, String)> = [
        ("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKtorture"),
        ("Max-Forwards", "70"),
        ("From", "<sip:caller@example.net>;tag=242etr"),
        ("To", "<sip:j.user@example.com>"),
        ("Call-ID", "torture.test@192.0.2.1"),
        ("CSeq", &format!("1 {method}")),
    ]
    .map(|(n, v)| (n.to_owned(), v.to_owned()))
    .to_vec();
    for (name, value) in changes {
        let at = headers.iter().position(|(n, _)| n == name);
        match (at, *value) {
            (Some(at), "-") => drop(headers.remove(at)),
            (Some(at), value) => headers[at].1 = value.to_owned(),
            (None, value) => headers.push((name.trim_start_matches('+').to_owned(), value.to_owned())),
        }
    }
    let lines: String = headers.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
    format!("{start}\r\n{lines}\r\n{body}")
}

fn valid(start: &str, changes: &[(&str, &str)], body: &str) -> Message {
    parse(Bytes::from(text(start, changes, body))).expect("valid")
}

fn valid_request(start: &str, changes: &[(&str, &str)], body: &str) -> Request {
    match valid(start, changes, body) {
        Message::Request(request) => request,
        Message::Response(_) => panic!("a request"),
    }
}

/// The status that a refused message is answered with; 0 for none.
fn refused(start: &str, changes: &[(&str, &str)], body: &str) -> u16 {
    status(text(start, changes, body))
}

fn status(text: String) -> u16 {
    let malformed = parse(Bytes::from(text)).expect_err("invalid");
    let answer = malformed.answer();
    if let Some(answer) = &answer {
        let printed = String::from_utf8(answer.to_bytes().to_vec()).unwrap();
        assert!(
            printed.starts_with(&format!("SIP/2.0 {}", answer.status)) && printed.contains("Via:"),
            "{printed}"
        );
    }
    answer.map_or(0, |a| a.status)
}

const OPTIONS: &str = "OPTIONS sip:user@example.com SIP/2.0";
const INVITE: &str = "INVITE sip:user@example.com SIP/2.0";

// §3.1.1.1 wsinv
#[test]
fn a_short_tortuous_invite() {
    let text = "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n\
        TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n\
        from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n\
        MaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : 3\r\n\
        cseq: 0009\r\n  INVITE\r\nVia  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\n\
        s :\r\nNewFangledHeader:   newfangled value\r\n continued newfangled value\r\n\
        UnknownHeaderWithUnusualValue: ;;,,;;,;\r\nContent-Type: application/sdp\r\n\
        Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n\
        v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n\
        \x20SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n\
        m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n  secondparam ; q = 0.33\r\n\r\nv=0";
    let Ok(Message::Request(request)) = parse(Bytes::from(text)) else { panic!("valid") };
    let headers = &request.headers;
    assert_eq!(headers.to_tag().unwrap(), "1918181833n");
    assert_eq!(headers.from().unwrap().display_name(), "J Rosenberg \\\"");
    assert_eq!(headers.from().unwrap().tag(), Some("98asjd8"));
    assert_eq!((headers.cseq().unwrap().number, headers.max_forwards()), (9, Some(68)));
    assert_eq!(headers.via().unwrap().branch(), Some("390skdjuw"));
    assert_eq!(headers.elements(HeaderName::Via).count(), 3);
    assert_eq!(headers.contact().unwrap().q(), Some(330));
    assert_eq!(headers.value("NewFangledHeader").unwrap(), "newfangled value continued newfangled value");
    assert_eq!(headers.value(HeaderName::Subject).unwrap(), "");
    assert!(headers.routes().unwrap()[0].uri.is_loose());
    assert_eq!(&request.body[..], b"v=0");
}

// §3.1.1.2 intmeth
#[test]
fn every_legal_character_somewhere() {
    let uri = "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com";
    let method = "!interesting-Method0123456789_*+`.%indeed'~";
    let to = "\"BEL:\\\u{7} NUL:\\\u{0} DEL:\\\u{7f}\" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>";
    let from = "token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"\u{440}\u{430}\";tag=_token~1'+`*%!-.";
    let request = valid_request(&format!("{method} {uri} SIP/2.0"), &[("To", to), ("From", from)], "");
    assert_eq!(request.method, Method::from(method));
    assert_eq!(request.uri.host, "example.com");
    assert_eq!(request.headers.from_tag().unwrap(), "_token~1'+`*%!-.");
    assert!(request.headers.to().unwrap().display_name().contains('\u{7}'));
}

// §3.1.1.3 esc01, §3.1.1.4 escnull, §3.1.1.5 esc02
#[test]
fn escapes_are_kept_and_resolved_on_demand() {
    let request = valid_request(
        "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0",
        &[("To", "sip:%75se%72@example.com")],
        "",
    );
    assert_eq!(request.uri.user_unescaped(), "sips:user@example.com");
    assert_eq!(request.headers.to().unwrap().uri.user_unescaped(), "user");
    let null = valid_request(OPTIONS, &[("To", "sip:null-%00-null@example.com")], "");
    assert_eq!(null.headers.to().unwrap().uri.user_unescaped(), "null-\0-null");
    let request = valid_request(
        "RE%47IST%45R sip:registrar.example.com SIP/2.0",
        &[("To", "\"%Z%45\" <sip:resource@example.com>")],
        "",
    );
    assert_eq!(request.method.as_str(), "RE%47IST%45R");
    assert_eq!(request.headers.to().unwrap().display_name(), "%Z%45");
}

// §3.1.1.6 lwsdisp, §3.1.1.9 semiuri, §3.1.1.10 transports, §3.1.1.8 dblreq
#[test]
fn unusual_but_valid() {
    let request = valid_request(OPTIONS, &[("From", "caller<sip:caller@example.com>;tag=323")], "");
    assert_eq!(request.headers.from().unwrap().display_name(), "caller");
    let semi = valid_request("OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0", &[], "");
    assert_eq!(semi.uri.user_unescaped(), "user;par=u@example.net");
    for transport in ["UDP", "SCTP", "TLS", "UNKNOWN"] {
        let via = format!("SIP/2.0/{transport} t1.example.com;branch=z9hG4bKkdjuw");
        assert_eq!(valid_request(OPTIONS, &[("Via", &via)], "").headers.via().unwrap().transport, transport);
    }
    let double =
        valid_request(OPTIONS, &[("Content-Length", "0")], "INVITE sip:joe@example.com SIP/2.0\r\n\r\n");
    assert!(double.body.is_empty());
}

// §3.1.1.7 longreq
#[test]
fn long_values_are_read() {
    let long =
        format!("\"{}\" <sip:u{}@example.com>;tag=1", "I have a user name of ".repeat(50), "x".repeat(500));
    let via = (0..30)
        .map(|n| format!("SIP/2.0/TCP sip{n}.example.com;branch=z9hG4bK{n}"))
        .collect::<Vec<_>>()
        .join(", ");
    let request = valid_request(INVITE, &[("From", &long), ("Via", &via)], "");
    assert_eq!(request.headers.elements(HeaderName::Via).count(), 30);
}

// §3.1.1.11 mpart01, §3.1.1.12 unreason, §3.1.1.13 noreason
#[test]
fn bodies_are_bytes_and_reasons_are_anything() {
    let mut bytes =
        text("MESSAGE sip:kumiko@example.org SIP/2.0", &[("Content-Length", "3")], "").into_bytes();
    bytes.extend([0xff, 0x00, 0x80]);
    assert_eq!(&parse(Bytes::from(bytes)).unwrap().to_bytes()[..][..7], b"MESSAGE");
    let Message::Response(response) =
        valid("SIP/2.0 200 = 2**3 * 5**2 \u{43d}\u{43e}", &[("CSeq", "1 INVITE")], "")
    else {
        panic!()
    };
    assert_eq!(response.reason, "= 2**3 * 5**2 \u{43d}\u{43e}");
    for start in ["SIP/2.0 100 ", "SIP/2.0 100"] {
        let Message::Response(response) = valid(start, &[("CSeq", "1 INVITE")], "") else { panic!() };
        assert_eq!((response.status, response.reason.as_str()), (100, ""));
    }
}

// §3.1.2.1 badinv01, §3.1.2.2 clerr, §3.1.2.3 ncl, §3.3.9 mcl01
#[test]
fn bad_lengths_and_separators_get_400() {
    assert_eq!(refused(INVITE, &[("Via", "SIP/2.0/UDP 192.0.2.15;;,;,,")], ""), 400);
    assert_eq!(refused(INVITE, &[("Content-Length", "9999")], "v=0\r\n"), 400);
    assert_eq!(refused(INVITE, &[("Content-Length", "-999")], "v=0\r\n"), 400);
    assert_eq!(refused(OPTIONS, &[("Content-Length", "13"), ("+l", "5")], "There's no way to know"), 400);
    let bad_contact = valid_request(INVITE, &[("Contact", "\"Joe\" <sip:joe@example.org>;;;;")], "");
    assert_eq!(bad_contact.headers.contacts().unwrap_err().status(), Some(400));
}

// §3.1.2.4 scalar02, §3.1.2.5 scalarlg
#[test]
fn numbers_out_of_range() {
    assert_eq!(
        refused("REGISTER sip:example.com SIP/2.0", &[("CSeq", "36893488147419103232 REGISTER")], ""),
        400
    );
    assert_eq!(refused(OPTIONS, &[("CSeq", "2147483648 OPTIONS")], ""), 400);
    assert_eq!(refused(OPTIONS, &[("CSeq", "-1 OPTIONS")], ""), 400);
    let start = "SIP/2.0 503 Service Unavailable";
    let cseq = ("CSeq", "9292394834772304023312 OPTIONS");
    assert_eq!(refused(start, &[cseq], ""), 0, "a response is never answered");
    let large = valid_request(
        "REGISTER sip:example.com SIP/2.0",
        &[("Expires", "1000000000000"), ("Max-Forwards", "300")],
        "",
    );
    assert_eq!(large.headers.expires(), Some(u32::MAX));
}

// §3.1.2.6 quotbal, §3.1.2.7 ltgtruri, §3.1.2.8 lwsruri, §3.1.2.9 lwsstart, §3.1.2.10 trws
#[test]
fn broken_addresses_and_start_lines_get_400() {
    assert_eq!(refused(INVITE, &[("To", "\"Mr. J. User <sip:j.user@example.com>")], ""), 400);
    assert_eq!(refused("INVITE <sip:user@example.com> SIP/2.0", &[], ""), 400);
    assert_eq!(refused("INVITE sip:user@example.com; lr SIP/2.0", &[], ""), 400);
    assert_eq!(refused("INVITE  sip:user@example.com  SIP/2.0", &[("CSeq", "1 INVITE")], ""), 400);
    assert_eq!(refused("OPTIONS sip:user@example.com SIP/2.0  ", &[], ""), 400);
}

// §3.1.2.11 escruri, §3.1.2.13 regbadct, §3.1.2.14 badaspec, §3.1.2.15 baddn
#[test]
fn addresses_that_break_the_grammar() {
    let contact = valid_request(
        "REGISTER sip:example.com SIP/2.0",
        &[("Contact", "sip:user@example.com?Route=%3Csip:sip.example.com%3E")],
        "",
    );
    assert_eq!(contact.headers.contacts().unwrap_err().status(), Some(400));
    assert_eq!(refused(OPTIONS, &[("To", "\"Watson, Thomas\" < sip:t.watson@example.org >")], ""), 400);
    // A display name that should have been quoted harms nobody.
    let name = valid_request(OPTIONS, &[("From", "Bell, Alexander <sip:a.g.bell@example.com>;tag=43")], "");
    assert_eq!(name.headers.from_tag().unwrap(), "43");
}

// §3.1.2.16 badvers, §3.1.2.17 mismatch01, §3.1.2.18 mismatch02, §3.1.2.19 bigcode
#[test]
fn versions_methods_and_codes() {
    assert_eq!(refused("OPTIONS sip:t.watson@example.org SIP/7.0", &[], ""), 505);
    assert_eq!(refused("OPTIONS sip:t.watson@example.org SIP/3.0", &[], ""), 505);
    assert_eq!(refused(OPTIONS, &[("CSeq", "8 INVITE")], ""), 400);
    assert_eq!(refused("NEWMETHOD sip:user@example.com SIP/2.0", &[("CSeq", "8 INVITE")], ""), 400);
    assert_eq!(refused("SIP/2.0 4294967301 better not break the receiver", &[("CSeq", "1 INVITE")], ""), 0);
}

// §3.2.1 badbranch
#[test]
fn a_bare_cookie_is_no_branch() {
    let request = valid_request(OPTIONS, &[("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK")], "");
    assert!(!request.headers.via().unwrap().has_cookie());
}

// §3.3.1 insuf
#[test]
fn a_missing_header_gets_400_with_what_there_is() {
    for missing in ["From", "To", "Call-ID", "CSeq"] {
        let bytes = Bytes::from(text(INVITE, &[(missing, "-")], ""));
        let malformed = parse(bytes).unwrap_err();
        let answer = malformed.answer().unwrap();
        assert_eq!(answer.status, 400, "{missing}");
        let there = ["Via", "From", "To", "Call-ID", "CSeq"].map(|n| answer.headers.value(n).is_some());
        assert_eq!(there.iter().filter(|t| **t).count(), 4, "{missing}");
    }
    assert_eq!(refused(INVITE, &[("Via", "-")], ""), 0, "nowhere to send it");
    assert_eq!(
        refused("ACK sip:user@example.com SIP/2.0", &[("To", "-")], ""),
        0,
        "an ACK is never answered"
    );
}

// §3.3.2 unkscm, §3.3.3 novelsc
#[test]
fn unknown_schemes_are_read_for_416() {
    let request = valid_request("OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0", &[], "");
    assert!(matches!(request.uri.scheme, Scheme::Other(s) if s == "nobodyKnowsThisScheme"));
    let request =
        valid_request("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0", &[("To", "isbn:2983792873")], "");
    assert!(matches!(request.uri.scheme, Scheme::Other(_)));
}

// §3.3.8 multi01
#[test]
fn single_headers_may_not_repeat() {
    for name in ["From", "To", "Call-ID", "CSeq"] {
        let value = match name {
            "CSeq" => "59 INVITE",
            "Call-ID" => "multi01.98asdh@192.0.2.2",
            _ => "<sip:other@example.net>;tag=3413415",
        };
        assert_eq!(refused(INVITE, &[(&format!("+{name}"), value)], ""), 400, "{name}");
    }
}

// §3.3.15 sdp01, §3.4.1 inv2543
#[test]
fn a_request_of_rfc_2543_is_valid() {
    let request = valid_request(
        "INVITE sip:UserB@example.com SIP/2.0",
        &[
            ("Via", "SIP/2.0/UDP iftgw.example.com"),
            ("Max-Forwards", "-"),
            ("From", "<sip:+13035551111@ift.client.example.net;user=phone>"),
        ],
        "v=0\r\n",
    );
    assert_eq!((request.headers.from_tag(), request.headers.max_forwards()), (None, None));
    assert_eq!(&request.body[..], b"v=0\r\n", "without Content-Length the datagram is the body");
}

#[test]
fn line_feeds_alone_and_leading_blank_lines_are_read() {
    let text = format!("\r\n\r\n{}", text(OPTIONS, &[], "x").replace("\r\n", "\n"));
    let Ok(Message::Request(request)) = parse(Bytes::from(text)) else { panic!("valid") };
    assert_eq!(&request.body[..], b"x");
}

#[test]
fn latin_1_in_a_name_drops_nothing() {
    let text = text(OPTIONS, &[("From", "\"M#ller\" <sip:m@example.com>;tag=1")], "");
    let bytes: Vec<u8> = text.bytes().map(|b| if b == b'#' && !text.is_empty() { 0xfc } else { b }).collect();
    assert_eq!(parse(Bytes::from(bytes)).unwrap().headers().from().unwrap().display_name(), "Müller");
}

#[test]
fn limits_have_answers() {
    let many = "X: 1\r\n".repeat(sip::MAX_HEADERS);
    assert_eq!(status(text(OPTIONS, &[], "").replace("\r\n\r\n", &format!("\r\n{many}\r\n"))), 400);
    assert_eq!(refused(OPTIONS, &[("X", &"y".repeat(sip::MAX_LINE))], ""), 400);
    assert_eq!(refused(OPTIONS, &[], &"b".repeat(sip::MAX_MESSAGE)), 513);
    let long = format!("OPTIONS sip:{}@example.com SIP/2.0", "u".repeat(sip::MAX_URI));
    assert_eq!(refused(&long, &[], ""), 414);
    assert_eq!(status("complete garbage\r\n\r\n".to_owned()), 0);
}

#[test]
fn a_made_up_value_cannot_add_headers() {
    let request = valid_request(OPTIONS, &[], "").with("X-Name", "a\r\nEvil: 1");
    let printed = String::from_utf8(request.to_bytes().to_vec()).unwrap();
    assert!(printed.contains("X-Name: a  Evil: 1\r\n"));
}

#[test]
fn a_bare_carriage_return_in_a_reason_phrase_is_a_space() {
    let bytes = Bytes::from(text("SIP/2.0 180 Ringing\rnow", &[], ""));
    let Ok(message) = parse(bytes) else { panic!("valid") };
    let Message::Response(response) = &message else { panic!("a response") };
    assert_eq!(response.reason, "Ringing now");
    assert_eq!(parse(message.to_bytes()).as_ref(), Ok(&message));
}
