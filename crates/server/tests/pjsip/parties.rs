use std::time::Duration;

use crate::bench::{Bench, Sent, invite, register};

pub const PHONE: &str = "192.0.2.7:5060";
pub const DESK: &str = "192.0.2.9:5060";
pub const PLAN: &str = "[default]\nexten => 1,1,Dial(PJSIP/desk)\nexten => 2,1,Busy()\n";
pub const BUSY: &str = "SIP/2.0 486 Busy Here";
pub const OPEN: &str = "[6001]\ntype=endpoint\nallow=ulaw\n";

pub fn desk(endpoint: &str, aor: &str) -> String {
    format!("{OPEN}[desk]\ntype=endpoint\nallow=ulaw\naors=desk\n{endpoint}[desk]\ntype=aor\n{aor}")
}

pub fn dialled(text: &str) -> Sent {
    let sent = Bench::new(text, PLAN).call(PHONE, "6001", "1");
    sent.into_iter().find(|sent| sent.text.starts_with("INVITE ")).expect("an INVITE")
}

pub fn answer(sent: &[Sent]) -> &str {
    sent.last().expect("an answer").first_line()
}

#[test]
fn a_dialled_phone_is_told_the_caller_where_identity_is_sent() {
    let contact = "contact=sip:100@192.0.2.9\n";
    let plain = dialled(&desk("", contact));
    assert_eq!((plain.header("P-Asserted-Identity"), plain.header("Remote-Party-ID")), ("", ""));
    let told = dialled(&desk("send_pai=yes\nsend_rpid=yes\n", contact));
    assert!(told.header("P-Asserted-Identity").contains("sip:6001@"), "{}", told.text);
    assert!(told.header("Remote-Party-ID").contains("sip:6001@"), "{}", told.text);
}

#[test]
fn a_dialled_phone_sees_contact_user_and_user_eq_phone() {
    let contact = "contact=sip:100@192.0.2.9\n";
    let told = dialled(&desk("contact_user=door\nuser_eq_phone=yes\n", contact));
    assert!(told.header("Contact").contains("sip:door@"), "{}", told.text);
    assert!(told.first_line().contains("user=phone"), "{}", told.text);
}

#[test]
fn a_call_goes_by_the_outbound_proxy() {
    let contact = "contact=sip:100@192.0.2.9\n";
    let told = dialled(&desk("outbound_proxy=sip:192.0.2.30\\;lr\n", contact));
    assert_eq!(told.to.to_string(), "192.0.2.30:5060", "{}", told.text);
    assert!(told.header("Route").contains("192.0.2.30"), "{}", told.text);
}

#[test]
fn a_call_goes_by_the_transport_of_its_endpoint() {
    let transports =
        "[one]\ntype=transport\nbind=192.0.2.1:5060\n[two]\ntype=transport\nbind=192.0.2.1:5070\n";
    for (transport, port) in [("one", ":5060"), ("two", ":5070")] {
        let endpoint = format!("transport={transport}\n");
        let told = dialled(&format!("{transports}{}", desk(&endpoint, "contact=sip:100@192.0.2.9\n")));
        assert!(told.header("Via").contains(&format!("192.0.2.1{port}")), "{}", told.text);
    }
}

#[test]
fn a_network_of_ours_sees_no_external_address() {
    let transport = "[udp]\ntype=transport\nbind=192.0.2.1\nexternal_signaling_address=203.0.113.5\n\
        external_media_address=203.0.113.6\nlocal_net=192.0.2.0/24\n";
    let plan = "[default]\nexten => 1,1,Answer()\n same => n,Wait(9)\n";
    for (from, contact, media) in [
        (PHONE, "@192.0.2.1", "IN IP4 192.0.2.1\n"),
        ("198.51.100.7:5060", "@203.0.113.5", "IN IP4 203.0.113.6\n"),
    ] {
        let sent = Bench::new(&format!("{transport}{OPEN}"), plan).call(from, "6001", "1");
        let sent = sent.last().unwrap();
        assert!(
            sent.header("Contact").contains(contact) || sent.header("Contact").contains(&contact[1..]),
            "{}",
            sent.text
        );
        assert!(sent.text.contains(media), "{}", sent.text);
    }
}

#[test]
fn an_endpoint_is_found_only_in_the_ways_it_allows() {
    let by = |by: &str| {
        answer(&Bench::new(&format!("{OPEN}identify_by={by}\n"), PLAN).call(PHONE, "6001", "2")).to_owned()
    };
    assert_eq!(by("username"), BUSY);
    assert_eq!(by("ip"), "SIP/2.0 401 Unauthorized");
}

