//! Subscriptions of phones (RFC 6665): the state of an extension's hint (`dialog`, `presence`) and of mailboxes
//! (`message-summary`), told by NOTIFY whenever it changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use call::Calls;
use call::device::{DeviceState, ExtensionState, devices_of_hint};
use call::mailbox::Messages;
use sip::typed::{Event, SubscriptionState};
use sip::{Dialog, DialogId, Flow, Method, Request, Response, ServerKey};

use crate::Extensions;
use crate::agent::UserAgent;
use crate::config::Endpoint;
use crate::errand::{Errand, Outcome, Why};
use crate::event_body::{self, Format};
use crate::identify::Identity;
use crate::locate::Target;
use crate::view::SubscriptionView;

/// Subscriptions at once; one more is answered 503.
const MAX_SUBSCRIPTIONS: usize = 50_000;
/// Subscriptions of one endpoint at once; one more is answered 503.
const MAX_OF_ENDPOINT: usize = 500;
/// Devices or mailboxes that one subscription watches; what is more is left out.
const MAX_WATCHED: usize = 64;
/// Without Expires (RFC 3842 §3.4, RFC 4235 §3.4), seconds.
const USUAL_EXPIRY: u32 = 3_600;
/// Longest subscription, seconds.
const LONGEST_EXPIRY: u32 = 86_400;
/// The packages that there are, as Allow-Events lists them.
pub(crate) const PACKAGES: &str = "message-summary, presence, dialog";

/// What a subscription watches.
enum Subject {
    /// An extension: its hint's devices.
    Extension { exten: String, devices: Vec<Arc<str>>, format: Format, told: Option<ExtensionState> },
    /// Mailboxes, and the extension that hears them.
    Mailboxes { names: Vec<String>, told: Option<Messages>, voicemail: Option<String> },
}

struct Subscription {
    endpoint: Arc<str>,
    subject: Subject,
    event: Event,
    dialog: Dialog,
    flow: Flow,
    expires_at: Duration,
    /// Counts the documents of a dialog subscription.
    version: u32,
    /// A NOTIFY is out.
    is_telling: bool,
    /// Something changed while it was.
    is_late: bool,
}

/// All subscriptions.
#[derive(Default)]
pub(crate) struct Subscriptions {
    all: BTreeMap<u64, Subscription>,
    by_dialog: BTreeMap<DialogId, u64>,
    by_device: BTreeSet<(Arc<str>, u64)>,
    by_mailbox: BTreeSet<(String, u64)>,
    of_endpoint: BTreeMap<Arc<str>, usize>,
    due: BTreeSet<(Duration, u64)>,
    next: u64,
}

