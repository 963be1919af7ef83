//! One caller, the call model and a hand that polls the caller's script as the switch does.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use call::effect::{AudioSource, Effect, LoadFailure};
use call::model::Limits;
use call::script::{Ask, Entered, Exit, Polled, Script, Told};
use call::{
    Calls, Cause, ChannelKey, ChannelState, EndpointState, Event, Location, NewChannel, Notice, Party,
    PortCredit, Position, ShardId, Technology, Time, Verb,
};
use conf::Config;
use dialplan::{Applications, Dialplan, SUPPORTED};
use media::{Audio, Command, PlayerId, PortId};

/// Seconds of wall time at the start: Monday 2026-11-23 12:27 UTC.
const WALL_S: u64 = 1_795_436_820;

/// Far more polls than any plan here takes without waiting.
const MOST_POLLS: usize = 1_000;

pub struct World {
    pub calls: Calls,
    pub caller: ChannelKey,
    script: Option<Script>,
    /// How the walk ended.
    pub exit: Option<Exit>,
    /// How `h` ended.
    pub last_exit: Option<Exit>,
    plan: Arc<Dialplan>,
    /// Parked in an application.
    pub entered: Option<(String, Vec<String>)>,
    /// What was asked of technologies, by channel name up to the dash.
    pub verbs: Vec<String>,
    /// Application and arguments of each step.
    pub steps: Vec<String>,
    /// Lines of the log.
    pub log: Vec<String>,
    /// Names of what was played.
    pub played: Vec<String>,
    players: VecDeque<PlayerId>,
}

/// Walks a call of 1234 to `exten` of `[main]`.
pub fn call(plan: &str, exten: &str) -> World {
    let config = Config::parse("extensions.conf", plan);
    let (plan, complaints) = Dialplan::load(&config, Applications { supported: SUPPORTED });
    let said: Vec<String> = complaints.iter().map(|complaint| config.describe(complaint)).collect();
    assert_eq!(said, [""; 0]);
    call_with(plan, exten)
}

/// The same in a dialplan that is loaded already.
pub fn call_with(plan: Dialplan, exten: &str) -> World {
    let mut calls = Calls::new(Limits::default());
    calls.set_time(Time { now: Duration::ZERO, unix_ms: WALL_S * 1000 });
    for (name, value) in dialplan::globals(&plan) {
        calls.set_variable(None, &name, Some(value));
    }
    for name in ["2001", "2002", "2003"] {
        calls.set_endpoint(Technology::Sip, &Arc::from(name), EndpointState::Online, "phones");
    }
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let ports = (0..10).map(|n| PortCredit { port: PortId(n), address, rtp_port: 10_000 + 2 * n as u16 });
    calls.rack().credit(ShardId(0), ports);
    let caller = calls
        .create(NewChannel {
            id: None,
            technology: Technology::Sip,
            endpoint: "caller".into(),
            dial_string: String::new(),
            state: ChannelState::Ring,
            protocol_id: "call-id".into(),
            caller: Party::new("Alice", "1234"),
            connected: Party::default(),
            dialplan: Position::default(),
            account_code: String::new(),
            language: String::new(),
            variables: Vec::new(),
            owner: None,
            launch: None,
        })
        .expect("room for a channel");
    calls.open_leg(caller, address).expect("a free port");
    let location = Location { context: "main".to_owned(), exten: exten.to_owned(), priority: 1 };
    let plan = Arc::new(plan);
    let walked = plan.clone();
    let script = Script::new(caller, |chan| dialplan::run(chan, dialplan::Plans::new(walked), location));
    let mut world = World {
        calls,
        caller,
        script: Some(script),
        exit: None,
        last_exit: None,
        plan,
        entered: None,
        verbs: Vec::new(),
        steps: Vec::new(),
        log: Vec::new(),
        played: Vec::new(),
        players: VecDeque::new(),
    };
    world.poll();
    world.settle();
    world
}

