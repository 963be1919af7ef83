//! What `pjsip.conf` says of phones, trunks and callers, as it shows on the wire.

use std::time::Duration;

use phone::Event;
use signalling::config::{Acl, AclRule, Aor, Auth, Config, Endpoint, Protocol, Secret, Transport};
use sim::{Setup, World};
use sip::{HeaderName, Method, Request};

use crate::trunks::registration;

fn with(seed: u64, sip: fn(&mut Config)) -> World {
    World::with(Setup { sip, ..Setup::new(seed) })
}

/// Requests of a method that a provider saw.
fn seen(w: &mut World, provider: sim::ProviderId, method: Method) -> Vec<Request> {
    w.provider_of(provider).seen.iter().filter(|request| request.method == method).cloned().collect()
}

/// An endpoint `far` whose only contact is asked by OPTIONS through a provider.
fn asked(config: &mut Config) {
    config.aors.push(Aor {
        name: "far".into(),
        contacts: vec!["sip:far@198.51.100.250".to_owned()],
        qualify_frequency: 600,
        outbound_proxy: Some("sip:203.0.113.1;lr".to_owned()),
        ..Aor::default()
    });
    config.endpoints.push(Endpoint {
        name: "far".into(),
        aors: vec!["far".into()],
        outbound_auths: vec!["carrier".into()],
        codecs: vec![rtp::Codec::Pcmu],
        ..Endpoint::default()
    });
    config.auths.push(Auth {
        name: "carrier".into(),
        username: "account".to_owned(),
        realm: String::new(),
        secret: Secret::Password("secret".to_owned()),
        algorithms: vec![],
    });
    config.global.max_initial_qualify_time = Duration::from_secs(5);
    config.global.default_from_user = "exchange".to_owned();
    config.global.max_forwards = 33;
}

#[test]
fn a_contact_is_asked_by_its_proxy_soon_after_the_start() {
    let mut w = with(340, asked);
    let provider = w.provider();
    w.run(Duration::from_secs(6));
    let options = seen(&mut w, provider, Method::Options);
    assert_eq!(options.len(), 1, "it is asked within max_initial_qualify_time");
    assert_eq!(options[0].uri.to_string(), "sip:far@198.51.100.250");
    assert_eq!(options[0].headers.value(HeaderName::Route).unwrap(), "<sip:203.0.113.1;lr>");
    assert_eq!(options[0].headers.from().unwrap().uri.user_unescaped(), "exchange");
    assert_eq!(options[0].headers.max_forwards(), Some(33));
    w.check();
}

#[test]
fn which_answers_count_is_configured() {
    fn strict(config: &mut Config) {
        asked(config);
        let aor = config.aors.last_mut().unwrap();
        aor.qualify_2xx_only = true;
        aor.authenticate_qualify = true;
    }
    let state = |w: &mut World| {
        let app = w.application("my-app");
        let endpoint =
            stasis::Command::Endpoint { technology: "PJSIP".to_owned(), resource: "far".to_owned() };
        match w.ask(app, endpoint) {
            Ok(stasis::Answer::Endpoint(endpoint)) => endpoint.state.word(),
            other => panic!("{other:?}"),
        }
    };
    for (sip, status, password, expected) in [
        (asked as fn(&mut Config), 404, None, "online"),
        (strict, 404, None, "offline"),
        (strict, 200, Some("secret"), "online"),
        (strict, 200, Some("another"), "offline"),
    ] {
        let mut w = with(341, sip);
        let provider = w.provider();
        w.provider_of(provider).options = status;
        w.provider_of(provider).password = password;
        w.run(Duration::from_secs(8));
        assert_eq!(state(&mut w), expected, "{status} {password:?}");
        w.check();
    }
}

#[test]
fn a_registration_says_what_is_configured() {
    fn full(config: &mut Config) {
        asked(config);
        config.aors.clear();
        config.transports.push(Transport {
            name: "second".into(),
            protocol: Protocol::Udp,
            bind: "192.0.2.1:5070".parse().unwrap(),
            external_signaling_address: None,
            external_signaling_port: None,
            external_media_address: None,
            local_nets: vec![],
            symmetric: false,
        });
        config.registrations = vec![registration(|r| {
            r.server_uri = "sip:far.example:5080".to_owned();
            r.outbound_proxy = Some("sip:203.0.113.1;lr".to_owned());
            r.contact_header_params = Some("x-mark=1".to_owned());
            r.support_path = true;
            r.support_outbound = true;
            r.transport = Some("second".into());
        })];
    }
    let mut w = with(342, full);
    let provider = w.provider();
    w.run(Duration::from_secs(11));
    let register = seen(&mut w, provider, Method::Register).remove(0);
    assert_eq!(register.uri.to_string(), "sip:far.example:5080");
    let headers = &register.headers;
    assert!(headers.lists(HeaderName::Supported, "path") && headers.lists(HeaderName::Supported, "outbound"));
    let contact = headers.contact().unwrap();
    assert_eq!(contact.uri.to_string(), "sip:s@192.0.2.1:5070", "it leaves by its transport");
    assert_eq!((contact.params.value("x-mark"), contact.params.value("reg-id")), (Some("1"), Some("1")));
    assert!(contact.params.unquoted("+sip.instance").is_some_and(|id| id.starts_with("<urn:uuid:")));
}

