//! Transfers that the far end asks for (RFC 3515, 5589, 3891, 4488), and what it is told of them.

use std::collections::BTreeMap;
use std::time::Duration;

use call::{Calls, ChannelKey, Location, TransferFailure, Watched};
use sip::typed::{ReferTo, Replaces, SubscriptionState};
use sip::{Dialog, DialogId, Flow, Method, Request, Response, Scheme, ServerKey, reason_phrase};

use crate::Extensions;
use crate::agent::{Purpose, UserAgent};
use crate::session::Phase;
use crate::timers::Timer;

/// How long the dialog of one who transferred is kept for it to end: then it is ended by us.
const KEPT_AFTER_TRANSFER: Duration = Duration::from_secs(60);

/// Seconds that the subscription to a transfer's progress is said to last.
const LASTS: u32 = 600;

/// The extension that takes attended transfers to calls that are not ours.
const EXTERNAL: &str = "external_replaces";

/// Transfers whose progress is told: by who was transferred.
#[derive(Default)]
pub(crate) struct Referrals(BTreeMap<ChannelKey, Referral>);

/// Whom the progress of a transfer is told to.
struct Referral {
    /// Its session, as long as that lives.
    transferer: ChannelKey,
    /// Its dialog after that.
    dialog: Option<(Dialog, Flow)>,
    event: String,
    /// Ringing or early media was told: audio means nothing then.
    moved: bool,
}

impl Referrals {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The session of one who transferred ends: its dialog is kept for what it is still to be told.
    pub fn session_ends(&mut self, transferer: ChannelKey, dialog: &Dialog, flow: Flow) {
        for referral in self.0.values_mut().filter(|referral| referral.transferer == transferer) {
            referral.dialog = Some((dialog.clone(), flow));
        }
    }
}

/// What became of asking for a transfer: a status, and who was transferred where that is worth following.
struct Outcome(u16, Option<ChannelKey>);

impl From<TransferFailure> for Outcome {
    fn from(failure: TransferFailure) -> Outcome {
        Outcome(
            match failure {
                TransferFailure::Invalid => 400,
                TransferFailure::NotPermitted => 403,
                TransferFailure::Failed => 500,
            },
            None,
        )
    }
}

impl UserAgent {
    /// Their REFER inside a call.
    pub(crate) fn refer(
        &mut self,
        calls: &mut Calls,
        extensions: &dyn Extensions,
        channel: ChannelKey,
        key: ServerKey,
        request: &Request,
    ) {
        let now = calls.time().now;
        let Some(session) = self.sessions.get(&channel) else { return };
        let Some(endpoint) = self.endpoint(&session.endpoint) else { return };
        let up = matches!(session.phase, Phase::Up) && calls.is_staying(channel);
        let refer_to = request.headers.read::<ReferTo>();
        let target = match refer_to {
            _ if !endpoint.session.allow_transfer => Err(603),
            _ if !up => Err(404),
            Ok(Some(target)) if matches!(target.0.uri.scheme, Scheme::Sip | Scheme::Sips) => Ok(target),
            Ok(_) | Err(_) => Err(400),
        };
        let target = match target {
            Ok(target) => target,
            Err(status) => return self.respond(now, key, self.plain(request, status)),
        };
        let tells_progress = endpoint.session.refer_blind_progress;
        // RFC 4488: only `true`, or nothing, asks for a subscription.
        let asked = request.headers.value("Refer-Sub").map(|value| value.as_str().to_ascii_lowercase());
        let subscribes = asked.as_ref().is_none_or(|value| value.starts_with("true"));
        if !subscribes {
            let Outcome(status, _) = self.transfer(calls, extensions, channel, request, &target);
            let response = self.plain(request, status).with("Refer-Sub", "false");
            return self.respond(now, key, response);
        }
        let mut response = self.plain(request, 202);
        if let Some(contact) = self.contact_in(channel) {
            response.headers.push("Contact", contact.to_string());
        }
        if asked.is_some() {
            response.headers.push("Refer-Sub", "true");
        }
        self.respond(now, key, response);
        // RFC 3515 §2.4.6: the second REFER of a dialog and those after it are told apart by their CSeq.
        let event = "refer".to_owned();
        self.notify_transferer(now, channel, &event, 100, false);
        let Outcome(status, followed) = self.transfer(calls, extensions, channel, request, &target);
        match followed.filter(|_| tells_progress) {
            Some(transferee) => {
                calls.watch(transferee);
                let referral = Referral { transferer: channel, dialog: None, event, moved: false };
                self.referrals.0.insert(transferee, referral);
            }
            None => self.notify_transferer(now, channel, &event, status, true),
        }
    }

