//! The control script: works what an application asks of a channel, one command at a time.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use call::bridge::Join;
use call::script::Exit;
use call::{BridgeKey, Chan, Dialing, Left, Location, Notice, PlaybackKey, RecordingKey};
use media::{Digits, Way};

use crate::command::{MuteDirection, Ticket};
use crate::reply::{Answer, Refusal, Reply};

/// Replies on their way out, shared with the desks.
pub(crate) type Replies = Rc<RefCell<VecDeque<(Ticket, Reply)>>>;

/// Commands that wait for one channel. One more is refused as if the channel had ended.
pub const LONGEST_QUEUE: usize = 256;

/// What the control script works.
#[derive(Debug)]
pub(crate) enum Control {
    Answer,
    Ring,
    Progress,
    Digits(Digits),
    Mute(MuteDirection, bool),
    StartMusic(String),
    StopMusic,
    Hold,
    Unhold,
    Play(PlaybackKey),
    Record { recording: RecordingKey, beep: Option<PlaybackKey> },
    SetVariable { name: String, value: Option<String>, reported: bool },
    Dial { timeout: Option<Duration> },
    Redirect { to: String },
    Join { bridge: BridgeKey, join: Join },
    Leave { bridge: BridgeKey },
    Continue(Option<Location>),
    Move { application: String, args: Vec<String> },
}

/// One reply owed for several commands that have to be done first.
pub(crate) struct Owed {
    ticket: Ticket,
    left: Cell<usize>,
    refusal: RefCell<Option<Refusal>>,
    replies: Replies,
}

impl Owed {
    pub(crate) fn new(ticket: Ticket, parts: usize, replies: Replies) -> Rc<Owed> {
        Rc::new(Owed { ticket, left: Cell::new(parts), refusal: RefCell::new(None), replies })
    }

    /// One part could not even be begun.
    pub(crate) fn refuse(&self, refusal: Refusal) {
        self.part_done(Err(refusal));
    }

    fn part_done(&self, result: Result<(), Refusal>) {
        if let Err(refusal) = result {
            self.refusal.borrow_mut().get_or_insert(refusal);
        }
        self.left.set(self.left.get().saturating_sub(1));
        if self.left.get() == 0 {
            let reply = match self.refusal.borrow_mut().take() {
                None => Ok(Answer::Done),
                Some(refusal) => Err(refusal),
            };
            self.replies.borrow_mut().push_back((self.ticket, reply));
        }
    }
}

/// Why a control script ended.
pub enum Outcome {
    /// The channel hung up or was taken away.
    Gone,
    /// It goes back to the dialplan: at a place, or after where it was.
    Continue(Option<Location>),
    /// It goes to another application.
    Move {
        /// Which.
        application: String,
        /// With what.
        args: Vec<String>,
    },
    /// It stays; its commands go on from this desk.
    Stay(Rc<Desk>),
}

/// Where commands for one channel wait for its control script.
pub struct Desk {
    queue: RefCell<VecDeque<(Control, Option<Rc<Owed>>)>>,
    outcome: RefCell<Option<Outcome>>,
    channel: Arc<str>,
    closed: Cell<bool>,
}

impl Desk {
    pub(crate) fn new(channel: Arc<str>) -> Desk {
        Desk {
            queue: RefCell::new(VecDeque::new()),
            outcome: RefCell::new(None),
            channel,
            closed: Cell::new(false),
        }
    }

    pub(crate) fn channel_id(&self) -> &str {
        &self.channel
    }

    /// `false` where the queue is full or closed; nothing is owed then.
    pub(crate) fn push(&self, control: Control, owed: Option<Rc<Owed>>) -> bool {
        let mut queue = self.queue.borrow_mut();
        if self.closed.get() || queue.len() >= LONGEST_QUEUE {
            return false;
        }
        queue.push_back((control, owed));
        true
    }

    fn take(&self) -> Option<(Control, Option<Rc<Owed>>)> {
        self.queue.borrow_mut().pop_front()
    }

    pub(crate) fn take_outcome(&self) -> Outcome {
        self.outcome.borrow_mut().take().unwrap_or(Outcome::Gone)
    }

    /// No more commands: those that wait are answered as ended.
    pub(crate) fn close(&self) {
        self.closed.set(true);
        while let Some((_, owed)) = self.take() {
            if let Some(owed) = owed {
                owed.part_done(Err(Refusal::Ended));
            }
        }
    }
}