#[test]
fn forbidden_and_fatal_intervals_and_retries_are_obeyed() {
    fn patient(config: &mut Config) {
        config.registrations = vec![registration(|r| {
            r.forbidden_retry_interval = 100;
            r.fatal_retry_interval = 200;
            r.max_retries = 2;
        })];
    }
    for (status, interval) in [(403, 100), (404, 200), (480, 60)] {
        let mut w = with(343, patient);
        let provider = w.provider();
        w.provider_of(provider).refuses = Some((status, None));
        w.run(Duration::from_secs(12));
        let left = w.registrations()[0].next_in_s.expect("it is tried again");
        assert!(left <= interval && left + 12 >= interval, "{status}: {left}");
        w.run(Duration::from_secs(1_000));
        assert_eq!(w.registrations()[0].state, signalling::RegistrationState::RejectedPermanent);
        assert_eq!(seen(&mut w, provider, Method::Register).len(), 3, "max_retries after the first");
        w.check();
    }
}

fn deny(net: &str, bits: u8) -> Acl {
    Acl { lists: vec![vec![AclRule { permits: false, net: net.parse().expect("an address"), bits }]] }
}

#[test]
fn an_address_that_is_kept_out_is_answered_as_a_stranger() {
    fn fenced(config: &mut Config) {
        for endpoint in &mut config.endpoints {
            match &*endpoint.name {
                "2001" => endpoint.acl = deny("198.51.102.0", 24),
                "2002" => {
                    endpoint.contact_acl = deny("198.51.102.2", 32);
                }
                _ => {}
            }
        }
        config.acl = deny("198.51.102.3", 32);
    }
    let mut w = with(344, fenced);
    for (number, status) in [("2001", 401), ("2002", 401), ("2003", 403)] {
        let phone = w.phone(number);
        let line = w.dial(phone, "1000");
        w.until("it is refused", |w| w.is_over(line));
        let refused =
            |s: u16| matches!(w.ending(line), Some(phone::Ending::Refused { status, .. }) if *status == s);
        assert!(refused(status), "{number}: {:?}", w.ending(line));
    }
    assert_eq!(w.log_lines("Not match Endpoint ACL"), 2);
    assert_eq!(w.log_lines("Not match Endpoint Contact ACL"), 1);
    w.check();
}

#[test]
fn a_domain_has_other_names() {
    fn aliased(config: &mut Config) {
        config.domain_aliases = vec![("192.0.2.1".to_owned(), "example.com".to_owned())];
        config.endpoints.push(Endpoint {
            name: "6001@example.com".into(),
            codecs: vec![rtp::Codec::Pcmu],
            ..Endpoint::default()
        });
    }
    let mut w = with(345, aliased);
    let (phone, app) = (w.phone("6001"), w.application("my-app"));
    let line = w.dial(phone, "1000");
    w.started(app);
    w.hang_up(line);
    w.check();
    fn without(config: &mut Config) {
        aliased(config);
        config.global.disable_multi_domain = true;
    }
    let mut w = with(346, without);
    let phone = w.phone("6001");
    let line = w.dial(phone, "1000");
    w.until("it is refused", |w| w.is_over(line));
    w.check();
}

#[test]
fn options_need_credentials_unless_configured() {
    fn free(config: &mut Config) {
        for endpoint in &mut config.endpoints {
            endpoint.session.allow_unauthenticated_options = &*endpoint.name != "3001";
        }
    }
    let mut w = with(347, free);
    for (number, to, status) in [("3001", "1000", 401), ("3002", "1000", 200), ("3003", "9999", 404)] {
        let phone = w.phone(number);
        let now = w.now();
        w.phone_of(phone).options(now, to).unwrap();
        // What it does next takes the OPTIONS along.
        w.register(phone);
        let is = |event: &Event| matches!(event, Event::OptionsAnswered { status: s } if *s == status);
        w.until("it is answered", |w| w.phone_events(phone).any(is));
    }
    w.check();
}

