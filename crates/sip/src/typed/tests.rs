use super::*;
use crate::method::Method;
use crate::uri::Uri;

fn read<H: Typed>(value: &str) -> Option<H> {
    H::parse(&Text::from(value))
}

/// Reads it and prints it as it was, or in the other dress given.
fn same<H: Typed>(value: &str) -> H {
    becomes(value, value)
}

fn becomes<H: Typed>(value: &str, printed: &str) -> H {
    let header = read::<H>(value).unwrap_or_else(|| panic!("{value}"));
    assert_eq!(header.to_string(), printed);
    header
}

fn refused<H: Typed>(values: &[&str]) {
    for value in values {
        assert!(read::<H>(value).is_none(), "{value}");
    }
}

// RFC 3262 §7
#[test]
fn reliable_provisional_responses_are_numbered() {
    assert_eq!(same::<RSeq>("988789"), RSeq(988_789));
    let rack = becomes::<RAck>("776656   1 \t INVITE", "776656 1 INVITE");
    assert_eq!((rack.rseq, rack.cseq.number, rack.cseq.method), (776_656, 1, Method::Invite));
    refused::<RSeq>(&["0", "", "-1", "4294967296", "1 x"]);
    refused::<RAck>(&["1 INVITE", "1 2", "0 1 INVITE", "1 2 INVITE x", "1 x INVITE"]);
}

// RFC 4028 §4 and §5
#[test]
fn session_timers_name_their_refresher() {
    let timer = becomes::<SessionExpires>("4000 ; Refresher=UAC;x=y", "4000;refresher=uac");
    assert_eq!((timer.seconds, timer.refresher), (4000, Some(Refresher::Uac)));
    assert_eq!(same::<SessionExpires>("1800").refresher, None);
    assert_eq!(becomes::<MinSe>("90;lr", "90"), MinSe::DEFAULT);
    refused::<SessionExpires>(&["", "x", "90;refresher=both", "-1"]);
}

// RFC 3515 §2.1, RFC 3891 §3
#[test]
fn a_refer_to_carries_the_dialog_to_replace() {
    let refer = same::<ReferTo>(
        "<sip:dave@h;method=INVITE?Replaces=1234%40h%3Bto-tag%3D1%3Bfrom-tag%3D2%3Bearly-only>",
    );
    let replaces = refer.replaces().unwrap().unwrap();
    assert_eq!((replaces.call_id.as_str(), replaces.early_only), ("1234@h", true));
    assert_eq!(refer.target().to_string(), "sip:dave@h");
    assert_eq!(refer.method(), Method::Invite);
    let plain = becomes::<ReferTo>("sip:dave@h", "<sip:dave@h>");
    assert_eq!(plain.replaces(), Ok(None));
    let broken = same::<ReferTo>("<sip:dave@h?Replaces=1234>");
    assert_eq!(broken.replaces().unwrap_err().status(), Some(400));
    let made = ReferTo::replacing(Uri::parse("sip:dave@h").unwrap(), &replaces);
    assert_eq!(made.replaces().unwrap().unwrap(), replaces);
    same::<ReferredBy>("<sip:alice@h>;cid=\"20398823.2UWQFN309shb3@h\"");
}

// RFC 3891 §6.1
#[test]
fn replaces_wants_both_tags() {
    let replaces = becomes::<Replaces>(
        "98732@h ;from-tag=r33th4x0r; to-tag=ff87ff",
        "98732@h;to-tag=ff87ff;from-tag=r33th4x0r",
    );
    assert_eq!(replaces.dialog().local_tag, "ff87ff");
    assert_eq!(same::<Replaces>("1;to-tag=2;from-tag=0").dialog().remote_tag, "");
    refused::<Replaces>(&[
        "1;to-tag=2",
        "1;from-tag=2",
        ";to-tag=1;from-tag=2",
        "a b;to-tag=1;from-tag=2",
        "",
    ]);
}

// RFC 6665 §8.2
#[test]
fn events_of_one_package_differ_by_their_id() {
    let refer = same::<Event>("refer;id=93809824");
    assert!(refer.matches(&read("refer ; x=y;id=93809824").unwrap()));
    assert!(!refer.matches(&Event::new("refer")));
    assert!(!refer.matches(&read("REFER;id=93809824").unwrap()), "packages are case-sensitive");
    refused::<Event>(&["", ";id=1", "a b"]);
}

// RFC 6665 §8.2.3
#[test]
fn a_subscription_says_how_long_and_why_it_ended() {
    let state = becomes::<SubscriptionState>("Active ; expires=3599", "active;expires=3599");
    assert_eq!(state, SubscriptionState::active(3599));
    let over = same::<SubscriptionState>("terminated;reason=probation;retry-after=60");
    assert!(over.is_terminated() && over.retry_after == Some(60));
    let other = same::<SubscriptionState>("waiting");
    assert_eq!(other.status, SubscriptionStatus::Other("waiting".into()));
    refused::<SubscriptionState>(&["", "a b"]);
}

// RFC 3325 §9.1
#[test]
fn identities_may_be_a_sip_and_a_tel_uri() {
    let mut headers = Headers::new();
    headers.push(HeaderName::PAssertedIdentity, "\"Cullen\" <sip:fluffy@h>, tel:+14085264000");
    let all = headers.read_all::<PAssertedIdentity>().unwrap();
    assert_eq!(all[0].0.display_name(), "Cullen");
    assert_eq!(all[1].0.uri.telephone_number().unwrap(), "+14085264000");
    same::<PPreferredIdentity>("<tel:+1>");
}

