use std::time::Duration;

use crate::bench::{Bench, EMPTY, Sent, register, reply};
use crate::parties::{DESK, OPEN, PHONE, PLAN, desk};

const ASKED: &str = "[global]\nmax_initial_qualify_time=1\ndefault_from_user=switch\n";
const HERE: &str = "contact=sip:d@192.0.2.9\nqualify_frequency=60\n";

/// A switch that asks `desk` within a second, and its first question.
fn asks(endpoint: &str, aor: &str) -> (Bench, Sent) {
    let auth = "[mine]\ntype=auth\nusername=me\npassword=hush\n";
    let text = format!("{ASKED}{}{auth}", desk(endpoint, &format!("{HERE}{aor}")));
    let mut bench = Bench::new(&text, PLAN);
    let sent = bench.wait(Duration::from_millis(1_100));
    let question = sent.into_iter().find(|sent| sent.text.starts_with("OPTIONS ")).expect("a question");
    (bench, question)
}

fn is_dialled(bench: &mut Bench) -> bool {
    bench.call(PHONE, "6001", "1").iter().any(|sent| sent.text.starts_with("INVITE "))
}

#[test]
fn a_contact_that_is_silent_for_qualify_timeout_is_not_called() {
    let (mut bench, _) = asks("", "qualify_timeout=1.0\n");
    bench.wait(Duration::from_millis(1_100));
    assert!(!is_dialled(&mut bench));
    let (mut bench, _) = asks("", "");
    bench.wait(Duration::from_millis(1_100));
    assert!(is_dialled(&mut bench), "three seconds are given");
}

#[test]
fn any_answer_of_a_contact_counts_or_2xx_only() {
    for (aor, is_there) in [("", true), ("qualify_2xx_only=yes\n", false)] {
        let (mut bench, question) = asks("", aor);
        bench.send(DESK, &reply(&question, "404 Not Found", EMPTY));
        assert_eq!(is_dialled(&mut bench), is_there);
    }
}

#[test]
fn a_question_to_a_contact_shows_credentials_where_it_may() {
    for (aor, shows) in [("", false), ("authenticate_qualify=yes\n", true)] {
        let (mut bench, question) = asks("outbound_auth=mine\n", aor);
        let challenge = format!("WWW-Authenticate: Digest realm=\"them\", nonce=\"n\"\n{EMPTY}");
        let sent = bench.send(DESK, &reply(&question, "401 Unauthorized", &challenge));
        assert_eq!(sent.iter().any(|sent| sent.header("Authorization").contains("\"me\"")), shows);
    }
}

#[test]
fn the_proxy_of_an_aor_is_on_the_way_to_its_contacts() {
    let (mut bench, question) = asks("", "outbound_proxy=sip:192.0.2.30\\;lr\n");
    assert_eq!(question.to.to_string(), "192.0.2.30:5060");
    let sent = bench.call(PHONE, "6001", "1");
    let invite = sent.iter().find(|sent| sent.text.starts_with("INVITE ")).unwrap();
    assert_eq!(invite.to.to_string(), "192.0.2.30:5060");
    assert!(invite.header("Route").contains("192.0.2.30"), "{}", invite.text);
}

#[test]
fn a_question_is_from_the_default_user_where_the_endpoint_has_none() {
    assert!(asks("", "").1.header("From").contains("sip:switch@"));
    assert!(asks("from_user=door\n", "").1.header("From").contains("sip:door@"));
}

#[test]
fn a_contact_that_is_silent_gives_way_to_a_new_one_where_it_may() {
    for (aor, status) in [("", "403 Forbidden"), ("remove_unavailable=yes\n", "200 OK")] {
        let aor = format!("max_contacts=1\nqualify_frequency=60\nqualify_timeout=1\n{aor}");
        let mut bench = Bench::new(&desk("", &aor), PLAN);
        bench.send(DESK, &register(DESK, "desk", "600", 1));
        bench.wait(Duration::from_secs(2));
        let other = "192.0.2.10:5060";
        let sent = bench.send(other, &register(other, "desk", "600", 1));
        let sent = sent.iter().find(|sent| sent.to.to_string() == other).unwrap();
        assert_eq!(sent.first_line(), format!("SIP/2.0 {status}"));
    }
}

#[test]
fn a_registration_of_ours_goes_by_its_transport_and_asks_for_outbound() {
    let text = "[one]\ntype=transport\nbind=192.0.2.1:5060\n[two]\ntype=transport\nbind=192.0.2.1:5070\n\
        [r]\ntype=registration\nserver_uri=sip:192.0.2.50\nclient_uri=sip:me@192.0.2.50\nmax_random_initial_delay=1\n";
    let registered = |lines: &str| {
        let sent = Bench::new(&format!("{text}{lines}{OPEN}"), PLAN).wait(Duration::from_secs(2));
        sent.into_iter().find(|sent| sent.text.starts_with("REGISTER ")).expect("a REGISTER")
    };
    assert!(registered("transport=two\n").header("Via").contains("192.0.2.1:5070"));
    assert!(registered("transport=one\n").header("Via").contains("192.0.2.1:5060"));
    let told = registered("support_outbound=yes\n");
    assert!(told.header("Contact").contains("reg-id=1"), "{}", told.text);
    assert_eq!(told.header("Supported"), "outbound");
    assert_eq!(registered("user_agent=Door 7\n").header("User-Agent"), "Door 7");
}
