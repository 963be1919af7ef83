//! Walking: the script that takes a channel from priority to priority.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use call::script::Exit;
use call::{Calls, Cause, Chan, ChannelKey, ChannelState, Left, Location, LogLevel, Notice, Position};

use crate::apps::{self, Frame, Next};
use crate::hints;
use crate::plan::{Dialplan, Query};
use crate::problem::Problem;
use crate::strftime::{UnknownZone, strftime};
use crate::substitute::{Lookup, substitute};
use crate::times::LocalTime;

/// How long the first digit is waited for where nothing else is said; Asterisk's figure.
pub(crate) const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long each further digit is waited for; Asterisk's figure.
pub(crate) const DIGIT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a caller hears busy or congestion tone before the call ends.
const TONE_TIME: Duration = Duration::from_secs(10);

/// Longest extension that is collected.
const LONGEST_EXTENSION: usize = 79;

/// The plan in force, shared by all who walk it.
#[derive(Clone, Debug, Default)]
pub struct Plans(Rc<RefCell<Arc<Dialplan>>>);

impl Plans {
    /// This one is in force.
    pub fn new(plan: Arc<Dialplan>) -> Plans {
        Plans(Rc::new(RefCell::new(plan)))
    }

    /// The one in force.
    pub fn now(&self) -> Arc<Dialplan> {
        self.0.borrow().clone()
    }

    /// From now on this one is in force.
    pub fn replace(&self, plan: Arc<Dialplan>) {
        *self.0.borrow_mut() = plan;
    }
}

/// `[globals]`, in order, variables replaced.
pub fn globals(plan: &Dialplan) -> Vec<(String, String)> {
    plan.globals.clone()
}

/// The priority that carries a label. Includes are searched as if they held at all times.
pub fn priority_of(plan: &Dialplan, context: &str, exten: &str, label: &str) -> Option<u32> {
    plan.priority_of(context, exten, label)
}

/// Whether a call by `caller` (a number, empty where not known) can begin there. Includes that hold at times only count
/// as if they held always: a call that comes at another time goes to the `i` extension.
pub fn exists(plan: &Dialplan, context: &str, exten: &str, caller: &str) -> bool {
    plan.exists(context, exten, caller)
}

/// The hint of an extension, its variables replaced: devices joined by `&`, and what follows a comma.
pub fn hint(plan: &Dialplan, context: &str, exten: &str) -> Option<String> {
    plan.hint_text(context, exten)
}

/// Walks a channel through the dialplan from `location` until it ends or is taken away.
///
/// Where nothing stands at `location` the call begins at `s` of its context, then of `[default]`, as in Asterisk; an
/// extension that is in neither goes to `i`, and without an `i` the call ends with cause 1. A timeout goes to `t`. What
/// stands at `h` is for [`after_hangup`].
///
/// Where another plan takes the place of the one it began in, the walk goes on in that one from its next step on, by the
/// names of context and extension, as in Asterisk.
pub async fn run(chan: Chan, plans: Plans, location: Location) -> Exit {
    let mut here = Here { chan, plan: plans.now(), plans, at: location, frames: Rc::default() };
    match here.walk().await {
        Ok(exit) => exit,
        Err(Left) => Exit::Left,
    }
}

/// Runs one application on a channel, with its arguments as they are; the channel ends with it. One that leads to another
/// place (`Goto`) goes on there.
pub async fn run_application(chan: Chan, plans: Plans, name: String, data: String) -> Exit {
    let Some(known) = apps::find(&name) else {
        let line = format!("there is no application {name}");
        chan.last_words(move |calls, _| calls.log(LogLevel::Warning, line)).await;
        return Exit::Finished;
    };
    let shown = data.clone();
    let entered = chan.with(move |calls, key| {
        calls.set_application(key, known.name, &shown);
        calls.snapshot(key).map(|channel| channel.dialplan.context.clone()).unwrap_or_default()
    });
    let Ok(context) = entered.await else { return Exit::Left };
    let at = Location { context, exten: "s".to_owned(), priority: 1 };
    let here = Here { chan, plan: plans.now(), plans, at, frames: Rc::default() };
    match (known.run)(here, data).await {
        Ok(Next::Continue | Next::Dialled(_)) => Exit::Finished,
        Ok(Next::Jump(location)) => Exit::Goto(location),
        Ok(Next::Hangup(cause)) => cause.map_or(Exit::Finished, Exit::Hangup),
        Err(Left) => Exit::Left,
    }
}

