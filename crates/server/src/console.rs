//! The operator's console: commands under the names that operators of Asterisk know, over a local socket.
//!
//! A command is one entry of a table ([`Command`]): its words, how it is called, and what it asks of the switch. It finds a
//! [`Value`] and names the [`Layout`] that makes text of it, so that text and JSON are of one. [`Operator::run`] is all that
//! is needed to run one; [`Consoles`] offers it, with completion and live log lines, on a Unix socket that only its owner may
//! open. [`wire`] is what goes over it.

mod answer;
mod command;
mod commands;
mod enquiries;
mod lines;
mod operator;
mod session;
mod sip_logger;
mod socket;
mod value;
pub mod wire;

use std::path::Path;
use std::sync::Arc;

use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

pub use answer::{Answer, Layout, Trouble};
pub use command::{Call, Command, Complete, LONGEST_LINE, Work};
pub use commands::TABLE;
pub use enquiries::{Enquiries, LONGEST_WAIT, MOST_QUERIES, Silent};
pub use lines::{DIALPLAN_VERBOSITY, Lines, QUEUE, SIP_TARGET, TRACE_DEBUG, Wish};
pub use operator::{Facts, Operator, Ran, Stop};
pub use sip_logger::{MOST_HOSTS, SipLogger};
pub use socket::{NAME, SocketError, runtime_directory, socket_path};
pub use value::Value;

/// Most consoles at once; one more is told so and sent away.
pub const MOST_CONSOLES: usize = 64;

/// The socket, and the consoles on it. Dropping it closes all.
pub struct Consoles {
    closing: watch::Sender<Option<&'static str>>,
    bound: socket::Bound,
    task: JoinHandle<()>,
}

impl Consoles {
    /// Listens at a path. Call it within the runtime.
    ///
    /// # Errors
    /// Another daemon is there, or the system does not let us.
    pub fn listen(path: &Path, operator: Arc<Operator>) -> Result<Consoles, SocketError> {
        let bound = socket::bind(path)?;
        let system = |source| SocketError::System { path: path.to_owned(), source };
        let listener = bound.listener.try_clone().and_then(UnixListener::from_std).map_err(system)?;
        let (closing, closed) = watch::channel(None);
        let task = tokio::spawn(accept(listener, operator, closed));
        Ok(Consoles { closing, bound, task })
    }

    /// Where.
    pub fn path(&self) -> &Path {
        self.bound.path()
    }

    /// Says goodbye to all, and takes no more.
    pub async fn close(mut self) {
        self.closing.send_replace(Some("the daemon ends"));
        // A console that does not read its goodbye is not waited for.
        let _ = tokio::time::timeout(session::GOODBYE, &mut self.task).await;
    }
}

impl Drop for Consoles {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    listener: UnixListener,
    operator: Arc<Operator>,
    mut closed: watch::Receiver<Option<&'static str>>,
) {
    let places = Arc::new(Semaphore::new(MOST_CONSOLES));
    let mut sessions = JoinSet::new();
    loop {
        let stream: UnixStream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a console could not be accepted");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    continue;
                }
            },
            _ = closed.changed() => break,
            Some(_) = sessions.join_next() => continue,
        };
        match places.clone().try_acquire_owned() {
            Ok(place) => {
                let session = session::run(stream, operator.clone(), closed.clone());
                sessions.spawn(async move {
                    session.await;
                    drop(place);
                });
            }
            Err(_) => session::turn_away(stream),
        }
    }
    while sessions.join_next().await.is_some() {}
}
