//! The thread of one shard.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use call::ShardId;
use media::shard::{Shard, ShardConfig};
use media::{Command, Event, Far};
use mio::{Events, Poll, Token, Waker};

use super::ShardsConfig;
use super::lateness::Lateness;
use super::ports::{AHEAD, BOUND_AT_ONCE, Ports, of_token};
use super::timer::Timer;
use super::traffic::Published;
use crate::clock::Clock;
use crate::inbox::{Class, Inbox};

const WAKE: Token = Token(usize::MAX);
const TICK: Token = Token(usize::MAX - 1);
/// Longest packet that is taken; RTP is shorter than a frame of Ethernet.
const MAX_PACKET: usize = 2_048;
/// Packets read of one socket before the others get their turn.
const BATCH: usize = 16;
/// Events of one wait.
const EVENTS: usize = 1_024;
/// Commands worked before packets get their turn.
const COMMANDS: usize = 256;
/// Rooms of one shard.
const MAX_ROOMS: usize = 16_384;
/// How long events wait before they are posted again where the switch's inbox is full.
const TRY_AGAIN: Duration = Duration::from_millis(2);

/// Everything one thread owns.
pub(super) struct Worker {
    id: ShardId,
    shard: Shard,
    clock: Clock,
    poll: Poll,
    waker: Arc<Waker>,
    timer: Timer,
    /// What the timer is set to.
    armed: Option<Duration>,
    ports: Ports,
    /// Pairs that are bound and that no leg has, as far as this shard was told.
    free: usize,
    /// Fewer than wanted, and more can be bound.
    is_short: bool,
    commands: rtrb::Consumer<Command>,
    inbox: Inbox<switch::Input>,
    /// What the inbox had no room for.
    untold: VecDeque<switch::Input>,
    /// Sockets that were not read to their end.
    unread: VecDeque<Token>,
    lateness: Arc<Lateness>,
    published: Arc<Published>,
}

