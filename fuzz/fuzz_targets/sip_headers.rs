//! No value makes a header's reader panic, and what it reads prints and reads the same; nor does any body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::typed::{
    ContentDisposition, ContentType, Diversion, Event, HistoryInfo, MinSe, PAssertedIdentity, Path, Privacy, RAck,
    RSeq, Reason, ReferTo, RemotePartyId, Replaces, RetryAfter, SessionExpires, SubscriptionState, Typed,
};
use sip::{Method, Request, Text};

fn check<H: Typed + PartialEq + core::fmt::Debug>(value: &Text) -> Option<H> {
    let header = H::parse(value)?;
    let printed = Text::from(header.to_string());
    assert_eq!(H::parse(&printed).map(|again| again.to_string()), Some(printed.to_string()));
    Some(header)
}

fuzz_target!(|data: &[u8]| {
    let request = Request::build(Method::Invite, "sip:h".parse().expect("a URI")).finish(&mut || 1);
    let _ = request.clone().with_body("multipart/mixed;boundary=b", data.to_vec()).parts();
    let Ok(text) = std::str::from_utf8(data) else { return };
    // A header's value is one line without space around it.
    let value = Text::from(text.replace(['\r', '\n'], " ").trim());
    check::<RSeq>(&value);
    check::<RAck>(&value);
    check::<SessionExpires>(&value);
    check::<MinSe>(&value);
    check::<Replaces>(&value);
    check::<Event>(&value);
    check::<SubscriptionState>(&value);
    check::<Privacy>(&value);
    check::<Reason>(&value);
    check::<RetryAfter>(&value);
    check::<ContentDisposition>(&value);
    check::<ContentType>(&value);
    check::<PAssertedIdentity>(&value);
    check::<RemotePartyId>(&value);
    check::<Diversion>(&value);
    check::<Path>(&value);
    if let Some(step) = check::<HistoryInfo>(&value) {
        let _ = (step.reason(), step.privacy());
    }
    if let Some(refer) = check::<ReferTo>(&value) {
        let _ = (refer.replaces(), refer.method(), refer.target(), refer.0.uri.telephone_number());
    }
});