impl Subscriptions {
    pub fn deadline(&self) -> Option<Duration> {
        self.due.first().map(|(at, _)| *at)
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    fn is_full(&self, endpoint: &str) -> bool {
        self.all.len() >= MAX_SUBSCRIPTIONS
            || self.of_endpoint.get(endpoint).is_some_and(|count| *count >= MAX_OF_ENDPOINT)
    }

    fn insert(&mut self, subscription: Subscription) -> u64 {
        self.next += 1;
        let id = self.next;
        self.by_dialog.insert(subscription.dialog.id().clone(), id);
        match &subscription.subject {
            Subject::Extension { devices, .. } => {
                self.by_device.extend(devices.iter().map(|device| (device.clone(), id)));
            }
            Subject::Mailboxes { names, .. } => {
                self.by_mailbox.extend(names.iter().map(|name| (name.clone(), id)));
            }
        }
        self.due.insert((subscription.expires_at, id));
        *self.of_endpoint.entry(subscription.endpoint.clone()).or_default() += 1;
        self.all.insert(id, subscription);
        id
    }

    fn remove(&mut self, id: u64) -> Option<Subscription> {
        let subscription = self.all.remove(&id)?;
        self.by_dialog.remove(subscription.dialog.id());
        match &subscription.subject {
            Subject::Extension { devices, .. } => {
                for device in devices {
                    self.by_device.remove(&(device.clone(), id));
                }
            }
            Subject::Mailboxes { names, .. } => {
                for name in names {
                    self.by_mailbox.remove(&(name.clone(), id));
                }
            }
        }
        self.due.remove(&(subscription.expires_at, id));
        if let Some(count) = self.of_endpoint.get_mut(&subscription.endpoint) {
            *count -= 1;
            if *count == 0 {
                self.of_endpoint.remove(&subscription.endpoint);
            }
        }
        Some(subscription)
    }

    fn extend(&mut self, id: u64, until: Duration) {
        if let Some(subscription) = self.all.get_mut(&id) {
            self.due.remove(&(subscription.expires_at, id));
            subscription.expires_at = until;
            self.due.insert((until, id));
        }
    }

    fn watching<K: Ord + Clone>(index: &BTreeSet<(K, u64)>, key: &K) -> Vec<u64> {
        index.range((key.clone(), 0)..=(key.clone(), u64::MAX)).map(|(_, id)| *id).collect()
    }

    /// Whether an endpoint has subscribed to one of its mailboxes.
    pub fn hears_mailbox(&self, endpoint: &str, mailboxes: &[String]) -> bool {
        let ids = mailboxes.iter().flat_map(|name| Subscriptions::watching(&self.by_mailbox, name));
        ids.into_iter().any(|id| self.all.get(&id).is_some_and(|one| *one.endpoint == *endpoint))
    }
}

impl UserAgent {
    /// Copies for operators, oldest first.
    pub(crate) fn subscription_views(&self, now: Duration) -> Vec<SubscriptionView> {
        let view = |one: &Subscription| SubscriptionView {
            endpoint: one.endpoint.clone(),
            resource: match &one.subject {
                Subject::Extension { exten, .. } => exten.clone(),
                Subject::Mailboxes { names, .. } => names.join(","),
            },
            event: one.event.package.to_string(),
            expires_in_s: one.expires_at.saturating_sub(now).as_secs(),
            call_id: one.dialog.id().call_id.to_string(),
        };
        self.subscriptions.all.values().map(view).collect()
    }

    /// SUBSCRIBE outside a dialog.
    pub(crate) fn subscribe(
        &mut self,
        calls: &mut Calls,
        extensions: &dyn Extensions,
        key: ServerKey,
        flow: Flow,
        request: &Request,
    ) {
        let now = calls.time().now;
        let name = match self.identify(calls, &flow, request) {
            Identity::Endpoint(name) => name,
            Identity::Refused(response) => return self.refuse(now, key, &flow, *response),
        };
        let Some(endpoint) = self.endpoint(&name).cloned() else { return };
        match self.begin_subscription(calls, extensions, key, flow, request, &endpoint) {
            Ok(Some(id)) => self.tell(calls, id),
            Ok(None) => {}
            Err(response) => {
                let response = response.with("Server", self.config.user_agent.as_str());
                self.respond(now, key, response);
            }
        }
    }

