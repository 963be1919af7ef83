//! Registrations of ours with others, and calls by trunks.

use std::time::Duration;

use signalling::RegistrationState;
use signalling::config::{Auth, Endpoint, Identify, Matching, Registration, Secret};
use sim::{Setup, World};

pub(crate) fn registration(change: impl FnOnce(&mut Registration)) -> Registration {
    let mut registration = Registration {
        name: "carrier".into(),
        server_uri: "sip:203.0.113.1".to_owned(),
        client_uri: "sip:account@203.0.113.1".to_owned(),
        contact_user: "s".to_owned(),
        contact_header_params: None,
        expiration: 300,
        max_retries: 3,
        retry_interval: 60,
        forbidden_retry_interval: 0,
        fatal_retry_interval: 0,
        auth_rejection_permanent: true,
        max_random_initial_delay: 10,
        outbound_auths: vec!["carrier".into()],
        outbound_proxy: None,
        transport: None,
        line: false,
        endpoint: None,
        support_path: false,
        support_outbound: false,
        user_agent: None,
    };
    change(&mut registration);
    registration
}

fn trunk(config: &mut signalling::Config) {
    config.auths.push(Auth {
        name: "carrier".into(),
        username: "account".to_owned(),
        realm: String::new(),
        secret: Secret::Password("secret".to_owned()),
        algorithms: vec![],
    });
    config.endpoints.push(Endpoint {
        name: "trunk".into(),
        context: "default".to_owned(),
        codecs: vec![rtp::Codec::Pcmu],
        ..Endpoint::default()
    });
}

fn with_registration(seed: u64, sip: fn(&mut signalling::Config)) -> (World, sim::ProviderId) {
    let mut w = World::with(Setup { sip, ..Setup::new(seed) });
    let provider = w.provider();
    w.provider_of(provider).password = Some("secret");
    (w, provider)
}

fn plain(config: &mut signalling::Config) {
    trunk(config);
    config.registrations = vec![registration(|_| {})];
}

fn state(w: &World) -> RegistrationState {
    w.registrations()[0].state
}

#[test]
fn a_registration_is_kept_up_and_taken_back_at_the_end() {
    let (mut w, provider) = with_registration(300, plain);
    w.until("it is registered", |w| state(w) == RegistrationState::Registered);
    assert!(w.now() < Duration::from_secs(12));
    assert_eq!(w.provider_of(provider).contacts(), ["sip:s@192.0.2.1:5060"]);
    w.run(Duration::from_secs(1_000));
    // Once in 290 s, each with a challenge.
    assert_eq!(w.sent("REGISTER"), 8);
    assert_eq!(w.provider_of(provider).contacts().len(), 1);
    w.drain();
    w.until("it is taken back", |w| state(w) == RegistrationState::Stopped);
    assert_eq!(w.provider_of(provider).contacts().len(), 0);
    w.check();
}

#[test]
fn a_registration_survives_loss() {
    let (mut w, provider) = with_registration(301, plain);
    w.network.sip.loss = 300;
    w.until("it is registered", |w| state(w) == RegistrationState::Registered);
    w.run(Duration::from_secs(3_000));
    assert_eq!((state(&w), w.provider_of(provider).contacts().len()), (RegistrationState::Registered, 1));
    w.drain();
    w.check();
}

#[test]
fn a_registrar_that_falls_silent_is_asked_until_it_is_back() {
    let (mut w, provider) = with_registration(302, plain);
    w.until("it is registered", |w| state(w) == RegistrationState::Registered);
    w.provider_of(provider).is_silent = true;
    w.run(Duration::from_secs(280));
    w.until("it is missed", |w| state(w) == RegistrationState::RejectedTemporary);
    w.provider_of(provider).is_silent = false;
    w.until("it is back", |w| state(w) == RegistrationState::Registered);
    w.drain();
    w.check();
}

#[test]
fn refusals_end_it_or_are_tried_again_as_configured() {
    // 403 is final without forbidden_retry_interval.
    let (mut w, provider) = with_registration(303, plain);
    w.provider_of(provider).refuses = Some((403, None));
    w.until("it is given up", |w| state(w) == RegistrationState::RejectedPermanent);
    w.run(Duration::from_secs(600));
    assert_eq!(w.sent("REGISTER"), 1);
    w.check();
    // 503 is tried again after what it says, and wrong credentials are final.
    let (mut w, provider) = with_registration(304, plain);
    w.provider_of(provider).refuses = Some((503, Some(120)));
    w.until("it is refused", |w| state(w) == RegistrationState::RejectedTemporary);
    let left = w.registrations()[0].next_in_s.expect("it is tried again");
    assert!((115..=120).contains(&left), "{left}");
    w.provider_of(provider).refuses = None;
    w.provider_of(provider).password = Some("another");
    w.until("it is given up", |w| state(w) == RegistrationState::RejectedPermanent);
    w.check();
}

