//! SIP over an octet stream, TCP or TLS: messages cut by Content-Length, CRLF as keepalive (RFC 5626 §3.5.1).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sip::{Flow, Frame, Framer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use super::connections::{Connections, Order, Place};

/// How long a new connection may take for its first whole message.
pub const FIRST_MESSAGE: Duration = Duration::from_secs(10);
/// How long a message, once begun, may take to be whole.
pub const WHOLE_MESSAGE: Duration = Duration::from_secs(10);
/// How long a connection may say nothing.
pub const IDLE: Duration = Duration::from_secs(30 * 60);
/// How long one write may take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
const PING: &[u8] = b"\r\n\r\n";
const PONG: &[u8] = b"\r\n";

/// Reads and writes until either side ends.
pub(super) async fn serve(
    mut place: Place,
    flow: Flow,
    reader: impl AsyncRead + Unpin,
    writer: impl AsyncWrite + Unpin,
) {
    let connections = place.connections.clone();
    tokio::select! {
        () = read(&connections, flow, reader) => {}
        () = write(writer, &mut place.queue) => {}
    }
    place.closed(flow).await;
}

async fn write(mut writer: impl AsyncWrite + Unpin, queue: &mut mpsc::Receiver<Order>) {
    while let Some(order) = queue.recv().await {
        let message = match order {
            Order::Message(message) => message,
            Order::Ping => Bytes::from_static(PING),
            Order::Pong => Bytes::from_static(PONG),
        };
        let write = async {
            writer.write_all(&message).await?;
            // TLS keeps what it was given until it is told.
            writer.flush().await
        };
        match timeout(WRITE_TIMEOUT, write).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
    let _ = timeout(WRITE_TIMEOUT, writer.shutdown()).await;
}

/// Reads until the peer closes, says what is no SIP, or says nothing for too long.
async fn read(connections: &Arc<Connections>, flow: Flow, mut reader: impl AsyncRead + Unpin) {
    let mut framer = Framer::new();
    let mut buffer = vec![0; 16 << 10];
    let mut until = Instant::now() + FIRST_MESSAGE;
    loop {
        let Ok(Ok(length @ 1..)) = timeout_at(until, reader.read(&mut buffer)).await else { return };
        framer.feed(&buffer[..length]);
        let mut is_whole = false;
        loop {
            match framer.poll() {
                Ok(Some(Frame::Message(message))) => {
                    is_whole = true;
                    if !connections.take(flow, message).await {
                        return;
                    }
                }
                Ok(Some(Frame::Ping)) => {
                    is_whole = true;
                    if !connections.send(flow.connection, Order::Pong) {
                        return;
                    }
                }
                Ok(None) => break,
                Err(error) => return connections.unreadable(flow, &error),
            }
        }
        // A message that trickles in does not move its own deadline; a lone pong is no message begun.
        if is_whole || buffer[..length].iter().all(|octet| matches!(octet, b'\r' | b'\n')) {
            until = Instant::now() + IDLE;
        } else {
            until = until.min(Instant::now() + WHOLE_MESSAGE);
        }
    }
}
