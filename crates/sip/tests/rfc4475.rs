//! Every torture test message of RFC 4475 and RFC 5118, sent in a datagram to a server, with its right answer.
//!
//! The messages are built from what the RFCs say of them: a plain request with what makes it a torture.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use sip::acceptance::Acceptance;
use sip::{Error, Flow, Method, Output, Settings, Transactions};

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// It is worked as what it is.
    Taken,
    /// It is refused with this status.
    Status(u16),
    /// It is a response, handed on to who may know it.
    Handed,
    /// Nothing is sent back.
    Dropped,
}
use Answer::{Dropped, Handed, Status, Taken};

/// Section, name, start line, changed headers (`-`: left out; `+Name`: once more), body, and the right answer.
type Row =
    (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)], &'static str, Answer);

const OPTIONS: &str = "OPTIONS sip:user@example.com SIP/2.0";
const INVITE: &str = "INVITE sip:user@example.com SIP/2.0";
const REGISTER: &str = "REGISTER sip:example.com SIP/2.0";
const OK: &str = "SIP/2.0 200 OK";
const SDP: (&str, &str) = ("Content-Type", "application/sdp");
const V6: (&str, &str) = ("Via", "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111");

const VALID: &[Row] = &[
    (
        "4475 3.1.1.1",
        "wsinv",
        "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0",
        &[
            ("Via", "SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw"),
            ("+v", " SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8"),
            ("To", "\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n"),
            ("CSeq", "0009\r\n  INVITE"),
            ("Max-Forwards", "0068"),
            ("+s", ""),
            ("+UnknownHeaderWithUnusualValue", ";;,,;;,;"),
        ],
        "",
        Taken,
    ),
    (
        "4475 3.1.1.2",
        "intmeth",
        "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0",
        &[(
            "From",
            "token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"\u{440}\";tag=_token~1'+`*%!-.",
        )],
        "",
        Status(405),
    ),
    (
        "4475 3.1.1.3",
        "esc01",
        "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0",
        &[("To", "sip:%75se%72@example.com")],
        "",
        Taken,
    ),
    ("4475 3.1.1.4", "escnull", REGISTER, &[("To", "sip:null-%00-null@example.com")], "", Taken),
    ("4475 3.1.1.5", "esc02", "RE%47IST%45R sip:registrar.example.com SIP/2.0", &[], "", Status(405)),
    ("4475 3.1.1.6", "lwsdisp", OPTIONS, &[("From", "caller<sip:caller@example.com>;tag=323")], "", Taken),
    ("4475 3.1.1.7", "longreq", INVITE, &[("Subject", "LONG"), ("+Via", "LONGVIA")], "", Taken),
    (
        "4475 3.1.1.8",
        "dblreq",
        REGISTER,
        &[("Content-Length", "0")],
        "INVITE sip:joe@example.com SIP/2.0\r\n\r\n",
        Taken,
    ),
    ("4475 3.1.1.9", "semiuri", "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0", &[], "", Taken),
    (
        "4475 3.1.1.10",
        "transports",
        OPTIONS,
        &[
            ("+Via", "SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf"),
            ("+Via", "SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKkp8"),
        ],
        "",
        Taken,
    ),
    (
        "4475 3.1.1.11",
        "mpart01",
        "MESSAGE sip:kumiko@example.org SIP/2.0",
        &[("Content-Type", "multipart/mixed;boundary=7a9cbec02ceef655")],
        "--7a9cbec02ceef655\r\nContent-Type: text/plain\r\n\r\nHello\r\n--7a9cbec02ceef655\r\n\
         Content-Type: application/octet-stream\r\n\r\n\u{1}\u{7f}\r\n--7a9cbec02ceef655--",
        Taken,
    ),
    ("4475 3.1.1.12", "unreason", "SIP/2.0 200 = 2**3 * 5**2 \u{43d}\u{43e}", &[], "", Handed),
    ("4475 3.1.1.13", "noreason", "SIP/2.0 100 ", &[], "", Handed),
];

