//! Hangup.

use call::{Cause, Left};

use super::{DialplanApplication, Next};
use crate::walk::Here;

/// `Hangup([cause])`: ends the call, with a number of Q.850 or Asterisk's name of it.
pub(super) const HANGUP: DialplanApplication =
    DialplanApplication { name: "Hangup", run: |here, arguments| Box::pin(hangup(here, arguments)) };

async fn hangup(here: Here, arguments: String) -> Result<Next, Left> {
    let asked = arguments.trim();
    let cause = cause(asked);
    if cause.is_none() && !asked.is_empty() {
        here.warn(format!("`{asked}` is no hang-up cause")).await?;
    }
    Ok(Next::Hangup(cause))
}

fn cause(asked: &str) -> Option<Cause> {
    match asked.parse::<u8>() {
        Ok(number) => (1..=127).contains(&number).then_some(Cause(number)),
        Err(_) => {
            CAUSES.iter().find(|(name, _)| name.eq_ignore_ascii_case(asked)).map(|(_, code)| Cause(*code))
        }
    }
}

/// Asterisk's names.
const CAUSES: &[(&str, u8)] = &[
    ("UNALLOCATED", 1),
    ("NO_ROUTE_TRANSIT_NET", 2),
    ("NO_ROUTE_DESTINATION", 3),
    ("NORMAL_CLEARING", 16),
    ("NORMAL", 16),
    ("USER_BUSY", 17),
    ("BUSY", 17),
    ("NO_USER_RESPONSE", 18),
    ("NO_ANSWER", 19),
    ("NOANSWER", 19),
    ("SUBSCRIBER_ABSENT", 20),
    ("UNREGISTERED", 20),
    ("CALL_REJECTED", 21),
    ("NUMBER_CHANGED", 22),
    ("ANSWERED_ELSEWHERE", 26),
    ("DESTINATION_OUT_OF_ORDER", 27),
    ("INVALID_NUMBER_FORMAT", 28),
    ("FACILITY_REJECTED", 29),
    ("NORMAL_UNSPECIFIED", 31),
    ("CONGESTION", 34),
    ("NORMAL_CIRCUIT_CONGESTION", 34),
    ("FAILURE", 38),
    ("NETWORK_OUT_OF_ORDER", 38),
    ("NORMAL_TEMPORARY_FAILURE", 41),
    ("SWITCH_CONGESTION", 42),
    ("REQUESTED_CHAN_UNAVAIL", 44),
    ("BEARERCAPABILITY_NOTAVAIL", 58),
    ("INTERWORKING", 127),
];
