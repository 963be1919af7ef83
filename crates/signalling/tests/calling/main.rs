//! Calls as they look on the wire: what the options of an endpoint change in the messages.

mod bench;

use std::time::Duration;

use bench::{Bench, OFFER, header};
use call::{Digits, Party, Presentation};
use signalling::config::{DtmfMode, InbandProgress, RedirectMethod, SessionTimers};

fn anybody() -> Party {
    Party::new("Ann", "4711")
}

fn hidden() -> Party {
    Party { presentation: Presentation::PROHIBITED, ..anybody() }
}

#[test]
fn early_media_follows_the_latest_fork_or_stays_with_the_first() {
    for (follow, port) in [(true, 5002), (false, 5000)] {
        let mut b = Bench::new(|one| one.session.follow_early_media_fork = follow);
        b.dial(anybody());
        b.answer("INVITE", "183 Session Progress", "one", "", Some(5000));
        b.answer("INVITE", "183 Session Progress", "two", "", Some(5002));
        assert_eq!(b.streams.last().map(|stream| stream.remote.port()), Some(port));
    }
}

#[test]
fn a_second_answer_of_a_fork_counts_only_where_it_may() {
    for (several, port) in [(true, 5002), (false, 5000)] {
        let mut b = Bench::new(|one| one.session.accept_multiple_sdp_answers = several);
        b.dial(anybody());
        b.answer("INVITE", "183 Session Progress", "one", "", Some(5000));
        b.answer("INVITE", "200 OK", "one", "", Some(5002));
        assert_eq!(b.streams.last().map(|stream| stream.remote.port()), Some(port));
    }
}

#[test]
fn a_second_fork_that_answers_is_acknowledged_and_hung_up() {
    let mut b = Bench::new(|_| {});
    b.dial(anybody());
    b.answer("INVITE", "180 Ringing", "one", "", None);
    b.answer("INVITE", "180 Ringing", "two", "", None);
    b.answer("INVITE", "200 OK", "one", "", Some(5000));
    assert_eq!((b.count("ACK"), b.count("BYE")), (1, 0));
    b.answer("INVITE", "200 OK", "two", "", Some(5002));
    assert_eq!((b.count("ACK"), b.count("BYE")), (2, 1));
    assert!(header(b.last("BYE"), "To").is_some_and(|to| to.ends_with("tag=two")));
}

#[test]
fn a_183_without_sdp_is_progress_unless_it_is_to_be_passed_over() {
    for (ignore, told) in [(false, 1), (true, 0)] {
        let mut b = Bench::new(|one| one.session.ignore_183_without_sdp = ignore);
        b.dial(anybody());
        b.answer("INVITE", "183 Session Progress", "one", "", None);
        let progress = |event: &&call::Event| {
            matches!(event, call::Event::Dialed { status: call::DialStatus::Progress, .. })
        };
        assert_eq!(b.events.iter().filter(progress).count(), told);
    }
}

#[test]
fn ringing_is_180_or_in_the_audio() {
    for (inband, status) in [(InbandProgress::No, "SIP/2.0 180"), (InbandProgress::Yes, "SIP/2.0 183")] {
        let mut b = Bench::new(|one| one.session.inband_progress = inband);
        let channel = b.called("", OFFER).expect("it is taken");
        b.calls.ring(channel);
        b.work();
        assert_eq!(b.last(status).contains("m=audio"), inband == InbandProgress::Yes);
    }
}

#[test]
fn a_cause_is_told_unless_it_is_to_be_kept() {
    for suppress in [false, true] {
        let mut b = Bench::new(|one| one.session.suppress_q850_reason_headers = suppress);
        let channel = b.called("", OFFER).expect("it is taken");
        b.calls.end(channel, call::Cause::BUSY);
        b.work();
        assert_eq!(header(b.last("SIP/2.0 486"), "Reason").is_none(), suppress);
    }
}

#[test]
fn who_calls_is_asserted_as_configured() {
    let mut b = Bench::new(|one| (one.identity.send_pai, one.identity.send_rpid) = (true, true));
    b.dial(anybody());
    let invite = b.last("INVITE");
    assert_eq!(
        header(invite, "From").map(|from| from.starts_with("\"Ann\" <sip:4711@192.0.2.1>")),
        Some(true)
    );
    assert_eq!(header(invite, "P-Asserted-Identity"), Some("\"Ann\" <sip:4711@192.0.2.1>"));
    let rpid = header(invite, "Remote-Party-ID").expect("it is there");
    assert!(
        rpid.contains("party=calling") && rpid.contains("privacy=off") && rpid.contains("screen=no"),
        "{rpid}"
    );
}

