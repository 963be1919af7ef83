//! Why the server did not start.

use std::io;
use std::net::SocketAddr;

use crate::net::{NetError, TlsError, sentence};

/// Each is one sentence with the way out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration does not allow a start.
    #[error(transparent)]
    Configuration(#[from] crate::config::Error),
    /// A SIP address cannot be listened on.
    #[error(transparent)]
    Sip(#[from] NetError),
    /// The certificate of `http.conf` is no good.
    #[error("http.conf has no TLS: {0}")]
    HttpTls(TlsError),
    /// An HTTP address cannot be listened on.
    #[error("{}", sentence(*.address, "HTTP", .source))]
    Http {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The system gives no thread or descriptor.
    #[error("the system gives no more threads or descriptors ({0}); raise `ulimit -n` and `ulimit -u`")]
    Thread(io::Error),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers ({0}); /dev/urandom or getrandom(2) has to be there")]
    Random(String),
    /// No media port could be bound.
    #[error(
        "no port of rtp.conf's range can be bound; write another `rtpstart` and `rtpend`, or raise `ulimit -n`"
    )]
    NoPorts,
}