const INVALID: &[Row] = &[
    ("4475 3.1.2.1", "badinv01", INVITE, &[("Via", "SIP/2.0/UDP 192.0.2.15;;,;,,")], "", Status(400)),
    ("4475 3.1.2.2", "clerr", INVITE, &[("Content-Length", "9999"), SDP], "v=0\r\n", Status(400)),
    ("4475 3.1.2.3", "ncl", INVITE, &[("Content-Length", "-999"), SDP], "v=0\r\n", Status(400)),
    (
        "4475 3.1.2.4",
        "scalar02",
        REGISTER,
        &[
            ("CSeq", "36893488147419103232 REGISTER"),
            ("Max-Forwards", "300"),
            ("Expires", "10000000000000000"),
        ],
        "",
        Status(400),
    ),
    (
        "4475 3.1.2.5",
        "scalarlg",
        "SIP/2.0 503 Service Unavailable",
        &[("CSeq", "9292394834772304023312 OPTIONS")],
        "",
        Dropped,
    ),
    ("4475 3.1.2.6", "quotbal", INVITE, &[("To", "\"Mr. J. User <sip:j.user@example.com>")], "", Status(400)),
    ("4475 3.1.2.7", "ltgtruri", "INVITE <sip:user@example.com> SIP/2.0", &[], "", Status(400)),
    ("4475 3.1.2.8", "lwsruri", "INVITE sip:user@example.com; lr SIP/2.0", &[], "", Status(400)),
    (
        "4475 3.1.2.9",
        "lwsstart",
        "INVITE  sip:user@example.com  SIP/2.0",
        &[("CSeq", "1 INVITE")],
        "",
        Status(400),
    ),
    ("4475 3.1.2.10", "trws", "OPTIONS sip:remote-target@example.com SIP/2.0  ", &[], "", Status(400)),
    // What the URI carries along is not worked, which the RFC leaves open beside a refusal.
    (
        "4475 3.1.2.11",
        "escruri",
        "INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0",
        &[],
        "",
        Taken,
    ),
    // Nobody here needs the date.
    ("4475 3.1.2.12", "baddate", INVITE, &[("Date", "Fri, 01 Jan 2010 16:00:00 EST")], "", Taken),
    (
        "4475 3.1.2.13",
        "regbadct",
        REGISTER,
        &[("Contact", "sip:user@example.com?Route=%3Csip:sip.example.com%3E")],
        "",
        Status(400),
    ),
    (
        "4475 3.1.2.14",
        "badaspec",
        OPTIONS,
        &[("To", "\"Watson, Thomas\" < sip:t.watson@example.org >")],
        "",
        Status(400),
    ),
    // A display name that should have been quoted harms nobody.
    (
        "4475 3.1.2.15",
        "baddn",
        OPTIONS,
        &[("From", "Bell, Alexander <sip:a.g.bell@example.com>;tag=43")],
        "",
        Taken,
    ),
    ("4475 3.1.2.16", "badvers", "OPTIONS sip:t.watson@example.org SIP/7.0", &[], "", Status(505)),
    ("4475 3.1.2.17", "mismatch01", OPTIONS, &[("CSeq", "8 INVITE")], "", Status(400)),
    (
        "4475 3.1.2.18",
        "mismatch02",
        "NEWMETHOD sip:user@example.com SIP/2.0",
        &[("CSeq", "8 INVITE")],
        "",
        Status(400),
    ),
    ("4475 3.1.2.19", "bigcode", "SIP/2.0 4294967301 better not break the receiver", &[], "", Dropped),
];