#[test]
fn a_hidden_caller_is_shown_to_the_trusted_only() {
    for trusted in [false, true] {
        let mut b = Bench::new(|one| (one.identity.send_pai, one.identity.trust_outbound) = (true, trusted));
        b.dial(hidden());
        let invite = b.last("INVITE");
        let from = header(invite, "From").expect("it is there");
        assert!(from.starts_with("\"Anonymous\" <sip:anonymous@anonymous.invalid>"), "{from}");
        assert_eq!(header(invite, "P-Asserted-Identity").is_some(), trusted);
        assert_eq!(header(invite, "Privacy"), trusted.then_some("id"));
    }
}

#[test]
fn the_presentation_of_a_caller_is_the_endpoints() {
    let mut b = Bench::new(|one| one.identity.caller_id_privacy = Some("prohib_passed_screen".to_owned()));
    let channel = b.called("", OFFER).expect("it is taken");
    let caller = b.calls.snapshot(channel).expect("it is there").caller.clone();
    assert_eq!((caller.number.as_str(), caller.presentation), ("100", Presentation::PROHIBITED_PASSED));
}

#[test]
fn our_contact_has_the_user_that_the_endpoint_is_to_see() {
    let mut b = Bench::new(|one| one.identity.contact_user = Some("desk".to_owned()));
    b.dial(anybody());
    assert_eq!(header(b.last("INVITE"), "Contact"), Some("<sip:desk@192.0.2.1:5060>"));
}

#[test]
fn telephone_numbers_are_marked_where_that_is_wanted() {
    let mut b = Bench::new(|one| one.identity.user_eq_phone = true);
    b.dial(anybody());
    let invite = b.last("INVITE");
    assert!(invite.starts_with("INVITE sip:100@192.0.2.9;user=phone "));
    assert!(header(invite, "From").is_some_and(|from| from.contains("<sip:4711@192.0.2.1;user=phone>")));
}

#[test]
fn a_redirection_is_followed_with_who_diverted() {
    let mut b = Bench::new(|one| one.session.redirect_method = RedirectMethod::UriPjsip);
    b.dial(anybody());
    b.answer("INVITE", "302 Moved", "one", "Contact: <sip:300@192.0.2.9>;q=0.5\r\n", None);
    let invite = b.last("INVITE");
    assert!(
        invite.starts_with("INVITE sip:100@192.0.2.9 ") || invite.starts_with("INVITE sip:300@192.0.2.9 ")
    );
    assert_eq!(header(invite, "CSeq"), Some("2 INVITE"));
    assert_eq!(header(invite, "Diversion"), Some("<sip:100@192.0.2.9>;reason=unconditional"));
}

#[test]
fn redirections_in_a_circle_come_to_an_end() {
    let mut b = Bench::new(|one| one.session.redirect_method = RedirectMethod::UriPjsip);
    b.dial(anybody());
    for _ in 0..20 {
        if b.calls.channels().any(|channel| b.calls.is_staying(channel)) {
            b.answer("INVITE", "302 Moved", "one", "", None);
        }
    }
    assert_eq!(b.count("INVITE"), 6);
    assert!(!b.calls.channels().any(|channel| b.calls.is_staying(channel)));
}

#[test]
fn a_redirection_ends_the_attempt_where_it_is_the_dialplans() {
    let mut b = Bench::new(|_| {});
    let channel = b.dial(anybody());
    b.answer("INVITE", "302 Moved", "one", "Contact: <sip:300@192.0.2.9>\r\n", None);
    assert!(!b.calls.is_staying(channel));
    assert_eq!(b.count("INVITE"), 1);
}

#[test]
fn who_diverted_a_call_is_told_on() {
    let mut b = Bench::new(|_| {});
    let channel = b.called("Diversion: \"Desk\" <sip:55@192.0.2.9>;reason=user-busy;privacy=full\r\n", OFFER);
    let channel = channel.expect("it is taken");
    assert_eq!(b.calls.function(channel, "REDIRECTING", "from-num").as_deref(), Some("55"));
    assert_eq!(b.calls.function(channel, "REDIRECTING", "reason").as_deref(), Some("user-busy"));
    for (send, there) in [(true, true), (false, false)] {
        let mut b = Bench::new(|one| one.identity.send_diversion = send);
        let from =
            b.called("Diversion: <sip:55@192.0.2.9>;reason=user-busy\r\n", OFFER).expect("it is taken");
        let (party, reason) = b.calls.redirecting(from).expect("it was diverted");
        let to = b.dial(anybody());
        b.calls.set_redirecting(to, party, reason);
        b.calls.end(to, call::Cause::NORMAL);
        b.work();
        let again = b.dial_diverted(from);
        assert_eq!(header(b.last("INVITE"), "Diversion").is_some(), there);
        b.calls.end(again, call::Cause::NORMAL);
    }
}

