use proptest::prelude::*;

use super::*;
use crate::srtp::{MAX_MATERIAL, Suite};

const PHONE: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=audio 40100 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
    a=fmtp:101 0-16\r\na=ptime:20\r\n";

fn negotiator(codecs: &[Codec]) -> Negotiator {
    Negotiator::new(Settings::new("127.0.0.1:15392".parse().unwrap(), codecs.to_vec(), 1))
}

fn both() -> Negotiator {
    negotiator(&[Codec::Pcmu, Codec::Pcma])
}

fn offer(media: &str) -> String {
    format!("v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n{media}")
}

fn media_lines(body: &str) -> Vec<&str> {
    body.lines().filter(|line| line.starts_with("m=")).collect()
}

fn version(body: &str) -> u64 {
    body.lines()
        .find_map(|line| line.strip_prefix("o=- 1 "))
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn wideband_codecs_are_offered_answered_and_offered_again_under_the_same_numbers() {
    let mut ours = negotiator(&[Codec::G722, Codec::L16Wide, Codec::L16, Codec::Pcmu]);
    let mut theirs = negotiator(&[Codec::Pcmu, Codec::L16, Codec::L16Wide, Codec::G722]);
    let offer = ours.offer();
    assert!(offer.contains("RTP/AVP 9 118 119 0 101\r\n"), "{offer}");
    // RFC 3551 §4.5.2: the clock is 8 kHz though the audio has 16.
    for line in ["a=rtpmap:9 G722/8000\r\n", "a=rtpmap:118 L16/16000\r\n", "a=rtpmap:119 L16/8000\r\n"] {
        assert!(offer.contains(line), "{line} is missing in {offer}");
    }
    let (answer, far) = theirs.answer(offer.as_bytes()).unwrap();
    let near = ours.accept(answer.as_bytes()).unwrap();
    assert_eq!((near.send.codec, far.send.codec), (Codec::G722, Codec::G722));
    assert_eq!(near.receive, far.receive);
    let again = theirs.offer();
    assert!(again.contains("RTP/AVP 0 119 118 9 101\r\n"), "{again}");
}

#[test]
fn a_static_type_needs_no_mapping_and_linear_audio_of_other_rates_is_not_taken() {
    let offer = "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 11 97 9\r\na=rtpmap:97 L16/44100\r\n";
    let (answer, stream) = negotiator(&Codec::ALL).answer(offer.as_bytes()).unwrap();
    assert_eq!(stream.receive, [Payload { payload_type: 9, codec: Codec::G722 }]);
    assert!(answer.contains("RTP/AVP 9\r\n"), "{answer}");
}

#[test]
fn the_answer_has_the_form_that_asterisks_has() {
    let mut ours = negotiator(&[Codec::Pcmu]);
    let (body, stream) = ours.answer(PHONE.as_bytes()).unwrap();
    assert_eq!(
        body,
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=Strowger\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 15392 RTP/AVP 0 101\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\n\
         a=maxptime:140\r\na=sendrecv\r\n"
    );
    let pcmu = Payload { payload_type: 0, codec: Codec::Pcmu };
    assert_eq!(
        stream,
        StreamConfig {
            remote: "127.0.0.1:40100".parse().unwrap(),
            remote_rtcp: "127.0.0.1:40101".parse().unwrap(),
            send: pcmu,
            receive: vec![pcmu],
            send_events: Some(101),
            receive_events: Some(101),
            ptime_ms: 20,
            direction: Direction::SendRecv,
            symmetric: true,
            options: StreamOptions::default(),
        }
    );
}

#[test]
fn an_answer_keeps_the_offerers_order() {
    let (body, stream) = both().answer(offer("m=audio 4000 RTP/AVP 18 8 0\r\n").as_bytes()).unwrap();
    assert_eq!(media_lines(&body), ["m=audio 15392 RTP/AVP 8 0"]);
    assert_eq!(stream.send.codec, Codec::Pcma);
    assert_eq!(stream.send_events, None);
}

#[test]
fn dynamic_payload_types_are_the_offerers() {
    let media = "m=audio 4000 RTP/AVP 96 97\r\na=rtpmap:96 PCMA/8000\r\na=rtpmap:97 telephone-event/8000\r\n";
    let (body, stream) = both().answer(offer(media).as_bytes()).unwrap();
    assert_eq!(media_lines(&body), ["m=audio 15392 RTP/AVP 96 97"]);
    assert!(body.contains("a=fmtp:97 0-16\r\n"));
    assert_eq!((stream.send.payload_type, stream.receive_events), (96, Some(97)));
}

#[test]
fn rfc_3264_10_1_the_first_of_two_audio_lines_is_taken_and_the_rest_refused() {
    // RFC 3264 §10.1's offer, of audio and two video streams.
    let media = "m=audio 49170 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\nm=video 51372 RTP/AVP 31\r\na=rtpmap:31 H261/90000\r\n\
        m=video 53000 RTP/AVP 32\r\na=rtpmap:32 MPV/90000\r\n";
    let (body, _) = both().answer(offer(media).as_bytes()).unwrap();
    assert_eq!(
        media_lines(&body),
        ["m=audio 15392 RTP/AVP 0", "m=video 0 RTP/AVP 31", "m=video 0 RTP/AVP 32"]
    );
    let media =
        "m=image 4 udptl t38\r\nm=audio 6 RTP/SAVP 0\r\nm=audio 8 RTP/AVPF 0 8\r\nm=audio 10 RTP/AVP 0\r\n";
    let (body, stream) = both().answer(offer(media).as_bytes()).unwrap();
    assert_eq!(
        media_lines(&body),
        ["m=image 0 udptl t38", "m=audio 0 RTP/SAVP 0", "m=audio 15392 RTP/AVPF 0 8", "m=audio 0 RTP/AVP 0"]
    );
    assert_eq!(stream.remote.port(), 8);
}

#[test]
fn what_cannot_be_answered_is_rejected_with_its_status() {
    let reject = |media: &str| both().answer(offer(media).as_bytes()).unwrap_err();
    for (media, reason, status) in [
        ("m=audio 4000 RTP/AVP 18 101\r\na=rtpmap:101 telephone-event/8000\r\n", Reject::NoCommonCodec, 488),
        ("m=audio 4000 RTP/SAVP 0\r\n", Reject::Transport, 488),
        ("m=video 4000 RTP/AVP 31\r\n", Reject::NoAudio, 488),
        ("", Reject::NoAudio, 488),
        ("m=audio 0 RTP/AVP 0\r\n", Reject::PortZero, 488),
        ("m=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\n", Reject::Address, 488),
        ("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 phone.example.com\r\n", Reject::Address, 488),
        ("m=audio many RTP/AVP 0\r\n", Reject::Malformed, 400),
    ] {
        assert_eq!(reject(media), reason, "{media}");
        assert_eq!(reason.status(), status);
    }
    assert_eq!(both().answer(b"garbage").unwrap_err(), Reject::Malformed);
}

#[test]
fn our_offer_lists_the_codecs_we_prefer_first() {
    let mut ours = negotiator(&[Codec::Pcma, Codec::Pcmu]);
    let body = ours.offer();
    assert_eq!(media_lines(&body), ["m=audio 15392 RTP/AVP 8 0 101"]);
    assert!(ours.is_offering());
    let answer = offer("m=audio 4000 RTP/AVP 0 97\r\na=rtpmap:97 telephone-event/8000\r\n");
    let stream = ours.accept(answer.as_bytes()).unwrap();
    assert_eq!(stream.send, Payload { payload_type: 0, codec: Codec::Pcmu });
    assert_eq!(stream.receive, [Payload { payload_type: 0, codec: Codec::Pcmu }]);
    // RFC 3264 §6.1: each side receives under the payload types it gave itself.
    assert_eq!((stream.send_events, stream.receive_events), (Some(97), Some(101)));
    assert!(!ours.is_offering());
    assert_eq!(ours.agreed(), Some(&stream));
}

#[test]
fn we_send_the_first_codec_of_the_answer_and_take_all() {
    let mut ours = both();
    ours.offer();
    let stream = ours.accept(offer("m=audio 4000 RTP/AVP 8 0\r\n").as_bytes()).unwrap();
    assert_eq!(stream.send.codec, Codec::Pcma);
    assert_eq!(stream.receive.len(), 2);
    assert_eq!((stream.send_events, stream.receive_events), (None, None));
}

#[test]
fn the_answer_of_a_200_takes_the_place_of_a_183s() {
    let mut ours = both();
    ours.offer();
    assert_eq!(ours.accept(offer("m=audio 4000 RTP/AVP 8\r\n").as_bytes()).unwrap().remote.port(), 4000);
    assert!(!ours.is_offering());
    let stream = ours.accept(offer("m=audio 5000 RTP/AVP 0\r\n").as_bytes()).unwrap();
    assert_eq!((stream.remote.port(), stream.send.codec), (5000, Codec::Pcmu));
    ours.answer(PHONE.as_bytes()).unwrap();
    assert_eq!(ours.accept(PHONE.as_bytes()), Err(Reject::NoOffer));
}

#[test]
fn telephone_event_is_offered_beside_what_has_its_number() {
    let mut ours = both();
    ours.answer(offer("m=audio 4000 RTP/AVP 101\r\na=rtpmap:101 PCMA/8000\r\n").as_bytes()).unwrap();
    assert_eq!(media_lines(&ours.offer()), ["m=audio 15392 RTP/AVP 0 101 102"]);
}

#[test]
fn a_refused_or_foreign_answer_is_rejected() {
    let accept = |media: &str| {
        let mut ours = both();
        ours.offer();
        ours.accept(offer(media).as_bytes()).unwrap_err()
    };
    assert_eq!(accept("m=audio 0 RTP/AVP 0\r\n"), Reject::PortZero);
    assert_eq!(accept("m=audio 4000 RTP/AVP 18\r\n"), Reject::NoCommonCodec);
    assert_eq!(accept(""), Reject::NoAudio);
    assert_eq!(both().accept(PHONE.as_bytes()), Err(Reject::NoOffer));
}

#[test]
fn hold_and_resume_by_the_far_end_are_mirrored() {
    let mut ours = both();
    let mut answer = |media: &str| {
        let (body, stream) = ours.answer(offer(media).as_bytes()).unwrap();
        assert!(body.contains(&format!("a={}\r\n", stream.direction.attribute())), "{body}");
        (stream.direction, version(&body))
    };
    assert_eq!(answer("m=audio 4000 RTP/AVP 0\r\n"), (Direction::SendRecv, 1));
    assert_eq!(answer("m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n"), (Direction::RecvOnly, 2));
    assert_eq!(answer("m=audio 4000 RTP/AVP 0\r\na=inactive\r\n"), (Direction::Inactive, 3));
    assert_eq!(answer("m=audio 4000 RTP/AVP 0\r\na=recvonly\r\n"), (Direction::SendOnly, 4));
    assert_eq!(answer("m=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n"), (Direction::SendRecv, 5));
    assert_eq!(answer("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n"), (Direction::RecvOnly, 6));
}

#[test]
fn the_version_stays_while_the_body_does() {
    let mut ours = both();
    let (first, _) = ours.answer(PHONE.as_bytes()).unwrap();
    let (second, _) = ours.answer(PHONE.as_bytes()).unwrap();
    assert_eq!(first, second);
}

#[test]
fn we_hold_and_resume() {
    let mut ours = both();
    ours.answer(PHONE.as_bytes()).unwrap();
    ours.want(Direction::SendOnly);
    let body = ours.offer();
    assert!(body.ends_with("a=sendonly\r\n"));
    let held = ours.accept(format!("{PHONE}a=recvonly\r\n").as_bytes()).unwrap();
    assert_eq!(held.direction, Direction::SendOnly);
    ours.want(Direction::SendRecv);
    assert!(ours.offer().ends_with("a=sendrecv\r\n"));
    assert_eq!(ours.accept(PHONE.as_bytes()).unwrap().direction, Direction::SendRecv);
}

#[test]
fn when_both_hold_nothing_flows() {
    let mut ours = both();
    ours.want(Direction::SendOnly);
    let (_, stream) = ours.answer(format!("{PHONE}a=sendonly\r\n").as_bytes()).unwrap();
    assert_eq!(stream.direction, Direction::Inactive);
}

#[test]
fn a_failed_offer_leaves_what_was_agreed_and_its_version_is_not_used_again() {
    let mut ours = both();
    let (first, stream) = ours.answer(PHONE.as_bytes()).unwrap();
    ours.want(Direction::SendOnly);
    let failed = ours.offer();
    ours.rollback();
    assert_eq!(ours.agreed(), Some(&stream));
    ours.want(Direction::SendRecv);
    let (again, after) = ours.answer(PHONE.as_bytes()).unwrap();
    assert_eq!(after, stream);
    assert!(version(&first) < version(&failed) && version(&failed) < version(&again));
}

#[test]
fn a_rejected_new_offer_changes_nothing() {
    let mut ours = both();
    let (_, stream) = ours.answer(PHONE.as_bytes()).unwrap();
    assert_eq!(ours.answer(offer("m=audio 4000 RTP/AVP 18\r\n").as_bytes()), Err(Reject::NoCommonCodec));
    assert_eq!(ours.agreed(), Some(&stream));
}

#[test]
fn a_new_offer_keeps_the_lines_and_payload_types_of_the_session() {
    let mut ours = both();
    let media = "m=video 6 RTP/AVP 31\r\nm=audio 8 RTP/AVP 96 97\r\na=rtpmap:96 PCMA/8000\r\na=rtpmap:97 telephone-event/8000\r\n";
    ours.answer(offer(media).as_bytes()).unwrap();
    assert_eq!(media_lines(&ours.offer()), ["m=video 0 RTP/AVP 31", "m=audio 15392 RTP/AVP 0 96 97"]);
    let answer =
        offer("m=video 0 RTP/AVP 31\r\nm=audio 10 RTP/AVP 0 97\r\na=rtpmap:97 telephone-event/8000\r\n");
    let stream = ours.accept(answer.as_bytes()).unwrap();
    assert_eq!((stream.remote.port(), stream.send.codec), (10, Codec::Pcmu));
}

#[test]
fn ipv6_is_written_as_such() {
    let settings = Settings::new("[::1]:4000".parse().unwrap(), vec![Codec::Pcmu], 7);
    let body = Negotiator::new(settings).offer();
    assert!(body.contains("o=- 7 7 IN IP6 ::1\r\n") && body.contains("c=IN IP6 ::1\r\n"), "{body}");
}

#[test]
fn packets_are_no_longer_than_the_far_end_takes() {
    let with = |line: &str| {
        let settings = Settings { ptime_ms: 40, ..both().settings };
        Negotiator::new(settings).answer(format!("{PHONE}{line}\r\n").as_bytes()).unwrap().1.ptime_ms
    };
    assert_eq!(with("a=maxptime:30"), 30);
    assert_eq!(with("a=maxptime:150"), 40);
    assert_eq!(with("a=maxptime:0"), 10);
}

fn codecs() -> impl Strategy<Value = Vec<Codec>> {
    prop_oneof![
        Just(vec![Codec::Pcmu]),
        Just(vec![Codec::Pcma]),
        Just(vec![Codec::Pcmu, Codec::Pcma]),
        Just(vec![Codec::Pcma, Codec::Pcmu]),
    ]
}

proptest! {
    /// Two of ours agree with one another whatever they allow and want.
    #[test]
    fn both_sides_come_to_the_same(ours in codecs(), theirs in codecs(), holds: bool, answerer_holds: bool, events: bool) {
        let mut offerer = negotiator(&ours);
        let mut answerer = Negotiator::new(Settings { events, ..negotiator(&theirs).settings });
        if holds { offerer.want(Direction::SendOnly) }
        if answerer_holds { answerer.want(Direction::SendOnly) }
        let Ok((body, theirs)) = answerer.answer(offerer.offer().as_bytes()) else {
            prop_assert!(ours != theirs);
            return Ok(());
        };
        let ours = offerer.accept(body.as_bytes()).unwrap();
        prop_assert_eq!(ours.direction, theirs.direction.mirrored());
        prop_assert_eq!(ours.send, theirs.send);
        prop_assert_eq!(ours.send_events, theirs.receive_events);
        prop_assert!(theirs.receive.contains(&ours.send) && ours.receive.contains(&theirs.send));
    }

    #[test]
    fn any_media_lines_are_answered_or_rejected(lines in "([mca]=(audio|video|IN IP4|rtpmap:|sendonly)? ?[a-zA-Z0-9:/. ]{0,30}\r\n){0,8}") {
        let mut ours = both();
        let _ = ours.answer(offer(&lines).as_bytes());
        ours.offer();
        let _ = ours.accept(offer(&lines).as_bytes());
    }
}

const KEY: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

fn secure(optimistic: bool) -> Negotiator {
    let mut settings = Settings::new("127.0.0.1:15392".parse().unwrap(), vec![Codec::Pcmu], 1);
    settings.encryption = Some(Sdes::new(Suite::AesCm128Sha1_80, optimistic, [7; MAX_MATERIAL]));
    Negotiator::new(settings)
}

fn with_crypto(protocol: &str, lines: &str) -> String {
    offer(&format!("m=audio 4000 {protocol} 0\r\n{lines}"))
}

#[test]
fn two_sides_that_encrypt_have_each_others_keys() {
    let (mut caller, mut callee) = (secure(false), secure(false));
    let body = caller.offer();
    assert!(body.contains(" RTP/SAVP 0 101\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"), "{body}");
    let (answer, of_callee) = callee.answer(body.as_bytes()).unwrap();
    let of_caller = caller.accept(answer.as_bytes()).unwrap();
    let (callee_keys, caller_keys) = (of_callee.options.srtp.unwrap(), of_caller.options.srtp.unwrap());
    assert_eq!((callee_keys.send, callee_keys.receive), (caller_keys.receive, caller_keys.send));
    // A further offer keeps keys, tag and transport, from either side.
    let again = callee.offer();
    assert!(again.contains("RTP/SAVP"), "{again}");
    let (_, stream) = caller.answer(again.as_bytes()).unwrap();
    assert_eq!(stream.options.srtp, Some(caller_keys));
}

#[test]
fn an_answer_names_the_tag_and_suite_of_the_first_line_that_can_be_used() {
    let lines = format!(
        "a=crypto:1 F8_128_HMAC_SHA1_80 inline:{KEY}\r\na=crypto:4 AES_CM_128_HMAC_SHA1_32 inline:{KEY}\r\n\
         a=crypto:5 AES_CM_128_HMAC_SHA1_80 inline:{KEY}\r\n"
    );
    let (body, stream) = secure(false).answer(with_crypto("RTP/SAVP", &lines).as_bytes()).unwrap();
    assert!(body.contains("a=crypto:4 AES_CM_128_HMAC_SHA1_32 inline:"), "{body}");
    assert_eq!(stream.options.srtp.unwrap().receive.suite(), Suite::AesCm128Sha1_32);
}

#[test]
fn nothing_is_agreed_in_the_clear_where_encryption_is_demanded() {
    let usable = format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}\r\n");
    let of_another = format!("a=crypto:1 F8_128_HMAC_SHA1_80 inline:{KEY}\r\n");
    for (protocol, lines, reason) in [
        ("RTP/AVP", "", Reject::Encryption),
        ("RTP/AVP", &*usable, Reject::Encryption),
        ("RTP/SAVP", "", Reject::Encryption),
        ("RTP/SAVP", &*of_another, Reject::Encryption),
        ("UDP/TLS/RTP/SAVPF", &*usable, Reject::Transport),
    ] {
        let body = with_crypto(protocol, lines);
        assert_eq!(secure(false).answer(body.as_bytes()).err(), Some(reason), "{protocol} {lines}");
        let mut offerer = secure(false);
        offerer.offer();
        assert_eq!(offerer.accept(body.as_bytes()).err(), Some(reason), "{protocol} {lines}");
    }
    // An answer under another tag than the one offered is no answer to it.
    let mut offerer = secure(false);
    offerer.offer();
    let other_tag = with_crypto("RTP/SAVP", &usable.replace("crypto:1", "crypto:2"));
    assert_eq!(offerer.accept(other_tag.as_bytes()), Err(Reject::Encryption));
}