    fn begin_subscription(
        &mut self,
        calls: &mut Calls,
        extensions: &dyn Extensions,
        key: ServerKey,
        flow: Flow,
        request: &Request,
        endpoint: &Endpoint,
    ) -> Result<Option<u64>, Response> {
        let refuse = |status| Response::to(request, status);
        let bad_event = || refuse(489).with("Allow-Events", PACKAGES);
        let event: Event = request.headers.read().ok().flatten().ok_or_else(bad_event)?;
        if !endpoint.subscriptions.allow_subscribe {
            return Err(refuse(603));
        }
        let expires = request.headers.expires().unwrap_or(USUAL_EXPIRY).min(LONGEST_EXPIRY);
        let least = endpoint.subscriptions.sub_min_expiry;
        if expires > 0 && expires < least {
            return Err(refuse(423).with("Min-Expires", least.to_string()));
        }
        let subject = match event.package.as_str() {
            "message-summary" => self.mailboxes_of(request, endpoint).map_err(refuse)?,
            "dialog" | "presence" => {
                let format = Format::choose(&event.package, request).ok_or_else(bad_event)?;
                hinted(extensions, request, endpoint, format).ok_or_else(|| refuse(404))?
            }
            _ => return Err(bad_event()),
        };
        if self.subscriptions.is_full(&endpoint.name) {
            return Err(self.overloaded(request));
        }
        let tag = self.transactions.to_tag(key).unwrap_or_default();
        let response = Response::to(request, 200)
            .with_to_tag(&tag)
            .with("Contact", self.contact(&flow).to_string())
            .with("Expires", expires.to_string())
            .with("Server", self.config.user_agent.as_str());
        let dialog =
            Dialog::uas(request, &response).map_err(|error| refuse(error.status().unwrap_or(400)))?;
        let now = calls.time().now;
        self.respond(now, key, response);
        let subscription = Subscription {
            endpoint: endpoint.name.clone(),
            subject,
            event: Event { package: event.package.detached(), params: event.params.detached() },
            dialog,
            flow,
            expires_at: now + Duration::from_secs(u64::from(expires)),
            version: 0,
            is_telling: false,
            is_late: false,
        };
        let id = self.subscriptions.insert(subscription);
        if expires == 0 {
            // Asked once (RFC 6665 §4.4.3).
            self.end_subscription(calls, id, "timeout");
            return Ok(None);
        }
        Ok(Some(id))
    }

    /// What a `message-summary` subscription watches: the AoR that it names, or the endpoint's own.
    fn mailboxes_of(&self, request: &Request, endpoint: &Endpoint) -> Result<Subject, u16> {
        let user = request.uri.user_unescaped();
        let aors: Vec<_> = match user.is_empty() {
            true => endpoint.aors.iter().filter_map(|name| self.contacts.aor(name)).collect(),
            false => vec![self.contacts.aor(&user).ok_or(404_u16)?],
        };
        let mut names: Vec<String> = aors.iter().flat_map(|aor| aor.mailboxes.iter().cloned()).collect();
        let unsolicited = &endpoint.subscriptions.mailboxes;
        if endpoint.subscriptions.mwi_subscribe_replaces_unsolicited {
            names
                .extend(unsolicited.iter().filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>());
        } else if names.iter().any(|name| unsolicited.contains(name)) {
            // It is told of it already, without asking.
            return Err(500);
        }
        names.truncate(MAX_WATCHED);
        if names.is_empty() {
            return Err(404);
        }
        let voicemail = aors.iter().find_map(|aor| aor.voicemail_extension.clone());
        let voicemail = voicemail.or_else(|| endpoint.subscriptions.voicemail_extension.clone());
        let voicemail = voicemail.or_else(|| self.config.global.default_voicemail_extension.clone());
        Ok(Subject::Mailboxes { names, told: None, voicemail })
    }

    /// SUBSCRIBE inside a dialog: `false` where the dialog is none of a subscription.
    pub(crate) fn resubscribe(
        &mut self,
        calls: &mut Calls,
        key: ServerKey,
        flow: Flow,
        request: &Request,
    ) -> bool {
        let found =
            DialogId::of_request(request).and_then(|id| self.subscriptions.by_dialog.get(&id).copied());
        let Some(id) = found else { return false };
        let now = calls.time().now;
        let Some(one) = self.subscriptions.all.get_mut(&id) else { return false };
        if let Err(error) = one.dialog.receive(request) {
            self.respond(now, key, Response::to(request, error.status().unwrap_or(400)));
            return true;
        }
        if flow.transport.is_reliable() || one.flow.transport == flow.transport {
            one.flow = flow;
        }
        let endpoint = one.endpoint.clone();
        let least = self.endpoint(&endpoint).map_or(0, |endpoint| endpoint.subscriptions.sub_min_expiry);
        let expires = request.headers.expires().unwrap_or(USUAL_EXPIRY).min(LONGEST_EXPIRY);
        if expires > 0 && expires < least {
            let response = Response::to(request, 423).with("Min-Expires", least.to_string());
            self.respond(now, key, response);
            return true;
        }
        let response = Response::to(request, 200)
            .with("Contact", self.contact(&flow).to_string())
            .with("Expires", expires.to_string())
            .with("Server", self.config.user_agent.as_str());
        self.respond(now, key, response);
        match expires {
            0 => self.end_subscription(calls, id, "timeout"),
            seconds => {
                self.subscriptions.extend(id, now + Duration::from_secs(u64::from(seconds)));
                if let Some(one) = self.subscriptions.all.get_mut(&id) {
                    one.subject.forget_told();
                }
                self.tell(calls, id);
            }
        }
        true
    }

