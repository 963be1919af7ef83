//! The fixed script: what is asked and dialled, in which order, and what is waited for.

mod applications;
mod bridges;
mod calls;
mod channels;
mod media;
mod outgoing;
mod race;
mod refusals;
mod resources;
mod routing;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::{self, Request};
use crate::phone::{CallId, Phone, REFUSAL};
use crate::transcript;
use crate::ws::Events;

/// How long an awaited event may take.
const PATIENCE: Duration = Duration::from_secs(6);
/// How long one may take once a server has let [`MISSES`] of them pass: a server that lacks a feature is told so in minutes.
const IMPATIENCE: Duration = Duration::from_millis(2500);
/// How many waits may be in vain before patience shrinks.
const MISSES: u32 = 10;
/// How long the end of the script listens for events nobody asked for.
const AFTERMATH: Duration = Duration::from_millis(700);

/// Runs everything and returns the raw entries.
pub fn run(server: SocketAddr, phone: Phone) -> Vec<Value> {
    let mut script = Script {
        server,
        phone,
        entries: Vec::new(),
        scenario: "",
        used: BTreeSet::new(),
        misses: Cell::new(0),
    };
    routing::run(&mut script);
    resources::run(&mut script);
    let Some(app) = script.connect("my-app", "app=my-app&api_key=admin:password") else {
        return script.entries;
    };
    applications::run(&mut script, &app);
    channels::errors(&mut script);
    calls::run(&mut script, &app);
    channels::run(&mut script, &app);
    refusals::run(&mut script, &app);
    media::run(&mut script, &app);
    outgoing::run(&mut script, &app);
    bridges::run(&mut script, &app);
    applications::calls(&mut script, &app);
    script.scenario("aftermath");
    script.rest("no channel is left", Request::new("GET", "/ari/channels"));
    script.rest("no bridge is left", Request::new("GET", "/ari/bridges"));
    script.listen(&app, "events nobody awaited", AFTERMATH);
    app.close();
    script.entries
}

/// An event that a step waits for.
#[derive(Clone, Debug)]
struct Want {
    kind: &'static str,
    about: Option<String>,
    field: Option<(&'static str, Value)>,
}

/// Any event of that type.
fn want(kind: &'static str) -> Want {
    Want { kind, about: None, field: None }
}

impl Want {
    /// Only about this channel, playback, bridge or recording.
    fn about(mut self, id: &str) -> Want {
        self.about = Some(id.into());
        self
    }

    /// Only with this value at a JSON pointer.
    fn with(mut self, pointer: &'static str, value: impl Into<Value>) -> Want {
        self.field = Some((pointer, value.into()));
        self
    }

    fn fits(&self, event: &Value) -> bool {
        let about = |id: &String| subjects(event).any(|subject| subject == id);
        event["type"] == self.kind
            && self.about.as_ref().is_none_or(about)
            && self.field.as_ref().is_none_or(|(pointer, value)| event.pointer(pointer) == Some(value))
    }
}

/// Whom an event is about, the most telling first.
fn subjects(event: &Value) -> impl Iterator<Item = &str> {
    ["/channel/id", "/peer/id", "/playback/id", "/recording/name", "/bridge/id"]
        .into_iter()
        .filter_map(|pointer| event.pointer(pointer).and_then(Value::as_str))
}

/// How the events of a step are kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As they came.
    Arrival,
    /// As they came about one subject; the subjects in the order of their first event. For steps in which two threads of
    /// the recorded server race.
    BySubject,
    /// The same, without `BRIDGEPEER`: hidden announcers and recorders come and go in it by chance.
    WithoutPartners,
}

/// The script under way.
struct Script {
    server: SocketAddr,
    phone: Phone,
    entries: Vec<Value>,
    scenario: &'static str,
    used: BTreeSet<String>,
    misses: Cell<u32>,
}

impl Script {
    /// Starts a scenario: the first half of the names of its steps.
    fn scenario(&mut self, name: &'static str) {
        self.scenario = name;
    }

    fn step(&mut self, what: &str) -> String {
        let step = format!("{}: {what}", self.scenario);
        assert!(self.used.insert(step.clone()), "two steps are called {step:?}");
        step
    }

    /// Sends a request, records the exchange, returns the JSON body.
    fn rest(&mut self, what: &str, request: Request) -> Value {
        let step = self.step(what);
        let response = http::exchange(self.server, &request);
        let entry = transcript::rest(&step, &request, &response);
        let body = entry["response"]["body"].clone();
        self.entries.push(entry);
        body
    }

    /// The same for `METHOD path` below `/ari`.
    fn ask(&mut self, what: &str, line: &str) -> Value {
        self.rest(what, plain(line))
    }

    /// The same with a JSON body.
    fn ask_json(&mut self, what: &str, line: &str, body: &str) -> Value {
        self.rest(what, plain(line).json(body))
    }

    /// Opens an event socket and records the answer to the upgrade.
    fn connect(&mut self, application: &str, query: &str) -> Option<Events> {
        let scenario = std::mem::replace(&mut self.scenario, "events");
        let step = self.step(&format!("connect {application} ({scenario})"));
        self.scenario = scenario;
        let request =
            json!({ "method": "GET", "target": format!("/ari/events?{query}"), "upgrade": "websocket" });
        let (response, events) = match Events::open(self.server, application, query) {
            Ok((events, response)) => (transcript::answer(&response), Some(events)),
            Err(failure) => (json!({ "failure": failure.to_string() }), None),
        };
        self.entries.push(json!({ "step": step, "kind": "rest", "request": request, "response": response }));
        events
    }

