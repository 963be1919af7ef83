use std::time::Duration;

use crate::bench::{Bench, invite};
use crate::parties::{BUSY, OPEN, PHONE, PLAN, answer, desk, dialled};

const HERE: &str = "contact=sip:100@192.0.2.9\n";

#[test]
fn a_request_of_ours_may_be_forwarded_as_often_as_is_written() {
    assert_eq!(dialled(&desk("", HERE)).header("Max-Forwards"), "70");
    let text = format!("[global]\nmax_forwards=20\n{}", desk("", HERE));
    assert_eq!(dialled(&text).header("Max-Forwards"), "20");
}

/// How many milliseconds after an INVITE it is sent again, and when the caller learns that nobody answers.
fn times(system: &str) -> (u64, u64) {
    let mut bench = Bench::new(&format!("[system]\n{system}{}", desk("", HERE)), PLAN);
    bench.call(PHONE, "6001", "1");
    let (mut again, mut given_up) = (None, None);
    for step in 1..=500_u64 {
        for sent in bench.wait(Duration::from_millis(100)) {
            match sent.first_line() {
                line if line.starts_with("INVITE ") => again = again.or(Some(step * 100)),
                line if sent.to.to_string() == PHONE && line > "SIP/2.0 400" => {
                    given_up = given_up.or(Some(step * 100))
                }
                _ => {}
            }
        }
    }
    (again.expect("it is sent again"), given_up.expect("it is given up"))
}

#[test]
fn what_is_not_answered_is_sent_again_and_given_up_as_is_written() {
    let near = |is: u64, wanted: u64| is.abs_diff(wanted) <= 200;
    let (again, given_up) = times("");
    assert!(near(again, 500) && near(given_up, 32_000), "{again} {given_up}");
    let (again, given_up) = times("timer_t1=100\ntimer_b=6400\n");
    assert!(near(again, 100) && near(given_up, 6_400), "{again} {given_up}");
    let (_, given_up) = times("timer_b=40000\n");
    assert!(near(given_up, 40_000), "{given_up}");
}

#[test]
fn a_description_bears_the_name_and_the_owner_that_are_written() {
    let plain = dialled(&desk("", HERE));
    assert!(plain.text.contains("\no=- ") && plain.text.contains("\ns=Strowger\n"), "{}", plain.text);
    let named = dialled(&desk("sdp_session=Our Firm\nsdp_owner=door\n", HERE));
    assert!(named.text.contains("\no=door ") && named.text.contains("\ns=Our Firm\n"), "{}", named.text);
}

#[test]
fn a_challenge_names_the_realm_of_its_credentials() {
    let asked = |realm: &str| {
        let text = format!("{OPEN}auth=a\n[a]\ntype=auth\nusername=6001\npassword=hush\n{realm}");
        let sent = Bench::new(&text, PLAN).call(PHONE, "6001", "2");
        sent.last().unwrap().header("WWW-Authenticate").to_owned()
    };
    assert!(asked("").contains("realm=\"asterisk\""), "{}", asked(""));
    assert!(asked("realm=house\n").contains("realm=\"house\""), "{}", asked("realm=house\n"));
}

#[test]
fn a_domain_is_known_by_its_other_name() {
    let called = |more: &str| {
        let text = format!("[6001@example.com]\ntype=endpoint\nallow=ulaw\n{more}");
        let text = Bench::new(&text, PLAN).send(
            PHONE,
            &invite(PHONE, "6001", "2", "").replacen(
                "<sip:6001@192.0.2.1>;tag",
                "<sip:6001@example.net>;tag",
                1,
            ),
        );
        answer(&text).to_owned()
    };
    assert_eq!(called(""), "SIP/2.0 401 Unauthorized");
    assert_eq!(called("[example.net]\ntype=domain_alias\ndomain=example.com\n"), BUSY);
    let single = "[global]\ndisable_multi_domain=yes\n[example.net]\ntype=domain_alias\ndomain=example.com\n";
    assert_eq!(called(single), "SIP/2.0 401 Unauthorized");
}

#[test]
fn a_challenge_offers_the_usual_algorithms_where_credentials_name_none() {
    let asked = |global: &str, auth: &str| {
        let text =
            format!("[global]\n{global}{OPEN}auth=a\n[a]\ntype=auth\nusername=6001\npassword=hush\n{auth}");
        let sent = Bench::new(&text, PLAN).call(PHONE, "6001", "2");
        sent.last().unwrap().header("WWW-Authenticate").contains("algorithm=SHA-256")
    };
    let usual = "default_auth_algorithms_uas=SHA-256\n";
    assert!(!asked("", "") && asked(usual, "") && !asked(usual, "supported_algorithms_uas=MD5\n"));
}

#[test]
fn norefersub_is_named_where_it_shall_be() {
    assert!(dialled(&desk("", HERE)).header("Supported").contains("norefersub"));
    let text = format!("[global]\nnorefersub=no\n{}", desk("", HERE));
    assert!(!dialled(&text).header("Supported").contains("norefersub"));
}

#[test]
fn a_connection_is_kept_open_as_often_as_is_written() {
    let kept = |global: &str| {
        let transport =
            "[tcp]\ntype=transport\nprotocol=tcp\nbind=192.0.2.1\n[udp]\ntype=transport\nbind=192.0.2.1\n";
        let contact = "contact=sip:d@192.0.2.9\\;transport=tcp\n";
        let text = format!("{transport}[global]\n{global}{}", desk("", contact));
        let mut bench = Bench::new(&text, PLAN);
        bench.call(PHONE, "6001", "1");
        bench.wait(Duration::from_secs(185));
        bench.kept.len()
    };
    assert_eq!((kept(""), kept("keep_alive_interval=30\n"), kept("keep_alive_interval=0\n")), (2, 6, 0));
}