/// Walks a channel that hung up through `h` of a context, as far as nothing has to be waited for: what needs the caller
/// ends the walk. [`Exit::Hangup`] gives the cause that `h` chose.
pub async fn after_hangup(chan: Chan, plans: Plans, context: String) -> Exit {
    let at = Location { context, exten: "h".to_owned(), priority: 1 };
    let mut here = Here { chan, plan: plans.now(), plans, at, frames: Rc::default() };
    let cause = loop {
        match here.step().await {
            Ok(Ran::Ran(Next::Continue)) => here.at.priority = here.at.priority.saturating_add(1),
            Ok(Ran::Ran(Next::Jump(location))) => here.at = location,
            Ok(Ran::Ran(Next::Hangup(cause))) => break cause,
            Ok(Ran::Ran(Next::Dialled(_)) | Ran::Nothing) | Err(Left) => break None,
        }
    };
    let Location { context, exten, priority } = here.at;
    here.chan
        .last_words(move |calls, key| {
            if let Some(channel) = calls.snapshot(key) {
                calls.come_to_rest(key, Position { context, exten, priority, ..channel.dialplan.clone() });
            }
        })
        .await;
    cause.map_or(Exit::Finished, Exit::Hangup)
}

/// Who calls and when: what a search depends on besides the place.
#[derive(Clone, Debug)]
pub(crate) struct Circumstances {
    caller: String,
    pub now: LocalTime,
}

/// The channel and the place it stands at.
#[derive(Clone)]
pub(crate) struct Here {
    pub chan: Chan,
    /// The plan of this step.
    pub plan: Arc<Dialplan>,
    plans: Plans,
    pub at: Location,
    /// The subroutines under way, shared with the applications.
    pub frames: Rc<RefCell<Vec<Frame>>>,
}

/// What a priority came to.
enum Ran {
    /// An application ran.
    Ran(Next),
    /// Nothing stands there.
    Nothing,
}

impl Here {
    async fn walk(&mut self) -> Result<Exit, Left> {
        self.begin().await?;
        loop {
            match self.step().await? {
                Ran::Ran(Next::Continue) => self.at.priority = self.at.priority.saturating_add(1),
                Ran::Ran(Next::Jump(location)) => self.at = location,
                Ran::Ran(Next::Dialled(digit)) => match self.dialled(digit.to_string()).await? {
                    Some(exit) => return Ok(exit),
                    None => continue,
                },
                Ran::Ran(Next::Hangup(cause)) => return Ok(Exit::Hangup(self.cause(cause).await?)),
                Ran::Nothing => {
                    if let Some(exit) = self.ran_out().await? {
                        return Ok(exit);
                    }
                }
            }
        }
    }

    /// Nothing at the first place: `s` there, or else in `[default]`.
    async fn begin(&mut self) -> Result<(), Left> {
        if self.has(&self.at.context, &self.at.exten, self.at.priority).await? {
            return Ok(());
        }
        for context in [self.at.context.clone(), "default".to_owned()] {
            if self.has(&context, "s", 1).await? {
                self.at = Location { context, exten: "s".to_owned(), priority: 1 };
                return Ok(());
            }
        }
        Ok(())
    }

