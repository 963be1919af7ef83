use std::time::Duration;

use crate::bench::{Bench, EMPTY, Sent, TAKEN, inside, invite, reply};
use crate::parties::{DESK, PHONE, PLAN, desk};

const HERE: &str = "contact=sip:100@192.0.2.9\n";

/// A call from `6001` with these lines to `desk` with those: the switch, and the INVITE to the desk.
fn calling(caller: &str, called: &str) -> (Bench, Sent) {
    let text = format!("[6001]\ntype=endpoint\nallow=ulaw\n{caller}{}", desk(called, HERE).split_off(OPEN));
    let mut bench = Bench::new(&text, PLAN);
    let sent = bench.call(PHONE, "6001", "1");
    let invite = sent.into_iter().find(|sent| sent.text.starts_with("INVITE ")).expect("an INVITE");
    (bench, invite)
}

const OPEN: usize = crate::parties::OPEN.len();

/// The status lines that went to the caller.
fn heard(sent: &[Sent]) -> Vec<&str> {
    sent.iter().filter(|sent| sent.to.to_string() == PHONE).map(Sent::first_line).collect()
}

#[test]
fn ringing_is_told_by_180_or_by_183() {
    for (lines, status) in
        [("", "SIP/2.0 180 Ringing"), ("inband_progress=yes\n", "SIP/2.0 183 Session Progress")]
    {
        let (mut bench, invite) = calling(lines, "");
        let sent = bench.send(DESK, &reply(&invite, "180 Ringing", EMPTY));
        assert_eq!(heard(&sent), [status]);
    }
}

#[test]
fn a_183_without_a_description_is_passed_on_or_over() {
    for (lines, count) in [("", 1), ("ignore_183_without_sdp=yes\n", 0)] {
        let (mut bench, invite) = calling("", lines);
        let sent = bench.send(DESK, &reply(&invite, "183 Session Progress", EMPTY));
        assert_eq!(heard(&sent).len(), count, "{:?}", heard(&sent));
    }
}

#[test]
fn the_end_of_a_call_gives_its_reason_unless_it_may_not() {
    for (lines, reason) in [("", "Q.850;cause=16"), ("suppress_q850_reason_headers=yes\n", "")] {
        let (mut bench, called) = calling("", lines);
        let sent = bench.send(DESK, &reply(&called, "200 OK", TAKEN));
        let answer = sent.iter().find(|sent| sent.text.starts_with("SIP/2.0 200")).expect("an answer");
        bench.send(PHONE, &inside(answer, "ACK", 1, EMPTY));
        let sent = bench.send(PHONE, &inside(answer, "BYE", 2, EMPTY));
        let bye = sent.iter().find(|sent| sent.text.starts_with("BYE ")).expect("a BYE");
        assert_eq!(bye.header("Reason"), reason);
    }
}

#[test]
fn who_answers_is_believed_where_the_connected_line_is_trusted() {
    let trusting = "trust_id_inbound=yes\n";
    for (lines, shown) in [("", true), ("trust_connected_line=no\n", false)] {
        let (mut bench, called) = calling("send_pai=yes\n", &format!("{trusting}{lines}"));
        let asserted = format!("P-Asserted-Identity: \"Bob\" <sip:4711@192.0.2.9>\n{TAKEN}");
        let sent = bench.send(DESK, &reply(&called, "200 OK", &asserted));
        let answer = sent.iter().find(|sent| sent.text.starts_with("SIP/2.0 200")).expect("an answer");
        assert_eq!(answer.header("P-Asserted-Identity").contains("sip:4711@"), shown, "{}", answer.text);
    }
}

#[test]
fn a_hidden_caller_is_named_to_the_trusted_only() {
    let hidden = "callerid=Ada <100>\ncallerid_privacy=prohib\n";
    let told = calling("callerid=Ada <100>\n", "send_pai=yes\n").1;
    assert!(told.header("From").contains("sip:100@"), "{}", told.text);
    let told = calling(hidden, "send_pai=yes\n").1;
    assert!(told.header("From").contains("anonymous.invalid"), "{}", told.text);
    assert_eq!(told.header("P-Asserted-Identity"), "");
    let told = calling(hidden, "send_pai=yes\ntrust_id_outbound=yes\n").1;
    assert!(told.header("P-Asserted-Identity").contains("sip:100@"), "{}", told.text);
    assert_eq!(told.header("Privacy"), "id");
}

