//! The registrar (RFC 3261 §10.3, Path of RFC 3327): which contacts an address of record has.

#[cfg(test)]
mod tests;

use crate::flow::Flow;
use crate::header::HeaderName;
use crate::message::{Request, Response};
use crate::name_addr::NameAddr;
use crate::text::Text;
use crate::uri::Uri;
use crate::via::Via;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// The most bindings that one [`Registrar::advance`] expires; the rest stay due.
pub const MAX_EXPIRIES: usize = 1024;

/// What one address of record allows; the words are those of an `aor` section in `pjsip.conf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AorSettings {
    /// Seconds, where the request names none; 3600.
    pub default_expiration: u32,
    /// The fewest seconds; 60.
    pub minimum_expiration: u32,
    /// The most seconds; 7200. More is lowered to it.
    pub maximum_expiration: u32,
    /// What happens to less than the minimum.
    pub brief: Brief,
    /// The most contacts; 0 refuses registration with 403.
    pub max_contacts: usize,
    /// With one contact too many, remove those that expire soonest, where otherwise the request gets 403.
    pub remove_existing: bool,
    /// Contacts that do not answer give way: with [`AorSettings::remove_existing`] before others, without it they alone.
    pub remove_unavailable: bool,
    /// Path is kept (RFC 3327); without it, it is passed over.
    pub support_path: bool,
}

/// What happens to an expiration below the minimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brief {
    /// 423 with Min-Expires (RFC 3261 §10.3).
    Refuse,
    /// It is raised to the minimum, as Asterisk does.
    Raise,
}

impl Default for AorSettings {
    fn default() -> Self {
        AorSettings {
            default_expiration: 3600,
            minimum_expiration: 60,
            maximum_expiration: 7200,
            brief: Brief::Refuse,
            max_contacts: 1,
            remove_existing: true,
            remove_unavailable: false,
            support_path: true,
        }
    }
}

/// One contact of an address of record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The contact.
    pub uri: Uri,
    /// Where the REGISTER came from: the way back through NAT.
    pub flow: Flow,
    /// When it ends.
    pub expires_at: Duration,
    /// Preference in thousandths, 0 to 1000.
    pub q: u16,
    /// The Call-ID of the REGISTER.
    pub call_id: Text,
    /// Its CSeq number.
    pub cseq: u32,
    /// Its User-Agent; empty when there was none.
    pub user_agent: Text,
    /// Where the REGISTER says that it was sent from: host and port of its last Via.
    pub via_address: Text,
    /// Its Path, topmost first: the Route of requests to this contact.
    pub path: Vec<NameAddr>,
    /// The device and which of its flows this is (`+sip.instance` and `reg-id`, RFC 5626 §4.1): one that comes again
    /// replaces this binding, whatever its contact is then.
    pub outbound: Option<(Text, u32)>,
    /// It did not answer when it was asked last: see [`Registrar::set_available`].
    pub unavailable: bool,
    /// Tells bindings of one registrar apart; never used again.
    pub id: u64,
}

/// What happened to a binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A contact came.
    Added {
        /// The address of record.
        aor: Text,
        /// As it is now.
        binding: Binding,
    },
    /// A contact was registered again.
    Refreshed {
        /// The address of record.
        aor: Text,
        /// As it is now.
        binding: Binding,
    },
    /// A contact was taken away: by itself, by `*`, by a newer one, or because its connection broke.
    Removed {
        /// The address of record.
        aor: Text,
        /// As it was.
        binding: Binding,
    },
    /// A contact was not refreshed in time.
    Expired {
        /// The address of record.
        aor: Text,
        /// As it was.
        binding: Binding,
    },
}

/// Every binding of every address of record. Drain [`Registrar::poll`] after each call.
#[derive(Debug, Default)]
pub struct Registrar {
    aors: BTreeMap<Text, Vec<Binding>>,
    expiries: BTreeSet<(Duration, u64, Text)>,
    events: VecDeque<Event>,
    next_id: u64,
}

/// A contact of a REGISTER, judged.
struct Wanted {
    contact: NameAddr,
    seconds: u32,
}

