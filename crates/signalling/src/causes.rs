//! Q.850 causes and SIP statuses, as Asterisk maps them.

use call::Cause;

/// What a failure status of an outgoing call means.
pub(crate) fn of_status(status: u16) -> Cause {
    match status {
        401 | 403 | 407 | 603 => Cause::REJECTED,
        404 | 485 | 604 => Cause::UNALLOCATED,
        408 => Cause::NO_USER_RESPONSE,
        410 => Cause(22),
        420 => Cause::NO_ROUTE,
        480 | 483 => Cause::NO_ANSWER,
        484 => Cause(28),
        486 | 600 => Cause::BUSY,
        488 | 606 => Cause::CODEC_MISMATCH,
        500 => Cause::FAILURE,
        501 => Cause(29),
        502 => Cause::OUT_OF_ORDER,
        504 => Cause(102),
        300..=399 => Cause(23),
        503 | 506..600 => Cause::CONGESTION,
        _ => Cause::INTERWORKING,
    }
}

/// The status that refuses an incoming call.
pub(crate) fn to_status(cause: Cause) -> u16 {
    match cause {
        Cause::UNALLOCATED | Cause::NO_ROUTE => 404,
        Cause::BUSY => 486,
        Cause::NO_USER_RESPONSE => 408,
        Cause::NO_ANSWER | Cause::SUBSCRIBER_ABSENT | Cause::NORMAL_UNSPECIFIED => 480,
        Cause::REJECTED => 403,
        Cause(22) => 410,
        Cause(28) => 484,
        Cause(29) => 501,
        Cause::CONGESTION | Cause(42 | 44 | 66) => 503,
        Cause::FAILURE | Cause::INTERWORKING => 500,
        Cause::OUT_OF_ORDER => 502,
        Cause::CODEC_MISMATCH => 488,
        Cause(_) => 603,
    }
}

/// The cause in a Reason header (RFC 3326) of protocol Q.850.
pub(crate) fn of_reason(request: &sip::Request) -> Option<Cause> {
    request.headers.elements("Reason").find_map(|reason| {
        let mut parts = reason.as_str().split(';').map(str::trim);
        if !parts.next()?.eq_ignore_ascii_case("Q.850") {
            return None;
        }
        parts.find_map(|part| part.strip_prefix("cause=")?.trim().parse().ok()).map(Cause)
    })
}