const SEMANTICS: &[Row] = &[
    ("4475 3.2.1", "badbranch", OPTIONS, &[("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK")], "", Taken),
    ("4475 3.3.1", "insuf", INVITE, &[("Call-ID", "-"), ("From", "-"), ("To", "-")], "", Status(400)),
    (
        "4475 3.3.2",
        "unkscm",
        "OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0",
        &[],
        "",
        Status(416),
    ),
    ("4475 3.3.3", "novelsc", "OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0", &[], "", Status(416)),
    (
        "4475 3.3.4",
        "unksm2",
        REGISTER,
        &[
            ("To", "isbn:2983792873"),
            ("From", "<http://www.example.com>;tag=3234233"),
            ("Contact", "<name:John_Smith>"),
        ],
        "",
        Status(400),
    ),
    (
        "4475 3.3.5",
        "bext01",
        OPTIONS,
        &[
            ("Require", "nothingSupportsThis, nothingSupportsThisEither"),
            ("Proxy-Require", "noProxiesSupportThis"),
        ],
        "",
        Status(420),
    ),
    ("4475 3.3.6", "invut", INVITE, &[("Content-Type", "application/unknownformat")], "<audio>", Status(415)),
    (
        "4475 3.3.7",
        "regaut01",
        REGISTER,
        &[("Authorization", "NoOneKnowsThisScheme opaque-data=here")],
        "",
        Taken,
    ),
    ("4475 3.3.8", "multi01", INVITE, &[("+From", "<sip:other@example.net>;tag=3413415")], "", Status(400)),
    ("4475 3.3.9", "mcl01", OPTIONS, &[("Content-Length", "13"), ("+l", "5")], "no way to know", Status(400)),
    (
        "4475 3.3.10",
        "bcast",
        OK,
        &[("Via", "SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23")],
        "",
        Handed,
    ),
    ("4475 3.3.11", "zeromf", OPTIONS, &[("Max-Forwards", "0")], "", Taken),
    (
        "4475 3.3.12",
        "cparam01",
        REGISTER,
        &[("Contact", "sip:+19725552222@gw1.example.net;unknownparam")],
        "",
        Taken,
    ),
    (
        "4475 3.3.13",
        "cparam02",
        REGISTER,
        &[("Contact", "<sip:+19725552222@gw1.example.net;unknownparam>")],
        "",
        Taken,
    ),
    (
        "4475 3.3.14",
        "regescrt",
        REGISTER,
        &[("Contact", "<sip:user@example.com?Route=%3Csip:sip.example.com%3E>")],
        "",
        Taken,
    ),
    ("4475 3.3.15", "sdp01", INVITE, &[("Accept", "text/nobodyKnowsThis"), SDP], "v=0\r\n", Status(406)),
    (
        "4475 3.4.1",
        "inv2543",
        INVITE,
        &[
            ("Via", "SIP/2.0/UDP iftgw.example.com"),
            ("Max-Forwards", "-"),
            ("From", "<sip:+13035551111@ift.client.example.net;user=phone>"),
            SDP,
        ],
        "v=0\r\n",
        Taken,
    ),
];

const IPV6: &[Row] = &[
    (
        "5118 4.1",
        "ipv6-good",
        "REGISTER sip:[2001:db8::10] SIP/2.0",
        &[V6, ("Contact", "<sip:user@[2001:db8::1]>")],
        "",
        Taken,
    ),
    ("5118 4.2", "ipv6-bad", "REGISTER sip:2001:db8::10 SIP/2.0", &[V6], "", Status(400)),
    ("5118 4.3", "port-ambiguous", "REGISTER sip:[2001:db8::10:5070] SIP/2.0", &[V6], "", Taken),
    ("5118 4.4", "port-unambiguous", "REGISTER sip:[2001:db8::10]:5070 SIP/2.0", &[V6], "", Taken),
    (
        "5118 4.5",
        "via-received-param-with-delim",
        OPTIONS,
        &[("+Via", "SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3")],
        "",
        Taken,
    ),
    (
        "5118 4.5",
        "via-received-param-no-delim",
        OPTIONS,
        &[("+Via", "SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3")],
        "",
        Taken,
    ),
    (
        "5118 4.6",
        "ipv6-in-sdp",
        "INVITE sip:user@[2001:db8::10] SIP/2.0",
        &[V6, SDP],
        "v=0\r\no=- 0 0 IN IP6 2001:db8::20\r\n",
        Taken,
    ),
    (
        "5118 4.7",
        "mult-ip-in-header",
        OPTIONS,
        &[V6, ("+Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144")],
        "",
        Taken,
    ),
    (
        "5118 4.8",
        "mult-ip-in-sdp",
        "INVITE sip:user@[2001:db8::10] SIP/2.0",
        &[V6, SDP],
        "v=0\r\nm=audio 22334 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\nm=video 6024 RTP/AVP 107\r\nc=IN IP6 2001:db8::1\r\n",
        Taken,
    ),
    (
        "5118 4.9",
        "ipv4-mapped-ipv6",
        INVITE,
        &[V6, ("Contact", "<sip:user@[::ffff:192.0.2.10]:19823>"), SDP],
        "v=0\r\nc=IN IP6 ::ffff:192.0.2.10\r\n",
        Taken,
    ),
    // The grammar of RFC 3261 let it through; that of addresses does not.
    (
        "5118 4.10",
        "ipv6-bug-abnf-3-colons",
        "OPTIONS sip:user@[2001:db8:::192.0.2.1] SIP/2.0",
        &[],
        "",
        Status(400),
    ),
];

