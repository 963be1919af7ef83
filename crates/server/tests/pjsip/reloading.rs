use std::time::Duration;

use crate::bench::{Bench, register};

const PHONE: &str = "192.0.2.7:5060";
const DESK: &str = "192.0.2.9:5060";
const OPEN: &str = "[6001]\ntype=endpoint\nallow=ulaw\n";
const BOTH: &str = "[6001]\ntype=endpoint\nallow=ulaw\n[desk]\ntype=endpoint\nallow=ulaw\naors=desk\n[desk]\ntype=aor\nmax_contacts=1\n";

#[test]
fn a_call_goes_on_in_the_new_dialplan_by_name() {
    let plan = |last: &str| {
        format!(
            "[globals]\nWORD={last}\n[default]\nexten => 1,1,Wait(5)\n same => n,Verbose(was {last} ${{WORD}})\n same => n,Busy()\n"
        )
    };
    let mut bench = Bench::new(OPEN, &plan("old"));
    bench.call(PHONE, "6001", "1");
    bench.configure(OPEN, &plan("new"));
    let sent = bench.wait(Duration::from_secs(6));
    assert!(bench.logged.iter().any(|line| line.contains("was new new")), "{:?}", bench.logged);
    assert!(sent.iter().any(|sent| sent.first_line() == "SIP/2.0 486 Busy Here"));
    assert_eq!(bench.channels().len(), 0);
}

#[test]
fn registrations_live_on_and_an_endpoint_that_is_gone_is_forgotten() {
    let dial = "[default]\nexten => 1,1,Dial(PJSIP/desk)\n";
    let mut bench = Bench::new(BOTH, dial);
    bench.send(DESK, &register(DESK, "desk", "600", 1));
    let called = |bench: &mut Bench, user: &str| {
        bench
            .call(PHONE, user, "1")
            .iter()
            .any(|sent| sent.first_line().starts_with("INVITE sip:desk@192.0.2.9"))
    };
    bench.configure(&format!("{BOTH}[6002]\ntype=endpoint\nallow=ulaw\n"), dial);
    assert!(called(&mut bench, "6002"));
    bench.configure(OPEN, dial);
    // The one that rings belongs to nobody any more, and its call ends as any other.
    bench.wait(Duration::from_secs(300));
    assert_eq!(bench.channels().len(), 0);
    assert!(!called(&mut bench, "6001"));
    let refused = bench.send(DESK, &register(DESK, "desk", "600", 2));
    assert_eq!(refused.last().unwrap().first_line(), "SIP/2.0 401 Unauthorized");
    // Its registration was not kept in hiding.
    bench.configure(BOTH, dial);
    assert!(!called(&mut bench, "6001"));
}
