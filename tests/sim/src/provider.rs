//! A registrar far away: what a carrier has.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use sip::digest::{Algorithm, Authenticator, Secret, Verdict};
use sip::registrar::{AorSettings, Registrar};
use sip::{Flow, Message, Request, Response};

use crate::World;

/// One provider of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderId(pub(crate) usize);

/// A registrar that keeps no transaction but its answers: one that is asked again is answered again.
pub struct Provider {
    pub(crate) address: SocketAddr,
    registrar: Registrar,
    authenticator: Authenticator,
    /// The password of its only account, `account`; without one nobody is asked.
    pub password: Option<&'static str>,
    /// Answers REGISTER with this status, and this many seconds of Retry-After.
    pub refuses: Option<(u16, Option<u32>)>,
    /// Answers OPTIONS with this status.
    pub options: u16,
    /// Answers nothing.
    pub is_silent: bool,
    /// What it grants at least and at most.
    pub settings: AorSettings,
    /// The requests that came, in order, repetitions left out.
    pub seen: Vec<Request>,
    answered: BTreeMap<String, Bytes>,
}

impl World {
    /// A provider with the address 203.0.113.`n`, where `n` counts from 1.
    pub fn provider(&mut self) -> ProviderId {
        let n = self.providers.len() as u8 + 1;
        self.providers.push(Provider {
            address: SocketAddr::new(Ipv4Addr::new(203, 0, 113, n).into(), 5060),
            registrar: Registrar::new(),
            authenticator: Authenticator::new("provider", [7; 32])
                .with_algorithms(&[Algorithm::Sha256, Algorithm::Md5]),
            password: None,
            refuses: None,
            options: 200,
            is_silent: false,
            settings: AorSettings { max_contacts: 10, ..AorSettings::default() },
            seen: Vec::new(),
            answered: BTreeMap::new(),
        });
        ProviderId(self.providers.len() - 1)
    }

    /// A provider, to be changed or looked at.
    pub fn provider_of(&mut self, provider: ProviderId) -> &mut Provider {
        &mut self.providers[provider.0]
    }

    pub(crate) fn arrive_at_provider(&mut self, at: usize, from: SocketAddr, bytes: Bytes) {
        let now = self.now();
        let provider = &mut self.providers[at];
        let to = provider.address;
        if let Some(response) = provider.receive(now, Flow::udp(to, from), bytes) {
            self.send_from(to, from, response);
        }
    }
}

impl Provider {
    /// The contacts that are registered, as they stand in the registrar.
    pub fn contacts(&self) -> Vec<String> {
        self.registrar.bindings("account").iter().map(|binding| binding.uri.to_string()).collect()
    }

    fn receive(&mut self, now: std::time::Duration, flow: Flow, bytes: Bytes) -> Option<Bytes> {
        let Ok(Message::Request(request)) = sip::parse(bytes) else { return None };
        if self.is_silent {
            return None;
        }
        let branch = request.headers.via().ok()?.branch()?.to_owned();
        if let Some(answer) = self.answered.get(&branch) {
            return Some(answer.clone());
        }
        self.registrar.advance(now);
        let response = match request.method {
            sip::Method::Register => self.register(now, flow, &request),
            sip::Method::Ack => return None,
            sip::Method::Options => match self.challenge(now, &request) {
                Some(challenge) => challenge,
                None => Response::to(&request, self.options),
            },
            _ => Response::to(&request, 200),
        };
        self.seen.push(request);
        let answer = response.with_to_tag("far").to_bytes();
        self.answered.insert(branch, answer.clone());
        Some(answer)
    }

    fn register(&mut self, now: std::time::Duration, flow: Flow, request: &Request) -> Response {
        if let Some((status, after)) = self.refuses {
            let response = Response::to(request, status);
            return match after {
                Some(after) => response.with("Retry-After", after.to_string()),
                None => response,
            };
        }
        if let Some(challenge) = self.challenge(now, request) {
            return challenge;
        }
        self.registrar.register(now, "account", flow, request, &self.settings)
    }

    /// Asks for credentials, where they are wanted and missing.
    fn challenge(&mut self, now: std::time::Duration, request: &Request) -> Option<Response> {
        let password = self.password?;
        let secret = |user: &str| (user == "account").then_some(Secret::Password(password));
        match self.authenticator.verify(now, request, secret) {
            Verdict::Passed { .. } => None,
            Verdict::Refused(_) => Some(self.authenticator.challenge(now, request, false)),
        }
    }
}