impl Worker {
    pub(super) fn new(
        config: &ShardsConfig,
        id: ShardId,
        clock: Clock,
        commands: rtrb::Consumer<Command>,
        inbox: Inbox<switch::Input>,
        lateness: Arc<Lateness>,
        published: Arc<Published>,
    ) -> io::Result<Worker> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let timer = Timer::register(poll.registry(), TICK)?;
        let registry = poll.registry().try_clone()?;
        let ports = Ports::new(registry, config.rtp, &config.addresses, id.0, config.count);
        let shard = Shard::new(ShardConfig {
            seed: config.seed ^ u64::from(id.0).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            max_legs: config.max_legs,
            max_rooms: MAX_ROOMS,
            wall_offset: clock.wall_offset(),
        });
        Ok(Worker {
            id,
            shard,
            clock,
            poll,
            waker,
            timer,
            armed: None,
            ports,
            free: 0,
            is_short: true,
            commands,
            inbox,
            untold: VecDeque::new(),
            unread: VecDeque::new(),
            lateness,
            published,
        })
    }

    pub(super) fn waker(&self) -> Arc<Waker> {
        self.waker.clone()
    }

    /// Works until the switch drops its end of the ring.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        loop {
            self.bind_ahead();
            self.tell();
            self.published.publish(&self.ports.traffic);
            if self.commands.is_abandoned() && self.commands.is_empty() {
                return;
            }
            if let Err(error) = self.wait(&mut events) {
                tracing::error!(%error, "a media shard cannot wait for packets");
                return;
            }
            self.advance();
            self.obey();
            let ready = events.iter().map(mio::event::Event::token);
            self.unread.extend(ready.filter(|token| *token != WAKE && *token != TICK));
            self.read();
        }
    }

    fn wait(&mut self, events: &mut Events) -> io::Result<()> {
        let is_busy = !self.unread.is_empty() || !self.commands.is_empty() || self.is_short;
        let deadline = self.shard.deadline();
        if deadline != self.armed
            && let Some(deadline) = deadline
        {
            self.timer.set(deadline.saturating_sub(self.clock.now()))?;
        }
        self.armed = deadline;
        let timeout = match (is_busy, self.untold.is_empty()) {
            (true, _) => Some(Duration::ZERO),
            (false, false) => Some(TRY_AGAIN),
            (false, true) => None,
        };
        match self.poll.poll(events, timeout) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn advance(&mut self) {
        let now = self.clock.now();
        if let Some(deadline) = self.shard.deadline().filter(|deadline| *deadline <= now) {
            self.lateness.record(now - deadline);
            self.shard.advance(now, &mut self.ports);
            self.lateness.state(self.shard.skipped_ms(), self.shard.leg_count());
        }
    }

    fn obey(&mut self) {
        for _ in 0..COMMANDS {
            let Ok(mut command) = self.commands.pop() else { break };
            match &mut command {
                Command::Open { far: Far::Rtp(_), .. } => self.free = self.free.saturating_sub(1),
                Command::Adopt { leg } => {
                    if let (Some(port), Some(pair)) = (leg.port, leg.descriptor.take()) {
                        self.ports.put(port, pair);
                    }
                }
                // The shard's own business.
                _ => {}
            }
            self.shard.command(self.clock.now(), command, &mut self.ports);
        }
    }

    fn bind_ahead(&mut self) {
        let wanted = AHEAD.saturating_sub(self.free).min(BOUND_AT_ONCE);
        let ports = if wanted > 0 { self.ports.bind(wanted) } else { Vec::new() };
        self.free += ports.len();
        // Where none could be bound there is none to wait for.
        self.is_short = self.free < AHEAD && !ports.is_empty();
        if !ports.is_empty() {
            self.untold.push_back(switch::Input::Ports { shard: self.id, ports });
        }
    }

    fn read(&mut self) {
        let mut buffer = [0; MAX_PACKET];
        for _ in 0..self.unread.len() {
            let Some(token) = self.unread.pop_front() else { return };
            let (port, kind) = of_token(token);
            let mut is_more = true;
            for _ in 0..BATCH {
                let Some(pair) = self.ports.pair(port) else { break };
                let socket = match kind {
                    media::PacketKind::Rtp => &pair.rtp,
                    media::PacketKind::Rtcp => &pair.rtcp,
                };
                match socket.recv_from(&mut buffer) {
                    Ok((length, from)) => {
                        let packet = &buffer[..length];
                        self.ports.traffic.received.count(kind, length);
                        self.shard.receive(self.clock.now(), port, kind, from, packet, &mut self.ports);
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        is_more = false;
                        break;
                    }
                    // The echo of a packet that nobody took (ICMP).
                    Err(_) => {}
                }
            }
            if is_more && self.ports.pair(port).is_some() {
                self.unread.push_back(token);
            }
        }
    }

    /// Tells the switch what there is to tell, in order, as far as its inbox has room.
    fn tell(&mut self) {
        while let Some(mut event) = self.shard.poll_event() {
            match &mut event {
                Event::Evicted { leg } => leg.descriptor = leg.port.and_then(|port| self.ports.take(port)),
                Event::Closed { port, statistics, .. } => {
                    self.free += usize::from(port.is_some());
                    self.ports.traffic.ended(statistics);
                }
                Event::Statistics { .. }
                | Event::Silent { .. }
                | Event::Digit { .. }
                | Event::TalkingStarted { .. }
                | Event::TalkingFinished { .. }
                | Event::DigitsSent { .. }
                | Event::PlayerFinished { .. }
                | Event::RecorderFinished { .. } => {}
            }
            // Where the switch is behind, figures wait for the next ones, which tell all that these do.
            if !self.untold.is_empty() && matches!(event, Event::Statistics { .. }) {
                continue;
            }
            self.untold.push_back(switch::Input::Media { shard: self.id, event });
        }
        while let Some(input) = self.untold.pop_front() {
            if let Err(back) = self.inbox.post(Class::Answer, input) {
                self.untold.push_front(back);
                break;
            }
        }
    }
}