#[test]
fn a_phone_that_registers_is_told_of_its_mailboxes_unless_that_is_disabled() {
    fn told(config: &mut Config) {
        for endpoint in config.endpoints.iter_mut().filter(|endpoint| &*endpoint.name == "3001") {
            endpoint.subscriptions.mailboxes = vec!["1@default".to_owned(), "2@default".to_owned()];
            endpoint.subscriptions.aggregate_mwi = false;
            endpoint.subscriptions.voicemail_extension = Some("*97".to_owned());
        }
    }
    fn untold(config: &mut Config) {
        told(config);
        config.global.mwi_disable_initial_unsolicited = true;
    }
    for (sip, notifies) in [(told as fn(&mut Config), 2), (untold, 0)] {
        let mut w = with(348, sip);
        let a = w.phone_with("3001", |settings| settings.password = Some("secret".to_owned()));
        w.register(a);
        w.run(Duration::from_secs(2));
        let told = w.notified(a);
        assert_eq!(told.len(), notifies, "one a mailbox without aggregate_mwi");
        assert!(told.iter().all(|body| body.contains("Message-Account: sip:*97@")), "{told:?}");
        w.unregister(a);
        w.check();
    }
}

#[test]
fn local_networks_are_told_our_own_address() {
    fn behind(config: &mut Config) {
        let transport = &mut config.transports[0];
        transport.external_signaling_address = Some("203.0.113.77".parse().unwrap());
        transport.local_nets = vec![("198.51.0.0".parse().unwrap(), 16)];
        asked(config);
        config.registrations = vec![registration(|_| {})];
    }
    let mut w = with(349, behind);
    let provider = w.provider();
    w.run(Duration::from_secs(12));
    let contact = seen(&mut w, provider, Method::Register)[0].headers.contact().unwrap();
    assert_eq!(contact.uri.host, "203.0.113.77");
    let (phone, app) = (w.phone("2001"), w.application("my-app"));
    w.ask(app, stasis::Command::Originate(sim::call_to("2001", "my-app", "out", None))).unwrap();
    let called = w.called(phone);
    w.hang_up(called);
    w.run(Duration::from_secs(1));
    assert_eq!(w.log_lines("203.0.113.77"), 0);
    w.drain();
    w.check();
}

#[test]
fn so_many_calls_make_a_device_busy() {
    fn busy(config: &mut Config) {
        for endpoint in &mut config.endpoints {
            endpoint.subscriptions.device_state_busy_at = 1;
        }
    }
    let mut w = with(350, busy);
    let (phone, app) = (w.phone("2001"), w.application("my-app"));
    let line = w.dial(phone, "1000");
    w.started(app);
    let device = stasis::Command::State(stasis::StateCommand::Device("PJSIP/2001".to_owned()));
    let Ok(stasis::Answer::Device(_, state)) = w.ask(app, device) else { panic!("every device has a state") };
    assert_eq!(state.word(), "BUSY");
    w.hang_up(line);
    w.check();
}

#[test]
fn an_endpoint_is_called_by_its_proxy() {
    fn proxied(config: &mut Config) {
        asked(config);
        let endpoint = config.endpoints.last_mut().unwrap();
        endpoint.outbound_proxy = Some("sip:203.0.113.1;lr".to_owned());
        let aor = config.aors.last_mut().unwrap();
        aor.outbound_proxy = None;
        aor.qualify_frequency = 0;
    }
    let mut w = with(351, proxied);
    let (provider, app) = (w.provider(), w.application("my-app"));
    w.ask(app, stasis::Command::Originate(sim::call_to("77@far", "my-app", "out", None))).unwrap();
    w.run(Duration::from_secs(1));
    let invite = seen(&mut w, provider, Method::Invite).remove(0);
    assert_eq!(invite.uri.to_string(), "sip:77@198.51.100.250");
    assert_eq!(invite.headers.value(HeaderName::Route).unwrap(), "<sip:203.0.113.1;lr>");
    w.check();
}

#[test]
fn a_summary_comes_from_mwi_from_user() {
    fn told(config: &mut Config) {
        asked(config);
        let options = &mut config.endpoints.last_mut().unwrap().subscriptions;
        options.mailboxes = vec!["1@default".to_owned()];
        options.mwi_from_user = Some("voicemail".to_owned());
    }
    let mut w = with(352, told);
    let (provider, app) = (w.provider(), w.application("my-app"));
    let set = stasis::StateCommand::SetMailbox { name: "1@default".to_owned(), old: 0, new: 1 };
    w.ask(app, stasis::Command::State(set)).unwrap();
    w.run(Duration::from_secs(1));
    let notify = seen(&mut w, provider, Method::Notify).remove(0);
    assert_eq!(notify.headers.from().unwrap().uri.user_unescaped(), "voicemail");
    w.check();
}
