//! Scripts: launched, told, polled and ended.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use call::script::{Ask, Branch, Entered, Exit, Polled, Script, Told};
use call::{Cause, ChannelKey, Launch, Location, LogLevel, Notice};
use stasis::{Desk, Outcome};

use crate::Switch;

slotmap::new_key_type! {
    /// A script that the switch keeps.
    pub struct ScriptKey;
}

/// Asks that a script may make before others have their turn.
const STEPS_A_TURN: u32 = 100;

/// Asks that a script may make without ever waiting; then its channel is hung up.
const STEPS_WITHOUT_WAITING: u32 = 100_000;

/// Asks without ever waiting after which a script's steps are neither told nor logged any more.
const STEPS_SHOWN: u32 = 5_000;

/// What a script is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It walks the dialplan, which ends with `h`.
    Dialplan,
    /// It walks the dialplan with a channel that an application was given first: without `h`, as in Asterisk.
    Continued,
    /// It walks `h`, after the channel hung up.
    LastWords,
    /// It works an application's commands.
    Control,
}

/// A script and what the switch knows of it.
pub(crate) struct Kept {
    /// Taken out while it is polled.
    script: Option<Script>,
    kind: Kind,
    channel: ChannelKey,
    /// Asks since it last waited.
    busy: u32,
}

impl Kept {
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn channel(&self) -> ChannelKey {
        self.channel
    }
}

impl Switch {
    /// A channel begins: in the dialplan or in an application.
    pub(crate) fn launch(&mut self, channel: ChannelKey, launch: Launch) {
        if !self.calls.is_staying(channel) {
            return;
        }
        match launch {
            Launch::Dialplan(location) => {
                self.counters.calls += 1;
                self.start_dialplan(channel, Kind::Dialplan, location);
            }
            Launch::DialplanApplication { name, data } => {
                let plans = self.plans.clone();
                let run = |chan| dialplan::run_application(chan, plans, name, data);
                self.push(channel, Kind::Dialplan, Script::new(channel, run));
            }
            Launch::Application { application, args } => match self.enter(channel, &application, args, false)
            {
                true => {}
                false => self.calls.request_hangup(channel, Cause::NORMAL),
            },
            Launch::Elsewhere(location) => {
                self.take_away(channel);
                self.start_dialplan(channel, Kind::Dialplan, location);
            }
            Launch::InPlaceOf(replaced) => self.enter_in_place_of(channel, replaced),
        }
    }

    /// Takes a channel away from all its scripts; it goes on.
    fn take_away(&mut self, channel: ChannelKey) {
        while let Some(&key) = self.stacks.get(&channel).and_then(|stack| stack.last()) {
            if let Some(script) = self.scripts.get_mut(key).and_then(|kept| kept.script.take()) {
                self.no_wait(key, script.deadline);
                self.unwind_one(channel, script);
            }
            if self.remove(key) == Some(Kind::Control) {
                self.stasis.leave(&mut self.calls, channel);
            }
        }
        self.stacks.remove(&channel);
    }

    /// A channel enters the application and the bridge of another, which is hung up.
    fn enter_in_place_of(&mut self, channel: ChannelKey, replaced: ChannelKey) {
        let bridge = self.calls.bridge_of(replaced);
        let application = self.stasis.application_name(replaced);
        let (Some(bridge), Some(application)) = (bridge, application) else {
            return self.calls.request_hangup(channel, Cause::NORMAL);
        };
        self.calls.set_application(channel, "Stasis", &application);
        let desk = self.stasis.enter_in_place_of(&mut self.calls, channel, &application, replaced);
        let Some(desk) = desk else { return self.calls.request_hangup(channel, Cause::NORMAL) };
        self.push_control(channel, desk);
        self.calls.join_bridge(bridge, channel, call::bridge::Join::PARTICIPANT);
        self.calls.request_hangup(replaced, Cause::NORMAL);
    }

    fn start_dialplan(&mut self, channel: ChannelKey, kind: Kind, location: Location) {
        let plans = self.plans.clone();
        self.push(channel, kind, Script::new(channel, |chan| dialplan::run(chan, plans, location)));
    }

    fn push(&mut self, channel: ChannelKey, kind: Kind, script: Script) {
        let key = self.scripts.insert(Kept { script: Some(script), kind, channel, busy: 0 });
        self.stacks.entry(channel).or_default().push(key);
        self.runnable.push_back(key);
    }

