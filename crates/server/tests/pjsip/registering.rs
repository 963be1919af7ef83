use std::time::Duration;

use crate::bench::{Bench, register};

fn phone(aor: &str) -> Bench {
    let text = "[6001]\ntype=endpoint\nallow=ulaw\naors=6001\ndirect_media=no\n[6001]\ntype=aor\n";
    Bench::new(&format!("{text}{aor}"), "[default]\n")
}

fn status(bench: &mut Bench, from: &str, seconds: &str, at: u32) -> String {
    bench.send(from, &register(from, "6001", seconds, at))[0].first_line().to_owned()
}

#[test]
fn a_registration_beyond_max_contacts_is_refused_or_replaces_the_oldest() {
    let (one, two) = ("192.0.2.7:5060", "192.0.2.8:5060");
    let mut bench = phone("max_contacts=1\n");
    assert_eq!(status(&mut bench, one, "600", 1), "SIP/2.0 200 OK");
    assert_eq!(status(&mut bench, two, "600", 1), "SIP/2.0 403 Forbidden");
    let mut bench = phone("max_contacts=1\nremove_existing=yes\n");
    assert_eq!(status(&mut bench, one, "600", 1), "SIP/2.0 200 OK");
    let sent = bench.send(two, &register(two, "6001", "600", 1));
    assert!(sent[0].text.contains("192.0.2.8") && !sent[0].text.contains("@192.0.2.7"), "{}", sent[0].text);
    let mut bench = phone("");
    assert_ne!(status(&mut bench, one, "600", 1), "SIP/2.0 200 OK", "none may register by default");
}

#[test]
fn the_time_of_a_registration_stays_between_its_limits() {
    let from = "192.0.2.7:5060";
    let given = |aor: &str, asked: &str| {
        let mut bench = phone(&format!("max_contacts=1\n{aor}"));
        let sent = bench.send(from, &register(from, "6001", asked, 1));
        let contact = sent[0].header("Contact").to_owned();
        contact.split_once("expires=").map_or(contact.clone(), |(_, seconds)| seconds.to_owned())
    };
    assert_eq!(given("", "7300"), "7200");
    assert_eq!(given("maximum_expiration=500\n", "7300"), "500");
    assert_eq!(given("", "1"), "60");
    assert_eq!(given("minimum_expiration=120\n", "100"), "120");
    assert_eq!(given("", ""), "3600");
    assert_eq!(given("default_expiration=900\n", ""), "900");
}

#[test]
fn a_contact_is_asked_whether_it_is_there_as_often_as_is_written() {
    let mut bench = phone("contact=sip:d@192.0.2.9\nqualify_frequency=60\n");
    let asked = |sent: &[crate::bench::Sent]| {
        let calls = sent
            .iter()
            .filter(|sent| sent.text.starts_with("OPTIONS "))
            .map(|it| it.header("Call-ID").to_owned());
        let mut calls: Vec<String> = calls.collect();
        calls.sort();
        calls.dedup();
        calls.len()
    };
    // The first comes at some moment of the first minute, each other a minute after the one before; one that nobody
    // answers is sent again for half a minute at most.
    assert_eq!(asked(&bench.wait(Duration::from_secs(60))), 1);
    let in_ten_minutes = asked(&bench.wait(Duration::from_secs(600)));
    assert!((10..=11).contains(&in_ten_minutes), "{in_ten_minutes}");
}
