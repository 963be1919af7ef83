//! Scripts: whatever waits in a straight line on behalf of a channel, as an `async fn` that only the switch polls.
//!
//! A script holds a [`Chan`] and nothing else of the switch's. Each await is one [`Ask`] in the chan's one slot; the
//! switch takes it, answers it at once or parks the script, and polls again. Waking plays no part: the waker is a
//! no-op. Once the channel hangs up or is sent elsewhere every await answers [`Left`], and the script returns.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::cause::Cause;
use crate::channel::{ChannelKey, Location};
use crate::model::Calls;
use crate::playback::PlaybackKey;
use crate::recording::RecordingKey;

/// Most notices that wait for one script. More are dropped, oldest digits first.
pub const MAILBOX: usize = 256;

/// The channel is no longer the script's: it hung up or was sent elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left;

/// What a waiting script is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The far end pressed and let go a digit.
    Digit {
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
        /// How long, milliseconds.
        duration_ms: u32,
    },
    /// A playback ended.
    PlaybackFinished {
        /// Which.
        playback: PlaybackKey,
        /// It could not be played.
        failed: bool,
    },
    /// A recording ended.
    RecordingFinished {
        /// Which.
        recording: RecordingKey,
    },
    /// The digits we were to send are out.
    DigitsSent,
    /// A channel that this one dialled moved on.
    Branch {
        /// The dialled channel.
        channel: ChannelKey,
        /// How.
        progress: Branch,
    },
    /// Something waits in a queue that the script shares with others.
    Poked,
    /// The deadline of [`Chan::next`] passed.
    Deadline,
}

/// How a dialled channel moved on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// It rings.
    Ringing,
    /// It sends early media.
    Progress,
    /// It answered.
    Answered,
    /// It is gone.
    Ended {
        /// Why.
        cause: Cause,
    },
}

/// How a script ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// Nothing more to do: the script below goes on, or the channel is hung up where there is none.
    Finished,
    /// The channel was taken from it.
    Left,
    /// The channel goes on elsewhere in the dialplan.
    Goto(Location),
    /// The channel is to be hung up.
    Hangup(Cause),
}

/// How entering an application went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entered {
    /// No such application is registered.
    Refused,
    /// It had the channel and gave it back, at a place of its choice or where it was.
    Returned(Option<Location>),
}

/// Something a script does with the model.
pub type Work = Box<dyn FnOnce(&mut Calls, ChannelKey)>;

/// What a script asks of the switch.
pub enum Ask {
    /// Do something with the model; answered at once.
    Do(Work),
    /// Wait for a notice.
    Next {
        /// Until when, in the switch's monotonic time.
        until: Option<Duration>,
    },
    /// Hand the channel to a Stasis application until it gives it back.
    Enter {
        /// The application's name.
        application: String,
        /// What it is given with StasisStart.
        args: Vec<String>,
    },
}

/// What a script is answered.
#[derive(Debug)]
pub enum Told {
    /// It is done.
    Done,
    /// A notice came.
    Notice(Notice),
    /// The application had the channel, or refused.
    Entered(Entered),
}

struct Port {
    channel: ChannelKey,
    now: Cell<Duration>,
    left: Cell<bool>,
    over: Cell<bool>,
    ask: RefCell<Option<Ask>>,
    told: RefCell<Option<Told>>,
    mailbox: RefCell<VecDeque<Notice>>,
}

/// A script's handle on its channel.
#[derive(Clone)]
pub struct Chan(Rc<Port>);

impl Chan {
    /// The channel. It may be gone.
    pub fn key(&self) -> ChannelKey {
        self.0.channel
    }

    /// The time of the input being worked.
    pub fn now(&self) -> Duration {
        self.0.now.get()
    }

    /// Whether the call is over: the script runs after its channel hung up, and nothing can be waited for.
    pub fn is_over(&self) -> bool {
        self.0.over.get()
    }

    /// Does something with the model, at once.
    pub async fn with<R: 'static>(
        &self,
        work: impl FnOnce(&mut Calls, ChannelKey) -> R + 'static,
    ) -> Result<R, Left> {
        self.work(work, false).await
    }

    /// The same although the channel may have left already: for what has to be written down before it ends.
    pub async fn last_words(&self, work: impl FnOnce(&mut Calls, ChannelKey) + 'static) {
        let _ = self.work(work, true).await;
    }

    async fn work<R: 'static>(
        &self,
        work: impl FnOnce(&mut Calls, ChannelKey) -> R + 'static,
        although_left: bool,
    ) -> Result<R, Left> {
        let slot = Rc::new(RefCell::new(None));
        let filled = slot.clone();
        let ask = Ask::Do(Box::new(move |calls, channel| {
            *filled.borrow_mut() = Some(work(calls, channel));
        }));
        Asking { port: &self.0, ask: Some(ask), although_left }.await?;
        let result = slot.borrow_mut().take();
        result.ok_or(Left)
    }

    /// The only wait: the next notice, or [`Notice::Deadline`] at `until`. Once the call is over there is nothing to
    /// wait for but a time that has come.
    pub async fn next(&self, until: Option<Duration>) -> Result<Notice, Left> {
        if self.is_over() {
            let come = until.is_some_and(|until| until <= self.now());
            return if come { Ok(Notice::Deadline) } else { Err(Left) };
        }
        match self.ask(Ask::Next { until }).await? {
            Told::Notice(notice) => Ok(notice),
            Told::Done | Told::Entered(_) => Err(Left),
        }
    }

    /// Waits a while, dropping notices meanwhile.
    pub async fn pause(&self, how_long: Duration) -> Result<(), Left> {
        let until = self.now().saturating_add(how_long);
        while self.next(Some(until)).await? != Notice::Deadline {}
        Ok(())
    }

    /// Hands the channel to a Stasis application until it gives it back.
    pub async fn enter(&self, application: String, args: Vec<String>) -> Result<Entered, Left> {
        match self.ask(Ask::Enter { application, args }).await? {
            Told::Entered(entered) => Ok(entered),
            Told::Done | Told::Notice(_) => Err(Left),
        }
    }

    fn ask(&self, ask: Ask) -> Asking<'_> {
        Asking { port: &self.0, ask: Some(ask), although_left: false }
    }
}