#[test]
fn remote_party_ids_as_trunks_write_them() {
    let id = same::<RemotePartyId>("\"Alice\" <sip:2001@h>;party=calling;privacy=off;screen=no");
    assert_eq!((id.party, id.privacy, id.screen), (Some(Party::Calling), RpidPrivacy::Off, false));
    let hidden = becomes::<RemotePartyId>(
        "<sip:2001@h>;PARTY=\"called\";screen=YES;privacy=Full-network",
        "<sip:2001@h>;party=called;privacy=full;screen=yes",
    );
    assert_eq!(hidden.privacy, RpidPrivacy::Full);
    assert_eq!(read::<RemotePartyId>("<sip:h>;privacy=name").unwrap().privacy, RpidPrivacy::Name);
    assert_eq!(read::<RemotePartyId>("<sip:h>;privacy=uri-network").unwrap().privacy, RpidPrivacy::Uri);
}

// RFC 3323 §4.2
#[test]
fn privacy_hides_unless_it_says_none() {
    assert_eq!(same::<Privacy>("id"), Privacy::ID);
    assert!(becomes::<Privacy>("header, User; critical;later", "header;user;critical").hides_identity());
    assert!(!same::<Privacy>("none").hides_identity());
    assert!(!read::<Privacy>("session").unwrap().hides_identity());
    refused::<Privacy>(&["", "id;;", "a b"]);
}

// RFC 5806 §10
#[test]
fn diversions_say_why_and_how_often() {
    let diversion = same::<Diversion>("<sip:bob@h>;reason=user-busy;counter=3;privacy=full;screen=yes");
    assert_eq!((diversion.reason.as_str(), diversion.counter), ("user-busy", 3));
    let words = becomes::<Diversion>("Bob <sip:bob@h>;privacy=off", "Bob <sip:bob@h>;reason=unknown");
    assert_eq!((words.counter, words.is_private), (1, false));
    same::<Diversion>("<tel:+1>;reason=\"over there\"");
}

// RFC 7044 §5
#[test]
fn a_step_of_history_has_its_reason_in_its_uri() {
    let step = same::<HistoryInfo>("<sip:bob@h?Reason=SIP%3Bcause%3D302&Privacy=history>;index=1.2;rc=1.1");
    assert_eq!(step.index(), "1.2");
    assert_eq!(step.reason().unwrap().cause, Some(302));
    assert!(step.privacy().unwrap().history);
}

// RFC 3326 §2
#[test]
fn reasons_are_per_protocol() {
    let mut headers = Headers::new();
    headers.push(HeaderName::Reason, "SIP ;cause=200 ;text=\"Call completed elsewhere\", Q.850;cause=16");
    let all = headers.read_all::<Reason>().unwrap();
    assert_eq!(all[0], Reason::sip(200, "Call completed elsewhere"));
    assert_eq!(all[1], Reason::q850(16));
    assert_eq!(all[0].to_string(), "SIP;cause=200;text=\"Call completed elsewhere\"");
    assert!(all[1].is_q850());
}

// RFC 3261 §20.33
#[test]
fn retry_after_comes_with_comments() {
    let after = becomes::<RetryAfter>("18000;duration=3600", "18000;duration=3600");
    assert_eq!((after.seconds, after.duration), (18_000, Some(3600)));
    assert_eq!(becomes::<RetryAfter>("120 (I'm in a meeting; really)", "120").duration, None);
    refused::<RetryAfter>(&["soon", ""]);
}

// RFC 5621 §8
#[test]
fn bodies_say_what_they_are_and_whether_they_must_be_understood() {
    assert_eq!(same::<ContentDisposition>("session;handling=optional").handling, Handling::Optional);
    assert_eq!(same::<ContentDisposition>("render").handling, Handling::Required);
    let kind = becomes::<ContentType>("Multipart/Mixed;boundary=\"a b\"", "multipart/mixed;boundary=\"a b\"");
    assert_eq!((kind.is_multipart(), kind.boundary().unwrap().as_str()), (true, "a b"));
    refused::<ContentType>(&["", "text", "a/b c"]);
}

// RFC 3327, RFC 3608
#[test]
fn routes_of_a_registration_keep_their_order() {
    let mut headers = Headers::new();
    headers.push(HeaderName::Path, "<sip:p1;lr>, <sip:p2;lr;ob>");
    headers.push(HeaderName::Path, "<sip:p3;lr>");
    let hosts: Vec<String> =
        headers.read_all::<Path>().unwrap().iter().map(|path| path.0.uri.host.to_string()).collect();
    assert_eq!(hosts, ["p1", "p2", "p3"]);
    same::<ServiceRoute>("<sip:o.h;lr>");
}

#[test]
fn a_malformed_header_is_named() {
    let mut headers = Headers::new();
    assert_eq!(headers.read::<RSeq>(), Ok(None));
    headers.push(HeaderName::RSeq, "x");
    assert_eq!(headers.read::<RSeq>(), Err(Error::Header(HeaderName::RSeq)));
    headers.write(RSeq(5));
    assert_eq!(headers.read::<RSeq>(), Ok(Some(RSeq(5))));
}

#[test]
fn options_that_are_not_supported_are_listed() {
    let mut headers = Headers::new();
    headers.push(HeaderName::Require, "100rel, nothingSupportsThis");
    headers.push(HeaderName::Require, "timer,orThis");
    headers.push(HeaderName::Supported, "replaces");
    assert_eq!(headers.unsupported(&["100rel", "Timer"]), ["nothingSupportsThis", "orThis"]);
    assert!(headers.supports("replaces") && headers.supports("100rel") && !headers.supports("path"));
    assert!(headers.allows(&Method::Update), "without Allow nothing is known");
    headers.push(HeaderName::Allow, "INVITE, ACK");
    assert!(headers.allows(&Method::Ack) && !headers.allows(&Method::Update));
}