#[test]
fn a_session_interval_is_asked_for_and_made_longer() {
    let mut b = Bench::new(|one| {
        (one.session.timers_min_se, one.session.timers_sess_expires) = (120, 600);
    });
    b.dial(anybody());
    let invite = b.last("INVITE");
    assert_eq!((header(invite, "Session-Expires"), header(invite, "Min-SE")), (Some("600"), Some("120")));
    b.answer("INVITE", "422 Session Interval Too Small", "one", "Min-SE: 900\r\n", None);
    let invite = b.last("INVITE");
    assert_eq!((header(invite, "Session-Expires"), header(invite, "Min-SE")), (Some("900"), Some("900")));
    assert_eq!(header(invite, "CSeq"), Some("2 INVITE"));
}

#[test]
fn no_session_interval_is_asked_for_where_timers_are_off() {
    let mut b = Bench::new(|one| one.session.timers = SessionTimers::No);
    b.dial(anybody());
    let invite = b.last("INVITE");
    assert_eq!(header(invite, "Session-Expires"), None);
    assert_eq!(header(invite, "Supported").map(|tags| tags.contains("timer")), Some(false));
}

#[test]
fn digits_go_by_info_where_that_is_wanted_or_nothing_else_was_agreed() {
    for mode in [DtmfMode::Info, DtmfMode::AutoInfo, DtmfMode::Rfc4733] {
        let mut b = Bench::new(|one| one.dtmf_mode = mode);
        let channel = b.called("", OFFER).expect("it is taken");
        b.calls.answer(channel);
        b.work();
        let digits =
            Digits { digits: "1#".to_owned(), before_ms: 0, between_ms: 50, duration_ms: 100, after_ms: 0 };
        b.calls.send_digits(channel, digits);
        b.work();
        let infos = b.count("INFO");
        b.pass(Duration::from_millis(400));
        match mode {
            DtmfMode::Rfc4733 | DtmfMode::Inband | DtmfMode::Auto => assert_eq!(b.count("INFO"), 0),
            DtmfMode::Info | DtmfMode::AutoInfo => {
                assert_eq!(infos, 1);
                assert!(b.last("INFO").ends_with("Signal=#\r\nDuration=100\r\n"));
            }
        }
    }
}

#[test]
fn requests_in_a_call_that_make_no_sense_are_refused_and_the_call_goes_on() {
    let mut b = Bench::new(|_| {});
    let channel = b.called("", OFFER).expect("it is taken");
    b.calls.answer(channel);
    b.work();
    let to = header(b.last("SIP/2.0 200"), "To").expect("it is there").to_owned();
    let mut number = 1;
    let cases = [
        ("PRACK", "", "400"),
        ("PRACK", "RAck: 1 1 INVITE\r\n", "481"),
        ("PRACK", "RAck: nonsense\r\n", "400"),
        ("REFER", "", "400"),
        ("REFER", "Refer-To: <tel:1>\r\n", "400"),
        ("REFER", "Refer-To: ((\r\n", "400"),
        ("NOTIFY", "Event: presence\r\n", "489"),
        ("UPDATE", "Session-Expires: nonsense\r\n", "400"),
        ("UPDATE", "Supported: timer\r\nSession-Expires: 10\r\n", "422"),
        ("PUBLISH", "", "405"),
    ];
    for (method, headers, status) in cases {
        number += 1;
        b.receive(format!(
            "{method} sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKx{number}\r\n\
             From: <sip:100@192.0.2.9>;tag=far\r\nTo: {to}\r\nCall-ID: in\r\nCSeq: {number} {method}\r\n\
             Contact: <sip:100@192.0.2.9>\r\n{headers}Content-Length: 0\r\n\r\n"
        ));
        let answer = b.sent.iter().rev().find(|m| header(m, "CSeq") == Some(&format!("{number} {method}")));
        let answer = answer.map(|m| m.lines().next().unwrap_or_default().to_owned()).unwrap_or_default();
        assert!(answer.starts_with(&format!("SIP/2.0 {status}")), "{method} {headers}: {answer}");
    }
    assert!(b.calls.is_staying(channel));
}

