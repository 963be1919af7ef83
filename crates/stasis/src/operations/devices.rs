//! Device states and mailboxes that applications keep.

use std::sync::Arc;

use call::mailbox::Messages;
use call::{Calls, DeviceState};

use crate::command::StateCommand;
use crate::reply::{Answer, Refusal, Reply};

/// What the names of devices begin with that applications may set.
const OWN: &str = "Stasis:";

pub(super) fn work(calls: &mut Calls, command: StateCommand) -> Reply {
    match command {
        StateCommand::Devices => {
            let own = calls.set_devices().filter(|(name, _)| name.starts_with(OWN));
            Ok(Answer::Devices(own.map(|(name, state)| (name.clone(), state)).collect()))
        }
        StateCommand::Device(name) => {
            let state = calls.device_state(&name);
            Ok(Answer::Device(Arc::from(name), state))
        }
        StateCommand::SetDevice { name, state } => {
            own(&name)?;
            let state = DeviceState::from_word(&state).filter(|state| *state != DeviceState::Unknown);
            let state = state.ok_or(Refusal::BadDeviceState)?;
            done(calls.set_device_state(&name, state), Refusal::TooMany)
        }
        StateCommand::ForgetDevice(name) => {
            own(&name)?;
            calls.forget_device_state(&name);
            Ok(Answer::Done)
        }
        StateCommand::Mailboxes => {
            Ok(Answer::Mailboxes(calls.mailboxes().map(|(name, all)| (name.to_owned(), all)).collect()))
        }
        StateCommand::Mailbox(name) => {
            let messages = calls.mailbox(&name).ok_or(Refusal::NoSuchMailbox)?;
            Ok(Answer::Mailbox(name, messages))
        }
        StateCommand::SetMailbox { name, old, new } => {
            done(calls.set_mailbox(&name, Messages { new, old }), Refusal::TooMany)
        }
        StateCommand::ForgetMailbox(name) => done(calls.forget_mailbox(&name), Refusal::NoSuchMailbox),
    }
}

fn own(name: &str) -> Result<(), Refusal> {
    match name.strip_prefix(OWN) {
        None => Err(Refusal::ForeignDevice),
        Some("") => Err(Refusal::NoDeviceName),
        Some(_) => Ok(()),
    }
}

fn done(is_done: bool, otherwise: Refusal) -> Reply {
    if is_done { Ok(Answer::Done) } else { Err(otherwise) }
}