    /// The commands of an application are worked from this desk.
    fn push_control(&mut self, channel: ChannelKey, desk: Rc<Desk>) {
        let script = Script::new(channel, |chan| stasis::control::control(chan, desk));
        self.push(channel, Kind::Control, script);
    }

    /// Hands a channel to an application: `false` where it is not registered.
    fn enter(&mut self, channel: ChannelKey, application: &str, args: Vec<String>, moved: bool) -> bool {
        let mut data = application.to_owned();
        for arg in &args {
            data.push(',');
            data.push_str(arg);
        }
        // A channel that is moved still runs the application it came by.
        if !moved {
            self.calls.set_application(channel, "Stasis", &data);
        }
        self.calls.set_variable(Some(channel), "STASISSTATUS", Some(String::new()));
        match self.stasis.enter(&mut self.calls, channel, application, args) {
            Some(desk) => {
                self.push_control(channel, desk);
                true
            }
            None => {
                let line = format!("no application {application} is connected");
                self.calls.log(LogLevel::Warning, line);
                self.calls.set_variable(Some(channel), "STASISSTATUS", Some("FAILED".to_owned()));
                false
            }
        }
    }

    /// A notice reaches the script that runs for a channel. A channel on its way out has its scripts unwound.
    pub(crate) fn deliver(&mut self, channel: ChannelKey, notice: Notice) {
        if !self.calls.is_alive(channel) {
            return;
        }
        if !self.calls.is_staying(channel) {
            // Last words are not interrupted: they wait for nothing.
            if self.kind_at_top(channel) != Some(Kind::LastWords) {
                self.unwind(channel);
            }
            return;
        }
        let Some(&key) = self.stacks.get(&channel).and_then(|stack| stack.last()) else {
            // Nobody but whom it talked to kept it.
            if let Notice::Branch { progress: Branch::Ended { .. }, .. } = notice {
                self.calls.request_hangup(channel, Cause::NORMAL);
            }
            return;
        };
        let Some(kept) = self.scripts.get_mut(key) else { return };
        let Some(script) = &mut kept.script else { return };
        script.post(notice);
        if script.waiting
            && let Some(notice) = script.take_notice()
        {
            let deadline = script.deadline;
            script.tell(Told::Notice(notice));
            kept.busy = 0;
            self.no_wait(key, deadline);
            self.runnable.push_back(key);
        }
    }

    /// Scripts whose wait is over.
    pub(crate) fn wake(&mut self) {
        let now = self.calls.time().now;
        while let Some(&(at, key)) = self.waits.first() {
            if at > now {
                break;
            }
            self.waits.remove(&(at, key));
            if let Some(kept) = self.scripts.get_mut(key)
                && let Some(script) = &mut kept.script
            {
                script.tell(Told::Notice(Notice::Deadline));
                kept.busy = 0;
                self.runnable.push_back(key);
            }
        }
    }

    fn no_wait(&mut self, key: ScriptKey, deadline: Option<std::time::Duration>) {
        if let Some(at) = deadline {
            self.waits.remove(&(at, key));
        }
    }

    /// Polls a script until it waits, ends, or has had its turn.
    pub(crate) fn run(&mut self, key: ScriptKey) {
        for _ in 0..STEPS_A_TURN {
            let Some(kept) = self.scripts.get_mut(key) else { return };
            let channel = kept.channel;
            let Some(mut script) = kept.script.take() else { return };
            kept.busy += 1;
            let busy = kept.busy;
            if busy > STEPS_WITHOUT_WAITING {
                self.counters.runaways += 1;
                let line = "a dialplan loop that never waits was ended".to_owned();
                self.calls.log(LogLevel::Warning, line);
                drop(script);
                self.finished(key, Exit::Hangup(Cause::NORMAL));
                return;
            }
            if busy == STEPS_SHOWN {
                let line = "a dialplan goes on without waiting; its steps are not told any more";
                self.calls.log(LogLevel::Notice, line.to_owned());
            }
            self.calls.hide_steps(busy >= STEPS_SHOWN);
            self.counters.polls += 1;
            let now = self.calls.time().now;
            let calls = &mut self.calls;
            // A panic in what a script asks is caught with the script's own: either ends its channel alone.
            let polled = catch_unwind(AssertUnwindSafe(|| match script.poll(now) {
                Polled::Asked(Ask::Do(work)) => {
                    work(calls, channel);
                    script.tell(Told::Done);
                    None
                }
                other => Some(other),
            }));
            self.calls.hide_steps(false);
            match polled {
                Err(_) => {
                    self.counters.panics += 1;
                    self.calls
                        .log(LogLevel::Warning, "a script could not go on; its channel ends".to_owned());
                    self.finished(key, Exit::Hangup(Cause::FAILURE));
                    return;
                }
                Ok(None) => self.put_back(key, script),
                Ok(Some(Polled::Asked(ask))) => {
                    if !self.ask(key, script, ask) {
                        return;
                    }
                }
                Ok(Some(Polled::Ended(exit))) => {
                    drop(script);
                    self.finished(key, exit);
                    return;
                }
            }
        }
        self.yielded.push_back(key);
    }