/// A call from the phone that is up, and the To of its dialog.
fn up(b: &mut Bench) -> (call::ChannelKey, String) {
    let channel = b.called("", OFFER).expect("it is taken");
    b.calls.answer(channel);
    b.work();
    let to = header(b.last("SIP/2.0 200"), "To").expect("it is there").to_owned();
    b.receive(format!(
        "ACK sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKack\r\n\
         From: <sip:100@192.0.2.9>;tag=far\r\nTo: {to}\r\nCall-ID: in\r\nCSeq: 1 ACK\r\n\
         Content-Length: 0\r\n\r\n"
    ));
    (channel, to)
}

fn reinvite(b: &mut Bench, to: &str, number: u32, headers: &str, body: &str) {
    b.receive(format!(
        "INVITE sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKre{number}\r\n\
         From: <sip:100@192.0.2.9>;tag=far\r\nTo: {to}\r\nCall-ID: in\r\nCSeq: {number} INVITE\r\n\
         Contact: <sip:100@192.0.2.9>\r\n{headers}Content-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    ));
}

#[test]
fn who_holds_suggests_the_music() {
    let mut b = Bench::new(|one| one.session.moh_suggest = "loud".to_owned());
    let (_, to) = up(&mut b);
    reinvite(&mut b, &to, 2, "", &format!("{OFFER}a=inactive\r\n"));
    let class = b.events.iter().find_map(|event| match event {
        call::Event::ChannelHeld { music_class, .. } => music_class.clone(),
        _ => None,
    });
    assert_eq!(class.as_deref(), Some("loud"));
}

#[test]
fn the_old_way_to_hold_is_a_hold() {
    let mut b = Bench::new(|_| {});
    let (_, to) = up(&mut b);
    reinvite(&mut b, &to, 2, "", &OFFER.replace("c=IN IP4 192.0.2.9", "c=IN IP4 0.0.0.0"));
    assert!(b.events.iter().any(|event| matches!(event, call::Event::ChannelHeld { .. })));
}

#[test]
fn a_reinvite_changes_codec_and_address() {
    let mut b = Bench::new(|_| {});
    let (_, to) = up(&mut b);
    let offer = OFFER.replace("4000 RTP/AVP 0 8", "6000 RTP/AVP 8").replace("a=rtpmap:0 PCMU/8000\r\n", "");
    reinvite(&mut b, &to, 2, "", &offer);
    let stream = b.streams.last().expect("it is agreed");
    assert_eq!((stream.remote.port(), stream.send.codec), (6000, rtp::Codec::Pcma));
}

#[test]
fn who_the_far_end_is_now_is_believed_where_both_are_trusted() {
    for (line, number) in [(true, "77"), (false, "100")] {
        let mut b = Bench::new(|one| {
            (one.identity.trust_inbound, one.identity.trust_connected_line) = (true, line);
        });
        let (channel, to) = up(&mut b);
        reinvite(&mut b, &to, 2, "P-Asserted-Identity: <sip:77@192.0.2.9>\r\n", OFFER);
        let caller = b.calls.snapshot(channel).expect("it is there").caller.number.clone();
        assert_eq!(caller, number);
    }
}

#[test]
fn a_connected_line_is_not_told_where_it_is_not_wanted() {
    for (send, reinvites) in [(true, 1), (false, 0)] {
        let mut b = Bench::new(|one| {
            (one.identity.send_pai, one.identity.send_connected_line) = (true, send);
        });
        let (channel, _) = up(&mut b);
        b.calls.set_connected(channel, anybody());
        b.work();
        assert_eq!(b.count("INVITE"), reinvites);
    }
}

#[test]
fn a_connected_line_is_told_before_the_answer_where_that_is_to_be_at_once() {
    for (immediately, told) in [(true, 1), (false, 0)] {
        let mut b = Bench::new(|one| {
            (one.identity.send_rpid, one.identity.rpid_immediate) = (true, immediately);
        });
        let channel = b.called("", OFFER).expect("it is taken");
        b.calls.set_connected(channel, anybody());
        b.work();
        assert_eq!(b.count("SIP/2.0 180"), told);
        if immediately {
            assert!(
                header(b.last("SIP/2.0 180"), "Remote-Party-ID")
                    .is_some_and(|id| id.contains("party=called"))
            );
        }
    }
}