    /// Runs what stands at the current place.
    async fn step(&mut self) -> Result<Ran, Left> {
        let circumstances = self.circumstances().await?;
        self.plan = self.plans.now();
        let plan = self.plan.clone();
        let Ok(found) = plan.find(circumstances.query(&self.at.context, &self.at.exten), self.at.priority)
        else {
            return Ok(Ran::Nothing);
        };
        let (application, arguments) = (found.step.application.clone(), found.step.arguments.clone());
        let known = apps::find(&application);
        let name = known.map_or(application, |known| known.name.to_owned());
        let at = self.at.clone();
        let arguments = self
            .chan
            .with(move |calls, key| {
                let place = format!("{},{},{}", at.context, at.exten, at.priority);
                let arguments = replaced(calls, key, &plan, &at, &arguments);
                if known.is_some() {
                    calls.log(LogLevel::Verbose, format!("{place}: {name}({arguments})"));
                    let Location { context, exten, priority } = at;
                    let app_data = arguments.clone();
                    calls.set_position(key, Position { context, exten, priority, app_name: name, app_data });
                } else {
                    calls.log(LogLevel::Warning, format!("{place}: there is no application {name}"));
                }
                arguments
            })
            .await?;
        match known {
            Some(known) => Ok(Ran::Ran((known.run)(self.clone(), arguments).await?)),
            None => Ok(Ran::Ran(Next::Hangup(None))),
        }
    }
    /// Nothing more stands here: an extension that is not there is invalid, any other has ended.
    async fn ran_out(&mut self) -> Result<Option<Exit>, Left> {
        if !self.has(&self.at.context, &self.at.exten, 1).await? {
            let wrong = self.at.exten.clone();
            return self.invalid(wrong, Cause::UNALLOCATED).await;
        }
        if !self.plan.settings.autofallthrough {
            let first = self.chan.now().saturating_add(RESPONSE_TIMEOUT);
            let Some(digit) = self.digit(first).await? else { return self.timed_out().await };
            return self.dialled(digit.to_string()).await;
        }
        let status = self.chan.with(|calls, key| calls.variable(Some(key), "DIALSTATUS")).await?;
        let (tone, cause) = match status.as_deref() {
            Some("BUSY") => ("busy", Cause::BUSY),
            Some("CONGESTION" | "CHANUNAVAIL") => ("congestion", Cause::CONGESTION),
            Some(_) | None => return Ok(Some(Exit::Hangup(self.cause(None).await?))),
        };
        self.hear_tone(tone, TONE_TIME).await?;
        Ok(Some(Exit::Hangup(cause)))
    }

    /// Lets a caller that is answered already hear a tone for a while; one that is not is told by the cause.
    pub async fn hear_tone(&self, tone: &str, time: Duration) -> Result<(), Left> {
        if self.chan.with(|calls, key| calls.state(key)).await? == Some(ChannelState::Up) {
            if self.chan.is_over() {
                return Err(Left);
            }
            let tone = format!("tone:{tone}");
            self.chan.with(move |calls, key| apps::begin_playing(calls, key, &tone, "")).await?;
            self.chan.pause(time).await?;
        }
        Ok(())
    }

    /// A first digit came: the rest of the extension is collected, and the channel goes there.
    async fn dialled(&mut self, mut digits: String) -> Result<Option<Exit>, Left> {
        while self.could_go_on(&digits).await? && digits.len() < LONGEST_EXTENSION {
            match self.digit(self.chan.now().saturating_add(DIGIT_TIMEOUT)).await? {
                Some(digit) => digits.push(digit),
                None => break,
            }
        }
        if self.has(&self.at.context, &digits, 1).await? {
            self.at = Location { context: self.at.context.clone(), exten: digits, priority: 1 };
            return Ok(None);
        }
        self.invalid(digits, Cause::NORMAL).await
    }

    async fn could_go_on(&self, digits: &str) -> Result<bool, Left> {
        let circumstances = self.circumstances().await?;
        Ok(self.plan.match_more(circumstances.query(&self.at.context, digits)))
    }

    /// The next digit, or `None` at `until`.
    pub async fn digit(&self, until: Duration) -> Result<Option<char>, Left> {
        loop {
            match self.chan.next(Some(until)).await? {
                Notice::Digit { digit, .. } => return Ok(Some(digit)),
                Notice::Deadline => return Ok(None),
                Notice::PlaybackFinished { .. }
                | Notice::RecordingFinished { .. }
                | Notice::DigitsSent
                | Notice::Branch { .. }
                | Notice::Poked => {}
            }
        }
    }

    /// Goes to `i`; without it the call ends.
    async fn invalid(&mut self, wrong: String, cause: Cause) -> Result<Option<Exit>, Left> {
        let context = self.at.context.clone();
        if self.at.exten != "i" && self.has(&context, "i", 1).await? {
            self.set("INVALID_EXTEN", wrong).await?;
            self.at = Location { context, exten: "i".to_owned(), priority: 1 };
            return Ok(None);
        }
        self.warn(format!("`{wrong}` is not in [{context}], nor is an extension `i`")).await?;
        Ok(Some(Exit::Hangup(cause)))
    }