    fn transfer(
        &mut self,
        calls: &mut Calls,
        extensions: &dyn Extensions,
        channel: ChannelKey,
        request: &Request,
        target: &ReferTo,
    ) -> Outcome {
        match target.replaces() {
            Ok(Some(replaces)) => {
                self.transfer_attended(calls, extensions, channel, request, target, &replaces)
            }
            Ok(None) => {
                let exten = target.target().user_unescaped();
                self.transfer_blind(calls, extensions, channel, request, target, &exten)
            }
            Err(_) => Outcome(400, None),
        }
    }

    fn transfer_blind(
        &mut self,
        calls: &mut Calls,
        extensions: &dyn Extensions,
        channel: ChannelKey,
        request: &Request,
        target: &ReferTo,
        exten: &str,
    ) -> Outcome {
        let Some(session) = self.sessions.get(&channel) else { return Outcome(404, None) };
        let Some(endpoint) = self.endpoint(&session.endpoint) else { return Outcome(404, None) };
        let context = calls.variable(Some(channel), "TRANSFER_CONTEXT").filter(|context| !context.is_empty());
        let context = context.unwrap_or_else(|| endpoint.context.clone());
        let peer = calls.bridge_peer(channel).and_then(|peer| calls.snapshot(peer));
        let number = peer.map(|peer| peer.caller.number.clone()).unwrap_or_default();
        if !extensions.exists(&context, exten, &number) {
            return Outcome(404, None);
        }
        let mut variables = vec![
            ("SIPTRANSFER".to_owned(), "yes".to_owned()),
            ("SIPREFERRINGCONTEXT".to_owned(), context.clone()),
            ("SIPREFERTOHDR".to_owned(), target.target().to_string()),
        ];
        if let Some(by) = request.headers.value("Referred-By") {
            variables.push(("__SIPREFERREDBYHDR".to_owned(), by.to_string()));
        }
        if exten == EXTERNAL
            && let Ok(Some(replaces)) = target.replaces()
        {
            variables.push(("__SIPREPLACESHDR".to_owned(), replaces.to_string()));
        }
        let location = Location { context, exten: exten.to_owned(), priority: 1 };
        match calls.transfer_blind(channel, location, variables) {
            Ok(transferee) => {
                self.keep_after_transfer(channel);
                Outcome(200, Some(transferee))
            }
            Err(failure) => failure.into(),
        }
    }

    fn transfer_attended(
        &mut self,
        calls: &mut Calls,
        extensions: &dyn Extensions,
        channel: ChannelKey,
        request: &Request,
        target: &ReferTo,
        replaces: &Replaces,
    ) -> Outcome {
        let Some(other) = self.by_dialog.get(&replaces.dialog()).copied() else {
            return self.transfer_blind(calls, extensions, channel, request, target, EXTERNAL);
        };
        if !calls.is_staying(other) {
            return Outcome(603, None);
        }
        match calls.transfer_attended(channel, other) {
            Ok(()) => {
                self.keep_after_transfer(channel);
                Outcome(200, None)
            }
            Err(failure) => failure.into(),
        }
    }