#[test]
fn too_brief_an_interval_is_raised_to_what_the_registrar_wants() {
    let (mut w, provider) = with_registration(305, plain);
    w.provider_of(provider).settings.minimum_expiration = 900;
    w.until("it is registered", |w| state(w) == RegistrationState::Registered);
    assert!(w.registrations()[0].expires_in_s.is_some_and(|left| left > 890));
    w.drain();
    w.check();
}

#[test]
fn a_call_that_comes_back_by_the_line_of_a_registration_belongs_to_its_endpoint() {
    fn lined(config: &mut signalling::Config) {
        trunk(config);
        let lined = registration(|r| {
            r.line = true;
            r.endpoint = Some("trunk".into());
            r.contact_user = "1000".to_owned();
        });
        config.registrations = vec![lined];
    }
    let (mut w, provider) = with_registration(306, lined);
    w.until("it is registered", |w| state(w) == RegistrationState::Registered);
    let contact = w.provider_of(provider).contacts().remove(0);
    assert!(contact.contains(";line="), "{contact}");
    let (carrier, app) = (w.phone("5001"), w.application("my-app"));
    let line = w.dial(carrier, &contact);
    w.started(app);
    w.hang_up(line);
    let stranger = w.dial(carrier, "sip:1000@192.0.2.1:5060;line=0");
    w.until("it is refused", |w| w.is_over(stranger));
    w.drain();
    w.check();
}

#[test]
fn a_trunk_is_known_by_a_header_or_by_what_it_dials() {
    fn by_header(config: &mut signalling::Config) {
        trunk(config);
        config.identifies = vec![Identify {
            name: "one".into(),
            endpoint: "trunk".into(),
            matches: vec![],
            hosts: vec![],
            match_header: Some(("User-Agent".to_owned(), Matching::Pattern("^Carrier/[0-9]".to_owned()))),
            match_request_uri: Some(Matching::Pattern("^sip:1001@".to_owned())),
        }];
    }
    let mut w = World::with(Setup { sip: by_header, ..Setup::new(307) });
    let carrier = w.phone_with("5001", |settings| settings.user_agent = "Carrier/7".to_owned());
    let stranger = w.phone("5002");
    let (app, other) = (w.application("my-app"), w.application("other"));
    let line = w.dial(carrier, "1000");
    w.started(app);
    w.hang_up(line);
    let line = w.dial(stranger, "1001");
    w.started(other);
    w.hang_up(line);
    let line = w.dial(stranger, "1000");
    w.until("it is refused", |w| w.is_over(line));
    w.check();
}

#[test]
fn a_call_by_name_goes_to_the_next_host_where_one_is_silent() {
    use sip::resolve::{Query, Records, Srv};
    fn named(config: &mut signalling::Config) {
        trunk(config);
        let trunk = config.endpoints.last_mut().expect("the trunk is there");
        trunk.aors = vec!["trunk".into()];
        config.aors.push(signalling::config::Aor {
            name: "trunk".into(),
            contacts: vec!["sip:carrier.example".to_owned()],
            ..Default::default()
        });
    }
    let mut w = World::with(Setup { sip: named, ..Setup::new(308) });
    let far = w.phone("5001");
    let hosts = [("a.carrier.example", "203.0.113.9"), ("b.carrier.example", "198.51.105.1")];
    let srv = |at: usize, priority| Srv { priority, weight: 0, port: 5060, target: hosts[at].0.to_owned() };
    w.names.insert(Query::Naptr("carrier.example".to_owned()), Records::Naptr(vec![]));
    w.names.insert(
        Query::Srv("_sip._udp.carrier.example".to_owned()),
        Records::Srv(vec![srv(1, 20), srv(0, 10)]),
    );
    for (host, address) in hosts {
        let address = vec![address.parse().expect("an address")];
        w.names.insert(Query::Addresses(host.to_owned()), Records::Addresses(address));
    }
    let app = w.application("my-app");
    w.ask(app, stasis::Command::Originate(sim::call_to("600@trunk", "my-app", "out", None)))
        .expect("it goes");
    let called = w.called(far);
    w.pick_up(called);
    assert_eq!(w.started(app), "out");
    w.hang_up(called);
    w.check();
}
