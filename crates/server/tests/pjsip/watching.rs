use crate::bench::{Bench, EMPTY, Sent, TAKEN, register, reply, subscribe};
use crate::parties::{DESK, PHONE, answer, desk};

const HINTS: &str = "[default]\nexten => 1,hint,PJSIP/desk\n[hints]\nexten => 2,hint,PJSIP/desk\n";

/// What comes of a subscription of an endpoint with these lines to the state of an extension.
fn watched(lines: &str, to: &str, seconds: u32) -> Sent {
    let text = format!("[6001]\ntype=endpoint\nallow=ulaw\n{lines}{}", desk("", "").split_off(OPEN_LEN));
    let sent = Bench::new(&text, HINTS).send(PHONE, &subscribe(PHONE, "6001", to, "dialog", seconds));
    sent.into_iter().find(|sent| sent.text.starts_with("SIP/2.0 ")).expect("an answer")
}

const OPEN_LEN: usize = crate::parties::OPEN.len();

#[test]
fn an_endpoint_subscribes_only_where_it_may() {
    assert_eq!(watched("", "1", 600).first_line(), "SIP/2.0 200 OK");
    assert!(watched("allow_subscribe=no\n", "1", 600).first_line().starts_with("SIP/2.0 603 "));
}

#[test]
fn a_subscription_is_no_shorter_than_is_written() {
    assert_eq!(watched("", "1", 100).first_line(), "SIP/2.0 200 OK");
    let refused = watched("sub_min_expiry=120\n", "1", 100);
    assert!(refused.first_line().starts_with("SIP/2.0 423 "), "{}", refused.text);
    assert_eq!(refused.header("Min-Expires"), "120");
}

#[test]
fn hints_are_looked_for_in_the_context_of_subscriptions() {
    let status = |lines: &str, to: &str| watched(lines, to, 600).first_line()[8..11].to_owned();
    assert_eq!((status("", "1"), status("", "2")), ("200".to_owned(), "404".to_owned()));
    let lines = "subscribe_context=hints\n";
    assert_eq!((status(lines, "1"), status(lines, "2")), ("404".to_owned(), "200".to_owned()));
}

/// The NOTIFYs that a phone gets when it registers.
fn told(global: &str, endpoint: &str) -> Vec<Sent> {
    let text = format!("[global]\n{global}{}", desk(endpoint, "max_contacts=1\n"));
    let mut sent = Bench::new(&text, HINTS).send(DESK, &register(DESK, "desk", "600", 1));
    sent.retain(|sent| sent.text.starts_with("NOTIFY "));
    sent
}

#[test]
fn mailboxes_are_told_together_or_one_by_one() {
    assert_eq!(told("", "mailboxes=1,2\n").len(), 1);
    assert_eq!(told("", "mailboxes=1,2\naggregate_mwi=no\n").len(), 2);
    assert_eq!(told("mwi_disable_initial_unsolicited=yes\n", "mailboxes=1,2\n").len(), 0);
}

#[test]
fn what_tells_of_mailboxes_says_from_whom_and_where_to_call() {
    let from = told("", "mailboxes=1\nmwi_from_user=voicemail\n");
    assert!(from[0].header("From").contains("sip:voicemail@"), "{}", from[0].text);
    let account = |global: &str, endpoint: &str| {
        let sent = told(global, &format!("mailboxes=1\n{endpoint}"));
        let line =
            sent[0].text.lines().find(|line| line.starts_with("Message-Account: ")).unwrap_or_default();
        line.split('@').next().unwrap_or_default().to_owned()
    };
    assert_eq!(account("", "voicemail_extension=97\n"), "Message-Account: sip:97");
    assert_eq!(account("default_voicemail_extension=98\n", ""), "Message-Account: sip:98");
    assert_eq!(account("", ""), "");
}

#[test]
fn who_asks_for_the_mailboxes_of_an_aor_is_told_of_them() {
    let ask = subscribe(DESK, "desk", "desk", "message-summary", 600);
    let asked = |aor: &str| Bench::new(&desk("", aor), HINTS).send(DESK, &ask);
    assert_eq!(answer(&asked("")), "SIP/2.0 404 Not Found");
    let sent = asked("mailboxes=1\nvoicemail_extension=97\n");
    assert_eq!(sent[0].first_line(), "SIP/2.0 200 OK");
    let told = sent.iter().find(|sent| sent.text.starts_with("NOTIFY ")).expect("a NOTIFY");
    assert!(told.text.contains("Message-Account: sip:97@"), "{}", told.text);
}

#[test]
fn a_subscription_to_mailboxes_takes_the_place_of_unasked_notices_where_it_may() {
    let ask = subscribe(DESK, "desk", "desk", "message-summary", 600);
    for (lines, status, unasked) in [
        ("mailboxes=1\n", "SIP/2.0 404 Not Found", 1),
        ("mailboxes=1\nmwi_subscribe_replaces_unsolicited=yes\n", "SIP/2.0 200 OK", 0),
    ] {
        let mut bench = Bench::new(&desk(lines, "max_contacts=1\n"), HINTS);
        assert_eq!(bench.send(DESK, &ask)[0].first_line(), status);
        let sent = bench.send(DESK, &register(DESK, "desk", "600", 1));
        assert_eq!(sent.iter().filter(|sent| sent.text.starts_with("NOTIFY ")).count(), unasked);
    }
}

#[test]
fn so_many_calls_as_are_written_make_a_device_busy() {
    let plan = "[default]\nexten => 1,1,Answer()\n same => n,Verbose(it is ${DEVICE_STATE(PJSIP/6001)})\n";
    for (lines, state) in [("", "it is INUSE"), ("device_state_busy_at=1\n", "it is BUSY")] {
        let mut bench = Bench::new(&format!("[6001]\ntype=endpoint\nallow=ulaw\n{lines}"), plan);
        bench.call(PHONE, "6001", "1");
        assert!(bench.logged.iter().any(|line| line.contains(state)), "{:?}", bench.logged);
    }
}

#[test]
fn ringing_beside_a_call_is_told_as_early_where_it_shall_be() {
    for (lines, word) in [("", "confirmed"), ("notify_early_inuse_ringing=yes\n", "early")] {
        let plan = "[default]\nexten => 1,hint,PJSIP/desk\nexten => 1,1,Dial(PJSIP/desk)\n";
        let text = desk("", "contact=sip:100@192.0.2.9\n").replacen(
            "allow=ulaw\n",
            &format!("allow=ulaw\n{lines}"),
            1,
        );
        let mut bench = Bench::new(&text, plan);
        for (from, status, more) in [(PHONE, "200 OK", TAKEN), ("192.0.2.8:5060", "180 Ringing", EMPTY)] {
            let sent = bench.call(from, "6001", "1");
            let called = sent.iter().find(|sent| sent.text.starts_with("INVITE ")).expect("an INVITE");
            bench.send(DESK, &reply(called, status, more));
        }
        let sent = bench.send(PHONE, &subscribe(PHONE, "6001", "1", "dialog", 600));
        let told = sent.iter().find(|sent| sent.text.starts_with("NOTIFY ")).expect("a NOTIFY");
        assert!(told.text.contains(&format!("<state>{word}</state>")), "{}", told.text);
    }
}
