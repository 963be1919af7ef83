//! Many calls at once in virtual time: nothing is left over, and every call ends as it should.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use sip::{
    Dialog, Flow, Forks, Method, NameAddr, Output, Random, Request, Response, ServerKey, Settings,
    Transactions,
};
use std::collections::BTreeMap;
use std::time::Duration;

const CALLS: u64 = 2_000;

/// A caller and a callee over a network that loses one message in `loss`.
struct World {
    now: Duration,
    uac: Transactions,
    uas: Transactions,
    flow: Flow,
    sent: u64,
    loss: u64,
    random: Random,
    invites: BTreeMap<sip::ClientKey, (Request, Forks)>,
    answered: BTreeMap<ServerKey, Dialog>,
    byes_answered: u64,
}

impl World {
    fn lost(&mut self) -> bool {
        self.sent += 1;
        self.loss > 0 && self.random.next_u64().is_multiple_of(self.loss)
    }

    fn settle(&mut self) {
        loop {
            if let Some(output) = self.uac.poll() {
                self.caller(output);
            } else if let Some(output) = self.uas.poll() {
                self.callee(output);
            } else {
                return;
            }
        }
    }

    fn caller(&mut self, output: Output) {
        match output {
            Output::Transmit { bytes, .. } if !self.lost() => {
                let back = Flow::udp(self.flow.remote, self.flow.local);
                self.uas.receive(self.now, back, bytes);
            }
            Output::Response { key, response, .. } => match self.invites.get_mut(&key) {
                Some((invite, forks)) => {
                    let dialog = forks.receive(invite, &response).unwrap();
                    if let (true, Some(dialog)) = (response.is_success(), dialog) {
                        let ack = dialog.ack(invite.headers.cseq().unwrap().number);
                        let bye = dialog.request(Method::Bye);
                        self.uac.acknowledge(key, self.flow, ack).unwrap();
                        self.uac.request(self.now, self.flow, bye).unwrap();
                    }
                }
                None => {
                    assert_eq!(response.status, 200);
                    self.byes_answered += 1;
                }
            },
            Output::Transmit { .. } | Output::StrayResponse { .. } => {}
            other => panic!("{other:?}"),
        }
    }

    fn callee(&mut self, output: Output) {
        match output {
            Output::Transmit { bytes, .. } if !self.lost() => self.uac.receive(self.now, self.flow, bytes),
            Output::Request { key, request, .. } if request.method == Method::Invite => {
                let tag = self.uas.to_tag(key).unwrap();
                let ok = Response::to(&request, 200).with_to_tag(&tag).with("Contact", "<sip:b@192.0.2.2>");
                self.answered.insert(key, Dialog::uas(&request, &ok).unwrap());
                self.uas.respond(self.now, key, Response::to(&request, 180)).unwrap();
                self.uas.respond(self.now, key, ok).unwrap();
            }
            Output::Request { key, request, .. } => {
                self.uas.respond(self.now, key, Response::to(&request, 200)).unwrap();
            }
            Output::Transmit { .. } | Output::AckReceived { .. } => {}
            other => panic!("{other:?}"),
        }
    }

    fn run(&mut self, until: Option<Duration>) {
        self.settle();
        while let Some(next) = [self.uac.deadline(), self.uas.deadline()].into_iter().flatten().min() {
            if until.is_some_and(|until| next > until) {
                return;
            }
            self.now = next;
            self.uac.advance(next);
            self.uas.advance(next);
            self.settle();
        }
    }
}

fn run(loss: u64, seed: u64) -> u64 {
    let flow = Flow::udp("192.0.2.1:5060".parse().unwrap(), "192.0.2.2:5060".parse().unwrap());
    let mut world = World {
        now: Duration::ZERO,
        uac: Transactions::new(Settings::default(), 1),
        uas: Transactions::new(Settings::default(), 2),
        flow,
        sent: 0,
        loss,
        random: Random::new(seed),
        invites: BTreeMap::new(),
        answered: BTreeMap::new(),
        byes_answered: 0,
    };
    let from: NameAddr = "sip:a@192.0.2.1".parse::<sip::Uri>().unwrap().into();
    for n in 0..CALLS {
        world.run(Some(Duration::from_millis(n)));
        world.now = Duration::from_millis(n);
        let mut random = || world.uac.random();
        let request = Request::build(Method::Invite, "sip:b@192.0.2.2".parse().unwrap());
        let request = request.from(from.clone()).contact(from.clone()).finish(&mut random);
        let key = world.uac.request(world.now, flow, request.clone()).unwrap();
        world.invites.insert(key, (request, Forks::new()));
    }
    world.run(None);
    assert_eq!((world.uac.client_count(), world.uas.server_count()), (0, 0));
    assert_eq!((world.answered.len() as u64, world.byes_answered), (CALLS, CALLS));
    world.sent
}

#[test]
fn calls_over_a_clean_network_take_six_messages() {
    assert_eq!(run(0, 0), CALLS * 6);
}

#[test]
fn calls_over_a_lossy_network_all_come_through() {
    for seed in 0..5 {
        assert!(run(7, seed) > CALLS * 6);
    }
    assert_eq!(run(7, 9), run(7, 9), "one seed, one course");
}