#[test]
fn a_change_of_the_line_while_it_rings_is_told_at_once_where_it_shall() {
    for (lines, count) in [("", 0), ("rpid_immediate=yes\n", 1)] {
        let (mut bench, called) = calling(&format!("send_rpid=yes\n{lines}"), "trust_id_inbound=yes\n");
        let from = |number: &str| format!("P-Asserted-Identity: <sip:{number}@192.0.2.9>\n{EMPTY}");
        bench.send(DESK, &reply(&called, "183 Session Progress", &from("4711")));
        let sent = bench.send(DESK, &reply(&called, "183 Session Progress", &from("4712")));
        let told = sent.iter().filter(|sent| sent.first_line() == "SIP/2.0 180 Ringing");
        let told: Vec<&Sent> = told.filter(|sent| sent.to.to_string() == PHONE).collect();
        assert_eq!(told.len(), count);
        assert!(told.iter().all(|sent| sent.header("Remote-Party-ID").contains("sip:4712@")));
    }
}

#[test]
fn a_blind_transfer_is_watched_to_its_end_or_over_at_once() {
    for (lines, over) in [("", false), ("refer_blind_progress=no\n", true)] {
        let plan = "[default]\nexten => 1,1,Dial(PJSIP/desk)\nexten => 3,1,Wait(60)\n";
        let text = desk("", HERE).replacen("allow=ulaw\n", &format!("allow=ulaw\n{lines}"), 1);
        let mut bench = Bench::new(&text, plan);
        let sent = bench.call(PHONE, "6001", "1");
        let called = sent.iter().find(|sent| sent.text.starts_with("INVITE ")).expect("an INVITE");
        let sent = bench.send(DESK, &reply(called, "200 OK", TAKEN));
        let answer = sent.iter().find(|sent| sent.text.starts_with("SIP/2.0 200")).expect("an answer");
        bench.send(PHONE, &inside(answer, "ACK", 1, EMPTY));
        let refer = inside(answer, "REFER", 2, &format!("Refer-To: <sip:3@192.0.2.1>\n{EMPTY}"));
        let sent = bench.send(PHONE, &refer);
        let notices = sent.iter().filter(|sent| sent.text.starts_with("NOTIFY "));
        let ended =
            notices.filter(|sent| sent.header("Subscription-State").starts_with("terminated")).count();
        assert_eq!(ended > 0, over, "{:?}", sent.iter().map(|sent| &sent.text).collect::<Vec<_>>());
    }
}

#[test]
fn an_answer_goes_where_the_request_came_from() {
    let (mut bench, _) = calling("", "");
    let text = invite(PHONE, "6001", "2", "").replace(";rport", "");
    let sent = bench.send("192.0.2.7:40000", &text);
    assert!(sent.iter().all(|sent| sent.to.port() == 40_000));
    bench.wait(Duration::from_secs(1));
}

/// What a 183 of a fork says of its audio.
fn early(tag: &str, port: u16) -> String {
    let body = TAKEN.replace("40200", &port.to_string());
    format!("X-Fork: {tag}\n{body}")
}

fn of_fork(invite: &Sent, tag: &str, port: u16) -> String {
    reply(invite, "183 Session Progress", &early(tag, port)).replace("tag=far", &format!("tag={tag}"))
}

#[test]
fn audio_before_the_answer_follows_the_latest_fork_or_the_first() {
    for (lines, last) in [("", 40_300), ("follow_early_media_fork=no\n", 40_200)] {
        let (mut bench, invite) = calling("", lines);
        bench.send(DESK, &of_fork(&invite, "one", 40_200));
        bench.send(DESK, &of_fork(&invite, "two", 40_300));
        let ports: Vec<u16> =
            bench.streams.iter().map(|to| to.port()).filter(|port| *port != 40_100).collect();
        assert_eq!(ports.last(), Some(&last), "{ports:?}");
    }
}

#[test]
fn another_description_of_the_same_fork_counts_where_it_may() {
    for (lines, last) in [("", 40_200), ("accept_multiple_sdp_answers=yes\n", 40_300)] {
        let (mut bench, invite) = calling("", lines);
        bench.send(DESK, &of_fork(&invite, "one", 40_200));
        bench.send(DESK, &of_fork(&invite, "one", 40_300));
        let ports: Vec<u16> =
            bench.streams.iter().map(|to| to.port()).filter(|port| *port != 40_100).collect();
        assert_eq!(ports.last(), Some(&last), "{ports:?}");
    }
}