impl Registrar {
    /// No bindings.
    pub fn new() -> Registrar {
        Registrar::default()
    }

    /// The bindings of an address of record, in the order they came.
    pub fn bindings(&self, aor: &str) -> &[Binding] {
        self.aors.get(aor).map_or(&[], Vec::as_slice)
    }

    /// Every address of record with bindings.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &[Binding])> {
        self.aors.iter().map(|(aor, bindings)| (aor, bindings.as_slice()))
    }

    /// What happened since.
    pub fn poll(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`Registrar::advance`] is wanted next.
    pub fn deadline(&self) -> Option<Duration> {
        self.expiries.first().map(|(at, _, _)| *at)
    }

    /// Ends the bindings whose time has come, at most [`MAX_EXPIRIES`].
    pub fn advance(&mut self, now: Duration) {
        for _ in 0..MAX_EXPIRIES {
            let Some((_, id, aor)) = self.expiries.first().filter(|(at, _, _)| *at <= now).cloned() else {
                return;
            };
            if let Some(binding) = self.take(&aor, id) {
                self.events.push_back(Event::Expired { aor, binding });
            }
        }
    }

    /// Processes a REGISTER that was authenticated and allowed, and returns its answer: 200 with every binding, 400, 403
    /// (too many contacts), 423 (too brief) or 500 (CSeq out of order). A refused request changes nothing.
    pub fn register(
        &mut self,
        now: Duration,
        aor: &str,
        flow: Flow,
        request: &Request,
        settings: &AorSettings,
    ) -> Response {
        let aor = Text::from(aor);
        match self.apply(now, &aor, flow, request, settings) {
            Ok(()) => self.listing(now, &aor, request),
            Err(423) => {
                let minimum = settings.minimum_expiration.to_string();
                Response::to(request, 423).with(HeaderName::MinExpires, minimum)
            }
            Err(status) => Response::to(request, status),
        }
    }

    /// A binding answered when it was asked, or did not.
    pub fn set_available(&mut self, aor: &str, id: u64, available: bool) {
        let bindings = self.aors.get_mut(aor).into_iter().flatten();
        for binding in bindings.filter(|binding| binding.id == id) {
            binding.unavailable = !available;
        }
    }

    /// Puts a binding in that was known before a restart. Nothing is told; one that is over is left out.
    pub fn restore(&mut self, now: Duration, aor: &str, binding: Binding) {
        if binding.expires_at > now {
            let binding = Binding { id: self.next_id, ..binding };
            self.put(&Text::from(aor), binding, false);
            self.events.pop_back();
        }
    }

    /// The bindings whose connection broke are removed (RFC 5626 §7). A path of datagrams cannot break.
    pub fn flow_failed(&mut self, flow: Flow) {
        if !flow.transport.is_reliable() {
            return;
        }
        let on_flow = |(aor, bindings): (&Text, &Vec<Binding>)| {
            let dead = bindings.iter().filter(|b| b.flow == flow);
            dead.map(|b| (aor.clone(), b.id)).collect::<Vec<_>>()
        };
        let dead: Vec<_> = self.aors.iter().flat_map(on_flow).collect();
        for (aor, id) in dead {
            self.remove(&aor, id);
        }
    }

    /// Removes one binding (an administrator did).
    pub fn remove(&mut self, aor: &str, id: u64) {
        if let Some(binding) = self.take(aor, id) {
            self.events.push_back(Event::Removed { aor: Text::from(aor), binding });
        }
    }

    fn apply(
        &mut self,
        now: Duration,
        aor: &Text,
        flow: Flow,
        request: &Request,
        settings: &AorSettings,
    ) -> Result<(), u16> {
        let headers = &request.headers;
        let cseq = headers.cseq().map_err(|_| 400_u16)?.number;
        if headers.is_star_contact() {
            return self.remove_all(aor, request, cseq);
        }
        let wanted = judge(request, settings)?;
        let path = path_of(request, settings)?;
        self.check(aor, request, cseq, &wanted, settings)?;
        let via = headers.elements(HeaderName::Via).last().and_then(|via| Via::parse(via).ok());
        let via_address = via.map(|via| Text::from(via.sent_by())).unwrap_or_default();
        for Wanted { contact, seconds } in wanted {
            let before = self.bindings(aor).iter().find(|b| is_same(b, &contact)).map(|b| b.id);
            if seconds == 0 {
                before.into_iter().for_each(|id| self.remove(aor, id));
                continue;
            }
            let binding = Binding {
                uri: contact.uri.detached(),
                flow,
                expires_at: now + Duration::from_secs(u64::from(seconds)),
                q: contact.q().unwrap_or(1000),
                call_id: headers.call_id().detached(),
                cseq,
                user_agent: headers.value(HeaderName::UserAgent).map(Text::detached).unwrap_or_default(),
                via_address: via_address.clone(),
                path: path.clone(),
                outbound: outbound_of(&contact),
                unavailable: false,
                id: before.unwrap_or(self.next_id),
            };
            self.put(aor, binding, before.is_some());
        }
        self.drop_surplus(aor, settings);
        Ok(())
    }

    /// `Contact: *` (§10.2.2): alone, and with Expires 0.
    fn remove_all(&mut self, aor: &Text, request: &Request, cseq: u32) -> Result<(), u16> {
        let alone = request.headers.elements(HeaderName::Contact).count() == 1;
        if !alone || request.headers.expires() != Some(0) {
            return Err(400);
        }
        let call_id = request.headers.call_id();
        if self.bindings(aor).iter().any(|b| b.call_id == call_id && b.cseq >= cseq) {
            return Err(500);
        }
        let all: Vec<u64> = self.bindings(aor).iter().map(|b| b.id).collect();
        all.into_iter().for_each(|id| self.remove(aor, id));
        Ok(())
    }

    /// Order (§10.3 step 7) and number, before anything is changed.
    fn check(
        &self,
        aor: &Text,
        request: &Request,
        cseq: u32,
        wanted: &[Wanted],
        settings: &AorSettings,
    ) -> Result<(), u16> {
        let call_id = request.headers.call_id();
        let bindings = self.bindings(aor);
        let known = |w: &Wanted| bindings.iter().find(|b| is_same(b, &w.contact));
        if wanted.iter().filter_map(known).any(|b| b.call_id == call_id && b.cseq >= cseq) {
            return Err(500);
        }
        let added = wanted.iter().filter(|w| w.seconds > 0 && known(w).is_none()).count();
        let removed = wanted.iter().filter(|w| w.seconds == 0 && known(w).is_some()).count();
        let kept = wanted.iter().filter(|w| w.seconds > 0).count();
        let gives_way = |b: &&Binding| {
            b.unavailable && !wanted.iter().any(|w| known(w).is_some_and(|known| known.id == b.id))
        };
        let unavailable = match settings.remove_unavailable {
            true => bindings.iter().filter(gives_way).count(),
            false => 0,
        };
        let after = (bindings.len() + added).saturating_sub(removed + unavailable);
        let fits = match settings.remove_existing {
            true => kept <= settings.max_contacts,
            false => after <= settings.max_contacts || added == 0,
        };
        if fits { Ok(()) } else { Err(403) }
    }

    fn put(&mut self, aor: &Text, binding: Binding, known: bool) {
        self.next_id += u64::from(!known);
        self.expiries.insert((binding.expires_at, binding.id, aor.clone()));
        let bindings = self.aors.entry(aor.clone()).or_default();
        match bindings.iter_mut().find(|b| b.id == binding.id) {
            Some(place) => {
                let binding = Binding { unavailable: place.unavailable, ..binding };
                let before = std::mem::replace(place, binding.clone());
                if before.expires_at != binding.expires_at {
                    self.expiries.remove(&(before.expires_at, before.id, aor.clone()));
                }
                self.events.push_back(Event::Refreshed { aor: aor.clone(), binding });
            }
            None => {
                bindings.push(binding.clone());
                self.events.push_back(Event::Added { aor: aor.clone(), binding });
            }
        }
    }

    /// Removes those that expire soonest until the number is right; of those alike the oldest goes. What does not answer
    /// may have to go before.
    fn drop_surplus(&mut self, aor: &Text, settings: &AorSettings) {
        while self.bindings(aor).len() > settings.max_contacts {
            let rank = |b: &&Binding| (!(settings.remove_unavailable && b.unavailable), b.expires_at, b.id);
            let first = self.bindings(aor).iter().min_by_key(rank).map(|b| b.id);
            self.remove(aor, first.expect("more than the limit is more than none"));
        }
    }

    fn take(&mut self, aor: &str, id: u64) -> Option<Binding> {
        let bindings = self.aors.get_mut(aor)?;
        let at = bindings.iter().position(|b| b.id == id)?;
        let binding = bindings.remove(at);
        if bindings.is_empty() {
            self.aors.remove(aor);
        }
        self.expiries.remove(&(binding.expires_at, id, Text::from(aor)));
        Some(binding)
    }

    /// The 200 (§10.3 step 8).
    fn listing(&self, now: Duration, aor: &Text, request: &Request) -> Response {
        let mut response = Response::to(request, 200);
        if self.bindings(aor).iter().any(|b| b.outbound.is_some())
            && request.headers.lists(HeaderName::Supported, "outbound")
        {
            response.headers.push(HeaderName::Require, "outbound");
        }
        let kept = self.bindings(aor).iter().any(|b| !b.path.is_empty());
        for path in request.headers.lines(HeaderName::Path).filter(|_| kept) {
            response.headers.push(HeaderName::Path, path);
        }
        for binding in self.bindings(aor) {
            let left = binding.expires_at.saturating_sub(now).as_secs();
            let mut contact = NameAddr::new(binding.uri.clone());
            if binding.q < 1000 {
                contact.params.set("q", &format!("0.{:03}", binding.q));
            }
            if let Some((instance, reg_id)) = &binding.outbound {
                contact.params.set("+sip.instance", &crate::syntax::quote(instance));
                contact.params.set("reg-id", &reg_id.to_string());
            }
            contact.params.set("expires", &left.to_string());
            response.headers.push(HeaderName::Contact, contact);
        }
        response
    }
}