/// The control script of a channel in an application.
pub async fn control(chan: Chan, desk: Rc<Desk>) -> Exit {
    loop {
        while let Some((control, owed)) = desk.take() {
            let worked = work(&chan, &desk, control).await;
            if let Some(owed) = owed {
                owed.part_done(match worked {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(refusal)) => Err(refusal),
                    Err(Left) => Err(Refusal::Ended),
                });
            }
            if worked_last(&desk) {
                return Exit::Finished;
            }
        }
        if chan.next(None).await.is_err() {
            return Exit::Left;
        }
    }
}

fn worked_last(desk: &Desk) -> bool {
    desk.outcome.borrow().is_some()
}

async fn work(chan: &Chan, desk: &Desk, control: Control) -> Result<Result<(), Refusal>, Left> {
    match control {
        Control::Answer => chan.with(|calls, key| calls.answer(key)).await?,
        Control::Ring => chan.with(|calls, key| calls.ring(key)).await?,
        Control::Progress => chan.with(|calls, key| calls.progress(key)).await?,
        Control::Digits(digits) => {
            chan.with(move |calls, key| calls.send_digits(key, digits)).await?;
            while chan.next(None).await? != Notice::DigitsSent {}
        }
        Control::Mute(direction, on) => {
            chan.with(move |calls, key| {
                if direction != MuteDirection::Out {
                    calls.mute(key, Way::In, on);
                }
                if direction != MuteDirection::In {
                    calls.mute(key, Way::Out, on);
                }
            })
            .await?;
        }
        Control::StartMusic(class) => {
            chan.with(move |calls, key| {
                calls.progress(key);
                calls.start_music(key, &class);
            })
            .await?;
        }
        Control::StopMusic => {
            chan.with(|calls, key| calls.stop_music(key)).await?;
        }
        Control::Hold => chan.with(|calls, key| calls.hold(key, "")).await?,
        Control::Unhold => chan.with(|calls, key| calls.unhold(key)).await?,
        Control::Play(playback) => play(chan, playback).await?,
        Control::Record { recording, beep } => {
            if let Some(beep) = beep {
                play(chan, beep).await?;
            }
            chan.with(move |calls, _| calls.start_recording(recording)).await?;
            while chan.next(None).await? != (Notice::RecordingFinished { recording }) {}
        }
        Control::SetVariable { name, value, reported } => {
            chan.with(move |calls, key| {
                calls.report_variable(key, &name, reported);
                set_variable(calls, key, &name, value);
            })
            .await?;
        }
        Control::Dial { timeout } => {
            let dialed = chan
                .with(move |calls, key| {
                    let may = !calls.was_dialed(key);
                    if may {
                        calls.dial(key, Dialing::Created, timeout);
                    }
                    may
                })
                .await?;
            return Ok(if dialed { Ok(()) } else { Err(Refusal::NotDialable) });
        }
        Control::Redirect { to } => chan.with(move |calls, key| calls.redirect(key, to)).await?,
        Control::Join { bridge, join } => {
            let joined = chan
                .with(move |calls, key| {
                    if calls.is_recorded(key) {
                        let id = calls.snapshot(key).map(|channel| channel.id.clone()).unwrap_or_default();
                        return Err(Refusal::MemberRecorded(id));
                    }
                    if calls.join_bridge(bridge, key, join) { Ok(()) } else { Err(Refusal::NoSuchBridge) }
                })
                .await?;
            return Ok(joined);
        }
        Control::Leave { bridge } => {
            let left = chan
                .with(move |calls, key| {
                    let there = calls.bridge_of(key) == Some(bridge);
                    if there {
                        calls.leave_bridge(key);
                    }
                    there
                })
                .await?;
            return Ok(if left { Ok(()) } else { Err(Refusal::NotInThisBridge) });
        }
        Control::Continue(to) => {
            chan.with(|calls, key| calls.leave_bridge(key)).await?;
            *desk.outcome.borrow_mut() = Some(Outcome::Continue(to));
        }
        Control::Move { application, args } => {
            *desk.outcome.borrow_mut() = Some(Outcome::Move { application, args });
        }
    }
    Ok(Ok(()))
}

async fn play(chan: &Chan, playback: PlaybackKey) -> Result<(), Left> {
    chan.with(move |calls, _| calls.start_playback(playback)).await?;
    loop {
        if let Notice::PlaybackFinished { playback: ended, .. } = chan.next(None).await?
            && ended == playback
        {
            return Ok(());
        }
    }
}

fn set_variable(calls: &mut call::Calls, key: call::ChannelKey, name: &str, value: Option<String>) {
    match name.split_once('(').and_then(|(function, rest)| Some((function, rest.strip_suffix(')')?))) {
        None => calls.set_variable(Some(key), name, value),
        // As in Asterisk, setting a function that is not there is no error.
        Some((function, argument)) => {
            calls.set_function(key, function, argument, &value.unwrap_or_default());
        }
    }
}
