//! `/deviceStates` and `/mailboxes`.

use ari_model::{DeviceState, Mailbox};
use call::mailbox::Messages;
use stasis::{Command, StateCommand};

use crate::service::Answered;
use crate::{Ari, Call, Operation, Response};

pub(crate) async fn handle(ari: &Ari, call: &Call) -> Answered {
    let device = || call.value("deviceName").to_owned();
    let mailbox = || call.value("mailboxName").to_owned();
    let command = match call.operation {
        Operation::DeviceStatesList => StateCommand::Devices,
        Operation::DeviceStatesGet => StateCommand::Device(device()),
        Operation::DeviceStatesUpdate => {
            let state = call.params.text("deviceState").unwrap_or_default().to_owned();
            StateCommand::SetDevice { name: device(), state }
        }
        Operation::DeviceStatesDelete => StateCommand::ForgetDevice(device()),
        Operation::MailboxesList => StateCommand::Mailboxes,
        Operation::MailboxesGet => StateCommand::Mailbox(mailbox()),
        Operation::MailboxesUpdate => {
            let count = |name| call.params.int(name).and_then(|count| u32::try_from(count).ok());
            let missing = |name: &str| Response::error(400, &format!("Missing or wrong parameter {name}"));
            let old = count("oldMessages").ok_or_else(|| missing("oldMessages"))?;
            let new = count("newMessages").ok_or_else(|| missing("newMessages"))?;
            StateCommand::SetMailbox { name: mailbox(), old, new }
        }
        _ => StateCommand::ForgetMailbox(mailbox()),
    };
    ari.shown(call, Command::State(command)).await
}

pub(crate) fn device(name: &str, state: call::DeviceState) -> DeviceState {
    DeviceState { name: name.to_owned(), state: state.word().to_owned() }
}

pub(crate) fn mailbox(name: &str, messages: Messages) -> Mailbox {
    Mailbox { name: name.to_owned(), old_messages: messages.old.into(), new_messages: messages.new.into() }
}
