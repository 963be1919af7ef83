//! Reading: `sdp-types` takes the lines apart, this takes from them what we need.

use std::borrow::Cow;
use std::net::IpAddr;

use super::{Description, Format, Media};
use crate::srtp::sdes::Crypto;
use crate::{Codec, Direction, Error};

/// Longest description read, in octets; longer ones are malformed.
pub const MAX_DESCRIPTION_LEN: usize = 16 * 1024;
/// Most `m=` lines read; a description of more is malformed.
pub const MAX_MEDIA: usize = 32;
/// Most `a=crypto` lines of one media that are kept; we take the first.
pub const MAX_CRYPTO: usize = 16;

/// Reads a description. What does not bear on the media is not looked at, and so cannot be wrong: `o=`, `s=`, `t=` may be
/// missing or odd, lines may end in LF, octets may be Latin-1.
///
/// [`Error::SessionDescription`] where `v=`, an `m=` or a `c=` line cannot be read, or a limit is passed.
pub fn parse(body: &[u8]) -> Result<Description, Error> {
    if body.len() > MAX_DESCRIPTION_LEN {
        return Err(Error::SessionDescription);
    }
    let kept = media_lines(&String::from_utf8_lossy(body));
    let session = sdp_types::Session::parse(kept.as_bytes()).map_err(|_| Error::SessionDescription)?;
    if session.medias.len() > MAX_MEDIA {
        return Err(Error::SessionDescription);
    }
    let address = session.connection.as_ref().and_then(address_of);
    let direction = direction_of(&session.attributes).unwrap_or(Direction::SendRecv);
    let media = session.medias.into_iter().map(|media| read_media(media, address, direction)).collect();
    Ok(Description { media })
}

/// The lines that bear on the media. Of several session-level `c=` lines the first stands.
fn media_lines(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut in_media = false;
    let mut connected = false;
    for line in text.split(['\r', '\n', '\0']).map(str::trim) {
        let keep = match line.as_bytes() {
            [b'v' | b'a', b'=', ..] => true,
            [b'm', b'=', ..] => {
                in_media = true;
                true
            }
            [b'c', b'=', ..] => in_media || !core::mem::replace(&mut connected, true),
            _ => false,
        };
        if keep {
            kept.push_str(&squeezed(line));
            kept.push_str("\r\n");
        }
    }
    kept
}

/// The line with one space where there were several, as some gateways write them in `m=` and `c=`.
fn squeezed(line: &str) -> Cow<'_, str> {
    if line.starts_with("a=") || !line.contains("  ") && !line.contains('\t') {
        return Cow::Borrowed(line);
    }
    Cow::Owned(line.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
}

fn read_media(
    media: sdp_types::Media,
    session_address: Option<IpAddr>,
    session_direction: Direction,
) -> Media {
    let formats: Vec<String> = media.fmt.split_ascii_whitespace().map(str::to_owned).collect();
    let payloads = formats.iter().filter_map(|format| payload_of(format, &media.attributes)).collect();
    let address = match media.connections.first() {
        Some(connection) => address_of(connection),
        None => session_address,
    };
    Media {
        port: media.port,
        address,
        rtcp: value(&media.attributes, "rtcp").and_then(rtcp_of),
        direction: direction_of(&media.attributes).unwrap_or(session_direction),
        payloads,
        ptime_ms: value(&media.attributes, "ptime").and_then(milliseconds),
        maxptime_ms: value(&media.attributes, "maxptime").and_then(milliseconds),
        crypto: crypto_of(&media.attributes),
        rtcp_mux: media.attributes.iter().any(|attribute| attribute.attribute.trim() == "rtcp-mux"),
        name: media.media,
        protocol: media.proto,
        formats,
    }
}

/// The address of a `c=` line; a time to live after it is of no matter (RFC 8866 §5.7).
fn address_of(connection: &sdp_types::Connection) -> Option<IpAddr> {
    connection.connection_address.split('/').next()?.trim().parse().ok()
}

fn direction_of(attributes: &[sdp_types::Attribute]) -> Option<Direction> {
    attributes.iter().find_map(|attribute| Direction::from_attribute(attribute.attribute.trim()))
}

fn value<'a>(attributes: &'a [sdp_types::Attribute], name: &str) -> Option<&'a str> {
    attributes.iter().find(|attribute| attribute.attribute == name)?.value.as_deref().map(str::trim)
}

fn crypto_of(attributes: &[sdp_types::Attribute]) -> Vec<Crypto> {
    let lines = attributes.iter().filter(|attribute| attribute.attribute == "crypto");
    lines.filter_map(|line| Crypto::parse(line.value.as_deref()?)).take(MAX_CRYPTO).collect()
}

/// Whole milliseconds; a fraction, which RFC 8866 §6.4 allows, is cut off.
fn milliseconds(value: &str) -> Option<u16> {
    value.split(['.', ' ']).next()?.parse().ok()
}

/// `port [IN IP4 address]` (RFC 3605 §2.1).
fn rtcp_of(value: &str) -> Option<(u16, Option<IpAddr>)> {
    let mut words = value.split_ascii_whitespace();
    let port = words.next()?.parse().ok().filter(|port| *port != 0)?;
    Some((port, words.nth(2).and_then(|address| address.parse().ok())))
}

/// What a payload type stands for: its `a=rtpmap`, or RFC 3551 §6's static type.
fn payload_of(format: &str, attributes: &[sdp_types::Attribute]) -> Option<(u8, Format)> {
    // RFC 5761 §4: 64 to 95 would be taken for RTCP.
    let payload_type: u8 =
        format.parse().ok().filter(|payload_type| matches!(payload_type, 0..=63 | 96..=127))?;
    let mapping =
        attributes.iter().filter(|attribute| attribute.attribute == "rtpmap").find_map(|attribute| {
            let (mapped, encoding) = attribute.value.as_deref()?.trim().split_once([' ', '\t'])?;
            (mapped.parse() == Ok(payload_type)).then(|| encoding.trim())
        });
    let meaning = match (mapping, payload_type) {
        (Some(encoding), _) => format_of(encoding)?,
        (None, static_type) => Format::Codec(Codec::from_static_payload_type(static_type)?),
    };
    Some((payload_type, meaning))
}

/// `name/rate[/channels]`; names are the same in any case (RFC 4855 §3).
fn format_of(encoding: &str) -> Option<Format> {
    let mut parts = encoding.split('/').map(str::trim);
    let name = parts.next()?;
    let rate = parts.next()?.parse().ok()?;
    if parts.next().is_some_and(|channels| channels != "1") {
        return None;
    }
    if name.eq_ignore_ascii_case("telephone-event") && rate == 8000 {
        return Some(Format::TelephoneEvent);
    }
    Codec::from_encoding(name, rate).map(Format::Codec)
}
