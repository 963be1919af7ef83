//! What each command does; each is answered exactly once.

mod applications;
mod bridges;
mod channels;
mod devices;
mod endpoints;
mod messages;
mod playbacks;
mod recordings;

use call::Calls;

use crate::application::Stasis;
use crate::command::{Command, Ticket};
use crate::reply::{Answer, Reply};

pub(crate) use recordings::Pending;

/// What a context and label of the dialplan stand for: asked of whoever has the dialplan.
pub trait Labels {
    /// The priority of a label, `None` where it is not there.
    fn priority_of(&self, context: &str, exten: &str, label: &str) -> Option<u32>;
}

impl Stasis {
    /// Works one command. Its reply comes from [`Stasis::next_reply`], now or later.
    pub fn command(&mut self, calls: &mut Calls, labels: &dyn Labels, ticket: Ticket, command: Command) {
        self.pump(calls);
        if let Some(reply) = self.work(calls, labels, ticket, command) {
            self.reply(ticket, reply);
        }
    }

    /// `None` where the reply comes later.
    fn work(
        &mut self,
        calls: &mut Calls,
        labels: &dyn Labels,
        ticket: Ticket,
        command: Command,
    ) -> Option<Reply> {
        Some(match command {
            Command::Connect { session, applications, subscribe_all } => {
                self.connect(calls, session, &applications, subscribe_all);
                Ok(Answer::Done)
            }
            Command::Control { channel, command } => {
                return self.channel_command(calls, labels, ticket, &channel, *command).transpose();
            }
            Command::Bridge { bridge, command } => {
                return self.bridge_command(calls, ticket, &bridge, *command).transpose();
            }
            Command::Channels => channels::list(calls),
            Command::Channel(id) => channels::one(calls, &id),
            Command::Originate(new) => self.make(calls, labels, *new, true),
            Command::Create(new) => self.make(calls, labels, *new, false),
            Command::Hangup { channel, cause } => channels::hang_up(calls, &channel, cause),
            Command::ChannelVariables { channel, names } => channels::variables(calls, &channel, names),
            Command::RtpStatistics(channel) => channels::rtp_statistics(calls, &channel),
            Command::Bridges => bridges::list(calls),
            Command::CreateBridge { id, name, kind, variables } => {
                bridges::create(calls, id, &name, kind, variables)
            }
            Command::Playback(id) => playbacks::one(calls, &id),
            Command::StopPlayback(id) => playbacks::stop(calls, &id),
            Command::ControlPlayback { playback, control } => playbacks::control(calls, &playback, control),
            Command::LiveRecording(name) => recordings::one(calls, &name),
            Command::StopRecording { recording, discard } => recordings::stop(calls, &recording, discard),
            Command::ControlRecording { recording, control } => {
                recordings::control(calls, &recording, control)
            }
            Command::Applications => Ok(Answer::Applications(self.all_applications())),
            Command::Application(name) => self.application(&name).map(Answer::Application),
            Command::Subscribe { application, sources } => self.subscribe(calls, &application, &sources),
            Command::Unsubscribe { application, sources } => self.unsubscribe(&application, &sources),
            Command::Filter { application, allowed, disallowed } => {
                self.filter(&application, allowed, disallowed)
            }
            Command::UserEvent { application, name, sources, variables } => {
                self.user_event(calls, &application, name, &sources, variables)
            }
            Command::Endpoints => endpoints::list(calls),
            Command::EndpointsOf(technology) => endpoints::of_technology(calls, &technology),
            Command::Endpoint { technology, resource } => endpoints::one(calls, &technology, &resource),
            Command::State(command) => devices::work(calls, command),
            Command::SendMessage { to, from, body, variables } => {
                messages::send(calls, &to, from, body, variables)
            }
            Command::GlobalVariable(name) => {
                let value = calls.variable(None, &name).unwrap_or_default();
                Ok(Answer::Variables(vec![(name, value)]))
            }
            Command::SetGlobalVariable { name, value } => {
                calls.set_variable(None, &name, Some(value));
                Ok(Answer::Done)
            }
        })
    }
}
