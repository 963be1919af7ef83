use std::net::IpAddr;

use proptest::prelude::*;

use super::*;
use crate::{Error, Payload};

const PHONE: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=audio 40100 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
    a=fmtp:101 0-16\r\na=ptime:20\r\n";

fn only(body: &str) -> Media {
    let mut media = parse(body.as_bytes()).unwrap().media;
    assert_eq!(media.len(), 1);
    media.remove(0)
}

#[test]
fn a_phones_offer_is_read() {
    let media = only(PHONE);
    assert!(media.is_audio() && media.is_plain_rtp());
    assert_eq!(media.rtp_address(), Some("127.0.0.1:40100".parse().unwrap()));
    assert_eq!(media.rtcp_address(), Some("127.0.0.1:40101".parse().unwrap()));
    assert_eq!(media.payloads, [(0, Format::Codec(Codec::Pcmu)), (101, Format::TelephoneEvent)]);
    assert_eq!((media.ptime_ms, media.direction), (Some(20), Direction::SendRecv));
}

#[test]
fn missing_lines_bare_lf_and_latin1_are_taken() {
    let media = only("v=0\nc=IN IP4 10.0.0.1\nm=audio 4000 RTP/AVP 8\n");
    assert_eq!(media.payloads, [(8, Format::Codec(Codec::Pcma))]);
    let latin1 = b"v=0\r\no=J\xfcrgen 1 1 IN IP4 10.0.0.1\r\ns=Gespr\xe4ch\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\na=x-name:J\xfcrgen\r\n";
    assert_eq!(parse(latin1).unwrap().media[0].port, 4000);
}

#[test]
fn lines_of_no_matter_may_be_wrong() {
    let media = only(
        "v=0\r\no=x\r\ns=\r\nb=oops\r\nt=now\r\nz=1\r\nwhat is this\r\nc=IN IP4 10.0.0.1\r\nm=audio  4000  RTP/AVP 0\r\nk=\r\n",
    );
    assert_eq!(media.port, 4000);
}

#[test]
fn media_level_lines_outweigh_the_sessions() {
    let body = "v=0\r\nc=IN IP4 10.0.0.1\r\na=inactive\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\na=sendonly\r\n\
        m=audio 4002 RTP/AVP 0\r\n";
    let media = parse(body.as_bytes()).unwrap().media;
    assert_eq!(media[0].rtp_address(), Some("[2001:db8::1]:4000".parse().unwrap()));
    assert_eq!(media[0].direction, Direction::SendOnly);
    assert_eq!(media[1].rtp_address(), Some("10.0.0.1:4002".parse().unwrap()));
    assert_eq!(media[1].direction, Direction::Inactive);
}

#[test]
fn rtcp_may_be_elsewhere() {
    let with = |line: &str| only(&format!("{PHONE}a=rtcp:{line}\r\n")).rtcp_address().unwrap().to_string();
    assert_eq!(with("53020"), "127.0.0.1:53020");
    assert_eq!(with("53020 IN IP4 126.16.64.4"), "126.16.64.4:53020");
    assert_eq!(with("nonsense"), "127.0.0.1:40101");
}

#[test]
fn dynamic_types_need_their_map_and_its_rate() {
    let body = "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 96 97 98 99 100\r\na=rtpmap:96 pcma/8000/1\r\n\
        a=rtpmap:97 telephone-event/48000\r\na=rtpmap:98 opus/48000/2\r\na=rtpmap:99 Telephone-Event/8000\r\n";
    assert_eq!(only(body).payloads, [(96, Format::Codec(Codec::Pcma)), (99, Format::TelephoneEvent)]);
}

#[test]
fn what_leaves_the_media_open_is_refused() {
    for body in [
        "",
        "m=audio 4000 RTP/AVP 0\r\n",
        "v=1\r\n",
        "v=0\r\nm=audio\r\n",
        "v=0\r\nm=audio 99999 RTP/AVP 0\r\n",
    ] {
        assert_eq!(parse(body.as_bytes()), Err(Error::SessionDescription), "{body:?}");
    }
    assert!(parse(&vec![b'v'; MAX_DESCRIPTION_LEN + 1]).is_err());
    assert!(parse(format!("v=0\r\n{}", "m=audio 0 RTP/AVP 0\r\n".repeat(33)).as_bytes()).is_err());
}

fn local(address: IpAddr, media: Vec<LocalMedia>) -> LocalDescription {
    let (session_name, owner) = ("Strowger".to_owned(), "-".to_owned());
    LocalDescription { session_id: 1, address, session_name, owner, media }
}

fn any_direction() -> impl Strategy<Value = Direction> {
    (any::<bool>(), any::<bool>()).prop_map(|(sends, receives)| Direction::of(sends, receives))
}

proptest! {
    #[test]
    fn any_octets_are_read_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&octets);
    }

    #[test]
    fn any_lines_are_read_or_refused(lines in "(v=0\r\n)?([mcavosbtk]=[a-z0-9:/. ]{0,30}(\r\n|\n)){0,12}") {
        let _ = parse(lines.as_bytes());
    }

    #[test]
    fn what_is_written_is_read_back(
        address: IpAddr, port: u16, first: bool, both: bool, events in proptest::option::of(96u8..128),
        ptime_ms in 1u8..7, direction in any_direction(), version: u64,
    ) {
        let codecs = if first { [Codec::Pcmu, Codec::Pcma] } else { [Codec::Pcma, Codec::Pcmu] };
        let payloads: Vec<Payload> = codecs[..if both { 2 } else { 1 }]
            .iter()
            .map(|&codec| Payload { payload_type: codec.static_payload_type().unwrap(), codec })
            .collect();
        let audio = LocalMedia::Audio {
            port, protocol: "RTP/AVP".to_owned(), payloads: payloads.clone(), events, ptime_ms: ptime_ms * 10, direction,
            crypto: None,
            rtcp_mux: false,
        };
        let refused = LocalMedia::Refused {
            name: "video".to_owned(), protocol: "RTP/AVP".to_owned(), formats: vec!["31".to_owned(), "34".to_owned()],
        };
        let body = local(address, vec![audio, refused]).to_body(version);
        let read = parse(body.as_bytes()).unwrap().media;
        prop_assert_eq!(read.len(), 2);
        prop_assert_eq!(read[0].rtp_address(), Some(SocketAddr::new(address, port)));
        prop_assert_eq!(read[0].codecs().collect::<Vec<_>>(), payloads);
        prop_assert_eq!(read[0].events(), events);
        prop_assert_eq!(read[0].ptime_ms, Some(u16::from(ptime_ms) * 10));
        prop_assert_eq!(read[0].direction, direction);
        prop_assert_eq!((read[1].name.as_str(), read[1].port, read[1].formats.len()), ("video", 0, 2));
    }
}
