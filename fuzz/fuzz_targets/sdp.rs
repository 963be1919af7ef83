//! Session descriptions: what can be answered gives an answer that can be read and accepted in turn.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp::srtp::sdes::Sdes;
use rtp::srtp::{MAX_MATERIAL, Suite};
use rtp::{Codec, Negotiator, Settings, sdp};

fuzz_target!(|data: &[u8]| {
    let settings = |port: u16| Settings::new(([127, 0, 0, 1], port).into(), vec![Codec::Pcmu, Codec::Pcma], 1);
    let mut answerer = Negotiator::new(settings(4000));
    if let Ok((answer, stream)) = answerer.answer(data) {
        let read = sdp::parse(answer.as_bytes()).expect("our own description is read");
        assert_eq!(read.media.len(), sdp::parse(data).expect("it was answered").media.len());
        assert!(stream.receive.contains(&stream.send));
        let (again, _) = answerer.answer(data).expect("what was answered once is answered again");
        assert_eq!(answer, again);
        let _ = sdp::parse(answerer.offer().as_bytes()).expect("our own offer is read");
    }
    let mut offerer = Negotiator::new(settings(4002));
    offerer.offer();
    let _ = offerer.accept(data);
    for optimistic in [false, true] {
        let mut settings = settings(4004);
        settings.encryption = Some(Sdes::new(Suite::AesCm128Sha1_80, optimistic, [9; MAX_MATERIAL]));
        let mut answerer = Negotiator::new(settings.clone());
        if let Ok((answer, stream)) = answerer.answer(data) {
            let keys = stream.options.srtp;
            assert!(optimistic || keys.is_some(), "nothing goes in the clear");
            assert_eq!(keys.is_some(), answer.contains("a=crypto:"));
        }
        let mut offerer = Negotiator::new(settings);
        offerer.offer();
        if let Ok(stream) = offerer.accept(data) {
            assert!(optimistic || stream.options.srtp.is_some(), "nothing goes in the clear");
        }
    }
});