    fn put_back(&mut self, key: ScriptKey, script: Script) {
        if let Some(kept) = self.scripts.get_mut(key) {
            kept.script = Some(script);
        }
    }

    /// Answers an ask at once (`true`) or parks the script.
    fn ask(&mut self, key: ScriptKey, mut script: Script, ask: Ask) -> bool {
        let channel = script.channel();
        match ask {
            // Worked where it was polled.
            Ask::Do(_) => {
                self.put_back(key, script);
                true
            }
            Ask::Next { until } => {
                if let Some(notice) = script.take_notice() {
                    script.tell(Told::Notice(notice));
                    self.put_back(key, script);
                    return true;
                }
                script.waiting = true;
                script.deadline = until;
                if let Some(at) = until {
                    self.waits.insert((at, key));
                }
                self.put_back(key, script);
                if let Some(kept) = self.scripts.get_mut(key) {
                    kept.busy = 0;
                }
                // A deadline that has passed already: the next round of timers is not waited for.
                self.wake();
                false
            }
            Ask::Enter { application, args } if self.kind_at_top(channel) == Some(Kind::LastWords) => {
                let entered = self.pass_through(channel, &application, args);
                script.tell(Told::Entered(entered));
                self.put_back(key, script);
                true
            }
            Ask::Enter { application, args } => {
                let entered = self.enter(channel, &application, args, false);
                if !entered {
                    script.tell(Told::Entered(Entered::Refused));
                }
                self.put_back(key, script);
                !entered
            }
        }
    }

    /// A channel that hung up enters an application and leaves it at once.
    fn pass_through(&mut self, channel: ChannelKey, application: &str, args: Vec<String>) -> Entered {
        let status = |calls: &mut call::Calls, status: &str| {
            calls.set_variable(Some(channel), "STASISSTATUS", Some(status.to_owned()));
        };
        status(&mut self.calls, "");
        if self.stasis.enter(&mut self.calls, channel, application, args).is_none() {
            status(&mut self.calls, "FAILED");
            return Entered::Refused;
        }
        self.stasis.leave(&mut self.calls, channel);
        status(&mut self.calls, "SUCCESS");
        Entered::Returned(None)
    }

    /// Takes a leaving channel away from all its scripts, the running one first, and ends the channel.
    fn unwind(&mut self, channel: ChannelKey) {
        let mut bottom = None;
        while let Some(&key) = self.stacks.get(&channel).and_then(|stack| stack.last()) {
            let script = self.scripts.get_mut(key).and_then(|kept| kept.script.take());
            if let Some(script) = script {
                self.no_wait(key, script.deadline);
                self.unwind_one(channel, script);
            }
            bottom = self.remove(key);
            if bottom == Some(Kind::Control) {
                self.stasis.leave(&mut self.calls, channel);
                self.calls.set_variable(Some(channel), "STASISSTATUS", Some("SUCCESS".to_owned()));
            }
        }
        match bottom {
            Some(Kind::Dialplan) => self.end_of_dialplan(channel, Cause::NORMAL),
            Some(Kind::Continued | Kind::LastWords | Kind::Control) | None => {
                self.stacks.remove(&channel);
                self.calls.destroy(channel);
            }
        }
    }

