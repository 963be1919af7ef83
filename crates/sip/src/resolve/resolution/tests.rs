use super::*;

const UDP: Way = Way { transport: Transport::Udp, is_ipv6: false };
const TCP: Way = Way { transport: Transport::Tcp, is_ipv6: false };
const TLS: Way = Way { transport: Transport::Tls, is_ipv6: false };
const WSS: Way = Way { transport: Transport::Wss, is_ipv6: false };
const UDP6: Way = Way { transport: Transport::Udp, is_ipv6: true };
const ALL: [Way; 5] = [UDP, TCP, TLS, WSS, UDP6];

/// A small zone: what is asked, and what it says.
struct Zone(Vec<(&'static str, Result<Records, LookupFailure>)>);

fn naptr(order: u16, preference: u16, service: &str, replacement: &str) -> Naptr {
    Naptr {
        order,
        preference,
        flags: "s".to_owned(),
        service: service.to_owned(),
        replacement: replacement.to_owned(),
    }
}

fn srv(priority: u16, target: &str, port: u16) -> Srv {
    Srv { priority, weight: 0, port, target: target.to_owned() }
}

fn addresses(all: &[&str]) -> Result<Records, LookupFailure> {
    Ok(Records::Addresses(all.iter().map(|ip| ip.parse().unwrap()).collect()))
}

impl Zone {
    /// Every question asked, and the outcome in short.
    fn resolve(&self, uri: &str, ways: &[Way]) -> (Vec<String>, Result<Vec<String>, Unreachable>) {
        let mut resolution = Resolution::new(&Uri::parse(uri).unwrap(), ways);
        let mut asked = Vec::new();
        loop {
            let query = match resolution.step() {
                Step::Ask(query) => query,
                Step::Done(done) => {
                    let short = |t: &Target| format!("{} {} {}", t.transport, t.address, t.name);
                    return (asked, done.map(|targets| targets.iter().map(short).collect()));
                }
            };
            let name = match &query {
                Query::Naptr(name) => format!("NAPTR {name}"),
                Query::Srv(name) => format!("SRV {name}"),
                Query::Addresses(name) => format!("A {name}"),
            };
            let found = self.0.iter().find(|(asked, _)| *asked == name).map(|(_, found)| found.clone());
            asked.push(name);
            resolution.answer(found.unwrap_or(Err(LookupFailure::NoSuchName)), &mut || 0);
        }
    }

    fn targets(&self, uri: &str, ways: &[Way]) -> Vec<String> {
        self.resolve(uri, ways).1.unwrap()
    }
}

fn none() -> Zone {
    Zone(Vec::new())
}

/// The example of RFC 3263 §4.1.
fn example() -> Zone {
    Zone(vec![
        (
            "NAPTR example.com",
            Ok(Records::Naptr(vec![
                naptr(90, 50, "SIP+D2U", "_sip._udp.example.com."),
                naptr(50, 50, "SIPS+D2T", "_sips._tcp.example.com."),
                naptr(90, 40, "SIP+D2T", "_sip._tcp.example.com."),
                naptr(1, 1, "E2U+sip", "nobody.example.com."),
            ])),
        ),
        ("SRV _sips._tcp.example.com", Ok(Records::Srv(vec![srv(0, "s1.example.com.", 5061)]))),
        (
            "SRV _sip._tcp.example.com",
            Ok(Records::Srv(vec![srv(1, "s2.example.com.", 5070), srv(0, "s1.example.com.", 5060)])),
        ),
        ("SRV _sip._udp.example.com", Ok(Records::Srv(vec![srv(0, "s2.example.com.", 5060)]))),
        ("A s1.example.com", addresses(&["192.0.2.1"])),
        ("A s2.example.com", addresses(&["192.0.2.2", "2001:db8::2"])),
        ("A example.com", addresses(&["192.0.2.9"])),
    ])
}

// RFC 3263 §4.1
#[test]
fn naptr_settles_the_transport_and_srv_the_hosts() {
    let found = example().targets("sip:bob@example.com", &ALL);
    assert_eq!(
        found,
        [
            "TLS 192.0.2.1:5061 example.com",
            "TCP 192.0.2.1:5060 example.com",
            "TCP 192.0.2.2:5070 example.com",
            "UDP 192.0.2.2:5060 example.com",
            "UDP [2001:db8::2]:5060 example.com",
        ]
    );
    let udp_only = example().targets("sip:bob@example.com", &[UDP]);
    assert_eq!(udp_only, ["UDP 192.0.2.2:5060 example.com"]);
}

#[test]
fn sips_goes_by_tls_or_not_at_all() {
    assert_eq!(example().targets("sips:bob@example.com", &ALL), ["TLS 192.0.2.1:5061 example.com"]);
    assert_eq!(none().resolve("sips:bob@example.com", &[UDP, TCP]), (vec![], Err(Unreachable::NoTransport)));
    assert_eq!(none().targets("sips:192.0.2.1", &ALL), ["TLS 192.0.2.1:5061 192.0.2.1"]);
    assert_eq!(none().targets("sips:192.0.2.1;transport=tcp", &ALL), ["TLS 192.0.2.1:5061 192.0.2.1"]);
    assert_eq!(none().targets("sips:192.0.2.1;transport=ws", &ALL), ["WSS 192.0.2.1:443 192.0.2.1"]);
    let udp = none().resolve("sips:192.0.2.1;transport=udp", &ALL).1;
    assert_eq!(udp, Err(Unreachable::NoTransport));
}

#[test]
fn an_address_needs_no_question() {
    assert_eq!(none().targets("sip:192.0.2.1", &ALL), ["UDP 192.0.2.1:5060 192.0.2.1"]);
    assert_eq!(none().targets("sip:192.0.2.1:5071;transport=TCP", &ALL), ["TCP 192.0.2.1:5071 192.0.2.1"]);
    assert_eq!(none().targets("sip:[2001:db8::1]:5070", &ALL), ["UDP [2001:db8::1]:5070 2001:db8::1"]);
    assert_eq!(none().targets("sip:192.0.2.1", &[TCP]), ["TCP 192.0.2.1:5060 192.0.2.1"], "what there is");
    let v6 = none().resolve("sip:[2001:db8::1];transport=tcp", &ALL);
    assert_eq!(v6, (vec![], Err(Unreachable::NoTransport)));
}

#[test]
fn a_port_asks_for_addresses_alone() {
    let (asked, found) = example().resolve("sip:example.com:5080", &ALL);
    assert_eq!(asked, ["A example.com"]);
    assert_eq!(found.unwrap(), ["UDP 192.0.2.9:5080 example.com"]);
}

#[test]
fn a_transport_asks_for_its_service_and_then_for_the_host() {
    let (asked, found) = example().resolve("sip:example.com;transport=tcp", &ALL);
    assert_eq!(asked, ["SRV _sip._tcp.example.com", "A s1.example.com", "A s2.example.com"]);
    assert_eq!(found.unwrap().len(), 2);
    let (asked, found) = example().resolve("sip:example.com;transport=tls", &[TLS]);
    assert_eq!(asked[0], "SRV _sips._tcp.example.com");
    assert_eq!(found.unwrap(), ["TLS 192.0.2.1:5061 example.com"]);
    let bare = Zone(vec![("A h.example", addresses(&["192.0.2.5"]))]);
    assert_eq!(bare.targets("sip:h.example;transport=tls", &ALL), ["TLS 192.0.2.5:5061 h.example"]);
}

// RFC 3263 §4.1: without NAPTR
#[test]
fn without_naptr_the_first_service_there_is_counts_and_else_the_host() {
    let zone = Zone(vec![
        ("SRV _sip._tcp.h.example", Ok(Records::Srv(vec![srv(0, "a.h.example", 5062)]))),
        ("A a.h.example", addresses(&["192.0.2.6"])),
    ]);
    let (asked, found) = zone.resolve("sip:h.example", &ALL);
    let expected = ["NAPTR h.example", "SRV _sip._udp.h.example", "SRV _sip._tcp.h.example", "A a.h.example"];
    assert_eq!(asked, expected);
    assert_eq!(found.unwrap(), ["TCP 192.0.2.6:5062 h.example"]);
    let bare = Zone(vec![("A h.example", addresses(&["2001:db8::5", "192.0.2.5", "192.0.2.5"]))]);
    let both = ["UDP [2001:db8::5]:5060 h.example", "UDP 192.0.2.5:5060 h.example"];
    assert_eq!(bare.targets("sip:h.example", &ALL), both);
}

#[test]
fn a_lone_dot_is_no_service_and_no_host() {
    let zone = Zone(vec![
        ("SRV _sip._udp.h.example", Ok(Records::Srv(vec![srv(0, ".", 0)]))),
        ("A h.example", addresses(&["192.0.2.5"])),
    ]);
    let found = zone.resolve("sip:h.example;transport=udp", &ALL);
    assert_eq!(found, (vec!["SRV _sip._udp.h.example".to_owned()], Err(Unreachable::NoSuchName)));
}

#[test]
fn a_name_server_that_cannot_say_is_told_from_a_name_that_is_not() {
    let zone = Zone(vec![("NAPTR h.example", Err(LookupFailure::Unavailable))]);
    assert_eq!(zone.resolve("sip:h.example", &ALL).1, Err(Unreachable::Unavailable));
    assert_eq!(none().resolve("sip:h.example", &ALL).1, Err(Unreachable::NoSuchName));
    assert_eq!(none().resolve("tel:+1", &ALL), (vec![], Err(Unreachable::NoHost)));
    assert_eq!(none().resolve("sip:h;transport=sctp", &ALL).1, Err(Unreachable::NoTransport));
}

#[test]
fn maddr_is_looked_up_and_the_certificate_is_the_hosts() {
    let found = none().targets("sip:bob@example.com;maddr=192.0.2.7;transport=tls", &ALL);
    assert_eq!(found, ["TLS 192.0.2.7:5061 example.com"]);
}

#[test]
fn questions_and_targets_are_limited() {
    struct Endless(usize);
    let mut zone = Endless(0);
    let mut resolution = Resolution::new(&Uri::parse("sip:h.example").unwrap(), &ALL);
    while let Step::Ask(query) = resolution.step() {
        zone.0 += 1;
        let found = match query {
            Query::Naptr(_) => {
                Records::Naptr((0..200).map(|n| naptr(n, 0, "SIP+D2U", "x.example")).collect())
            }
            Query::Srv(_) => Records::Srv((0..200).map(|n| srv(n, "y.example", n)).collect()),
            Query::Addresses(_) => Records::Addresses(
                (0..200_u32).map(|n| IpAddr::from((zone.0 as u32 * 1000 + n).to_be_bytes())).collect(),
            ),
        };
        resolution.answer(Ok(found), &mut || 1);
    }
    assert!(zone.0 <= MAX_QUERIES);
    let Step::Done(Ok(targets)) = resolution.step() else { panic!("found") };
    assert_eq!(targets.len(), MAX_TARGETS);
}

#[test]
fn an_answer_of_another_kind_counts_as_none() {
    let mut resolution = Resolution::new(&Uri::parse("sip:h.example:5060").unwrap(), &ALL);
    resolution.answer(Ok(Records::Srv(Vec::new())), &mut || 1);
    assert_eq!(resolution.step(), Step::Done(Err(Unreachable::NoSuchName)));
    resolution.answer(Ok(Records::Srv(Vec::new())), &mut || 1);
}