#[test]
fn options_may_go_without_credentials() {
    let options = invite(PHONE, "6001", "2", "").replace("INVITE", "OPTIONS");
    let asked = |lines: &str| {
        let text = format!("{OPEN}auth=a\n{lines}[a]\ntype=auth\nusername=6001\npassword=hush\n");
        answer(&Bench::new(&text, PLAN).send(PHONE, &options)).to_owned()
    };
    assert_eq!(asked(""), "SIP/2.0 401 Unauthorized");
    assert_eq!(asked("allow_unauthenticated_options=yes\n"), "SIP/2.0 200 OK");
}

#[test]
fn reliable_responses_are_required_or_refused_as_written() {
    let asked = |lines: &str, more: &str| {
        let text = format!("{OPEN}{lines}");
        answer(&Bench::new(&text, PLAN).send(PHONE, &invite(PHONE, "6001", "2", more))).to_owned()
    };
    assert_eq!(asked("100rel=no\n", "Require: 100rel\n"), "SIP/2.0 420 Bad Extension");
    assert_eq!(asked("100rel=required\n", ""), "SIP/2.0 421 Extension Required");
    assert_eq!(asked("100rel=no\n", ""), BUSY);
}

#[test]
fn a_session_interval_is_as_long_as_is_written() {
    let asked = |lines: &str| {
        let more = "Supported: timer\nSession-Expires: 100\n";
        let sent = Bench::new(&format!("{OPEN}{lines}"), PLAN).send(PHONE, &invite(PHONE, "6001", "2", more));
        let sent = sent.last().unwrap();
        (sent.first_line()[8..11].to_owned(), sent.header("Min-SE").to_owned())
    };
    assert_eq!(asked("timers_min_se=120\n"), ("422".to_owned(), "120".to_owned()));
    assert_eq!(asked("").0, "486");
    assert_eq!(asked("timers=no\ntimers_min_se=120\n").0, "486");
    let told = dialled(&desk("timers=always\ntimers_sess_expires=900\n", "contact=sip:100@192.0.2.9\n"));
    assert!(told.header("Session-Expires").starts_with("900"), "{}", told.text);
}

#[test]
fn a_path_is_kept_where_it_is_supported() {
    let mut bench = Bench::new(&desk("", "max_contacts=1\nsupport_path=yes\n"), PLAN);
    let path = register(DESK, "desk", "600", 1)
        .replace("Contact:", "Supported: path\nPath: <sip:192.0.2.40;lr>\nContact:");
    assert_eq!(answer(&bench.send(DESK, &path)), "SIP/2.0 200 OK");
    let sent = bench.call(PHONE, "6001", "1");
    let told = sent.iter().find(|sent| sent.text.starts_with("INVITE ")).unwrap();
    assert!(told.header("Route").contains("192.0.2.40"), "{}", told.text);
}

#[test]
fn the_first_question_to_a_contact_comes_in_time() {
    let text = format!(
        "[global]\nmax_initial_qualify_time=2\n{}",
        desk("", "contact=sip:d@192.0.2.9\nqualify_frequency=3600\n")
    );
    let sent = Bench::new(&text, PLAN).wait(Duration::from_secs(3));
    assert!(sent.iter().any(|sent| sent.text.starts_with("OPTIONS ")));
}

#[test]
fn a_registration_of_ours_says_what_is_written() {
    let text = "[r]\ntype=registration\nserver_uri=sip:192.0.2.50\nclient_uri=sip:me@192.0.2.50\ncontact_user=door\n\
        expiration=600\nsupport_path=yes\nmax_random_initial_delay=1\ncontact_header_params=x=y\n";
    let registered = |text: &str| {
        let sent = Bench::new(text, PLAN).wait(Duration::from_secs(3));
        sent.into_iter().find(|sent| sent.text.starts_with("REGISTER ")).expect("a REGISTER")
    };
    let told = registered(text);
    assert_eq!(told.to.to_string(), "192.0.2.50:5060");
    assert!(told.first_line().starts_with("REGISTER sip:192.0.2.50"), "{}", told.text);
    assert!(
        told.header("To").contains("sip:me@192.0.2.50") && told.header("Contact").contains("sip:door@"),
        "{}",
        told.text
    );
    assert!(
        told.header("Contact").contains("x=y") && told.header("Supported").contains("path"),
        "{}",
        told.text
    );
    assert!(
        told.header("Expires") == "600" || told.header("Contact").contains("expires=600"),
        "{}",
        told.text
    );
    assert_eq!(
        registered(&format!("{text}outbound_proxy=sip:192.0.2.51\\;lr\n")).to.to_string(),
        "192.0.2.51:5060"
    );
}
