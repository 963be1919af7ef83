//! The world and its clock.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use call::{Census, LogLevel, PortCredit, ShardId, Time};
use media::{PortId, Shard, ShardConfig};
use sip::resolve::{Query, Records};
use stasis::{Answer, Command, Delivery, Reply, Ticket};
use switch::{Counters, Input, Switch};

use crate::application::{App, Session};
use crate::disk::Disk;
use crate::failing::Failures;
use crate::invariants::{Broken, Invariants};
use crate::network::Network;
use crate::phones::Seat;
use crate::planted::{Planted, Tamper};
use crate::provider::Provider;
use crate::routes::address_of;
use crate::setup::{SERVER, Setup, phone_address};
use crate::trace::Trace;

/// Shards of a world.
const SHARDS: usize = 3;
/// Wall time at the beginning, milliseconds since 1970.
const UNIX_MS: u64 = 1_700_000_000_000;
/// Longer than anything is waited for in a scenario, of virtual time.
const PATIENCE: Duration = Duration::from_secs(300);
/// Longer than any transaction, recording or retransmission takes to be over: 64*T1 and more.
const OVER: Duration = Duration::from_secs(80);
/// Inputs that may wait for the switch. (A session that does not keep up is cut off by its edge, which is not here.)
const INBOX: usize = 4_096;
/// Steps that may be taken without time going on.
const STEPS_AT_ONCE: u32 = 1_000_000;
/// The application that sees everything. It is told last.
const MONITOR: &str = "zz-monitor";
/// Lines that are kept to be shown when something is wrong.
const LINES: usize = 400;

/// Something that is on its way.
pub(crate) enum Happening {
    Datagram { from: SocketAddr, to: SocketAddr, bytes: Bytes },
    ToSwitch(Input),
    ToShard { shard: u16, command: media::Command },
    Replied { ticket: Ticket, reply: Reply },
    Told(Delivery),
    Disk,
}

struct Queued {
    at: Duration,
    number: u64,
    happening: Happening,
}

impl PartialEq for Queued {
    fn eq(&self, other: &Queued) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}

impl Eq for Queued {}

impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Queued) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Queued {
    fn cmp(&self, other: &Queued) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

pub(crate) struct Rack {
    pub(crate) media: Shard,
    inbox: usize,
}

impl Rack {
    pub(crate) fn inbox_grows(&mut self) -> usize {
        self.inbox += 1;
        self.inbox
    }

    pub(crate) fn inbox_shrinks(&mut self) {
        self.inbox -= 1;
    }
}

/// The simulated world. See the crate's documentation.
pub struct World {
    setup: Setup,
    pub(crate) now: Duration,
    pub(crate) switch: Switch,
    pub(crate) shards: Vec<Rack>,
    /// Which shard has a port.
    pub(crate) homes: BTreeMap<PortId, usize>,
    /// The network. Change it whenever you like.
    pub network: Network,
    /// The disk.
    pub disk: Disk,
    pub(crate) disk_is_watched: bool,
    pub(crate) seats: Vec<Seat>,
    pub(crate) providers: Vec<Provider>,
    /// What the domain name system knows.
    pub names: BTreeMap<Query, Records>,
    pub(crate) sessions: Vec<Session>,
    pub(crate) owners: BTreeMap<Ticket, App>,
    /// What is checked.
    pub invariants: Invariants,
    pub(crate) tamper: Tamper,
    pub(crate) failures: Failures,
    /// What phones sent last, for whoever sends it again.
    pub(crate) overheard: VecDeque<Bytes>,
    queue: BinaryHeap<Reverse<Queued>>,
    /// Inputs on their way to the switch.
    inbox: usize,
    numbers: u64,
    pub(crate) trace: Trace,
    lines: VecDeque<String>,
    labels: BTreeMap<String, usize>,
    /// Datagrams sent to each host.
    pub(crate) by_host: BTreeMap<IpAddr, usize>,
    steps_at_once: u32,
    quiet: bool,
}

impl World {
    /// A world with nobody in it yet, and the dialplan [`crate::DIALPLAN`].
    pub fn new(seed: u64) -> World {
        World::with(Setup::new(seed))
    }

    /// A world that is set up otherwise.
    pub fn with(setup: Setup) -> World {
        let switch = Switch::new(setup.config(), setup.seed);
        let shard = |n: usize| {
            let seed = setup.seed.wrapping_mul(7).wrapping_add(n as u64);
            let wall_offset = Duration::from_millis(UNIX_MS);
            let media = Shard::new(ShardConfig { seed, max_legs: 1_000, max_rooms: 1_000, wall_offset });
            Rack { media, inbox: 0 }
        };
        let mut world = World {
            now: Duration::from_secs(1),
            switch,
            shards: (0..SHARDS).map(shard).collect(),
            homes: BTreeMap::new(),
            network: Network::new(setup.seed),
            disk: Disk::default(),
            disk_is_watched: false,
            seats: Vec::new(),
            providers: Vec::new(),
            names: BTreeMap::new(),
            sessions: Vec::new(),
            owners: BTreeMap::new(),
            invariants: Invariants::watched_by(MONITOR),
            tamper: Tamper::default(),
            failures: Failures::default(),
            overheard: VecDeque::new(),
            queue: BinaryHeap::new(),
            inbox: 0,
            numbers: 0,
            trace: Trace::new(),
            lines: VecDeque::new(),
            labels: BTreeMap::new(),
            by_host: BTreeMap::new(),
            steps_at_once: 0,
            quiet: false,
            setup,
        };
        world.post_ports();
        world.connect(MONITOR, true);
        world.run(Duration::from_millis(1));
        world
    }

    fn post_ports(&mut self) {
        let each = self.setup.ports;
        for shard in 0..SHARDS {
            let first = shard as u64 * u64::from(each);
            let ports: Vec<PortCredit> = (first..first + u64::from(each))
                .map(|number| {
                    let port = PortId(number);
                    let address = address_of(port);
                    PortCredit { port, address: address.ip(), rtp_port: address.port() }
                })
                .collect();
            self.homes.extend(ports.iter().map(|credit| (credit.port, shard)));
            self.feed(Input::Ports { shard: ShardId(shard as u16), ports });
        }
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.setup.seed
    }

    /// Virtual time.
    pub fn now(&self) -> Duration {
        self.now
    }

    pub(crate) fn time(&self) -> Time {
        Time { now: self.now, unix_ms: UNIX_MS + self.now.as_millis() as u64 }
    }

    /// One number for everything that crossed so far.
    pub fn trace(&self) -> u64 {
        self.trace.value()
    }

    /// What the switch counted.
    pub fn counters(&self) -> Counters {
        self.switch.counters()
    }

    /// SIP sessions and transactions that the switch has.
    pub fn sip_census(&self) -> (usize, usize) {
        self.switch.sip_census()
    }

    /// How many of the latest lines of the log hold a text.
    pub fn log_lines(&self, text: &str) -> usize {
        self.lines.iter().filter(|line| line.contains(text)).count()
    }

    /// How registrations of the switch with others stand.
    pub fn registrations(&self) -> Vec<signalling::RegistrationSnapshot> {
        self.switch.registrations()
    }

    /// The switch is told that the process is about to end.
    pub fn drain(&mut self) {
        self.feed(Input::Drain);
    }

    /// How many live things the switch has.
    pub fn census(&self) -> Census {
        self.switch.census()
    }

    /// Legs in each shard.
    pub fn legs(&self) -> Vec<usize> {
        self.shards.iter().map(|shard| shard.media.leg_count()).collect()
    }

    /// Plants a fault. Invariants that break are kept from now on, not panicked about.
    pub fn plant(&mut self, planted: Planted) {
        self.tamper.planted = Some(planted);
        self.quiet = true;
    }

    /// How many SIP messages of that label were sent, those that got lost too.
    pub fn sent(&self, label: &str) -> usize {
        self.labels.get(label).copied().unwrap_or_default()
    }

    pub(crate) fn after(&mut self, delay: Duration, happening: Happening) {
        self.at(self.now + delay, happening);
    }

    pub(crate) fn at(&mut self, at: Duration, happening: Happening) {
        self.numbers += 1;
        if let Happening::ToSwitch(_) = &happening {
            self.inbox += 1;
            self.invariants.inbox("switch", self.inbox, INBOX);
        }
        self.queue.push(Reverse(Queued { at, number: self.numbers, happening }));
    }

    pub(crate) fn tell_switch(&mut self, delay: Duration, input: Input) {
        self.after(delay, Happening::ToSwitch(input));
    }

    pub(crate) fn log(&mut self, level: LogLevel, line: String) {
        self.line(format!("{level:?}: {line}"));
    }

    pub(crate) fn note(&mut self, from: SocketAddr, to: SocketAddr, label: &str) {
        *self.labels.entry(label.to_owned()).or_default() += 1;
        self.line(format!("{from} -> {to} {label}"));
    }

    fn line(&mut self, line: String) {
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(format!("{:10.4} {line}", self.now.as_secs_f64()));
    }

    /// When the next thing happens.
    fn next(&self) -> Option<(Duration, Who)> {
        let queued = self.queue.peek().map(|Reverse(queued)| (queued.at, Who::Queue));
        let switch = self.switch.deadline().map(|at| (at, Who::Switch));
        let shards = self.shards.iter().enumerate();
        let shards = shards.filter_map(|(n, shard)| Some((shard.media.deadline()?, Who::Shard(n))));
        let phones = self.seats.iter().enumerate();
        let phones = phones.filter_map(|(n, seat)| Some((seat.phone.deadline()?, Who::Phone(n))));
        // What is due comes before what arrives at the same moment.
        switch.into_iter().chain(queued).chain(shards).chain(phones).min_by_key(|(at, _)| *at)
    }

    /// Lets the next thing happen, unless it is later than `until`; `false` where nothing happened.
    fn step(&mut self, until: Duration) -> bool {
        let Some((at, who)) = self.next().filter(|(at, _)| *at <= until) else {
            self.now = self.now.max(until);
            return false;
        };
        self.steps_at_once = if at > self.now { 0 } else { self.steps_at_once + 1 };
        if self.steps_at_once > STEPS_AT_ONCE {
            self.fail(&format!("time stands still: {who:?}"));
        }
        self.now = self.now.max(at);
        self.invariants.set_time(self.now);
        match who {
            Who::Queue => {
                if let Some(Reverse(queued)) = self.queue.pop() {
                    self.happen(queued.happening);
                }
            }
            Who::Switch => self.feed(Input::Tick),
            Who::Shard(shard) => self.advance_shard(shard),
            Who::Phone(seat) => {
                let now = self.now;
                self.seats[seat].phone.advance(now);
                self.drain_phone(seat);
            }
        }
        if !self.quiet && !self.invariants.violations().is_empty() {
            self.fail("an invariant is broken");
        }
        true
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Datagram { from, to, bytes } => self.arrive(from, to, bytes),
            Happening::ToSwitch(input) => {
                self.inbox -= 1;
                self.feed(input);
            }
            Happening::ToShard { shard, command } => self.command_shard(usize::from(shard), command),
            Happening::Replied { ticket, reply } => {
                self.trace.add_number(ticket.0);
                self.trace.add(format!("{reply:?}").as_bytes());
                if reply.is_err() {
                    self.line(format!("{ticket:?} {reply:?}"));
                }
                if let Some(app) = self.owners.get(&ticket) {
                    self.sessions[app.0].replies.insert(ticket, reply);
                }
            }
            Happening::Told(delivery) => self.told_one(delivery),
            Happening::Disk => self.drain_disk(),
        }
    }

    fn told_one(&mut self, delivery: Delivery) {
        self.trace.add(format!("{delivery:?}").as_bytes());
        let name = delivery.message.type_name();
        if name != "ChannelVarset" {
            let number = delivery.sequence;
            self.line(format!("{} {number} {name}", delivery.application));
        }
        let Some(at) = self.sessions.iter().position(|session| session.id == delivery.session) else {
            return;
        };
        if !self.sessions[at].connected {
            return;
        }
        let mut behaviour = self.sessions[at].behaviour.take();
        if let Some(behaviour) = &mut behaviour {
            for command in behaviour(&delivery) {
                self.send(App(at), command);
            }
        }
        self.sessions[at].behaviour = behaviour;
        self.sessions[at].told.push(delivery);
    }

    /// Lets time pass.
    pub fn run(&mut self, time: Duration) {
        let until = self.now + time;
        while self.step(until) {}
    }

    /// Lets time pass until something is so.
    ///
    /// # Panics
    /// If it is not so after five minutes.
    pub fn until(&mut self, what: &str, mut is_so: impl FnMut(&World) -> bool) {
        let limit = self.now + PATIENCE;
        while !is_so(self) {
            if !self.step(limit) {
                self.fail(&format!("waited in vain until {what}"));
            }
        }
    }

    /// Somebody sends a SIP datagram from the address of a phone, whoever has it: nothing of it is held against the
    /// phone.
    pub fn send_sip(&mut self, number: &str, message: Bytes) {
        let from = phone_address(number);
        self.after(Duration::from_millis(1), Happening::Datagram { from, to: SERVER, bytes: message });
    }

    /// Somebody sends a datagram to a port pair of the switch: to its RTP, or to its RTCP.
    pub fn send_media(&mut self, number: &str, port: PortId, rtcp: bool, packet: Bytes) {
        let (from, mut to) = (phone_address(number), address_of(port));
        to.set_port(to.port() + u16::from(rtcp));
        self.after(Duration::from_millis(1), Happening::Datagram { from, to, bytes: packet });
    }

    /// The SIP messages that phones sent last, oldest first.
    pub fn overheard(&self) -> impl ExactSizeIterator<Item = &Bytes> {
        self.overheard.iter()
    }

    /// All calls are hung up.
    pub fn hang_up_all(&mut self) {
        self.tell_switch(Duration::ZERO, Input::HangUpAll);
    }

    /// Lets time pass until everything there was is over: transactions, retransmissions, files.
    pub fn settle(&mut self) {
        self.run(OVER);
    }

    /// Hangs nobody up, but checks that all is over: no channel, timer, port, leg, script, subscription or transaction
    /// is left, and each command was replied.
    pub fn check(&mut self) {
        self.settle();
        self.invariants.over();
        let leaks = self.leaks();
        for how in leaks {
            self.invariants.breaks(Broken::Leak, how);
        }
        if !self.quiet && !self.invariants.violations().is_empty() {
            self.fail("something is left");
        }
    }

    fn leaks(&mut self) -> Vec<String> {
        let mut leaks = Vec::new();
        let census = self.switch.census();
        // A bridge stays until it is ended.
        if census != (Census { bridges: census.bridges, ..Census::default() }) {
            leaks.push(format!("{census:?}"));
        }
        if self.switch.scripts() > 0 {
            leaks.push(format!("{} scripts", self.switch.scripts()));
        }
        let (sessions, transactions) = self.switch.sip_census();
        if sessions + transactions > 0 {
            leaks.push(format!("{sessions} SIP sessions, {transactions} SIP transactions"));
        }
        let registered = self.seats.iter().any(|seat| seat.phone.is_registered());
        // What is asked or registered for good has timers for good.
        let sip = self.setup.config().sip;
        let lasts = !sip.registrations.is_empty() || sip.aors.iter().any(|aor| aor.qualify_frequency > 0);
        let subscriptions = self.switch.subscriptions();
        if subscriptions > 0 {
            leaks.push(format!("{subscriptions} subscriptions"));
        }
        if let Some(at) = self.switch.deadline().filter(|_| !registered && !lasts) {
            leaks.push(format!("a timer of the switch, due at {at:?}"));
        }
        let (free, all) = (self.switch.free_ports(), SHARDS * usize::from(self.setup.ports));
        if free != all {
            leaks.push(format!("{free} of {all} ports are free"));
        }
        for (n, legs) in self.legs().into_iter().enumerate().filter(|(_, legs)| *legs > 0) {
            leaks.push(format!("{legs} legs in shard {n}"));
        }
        let monitor = App(0);
        match self.ask(monitor, Command::Applications) {
            Ok(Answer::Applications(all)) => {
                let mut ids = |name: &str, ids: &[String]| {
                    let own = ids.iter().filter(|id| !id.starts_with("__AST"));
                    leaks.extend(own.map(|id| format!("{name} is subscribed to {id}")));
                };
                for application in &all {
                    ids(&application.name, &application.channels);
                    if census.bridges == 0 {
                        ids(&application.name, &application.bridges);
                    }
                }
            }
            other => leaks.push(format!("{other:?}")),
        }
        leaks
    }

    /// Panics with the seed and what happened last.
    pub fn fail(&self, why: &str) -> ! {
        let mut text = format!("seed {}: {why} at {:?}\n", self.setup.seed, self.now);
        for violation in self.invariants.violations().iter().take(10) {
            text.push_str(&format!("  {violation}\n"));
        }
        text.push_str(&format!("  {:?} {:?}\n", self.switch.census(), self.switch.counters()));
        for line in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        panic!("{text}");
    }
}

#[derive(Debug, Clone, Copy)]
enum Who {
    Queue,
    Switch,
    Shard(usize),
    Phone(usize),
}
