//! Applications: event sessions that are told, and that ask.

use std::collections::BTreeMap;
use std::time::Duration;

use call::Event;
use stasis::{Command, Delivery, Message, Refusal, Reply, SessionId, Ticket};
use switch::Input;

use crate::World;

/// One application of a world: an event session and the name it registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct App(pub(crate) usize);

/// What an application does by itself when it is told something.
pub type Behaviour = Box<dyn FnMut(&Delivery) -> Vec<Command>>;

/// How long what an application asks is on its way.
const TRAVEL: Duration = Duration::from_micros(300);

pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) name: String,
    pub(crate) connected: bool,
    pub(crate) told: Vec<Delivery>,
    pub(crate) replies: BTreeMap<Ticket, Reply>,
    pub(crate) behaviour: Option<Behaviour>,
    /// How much of `told` a scenario has looked at for channels that started.
    started: usize,
}

impl World {
    /// An application of that name connects.
    pub fn application(&mut self, name: &str) -> App {
        let app = self.connect(name, false);
        self.run(Duration::from_millis(1));
        app
    }

    /// An application that is subscribed to everything connects.
    pub fn watcher(&mut self, name: &str) -> App {
        let app = self.connect(name, true);
        self.run(Duration::from_millis(1));
        app
    }

    pub(crate) fn connect(&mut self, name: &str, subscribe_all: bool) -> App {
        let app = App(self.sessions.len());
        let id = SessionId(app.0 as u64 + 1);
        self.sessions.push(Session {
            id,
            name: name.to_owned(),
            connected: true,
            told: Vec::new(),
            replies: BTreeMap::new(),
            behaviour: None,
            started: 0,
        });
        let applications = vec![name.to_owned()];
        self.send(app, Command::Connect { session: id, applications, subscribe_all });
        app
    }

    /// An application's session breaks.
    pub fn disconnect(&mut self, app: App) {
        self.sessions[app.0].connected = false;
        let session = self.sessions[app.0].id;
        self.tell_switch(TRAVEL, Input::SessionClosed { session });
    }

    /// What an application does by itself from now on.
    pub fn behave(&mut self, app: App, behaviour: impl FnMut(&Delivery) -> Vec<Command> + 'static) {
        self.sessions[app.0].behaviour = Some(Box::new(behaviour));
    }

    /// An application asks and does not wait.
    pub fn send(&mut self, app: App, command: Command) -> Ticket {
        let ticket = self.invariants.asked(&command);
        self.owners.insert(ticket, app);
        self.tell_switch(TRAVEL, Input::Command { ticket, command });
        ticket
    }

    /// An application asks and waits for the reply.
    pub fn ask(&mut self, app: App, command: Command) -> Reply {
        let ticket = self.send(app, command);
        self.until("the reply comes", |w| w.reply(app, ticket).is_some());
        self.reply(app, ticket).cloned().unwrap_or(Err(Refusal::Ended))
    }

    /// The reply to what was asked, once it came.
    pub fn reply(&self, app: App, ticket: Ticket) -> Option<&Reply> {
        self.sessions[app.0].replies.get(&ticket)
    }

    /// All an application was told.
    pub fn told(&self, app: App) -> &[Delivery] {
        &self.sessions[app.0].told
    }

    /// The types of all an application was told, in ARI's words, variables left out.
    pub fn types(&self, app: App) -> Vec<&'static str> {
        let types = self.told(app).iter().map(|delivery| delivery.message.type_name());
        types.filter(|name| *name != "ChannelVarset" && *name != "ChannelDialplan").collect()
    }

    /// How often an application was told an event of that type.
    pub fn count(&self, app: App, name: &str) -> usize {
        self.told(app).iter().filter(|delivery| delivery.message.type_name() == name).count()
    }

    /// Waits until an application was told an event of that type.
    pub fn until_told(&mut self, app: App, name: &str) {
        self.until(name, |w| w.count(app, name) > 0);
    }

    /// The events of the call model that an application was told.
    pub fn events(&self, app: App) -> impl Iterator<Item = &Event> {
        self.told(app).iter().filter_map(|delivery| match &*delivery.message {
            Message::Call(event) => Some(event),
            _ => None,
        })
    }

    /// Waits until the next channel enters an application, and gives its id.
    pub fn started(&mut self, app: App) -> String {
        self.started_with(app).0
    }

    /// Waits until the next channel enters an application, and gives its id and arguments.
    pub fn started_with(&mut self, app: App) -> (String, Vec<String>) {
        self.until("a channel enters the application", |w| w.next_start(app).is_some());
        let (at, id, args) = self.next_start(app).expect("just waited for");
        self.sessions[app.0].started = at + 1;
        (id, args)
    }

    fn next_start(&self, app: App) -> Option<(usize, String, Vec<String>)> {
        let session = &self.sessions[app.0];
        let fresh = session.told.iter().enumerate().skip(session.started);
        fresh.filter_map(|(at, delivery)| start_of(delivery).map(|(id, args)| (at, id, args))).next()
    }
}

fn start_of(delivery: &Delivery) -> Option<(String, Vec<String>)> {
    match &*delivery.message {
        Message::StasisStart { channel, args, .. } => Some((channel.id.to_string(), args.clone())),
        _ => None,
    }
}