    /// Ends what has run out.
    pub(crate) fn advance_subscriptions(&mut self, calls: &mut Calls) {
        let now = calls.time().now;
        while let Some((at, id)) = self.subscriptions.due.first().copied() {
            if at > now {
                break;
            }
            self.end_subscription(calls, id, "timeout");
        }
    }

    /// A device's state changed.
    pub fn device_changed(&mut self, calls: &mut Calls, device: &Arc<str>) {
        for id in Subscriptions::watching(&self.subscriptions.by_device, device) {
            self.tell(calls, id);
        }
    }

    /// A mailbox's counts changed.
    pub fn mailbox_changed(&mut self, calls: &mut Calls, mailbox: &str) {
        for id in Subscriptions::watching(&self.subscriptions.by_mailbox, &mailbox.to_owned()) {
            self.tell(calls, id);
        }
        self.tell_unsolicited(calls, mailbox);
    }

    fn end_subscription(&mut self, calls: &mut Calls, id: u64, reason: &str) {
        let Some(mut one) = self.subscriptions.remove(id) else { return };
        one.subject.forget_told();
        let ways = self.ways_of(&one.endpoint);
        if let Some(body) = one.subject.body(calls, &mut one.version, &one.dialog, ways.early_beside_call) {
            let (notify, flow) = one.notify(SubscriptionState::terminated(reason), body, &ways);
            self.send_notify(calls, id, notify, flow, ways);
        }
    }

    /// Tells a subscription what it watches, where that is news.
    fn tell(&mut self, calls: &mut Calls, id: u64) {
        let now = calls.time().now;
        let Some(endpoint) = self.subscriptions.all.get(&id).map(|one| one.endpoint.clone()) else { return };
        let ways = self.ways_of(&endpoint);
        let Some(one) = self.subscriptions.all.get_mut(&id) else { return };
        if one.is_telling {
            one.is_late = true;
        } else if let Some(body) =
            one.subject.body(calls, &mut one.version, &one.dialog, ways.early_beside_call)
        {
            one.is_telling = true;
            let left = one.expires_at.saturating_sub(now).as_secs();
            let state = SubscriptionState::active(left.try_into().unwrap_or(u32::MAX));
            let (notify, flow) = one.notify(state, body, &ways);
            self.send_notify(calls, id, notify, flow, ways);
        }
    }

    fn ways_of(&self, endpoint: &str) -> Ways {
        let endpoint = self.endpoint(endpoint);
        Ways {
            early_beside_call: endpoint.is_some_and(|e| e.subscriptions.notify_early_inuse_ringing),
            behind_nat: endpoint.is_some_and(|e| e.rewrite_contact),
            auths: endpoint.map(|e| e.outbound_auths.clone()).unwrap_or_default(),
        }
    }

    fn send_notify(&mut self, calls: &mut Calls, id: u64, notify: Request, flow: Flow, ways: Ways) {
        let target = Target { flow: Some(flow), ..Target::at(notify.uri.clone()) };
        let mut errand = Errand::new(notify, Why::Notify { subscription: id });
        errand.auths = ways.auths;
        errand.is_in_dialog = true;
        self.run_errand(calls, errand, target);
    }

