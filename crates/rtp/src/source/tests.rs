use super::*;

const SIGNALLED: &str = "192.0.2.1:4000";
const BEHIND_NAT: &str = "198.51.100.7:61000";
const ATTACKER: &str = "203.0.113.9:5555";

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn header(ssrc: u32, sequence: u16) -> Header {
    Header { marker: false, payload_type: 0, sequence, timestamp: 0, ssrc }
}

fn source() -> Source {
    Source::new(SourcePolicy::default(), at(SIGNALLED), ms(0))
}

/// Packets of a source, 20 ms apart; how many were believed.
fn send(source: &mut Source, from: &str, first_ms: u64, first: u16, count: u16) -> usize {
    let ssrc = u32::from(at(from).port());
    let judged = (0..count).map(|n| {
        source.judge(ms(first_ms + u64::from(n) * 20), at(from), &header(ssrc, first.wrapping_add(n)))
    });
    judged.filter(|judgement| *judgement != Judgement::Refused).count()
}

#[test]
fn the_signalled_source_is_believed_from_its_first_packet() {
    let mut source = source();
    assert_eq!(source.judge(ms(0), at(SIGNALLED), &header(1, 9)), Judgement::Learned);
    assert_eq!(source.judge(ms(20), at(SIGNALLED), &header(1, 10)), Judgement::Known);
}

#[test]
fn another_source_has_to_send_four_packets_in_sequence() {
    let mut source = source();
    assert_eq!(send(&mut source, BEHIND_NAT, 0, 65_534, 3), 0);
    assert_eq!(send(&mut source, BEHIND_NAT, 60, 1, 5), 5);
    assert_eq!(source.accepted(), Some(at(BEHIND_NAT)));
}

#[test]
fn a_gap_begins_the_probation_anew() {
    let mut source = source();
    assert_eq!(send(&mut source, BEHIND_NAT, 0, 1, 3), 0);
    assert_eq!(send(&mut source, BEHIND_NAT, 80, 5, 3), 0);
    assert_eq!(send(&mut source, BEHIND_NAT, 140, 8, 1), 1);
}

#[test]
fn a_burst_does_not_qualify_unless_only_sequence_counts() {
    for (strictness, believed) in [(Strictness::SequenceAndTime, false), (Strictness::Sequence, true)] {
        let policy = SourcePolicy { strictness, ..SourcePolicy::default() };
        let mut source = Source::new(policy, at(SIGNALLED), ms(0));
        let mut any = false;
        for n in 0..40 {
            any |= source.judge(ms(1), at(ATTACKER), &header(1, n)) != Judgement::Refused;
        }
        assert_eq!(any, believed, "{strictness:?}");
    }
}

#[test]
fn nobody_else_is_believed_while_the_signalled_source_talks() {
    let mut source = source();
    for n in 0..400u16 {
        let now = ms(u64::from(n) * 20);
        assert_ne!(source.judge(now, at(SIGNALLED), &header(1, n)), Judgement::Refused);
        for burst in 0..3 {
            let attack = header(2, n * 3 + burst);
            assert_eq!(source.judge(now, at(ATTACKER), &attack), Judgement::Refused);
        }
    }
}

#[test]
fn a_source_that_signalling_vouches_for_is_not_replaced_by_one_from_nowhere() {
    let mut source = source();
    assert_eq!(send(&mut source, SIGNALLED, 0, 1, 2), 2);
    assert_eq!(send(&mut source, ATTACKER, 1_000, 1, 100), 0);
    assert_eq!(send(&mut source, "192.0.2.1:4444", 3_000, 1, 6), 3, "another port of the same host may");
}

#[test]
fn once_locked_a_silent_source_is_not_replaced() {
    let mut source = source();
    assert_eq!(send(&mut source, SIGNALLED, 0, 1, 300), 300);
    assert_eq!(send(&mut source, ATTACKER, 7_000, 1, 500), 0);
    assert_eq!(send(&mut source, SIGNALLED, 20_000, 301, 5), 5);
}

#[test]
fn a_source_that_fell_silent_while_learning_is_locked_when_learning_ends() {
    let mut source = source();
    assert_eq!(send(&mut source, SIGNALLED, 0, 1, 2), 2);
    assert_eq!(send(&mut source, ATTACKER, 5_001, 1, 100), 0);
    assert_eq!(source.accepted(), Some(at(SIGNALLED)));
}

#[test]
fn a_sprayer_does_not_keep_a_source_behind_a_translator_from_qualifying() {
    let mut source = source();
    let mut believed = 0;
    for n in 0..20u16 {
        for port in 0..40u16 {
            let from = SocketAddr::new(at(ATTACKER).ip(), 10_000 + port);
            let attack = header(u32::from(port), n.wrapping_mul(31).wrapping_add(port));
            assert_eq!(source.judge(ms(u64::from(n) * 20), from, &attack), Judgement::Refused);
        }
        source.policy = SourcePolicy { peer: Some(at(BEHIND_NAT).ip()), ..SourcePolicy::default() };
        believed += usize::from(
            source.judge(ms(u64::from(n) * 20), at(BEHIND_NAT), &header(1, n)) != Judgement::Refused,
        );
    }
    assert_eq!(believed, 17);
}

#[test]
fn where_an_attacker_was_first_the_source_of_the_signalling_still_takes_over() {
    let policy = SourcePolicy { peer: Some(at(BEHIND_NAT).ip()), ..SourcePolicy::default() };
    let mut source = Source::new(policy, at(SIGNALLED), ms(0));
    assert!(send(&mut source, ATTACKER, 0, 1, 10) > 0);
    let mut believed = 0;
    for n in 0..10u16 {
        let now = ms(200 + u64::from(n) * 20);
        source.judge(now, at(ATTACKER), &header(5_555, 11 + n));
        believed += usize::from(source.judge(now, at(BEHIND_NAT), &header(1, n)) != Judgement::Refused);
    }
    assert_eq!(believed, 7);
    assert_eq!(source.accepted(), Some(at(BEHIND_NAT)));
}

#[test]
fn a_new_agreement_lets_another_source_qualify() {
    let mut source = source();
    send(&mut source, SIGNALLED, 0, 1, 300);
    source.renegotiated(SourcePolicy::default(), at("192.0.2.2:6000"), ms(8_000));
    assert_eq!(source.accepted(), None);
    assert_eq!(send(&mut source, "192.0.2.2:6000", 8_000, 50, 10), 10);
    assert_eq!(send(&mut source, SIGNALLED, 8_200, 301, 3), 0);
}

#[test]
fn open_believes_whoever_sends() {
    let policy = SourcePolicy { strictness: Strictness::Open, ..SourcePolicy::default() };
    let mut source = Source::new(policy, at(SIGNALLED), ms(0));
    assert_eq!(send(&mut source, SIGNALLED, 0, 1, 2), 2);
    assert_eq!(send(&mut source, ATTACKER, 40, 1, 2), 2);
}

#[test]
fn reports_are_believed_from_one_place_only() {
    let mut source = source();
    assert!(!source.believes_report(at(ATTACKER)));
    assert!(source.believes_report(at("192.0.2.1:9")));
    assert_eq!(source.reports(), None, "no packet has come that would vouch for it");
    send(&mut source, SIGNALLED, 0, 1, 1);
    assert!(source.believes_report(at("192.0.2.1:4001")));
    assert!(!source.believes_report(at("192.0.2.1:4003")));
    assert!(!source.believes_report(at(ATTACKER)));
    assert_eq!(source.reports(), Some(at("192.0.2.1:4001")));
}