impl World {
    /// A variable as the dialplan reads it.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.calls.variable(Some(self.caller), name)
    }

    /// How the walk hung up.
    pub fn cause(&self) -> Option<Cause> {
        match &self.exit {
            Some(Exit::Hangup(cause)) => Some(*cause),
            Some(Exit::Finished | Exit::Left | Exit::Goto(_)) | None => None,
        }
    }

    /// The caller presses keys.
    pub fn press(&mut self, digits: &str) {
        for digit in digits.chars() {
            self.calls.digit(self.caller, digit, 100);
            self.settle();
        }
    }

    /// Time goes by.
    pub fn pass(&mut self, seconds: f64) {
        let to = self.calls.time().now + Duration::from_secs_f64(seconds);
        while let Some(at) = self.script.as_ref().and_then(|script| script.deadline.filter(|at| *at <= to)) {
            self.set_time(at);
            if let Some(script) = &mut self.script {
                script.tell(Told::Notice(Notice::Deadline));
            }
            self.poll();
            self.settle();
        }
        self.set_time(to);
    }

    fn set_time(&mut self, now: Duration) {
        self.calls.set_time(Time { now, unix_ms: WALL_S * 1000 + now.as_millis() as u64 });
    }

    /// The first of what plays comes to its end.
    pub fn play_out(&mut self) {
        let player = self.players.pop_front().expect("something plays");
        self.calls.media_event(media::Event::PlayerFinished { player });
        self.settle();
    }

    /// Whether the caller hears something.
    pub fn hears(&self) -> bool {
        !self.players.is_empty()
    }

    /// The channel that was dialled at an endpoint and is still there.
    pub fn branch(&mut self, endpoint: &str) -> ChannelKey {
        let keys: Vec<ChannelKey> = self.calls.channels().collect();
        let at = |calls: &mut Calls, key| calls.snapshot(key).is_some_and(|of| &*of.endpoint == endpoint);
        keys.into_iter().find(|key| at(&mut self.calls, *key)).expect("a branch")
    }

    /// A branch rings, or answers, or ends.
    pub fn ring(&mut self, endpoint: &str) {
        let branch = self.branch(endpoint);
        self.calls.ringing(branch);
        self.settle();
    }

    pub fn progress(&mut self, endpoint: &str) {
        let branch = self.branch(endpoint);
        self.calls.progressed(branch);
        self.settle();
    }

    pub fn answer(&mut self, endpoint: &str) {
        let branch = self.branch(endpoint);
        self.calls.answered(branch);
        self.settle();
    }

    pub fn end(&mut self, endpoint: &str, cause: Cause) {
        let branch = self.branch(endpoint);
        self.calls.hung_up(branch, cause, None);
        self.settle();
    }

    /// The caller hangs up.
    pub fn hang_up(&mut self) {
        self.calls.hung_up(self.caller, Cause::NORMAL, None);
        self.settle();
    }

    /// The application gives the channel back.
    pub fn give_back(&mut self, to: Option<Location>) {
        assert!(self.entered.take().is_some(), "the channel is in no application");
        if let Some(script) = &mut self.script {
            script.tell(Told::Entered(Entered::Returned(to)));
        }
        self.poll();
        self.settle();
    }

    /// Works what follows until nothing more does.
    pub fn settle(&mut self) {
        loop {
            self.drain();
            let Some((channel, notice)) = self.calls.next_notice() else { break };
            if !self.calls.is_staying(channel) {
                if channel == self.caller && self.script.is_some() {
                    if let Some(script) = &mut self.script {
                        script.take_channel_away();
                    }
                    self.poll();
                    self.last_words();
                }
                self.calls.destroy(channel);
            } else if let (true, Some(script)) = (channel == self.caller, &mut self.script) {
                script.post(notice);
                if script.waiting
                    && let Some(notice) = script.take_notice()
                {
                    script.tell(Told::Notice(notice));
                    self.poll();
                }
            }
        }
    }

    fn drain(&mut self) {
        while let Some((channel, verb)) = self.calls.next_verb() {
            let name = self.calls.snapshot(channel).map(|channel| channel.endpoint.to_string());
            match verb {
                Verb::Hangup { cause } => self.verbs.push(format!("hang up {}", cause.0)),
                verb => self.verbs.push(format!("{} {verb:?}", name.unwrap_or_default())),
            }
        }
        while let Some(event) = self.calls.next_event() {
            if let Event::ChannelDialplanChanged { channel } = event {
                let at = &channel.dialplan;
                self.steps.push(format!("{} {}({})", at.exten, at.app_name, at.app_data));
            }
        }
        while let Some((_, line)) = self.calls.next_log() {
            self.log.push(line);
        }
        while let Some(effect) = self.calls.next_effect() {
            let Effect::Load { load, sources, .. } = effect else { continue };
            let names: Vec<String> = sources.iter().map(|source| format!("{source:?}")).collect();
            self.played.push(names.join(" "));
            let missing = sources.contains(&AudioSource::Sound("missing".to_owned()));
            let audio = Arc::new(Audio { rate: 8_000, samples: vec![0; 160] });
            self.calls.loaded(load, if missing { Err(LoadFailure::Missing) } else { Ok(audio) });
        }
        while let Some((_, command)) = self.calls.rack().next_command() {
            match command {
                Command::Play { player, .. } => self.players.push_back(player),
                Command::StopPlayer { player } => {
                    self.players.retain(|other| *other != player);
                    self.calls.media_event(media::Event::PlayerFinished { player });
                }
                _ => {}
            }
        }
    }

    /// The caller has hung up: `h` of the context it stands in.
    pub fn last_words(&mut self) {
        let plan = self.plan.clone();
        let context = self.calls.snapshot(self.caller).map(|caller| caller.dialplan.context.clone());
        let context = context.unwrap_or_default();
        let ended = self.exit.take();
        self.script = Some(Script::after_hangup(self.caller, |chan| {
            dialplan::after_hangup(chan, dialplan::Plans::new(plan), context)
        }));
        self.poll();
        self.last_exit = std::mem::replace(&mut self.exit, ended);
        self.drain();
    }

    fn poll(&mut self) {
        for _ in 0..MOST_POLLS {
            let Some(mut script) = self.script.take() else { return };
            match script.poll(self.calls.time().now) {
                Polled::Ended(exit) => {
                    self.exit = Some(exit);
                    return;
                }
                Polled::Asked(Ask::Do(work)) => {
                    work(&mut self.calls, self.caller);
                    script.tell(Told::Done);
                }
                Polled::Asked(Ask::Enter { application, args }) => {
                    if application != "missing" {
                        self.entered = Some((application, args));
                        self.script = Some(script);
                        return;
                    }
                    script.tell(Told::Entered(Entered::Refused));
                }
                Polled::Asked(Ask::Next { until }) => match script.take_notice() {
                    Some(notice) => script.tell(Told::Notice(notice)),
                    None => {
                        script.waiting = true;
                        script.deadline = until;
                        self.script = Some(script);
                        return;
                    }
                },
            }
            self.script = Some(script);
        }
        panic!("the walk does not wait");
    }
}