    /// Polls a script to its end, with what it has to write down. One that goes on asking is dropped.
    fn unwind_one(&mut self, channel: ChannelKey, mut script: Script) {
        script.take_channel_away();
        let now = self.calls.time().now;
        let calls = &mut self.calls;
        let worked = catch_unwind(AssertUnwindSafe(|| {
            for _ in 0..STEPS_A_TURN {
                match script.poll(now) {
                    Polled::Asked(Ask::Do(work)) => {
                        work(calls, channel);
                        script.tell(Told::Done);
                    }
                    Polled::Asked(Ask::Next { .. } | Ask::Enter { .. }) | Polled::Ended(_) => break,
                }
            }
        }));
        if worked.is_err() {
            self.counters.panics += 1;
        }
    }

    fn remove(&mut self, key: ScriptKey) -> Option<Kind> {
        let kept = self.scripts.remove(key)?;
        if let Some(stack) = self.stacks.get_mut(&kept.channel) {
            stack.retain(|other| *other != key);
        }
        Some(kept.kind)
    }

    fn kind_at_top(&self, channel: ChannelKey) -> Option<Kind> {
        let key = self.stacks.get(&channel)?.last()?;
        Some(self.scripts.get(*key)?.kind)
    }

    /// A script came to its end: what waits below it goes on, or the channel ends with it.
    fn finished(&mut self, key: ScriptKey, exit: Exit) {
        let Some(channel) = self.scripts.get(key).map(|kept| kept.channel) else { return };
        let Some(kind) = self.remove(key) else { return };
        let cause = match exit {
            Exit::Goto(location) if matches!(kind, Kind::Dialplan | Kind::Continued) => {
                self.start_dialplan(channel, kind, location);
                return;
            }
            Exit::Hangup(cause) => Some(cause),
            Exit::Finished | Exit::Left | Exit::Goto(_) => None,
        };
        // Nobody gave a cause: Asterisk says 0.
        let given = cause.unwrap_or(Cause::UNKNOWN);
        match kind {
            Kind::Control => self.control_finished(channel),
            Kind::Dialplan => self.end_of_dialplan(channel, given),
            Kind::Continued => {
                self.stacks.remove(&channel);
                self.calls.end(channel, given);
            }
            Kind::LastWords => {
                self.stacks.remove(&channel);
                if let Some(cause) = cause {
                    self.calls.set_last_cause(channel, cause);
                }
                self.calls.destroy(channel);
            }
        }
    }

    /// The dialplan is over: `h` of the context that the channel stands in, then the end of the channel.
    fn end_of_dialplan(&mut self, channel: ChannelKey, cause: Cause) {
        self.calls.end_of_dialplan(channel, cause);
        let Some(snapshot) = self.calls.snapshot(channel) else { return };
        let context = snapshot.dialplan.context.clone();
        if dialplan::exists(&self.plans.now(), &context, "h", &snapshot.caller.number) {
            let plans = self.plans.clone();
            let script = Script::after_hangup(channel, |chan| dialplan::after_hangup(chan, plans, context));
            self.push(channel, Kind::LastWords, script);
        } else {
            self.stacks.remove(&channel);
            self.calls.destroy(channel);
        }
    }

    fn control_finished(&mut self, channel: ChannelKey) {
        match self.stasis.leave(&mut self.calls, channel) {
            Outcome::Stay(desk) => {
                self.push_control(channel, desk);
            }
            Outcome::Move { application, args } => {
                if !self.enter(channel, &application, args, true) {
                    self.calls.request_hangup(channel, Cause::NORMAL);
                }
            }
            Outcome::Continue(to) => self.resume(channel, to),
            Outcome::Gone => self.calls.request_hangup(channel, Cause::NORMAL),
        }
    }

    /// A channel comes back from its application: to the dialplan script that waits for it, or to one of its own.
    fn resume(&mut self, channel: ChannelKey, to: Option<Location>) {
        self.calls.set_variable(Some(channel), "STASISSTATUS", Some("SUCCESS".to_owned()));
        let below = self.stacks.get(&channel).and_then(|stack| stack.last()).copied();
        let script = below.and_then(|key| Some((key, self.scripts.get_mut(key)?.script.as_mut()?)));
        if let Some((key, script)) = script {
            script.tell(Told::Entered(Entered::Returned(to)));
            self.runnable.push_back(key);
            return;
        }
        let location = to.or_else(|| {
            let at = self.calls.snapshot(channel)?.dialplan.clone();
            Some(Location { context: at.context, exten: at.exten, priority: at.priority + 1 })
        });
        if let Some(location) = location {
            self.start_dialplan(channel, Kind::Continued, location);
        }
    }
}