    /// The channel of one who transferred goes; its dialog stays for it to hear what came of it, and to end.
    fn keep_after_transfer(&mut self, channel: ChannelKey) {
        if let Some(session) = self.sessions.get_mut(&channel) {
            session.transferred = true;
        }
    }

    /// The channel is gone: `true` where its dialog is kept because it transferred.
    pub(crate) fn is_kept_after_transfer(&mut self, now: Duration, channel: ChannelKey) -> bool {
        let kept = self.sessions.get(&channel).is_some_and(|session| session.transferred);
        if kept && !self.timers.runs(channel, Timer::Transferred) {
            self.timers.start(channel, Timer::Transferred, now + KEPT_AFTER_TRANSFER);
        }
        kept
    }

    /// Something was noticed of one who was transferred.
    pub(crate) fn transferee_noticed(&mut self, calls: &mut Calls, channel: ChannelKey, what: Watched) {
        let Some(referral) = self.referrals.0.get_mut(&channel) else { return };
        let (status, over) = match what {
            Watched::Ringing => (180, false),
            Watched::Progress => (183, false),
            Watched::Heard if referral.moved => return,
            Watched::Heard | Watched::Connected => (200, true),
            Watched::Ended => (503, true),
        };
        referral.moved = true;
        let (transferer, event) = (referral.transferer, referral.event.clone());
        if self.sessions.contains_key(&transferer) {
            self.notify_transferer(calls.time().now, transferer, &event, status, over);
        } else if let Some((dialog, flow)) = &mut referral.dialog {
            let (notify, flow) = (dialog.request(Method::Notify), *flow);
            self.send_progress(calls.time().now, flow, notify, &event, status, over);
        }
        if over {
            self.referrals.0.remove(&channel);
            calls.unwatch(channel);
        }
    }

    fn notify_transferer(
        &mut self,
        now: Duration,
        channel: ChannelKey,
        event: &str,
        status: u16,
        over: bool,
    ) {
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let flow = session.flow;
        let Some(notify) = session.dialog.as_mut().map(|dialog| dialog.request(Method::Notify)) else {
            return;
        };
        self.send_progress(now, flow, notify, event, status, over);
    }

    fn send_progress(
        &mut self,
        now: Duration,
        flow: Flow,
        mut notify: Request,
        event: &str,
        status: u16,
        over: bool,
    ) {
        notify.headers.push("Event", event);
        notify.headers.write(match over {
            true => SubscriptionState::terminated("noresource"),
            false => SubscriptionState::active(LASTS),
        });
        let body = format!("SIP/2.0 {status} {}\r\n", reason_phrase(status));
        let notify = notify.with_body("message/sipfrag;version=2.0", body);
        self.send_request(now, flow, notify, Purpose::Other);
    }

    /// The session that an INVITE takes the place of (RFC 3891 §3), or the answer that refuses it.
    pub(crate) fn replaced(&self, request: &Request) -> Result<Option<ChannelKey>, Response> {
        let refuse = |status| Response::to(request, status);
        let replaces = match request.headers.read::<Replaces>() {
            Ok(None) => return Ok(None),
            Ok(Some(replaces)) => replaces,
            Err(_) => return Err(refuse(400)),
        };
        let id: DialogId = replaces.dialog();
        let Some(channel) = self.by_dialog.get(&id).copied() else { return Err(refuse(481)) };
        let Some(session) = self.sessions.get(&channel) else { return Err(refuse(481)) };
        match session.phase {
            Phase::Up if replaces.early_only => Err(refuse(486)),
            Phase::Up if session.ending.is_none() && !session.transferred => Ok(Some(channel)),
            Phase::Up => Err(refuse(603)),
            // An early dialog that we did not begin is none to be replaced, and one that we did has nobody to hand over.
            Phase::Incoming { .. } | Phase::Calling { .. } | Phase::Locating => Err(refuse(481)),
        }
    }
}
