//! What stands between the switch and ARI: replies and events to their sessions, commands to the inbox.

use std::fs;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use ari::{Ari, Facts, Front, Limits, Overloaded, Submit, Switchboard};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use stasis::{Delivery, Reply, Ticket};

use crate::config::Configuration;
use crate::disk::StoredRecordings;
use crate::inbox::{Class, Inbox};

/// The handle of both sides. Clones are of one desk.
#[derive(Clone)]
pub(in crate::process) struct Desk {
    board: Switchboard,
    stored: Arc<StoredRecordings>,
    /// What stays as it is when the configuration is read again.
    asterisk_id: Arc<str>,
    started_unix_ms: u64,
    /// What requests are answered by: `None` where `ari.conf` does not enable it.
    ari: Arc<RwLock<Option<Arc<Ari>>>>,
}

/// A desk for what is configured.
pub(in crate::process) fn desk(
    configuration: &Configuration,
    inbox: &Inbox<switch::Input>,
    stored: StoredRecordings,
) -> Desk {
    let inbox = inbox.clone();
    let submit: Submit = Arc::new(move |input| {
        let class = match &input {
            switch::Input::SessionClosed { .. } => Class::Answer,
            _ => Class::Command,
        };
        inbox.post(class, input).map_err(|_| Overloaded::Full)
    });
    let desk = Desk {
        board: Switchboard::new(submit, Limits::default()),
        stored: Arc::new(stored),
        asterisk_id: entity_id().into(),
        started_unix_ms: unix_ms(),
        ari: Arc::default(),
    };
    desk.configure(configuration);
    desk
}

impl Desk {
    pub(in crate::process) fn deliver(&self, ticket: Ticket, reply: Reply) {
        self.board.deliver(ticket, reply);
    }

    pub(in crate::process) fn publish(&self, delivery: Delivery) {
        self.board.publish(delivery);
    }

    pub(in crate::process) fn close_sessions(&self) {
        self.board.close_sessions();
    }

    /// The handle that asks as an application does.
    pub(in crate::process) fn board(&self) -> Switchboard {
        self.board.clone()
    }

    /// What requests are answered by; `None` where `ari.conf` does not enable it.
    pub(in crate::process) fn ari(&self) -> Option<Arc<Ari>> {
        self.ari.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers requests by this configuration from now on. Sessions go on.
    pub(in crate::process) fn configure(&self, configuration: &Configuration) {
        let ari = configuration.ari.enabled.then(|| {
            let facts = Facts {
                asterisk_id: self.asterisk_id.to_string(),
                started_unix_ms: self.started_unix_ms,
                ..facts(configuration)
            };
            Arc::new(Ari {
                front: front(configuration),
                board: self.board.clone(),
                facts,
                stored: self.stored.clone(),
            })
        });
        *self.ari.write().unwrap_or_else(PoisonError::into_inner) = ari;
    }

    pub(super) fn router(&self) -> Router {
        let current = self.ari.clone();
        Router::new().fallback(move |request: Request| {
            let ari = current.read().unwrap_or_else(PoisonError::into_inner).clone();
            async move {
                match ari {
                    Some(ari) => ari::answer(ari, request).await,
                    None => StatusCode::NOT_FOUND.into_response(),
                }
            }
        })
    }
}

fn front(configuration: &Configuration) -> Front {
    Front {
        server_name: configuration.http.server_name.clone(),
        prefix: configuration.http.prefix.clone(),
        realm: configuration.ari.auth_realm.clone(),
        users: configuration.ari.users.clone(),
        allowed_origins: configuration.ari.allowed_origins.clone(),
        pretty: configuration.ari.pretty,
    }
}

fn unix_ms() -> u64 {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(unix.as_millis()).unwrap_or(u64::MAX)
}

fn facts(configuration: &Configuration) -> Facts {
    let system = rustix::system::uname();
    let text = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
    let build = ari::model::BuildInfo {
        os: text(system.sysname()),
        kernel: text(system.release()),
        machine: text(system.machine()),
        ..ari::model::BuildInfo::default()
    };
    Facts {
        build,
        max_channels: configuration.max_calls.map(i64::from),
        reloaded_unix_ms: unix_ms(),
        zone: Box::new(minutes_east(crate::zone::local())),
        ..Facts::default()
    }
}

/// How far east of UTC a zone is at a moment.
fn minutes_east(zone: call::Zone) -> impl Fn(u64) -> i32 {
    move |unix_ms| zone.at(i64::try_from(unix_ms / 1000).unwrap_or(i64::MAX)).seconds_east / 60
}

/// Six octets that stay the same on one machine, in the form of an EID.
fn entity_id() -> String {
    let machine = fs::read_to_string("/etc/machine-id").unwrap_or_default();
    let known: Vec<u8> = machine.bytes().filter(u8::is_ascii_hexdigit).take(12).collect();
    let digits = match String::from_utf8(known) {
        Ok(digits) if digits.len() == 12 => digits.to_ascii_lowercase(),
        Ok(_) | Err(_) => format!("{:012x}", getrandom::u64().unwrap_or_default() >> 16),
    };
    let pairs: Vec<&str> = (0..6).map(|at| &digits[2 * at..2 * at + 2]).collect();
    pairs.join(":")
}