#[test]
fn an_optimist_encrypts_where_the_far_end_does_and_goes_on_where_not() {
    let usable = format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}\r\n");
    for (protocol, lines, encrypts) in
        [("RTP/AVP", "", false), ("RTP/AVP", &*usable, true), ("RTP/SAVP", &*usable, true)]
    {
        let body = with_crypto(protocol, lines);
        let (answer, stream) = secure(true).answer(body.as_bytes()).unwrap();
        assert_eq!(stream.options.srtp.is_some(), encrypts, "{protocol} {lines}");
        assert_eq!(answer.contains("a=crypto:1 "), encrypts, "{answer}");
        assert!(answer.contains(&format!(" {protocol} ")), "{answer}");
        let mut offerer = secure(true);
        let offered = offerer.offer();
        assert!(offered.contains("RTP/AVP") && offered.contains("a=crypto:1 "), "{offered}");
        assert_eq!(offerer.accept(body.as_bytes()).unwrap().options.srtp.is_some(), encrypts);
    }
}

#[test]
fn a_far_end_that_changes_its_key_is_followed_and_ours_stays() {
    let mut callee = secure(false);
    let line = |key: &str| format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}\r\n");
    let first =
        callee.answer(with_crypto("RTP/SAVP", &line(KEY)).as_bytes()).unwrap().1.options.srtp.unwrap();
    let other = KEY.replacen('W', "X", 1);
    let second =
        callee.answer(with_crypto("RTP/SAVP", &line(&other)).as_bytes()).unwrap().1.options.srtp.unwrap();
    assert_eq!(first.send, second.send);
    assert_ne!(first.receive, second.receive);
}

#[test]
fn rtcp_shares_the_port_where_both_want_it() {
    let mut settings = Settings::new("127.0.0.1:15392".parse().unwrap(), vec![Codec::Pcmu], 1);
    settings.rtcp_mux = true;
    for (line, shared) in [("a=rtcp-mux\r\n", true), ("", false)] {
        let mut negotiator = Negotiator::new(settings.clone());
        let body = with_crypto("RTP/AVP", line);
        let (answer, stream) = negotiator.answer(body.as_bytes()).unwrap();
        assert_eq!((stream.options.rtcp_mux, answer.contains("a=rtcp-mux")), (shared, shared));
        assert_eq!(stream.remote_rtcp.port(), if shared { 4000 } else { 4001 });
        let mut offerer = Negotiator::new(settings.clone());
        assert!(offerer.offer().contains("a=rtcp-mux\r\n"));
        assert_eq!(offerer.accept(body.as_bytes()).unwrap().options.rtcp_mux, shared);
    }
    let (answer, stream) = both().answer(with_crypto("RTP/AVP", "a=rtcp-mux\r\n").as_bytes()).unwrap();
    assert!(!stream.options.rtcp_mux && !answer.contains("rtcp-mux"));
}