    /// Collects events until all wanted ones have come, in any order, and records them. Returns them.
    fn events(&mut self, app: &Events, what: &str, wanted: &[Want]) -> Vec<Value> {
        self.events_in(app, what, wanted, Order::Arrival)
    }

    fn events_in(&mut self, app: &Events, what: &str, wanted: &[Want], order: Order) -> Vec<Value> {
        let deadline = Instant::now() + self.patience();
        let mut open: Vec<&Want> = wanted.iter().collect();
        let mut events = Vec::new();
        while !open.is_empty() {
            let Some(event) = app.next(deadline) else { break };
            if let Some(index) = open.iter().position(|want| want.fits(&event)) {
                open.remove(index);
            }
            events.push(event);
        }
        self.count_miss(!open.is_empty());
        let missing: Vec<String> = open.iter().map(|want| want.kind.to_owned()).collect();
        self.keep(app, what, &events, order, &missing);
        events
    }

    /// Records what comes within `time`; for the end, where nothing should.
    fn listen(&mut self, app: &Events, what: &str, time: Duration) {
        let deadline = Instant::now() + time;
        let events: Vec<Value> = std::iter::from_fn(|| app.next(deadline)).collect();
        self.keep(app, what, &events, Order::Arrival, &[]);
    }

    fn keep(&mut self, app: &Events, what: &str, events: &[Value], order: Order, missing: &[String]) {
        let step = self.step(what);
        let mut events = events.to_vec();
        if order == Order::WithoutPartners {
            events.retain(|event| event["variable"] != "BRIDGEPEER");
        }
        if order != Order::Arrival {
            let subject = |event: &Value| subjects(event).next().unwrap_or("").to_owned();
            let mut first: Vec<String> = Vec::new();
            for event in &events {
                if !first.contains(&subject(event)) {
                    first.push(subject(event));
                }
            }
            // The order of first events races as well, so the names that the script knows decide.
            first.sort_by_key(|id| self.rank(id));
            events.sort_by_key(|event| first.iter().position(|id| *id == subject(event)));
            race::connected_line_last(&mut events);
        }
        race::state_before_dial(&mut events);
        self.entries.push(json!({
            "step": step, "kind": "events", "application": app.application, "events": events, "missing": missing,
        }));
    }

    /// Where an id was first mentioned in the transcript; ids not mentioned yet come last.
    fn rank(&self, id: &str) -> usize {
        let mentioned = |entry: &Value| !id.is_empty() && entry.to_string().contains(id);
        self.entries.iter().position(mentioned).unwrap_or(usize::MAX)
    }

    /// Waits until the phone has seen `wanted` on a call and records all it saw up to there.
    fn sip(&mut self, call: &CallId, what: &str, wanted: &str) {
        let step = self.step(what);
        let (seen, found) = self.phone.wait(call, wanted, self.patience());
        self.count_miss(!found);
        let missing = if found { Value::Null } else { json!(wanted) };
        self.entries.push(json!({ "step": step, "kind": "sip", "seen": seen, "missing": missing }));
    }

    /// Waits, without a record, until a GET answers the given status.
    fn until_status(&self, path: &str, status: u16) {
        self.until(path, |response| response.status == status);
    }

    /// Waits, without a record, until the phone has heard some more of the call: time has passed in it.
    fn until_heard(&self, call: &CallId) {
        let deadline = Instant::now() + self.patience();
        let wanted = self.phone.received(call) + 10;
        while self.phone.received(call) < wanted && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits, without a record, until the server's answer to a GET is as wanted, or patience ends.
    fn until(&self, path: &str, wanted: impl Fn(&http::Response) -> bool) {
        let deadline = Instant::now() + self.patience();
        while Instant::now() < deadline {
            let answer = http::exchange(self.server, &plain(&format!("GET {path}")));
            if answer.is_ok_and(|answer| wanted(&answer)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.count_miss(true);
    }

    fn patience(&self) -> Duration {
        if self.misses.get() < MISSES { PATIENCE } else { IMPATIENCE }
    }

    fn count_miss(&self, missed: bool) {
        self.misses.set(self.misses.get() + u32::from(missed));
    }

    /// A call to an extension that an application gets: the call and its channel's id.
    fn arrive(&mut self, app: &Events, what: &str, extension: &str) -> (CallId, String) {
        let call = self.phone.invite(extension).expect("loopback sockets are to be had");
        let events = self.events(app, what, &[want("StasisStart")]);
        let start = events.last().filter(|event| event["type"] == "StasisStart");
        let id = start.and_then(|event| event["channel"]["id"].as_str()).unwrap_or("absent");
        (call, id.to_owned())
    }

    /// Has the application answer the channel.
    fn answer(&mut self, app: &Events, who: &str, call: &CallId, id: &str) {
        self.ask(&format!("answer{who}"), &format!("POST /channels/{id}/answer"));
        let up = want("ChannelStateChange").about(id).with("/channel/state", "Up");
        self.events(app, &format!("it is up{who}"), &[up]);
        self.sip(call, &format!("the caller is answered{who}"), "200");
    }

    /// Has the application hang up an answered channel, and waits until it is gone.
    fn end(&mut self, app: &Events, who: &str, call: &CallId, id: &str) {
        self.ask(&format!("the application hangs up{who}"), &format!("DELETE /channels/{id}"));
        self.events(app, &format!("it has left{who}"), &[want("StasisEnd").about(id)]);
        self.sip(call, &format!("the caller is told{who}"), "BYE");
        self.until_status(&format!("/channels/{id}"), 404);
    }
}

fn plain(line: &str) -> Request {
    let (method, path) = line.split_once(' ').expect("METHOD path");
    Request::new(method, &format!("/ari{path}"))
}