    /// What came of a NOTIFY.
    pub(crate) fn notified(&mut self, calls: &mut Calls, id: u64, outcome: &Outcome<'_>) {
        let Some(one) = self.subscriptions.all.get_mut(&id) else { return };
        match outcome {
            Outcome::Answered(response) if response.is_success() => {
                one.is_telling = false;
                // It may have been sent again under a higher number, with credentials.
                let sent = response.headers.cseq().map_or(0, |cseq| cseq.number);
                while one.dialog.local_cseq() < sent {
                    one.dialog.next_cseq();
                }
                if std::mem::take(&mut one.is_late) {
                    self.tell(calls, id);
                }
            }
            // Nobody is there who wants to know (RFC 6665 §4.2.2).
            Outcome::Answered(_) | Outcome::TimedOut | Outcome::Unreachable | Outcome::NoSuchName => {
                self.subscriptions.remove(id);
            }
        }
    }

    /// Forgets the subscriptions of endpoints that are no longer configured.
    pub(crate) fn configure_subscriptions(&mut self, calls: &mut Calls) {
        let all = self.subscriptions.all.iter();
        let gone: Vec<u64> =
            all.filter(|(_, one)| self.endpoint(&one.endpoint).is_none()).map(|(id, _)| *id).collect();
        gone.into_iter().for_each(|id| self.end_subscription(calls, id, "noresource"));
    }
}

/// What an endpoint is told, and how.
struct Ways {
    early_beside_call: bool,
    behind_nat: bool,
    auths: Vec<Arc<str>>,
}

impl Subscription {
    fn notify(
        &mut self,
        state: SubscriptionState,
        (content_type, body): (&'static str, String),
        ways: &Ways,
    ) -> (Request, Flow) {
        let notify = self
            .dialog
            .request(Method::Notify)
            .with("Event", self.event.to_string())
            .with("Subscription-State", state.to_string())
            .with("Allow-Events", PACKAGES)
            .with_body(content_type, body);
        let hop = self.dialog.next_hop();
        let flow = match hop.host_ip() {
            Some(ip) if !ways.behind_nat && !self.flow.transport.is_reliable() => {
                Flow { remote: (ip, hop.port_or_default()).into(), ..self.flow }
            }
            _ => self.flow,
        };
        (notify, flow)
    }
}

/// The extension that a subscription names, where it has a hint.
fn hinted(
    extensions: &dyn Extensions,
    request: &Request,
    endpoint: &Endpoint,
    format: Format,
) -> Option<Subject> {
    let exten = request.uri.user_unescaped();
    let context = endpoint.subscriptions.subscribe_context.as_ref().unwrap_or(&endpoint.context);
    let hint = extensions.hint(context, &exten)?;
    let devices = devices_of_hint(&hint).take(MAX_WATCHED).map(Arc::from).collect();
    Some(Subject::Extension { exten, devices, format, told: None })
}

impl Subject {
    /// The next document is written even where nothing changed.
    fn forget_told(&mut self) {
        match self {
            Subject::Extension { told, .. } => *told = None,
            Subject::Mailboxes { told, .. } => *told = None,
        }
    }

    /// The document of how things are; `None` where it says what the last one said.
    fn body(
        &mut self,
        calls: &Calls,
        version: &mut u32,
        dialog: &Dialog,
        early_beside_call: bool,
    ) -> Option<(&'static str, String)> {
        match self {
            Subject::Extension { exten, devices, format, told } => {
                let states = devices.iter().map(|device| calls.device_state(device));
                let state = ExtensionState::from(DeviceState::aggregate(states));
                if told.replace(state) == Some(state) {
                    return None;
                }
                let local = dialog.local().uri.to_string();
                let text = match format {
                    Format::DialogInfo => {
                        event_body::dialog_info(exten, &local, *version, state, early_beside_call)
                    }
                    Format::Pidf => event_body::pidf(exten, &local, state),
                };
                *version += 1;
                Some((format.content_type(), text))
            }
            Subject::Mailboxes { names, told, voicemail } => {
                let counts = names.iter().filter_map(|name| calls.mailbox(name));
                let messages = counts.fold(Messages::default(), |sum, one| sum + one);
                if told.replace(messages) == Some(messages) {
                    return None;
                }
                let host = dialog.local().uri.host.to_string();
                let account = voicemail.as_ref().map(|exten| format!("sip:{exten}@{host}"));
                Some((event_body::SUMMARY, event_body::message_summary(messages, account.as_deref())))
            }
        }
    }
}