/// Is this the contact of a binding: the same flow of the same device (RFC 5626 §6), or the same URI?
fn is_same(binding: &Binding, contact: &NameAddr) -> bool {
    match (&binding.outbound, outbound_of(contact)) {
        (Some(ours), Some(theirs)) => *ours == theirs,
        _ => binding.uri.matches(&contact.uri),
    }
}

fn outbound_of(contact: &NameAddr) -> Option<(Text, u32)> {
    let instance = contact.params.unquoted("+sip.instance").filter(|instance| !instance.is_empty())?;
    let reg_id = contact.params.value("reg-id")?.parse().ok().filter(|number| *number > 0)?;
    Some((Text::from(instance), reg_id))
}

/// The Path to keep; 420 where one was put in without the phone's saying that it knows what that is (RFC 3327 §5.3).
fn path_of(request: &Request, settings: &AorSettings) -> Result<Vec<NameAddr>, u16> {
    let headers = &request.headers;
    if !settings.support_path {
        return Ok(Vec::new());
    }
    let path =
        headers.elements(HeaderName::Path).map(|path| NameAddr::parse(path).map(|path| path.detached()));
    let path: Vec<NameAddr> = path.collect::<Result<_, _>>().map_err(|_| 400_u16)?;
    match path.is_empty() || headers.lists(HeaderName::Supported, "path") {
        true => Ok(path),
        false => Err(420),
    }
}

/// Each contact with its expiration (§10.3 step 7).
fn judge(request: &Request, settings: &AorSettings) -> Result<Vec<Wanted>, u16> {
    let contacts = request.headers.contacts().map_err(|_| 400_u16)?;
    let common = request.headers.expires().unwrap_or(settings.default_expiration);
    let judged = contacts.into_iter().map(|contact| {
        let seconds = match contact.expires().unwrap_or(common) {
            0 => 0,
            brief if brief < settings.minimum_expiration => match settings.brief {
                Brief::Refuse => return Err(423),
                Brief::Raise => settings.minimum_expiration,
            },
            seconds => seconds.min(settings.maximum_expiration),
        };
        Ok(Wanted { contact, seconds })
    });
    judged.collect()
}