    async fn timed_out(&mut self) -> Result<Option<Exit>, Left> {
        let context = self.at.context.clone();
        if self.has(&context, "t", 1).await? {
            self.at = Location { context, exten: "t".to_owned(), priority: 1 };
            return Ok(None);
        }
        self.warn(format!("nothing was dialled in [{context}], which has no extension `t`")).await?;
        Ok(Some(Exit::Hangup(Cause::NORMAL)))
    }

    /// Whether something stands at a place, for this caller and now.
    pub async fn has(&self, context: &str, exten: &str, priority: u32) -> Result<bool, Left> {
        let circumstances = self.circumstances().await?;
        Ok(self.plan.find(circumstances.query(context, exten), priority).is_ok())
    }

    /// Who calls and when.
    pub async fn circumstances(&self) -> Result<Circumstances, Left> {
        self.chan
            .with(|calls, key| Circumstances {
                caller: calls.snapshot(key).map(|channel| channel.caller.number.clone()).unwrap_or_default(),
                now: LocalTime::at(calls.time().unix_ms, calls.zone()),
            })
            .await
    }

    /// Sets a variable of the channel.
    pub async fn set(&self, name: &'static str, value: impl Into<String>) -> Result<(), Left> {
        let value = value.into();
        self.chan.with(move |calls, key| calls.set_variable(Some(key), name, Some(value))).await
    }

    /// Writes a warning that says where the channel stands.
    pub async fn warn(&self, text: String) -> Result<(), Left> {
        let Location { context, exten, priority } = &self.at;
        let line = format!("{context},{exten},{priority}: {text}");
        self.chan.with(move |calls, _| calls.log(LogLevel::Warning, line)).await
    }

    /// Why the channel ends: as asked, or as what it dialled ended, or normally.
    async fn cause(&self, asked: Option<Cause>) -> Result<Cause, Left> {
        if let Some(cause) = asked {
            return Ok(cause);
        }
        let heard = self.chan.with(|calls, key| calls.peer_cause(key)).await?;
        Ok(heard.unwrap_or(Cause::NORMAL))
    }
}

impl Circumstances {
    /// The search for a place.
    pub fn query<'a>(&'a self, context: &'a str, extension: &'a str) -> Query<'a> {
        Query { context, extension, caller: Some(&self.caller), now: self.now }
    }
}

/// A step's arguments with their variables replaced; what goes wrong is logged.
fn replaced(calls: &mut Calls, key: ChannelKey, plan: &Dialplan, at: &Location, text: &str) -> String {
    let live = Live { calls: RefCell::new(calls), key, plan, at };
    let substitution = substitute(text, &live);
    let calls = live.calls.into_inner();
    for problem in substitution.problems {
        let Location { context, exten, priority } = at;
        calls.log(LogLevel::Warning, format!("{context},{exten},{priority}: {problem}"));
    }
    substitution.text
}

/// Variables and functions of a channel as it stands at `at`, where it is not told to be yet.
struct Live<'a> {
    calls: RefCell<&'a mut Calls>,
    key: ChannelKey,
    plan: &'a Dialplan,
    at: &'a Location,
}

impl Lookup for Live<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        match name {
            "CONTEXT" => Some(self.at.context.clone()),
            "EXTEN" => Some(self.at.exten.clone()),
            "PRIORITY" => Some(self.at.priority.to_string()),
            _ => self.calls.borrow().variable(Some(self.key), name),
        }
    }

    fn function(&self, name: &str, args: &str) -> Result<String, Problem> {
        if name.eq_ignore_ascii_case("STRFTIME") {
            let calls = self.calls.borrow();
            let failed = |UnknownZone(zone)| Problem::Failed {
                function: name.to_owned(),
                reason: format!("the time zone `{zone}` is not known; only the server's own and UTC are"),
            };
            return strftime(args, calls.time().unix_ms, calls.zone()).map_err(failed);
        }
        if name == "LOCAL" {
            return Ok(self.variable(args).unwrap_or_default());
        }
        if let Some(value) = hints::function(&self.calls.borrow(), self.plan, self.at, name, args) {
            return Ok(value);
        }
        let value = self.calls.borrow_mut().function(self.key, name, args);
        value.ok_or_else(|| match name {
            "CALLERID" | "CONNECTEDLINE" | "CHANNEL" => {
                Problem::Failed { function: name.to_owned(), reason: format!("it has no `{args}`") }
            }
            _ => Problem::UnknownFunction(name.to_owned()),
        })
    }
}