fn text(start: &str, changes: &[(&str, &str)], body: &str) -> String {
    let method = start.split(' ').next().unwrap_or_default();
    let method = if method.starts_with("SIP/") { "OPTIONS" } else { method };
    let cseq = format!("1 {method}");
    let mut headers: Vec<(String, String)> = [
        ("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKtorture"),
        ("To", "<sip:user@example.com>"),
        ("From", "<sip:caller@example.net>;tag=323"),
        ("Call-ID", "torture.2kmj@192.0.2.1"),
        ("Max-Forwards", "70"),
        ("CSeq", &cseq),
        ("Contact", "<sip:caller@192.0.2.1>"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    for (name, value) in changes {
        let value = match *value {
            "LONG" => "very ".repeat(400),
            "LONGVIA" => {
                let via = |n| format!("SIP/2.0/TCP sip{n}.example.com;branch=z9hG4bK{n}{}", "x".repeat(80));
                (0..33).map(via).collect::<Vec<_>>().join(", ")
            }
            value => value.to_owned(),
        };
        match (headers.iter().position(|(there, _)| there == name), value.as_str()) {
            (Some(at), "-") => drop(headers.remove(at)),
            (Some(at), _) => headers[at].1 = value,
            (None, _) => headers.push((name.trim_start_matches('+').to_owned(), value)),
        }
    }
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{start}\r\n{lines}\r\n{body}")
}

const TAKEN: Acceptance<'_> = Acceptance {
    methods: &[Method::Invite, Method::Options, Method::Message, Method::Register, Method::Bye],
    extensions: &["100rel", "timer", "replaces"],
    bodies: &["application/sdp", "text/plain"],
};

/// What a server does about a datagram.
fn answer(message: String) -> Answer {
    let flow = Flow::udp(SocketAddr::from(([192, 0, 2, 99], 5060)), SocketAddr::from(([192, 0, 2, 1], 5060)));
    let mut core = Transactions::new(Settings::default(), 1);
    core.receive(Duration::ZERO, flow, Bytes::from(message));
    let mut found = Dropped;
    while let Some(output) = core.poll() {
        found = match output {
            Output::Request { request, .. } => match TAKEN.refuse(&request) {
                Some(response) => Status(response.status),
                // A registrar and whoever makes a dialog read the Contacts.
                None => request.headers.contacts().map_or_else(by_error, |_| Taken),
            },
            Output::StrayResponse { .. } => Handed,
            Output::Refused { answered: Some(status), .. } => Status(status),
            _ => found,
        };
    }
    found
}

fn by_error(error: Error) -> Answer {
    error.status().map_or(Dropped, Status)
}

#[test]
fn every_torture_message_has_its_right_answer() {
    let tables = [VALID, INVALID, SEMANTICS, IPV6];
    let mut wrong = Vec::new();
    for (section, name, start, changes, body, right) in tables.into_iter().flatten() {
        let found = answer(text(start, changes, body));
        if found != *right {
            wrong.push(format!("RFC {section} {name}: {found:?}, should be {right:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(tables.map(<[Row]>::len), [13, 19, 17, 11]);
}