struct Asking<'a> {
    port: &'a Port,
    ask: Option<Ask>,
    although_left: bool,
}

impl Future for Asking<'_> {
    type Output = Result<Told, Left>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        if self.port.left.get() && !self.although_left {
            return Poll::Ready(Err(Left));
        }
        if let Some(ask) = self.ask.take() {
            *self.port.ask.borrow_mut() = Some(ask);
            return Poll::Pending;
        }
        let told = self.port.told.borrow_mut().take();
        match told {
            Some(told) => Poll::Ready(Ok(told)),
            None => Poll::Pending,
        }
    }
}

/// What polling a script came to.
pub enum Polled {
    /// It asked something; answer with [`Script::tell`] and poll again.
    Asked(Ask),
    /// It ended.
    Ended(Exit),
}

/// A script as the switch keeps it.
pub struct Script {
    future: Pin<Box<dyn Future<Output = Exit>>>,
    chan: Chan,
    /// Polls in the current turn and since it last waited.
    pub steps: u32,
    /// When its wait ends; `None` while it does not wait or waits without end.
    pub deadline: Option<Duration>,
    /// Whether it waits in [`Chan::next`].
    pub waiting: bool,
}

impl Script {
    /// A script for a channel, not yet polled.
    pub fn new<F, W>(channel: ChannelKey, work: W) -> Script
    where
        W: FnOnce(Chan) -> F,
        F: Future<Output = Exit> + 'static,
    {
        let chan = Chan(Rc::new(Port {
            channel,
            now: Cell::new(Duration::ZERO),
            left: Cell::new(false),
            over: Cell::new(false),
            ask: RefCell::new(None),
            told: RefCell::new(None),
            mailbox: RefCell::new(VecDeque::new()),
        }));
        let future = Box::pin(work(chan.clone()));
        Script { future, chan, steps: 0, deadline: None, waiting: false }
    }

    /// A script for a channel that hung up already: it can do whatever needs no waiting.
    pub fn after_hangup<F, W>(channel: ChannelKey, work: W) -> Script
    where
        W: FnOnce(Chan) -> F,
        F: Future<Output = Exit> + 'static,
    {
        let script = Script::new(channel, work);
        script.chan.0.over.set(true);
        script
    }

    /// The channel it works for.
    pub fn channel(&self) -> ChannelKey {
        self.chan.key()
    }

    /// Runs it up to its next ask or its end.
    pub fn poll(&mut self, now: Duration) -> Polled {
        self.chan.0.now.set(now);
        self.steps += 1;
        let mut context = Context::from_waker(Waker::noop());
        match self.future.as_mut().poll(&mut context) {
            Poll::Ready(exit) => Polled::Ended(exit),
            Poll::Pending => match self.chan.0.ask.borrow_mut().take() {
                Some(ask) => Polled::Asked(ask),
                // A future that awaits something else than its chan can never go on.
                None => Polled::Ended(Exit::Left),
            },
        }
    }

    /// Answers its ask.
    pub fn tell(&mut self, told: Told) {
        self.waiting = false;
        self.deadline = None;
        *self.chan.0.told.borrow_mut() = Some(told);
    }

    /// From now on every await of it answers [`Left`].
    pub fn take_channel_away(&mut self) {
        self.chan.0.left.set(true);
    }

    /// Keeps a notice until it is asked for.
    pub fn post(&self, notice: Notice) {
        let mut mailbox = self.chan.0.mailbox.borrow_mut();
        if notice == Notice::Poked && mailbox.contains(&Notice::Poked) {
            return;
        }
        if mailbox.len() >= MAILBOX {
            let oldest_digit = mailbox.iter().position(|kept| matches!(kept, Notice::Digit { .. }));
            mailbox.remove(oldest_digit.unwrap_or(0));
        }
        mailbox.push_back(notice);
    }

    /// The oldest notice it has not asked for.
    pub fn take_notice(&self) -> Option<Notice> {
        self.chan.0.mailbox.borrow_mut().pop_front()
    }
}
