//! Which transaction a request belongs to (RFC 3261 §17.2.3).

use crate::message::Request;
use crate::method::Method;
use crate::via::Via;

/// The key of a server transaction. An ACK finds its INVITE.
pub(super) fn server(request: &Request, via: &Via) -> Box<str> {
    keyed(request, via, if request.method == Method::Ack { &Method::Invite } else { &request.method })
}

/// The key of the INVITE that a CANCEL means (§9.2).
pub(super) fn cancelled(request: &Request, via: &Via) -> Box<str> {
    keyed(request, via, &Method::Invite)
}

fn keyed(request: &Request, via: &Via, method: &Method) -> Box<str> {
    if let (true, Some(branch)) = (via.has_cookie(), via.branch()) {
        return format!("{branch} {} {method}", via.sent_by()).into();
    }
    // A peer of RFC 2543: its branch says nothing, so all that a retransmission repeats is compared.
    let headers = &request.headers;
    let from = headers.from_tag().unwrap_or_default();
    let number = headers.cseq().map_or(0, |c| c.number);
    format!("~{} {from} {number} {} {method} {via}", headers.call_id(), request.uri).into()
}

/// The key by which an ACK finds the INVITE that was answered 2xx (§13.3.1.4): the dialog and the CSeq number.
pub(super) fn acknowledged(call_id: &str, from_tag: &str, to_tag: &str, number: u32) -> Box<str> {
    format!("{call_id} {from_tag} {to_tag} {number}").into()
}

/// What requests have in common that reached us on several ways (§8.2.2.2). `None` for what is not to be told from
/// them: requests inside a dialog and peers of RFC 2543. OPTIONS and REGISTER do no harm twice, and some phones repeat
/// them with the same number.
pub(super) fn merged(request: &Request, via: &Via) -> Option<Box<str>> {
    let harmless =
        matches!(request.method, Method::Ack | Method::Cancel | Method::Options | Method::Register);
    let headers = &request.headers;
    if harmless || !via.has_cookie() || headers.to_tag().is_some() {
        return None;
    }
    let from = headers.from_tag()?;
    let number = headers.cseq().map_or(0, |c| c.number);
    Some(format!("{} {from} {number} {}", headers.call_id(), request.method).into())
}
