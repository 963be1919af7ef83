//! No bytes make the SIP parser, the framer or the transaction layer panic, and what parses prints and parses the same.
#![no_main]

use bytes::Bytes;
use core::time::Duration;
use libfuzzer_sys::fuzz_target;
use sip::{Flow, Framer, Output, Response, Settings, Transactions};

fuzz_target!(|data: &[u8]| {
    let bytes = Bytes::copy_from_slice(data);
    match sip::parse(bytes.clone()) {
        Ok(message) => {
            let headers = message.headers();
            let _ = (headers.contacts(), headers.routes(), headers.record_routes(), headers.expires());
            let _ = (headers.authorizations().count(), headers.www_challenges().count());
            let printed = message.to_bytes();
            if printed.len() <= sip::MAX_MESSAGE {
                assert_eq!(sip::parse(printed).as_ref(), Ok(&message));
            }
        }
        Err(malformed) => drop(malformed.answer()),
    }
    let mut framer = Framer::new();
    framer.feed(data);
    while let Ok(Some(_)) = framer.poll() {}

    let flow = Flow::udp(([192, 0, 2, 2], 5060).into(), ([192, 0, 2, 1], 5060).into());
    let mut core = Transactions::new(Settings::default(), 1);
    core.receive(Duration::ZERO, flow, bytes);
    while let Some(output) = core.poll() {
        if let Output::Request { key, request, .. } = output {
            let _ = core.respond(Duration::ZERO, key, Response::to(&request, 486));
        }
    }
    while let Some(at) = core.deadline() {
        core.advance(at);
        while core.poll().is_some() {}
    }
    assert_eq!(core.server_count(), 0);
});
