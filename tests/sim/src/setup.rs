//! What the switch of a world is configured with.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use call::{Limits, Zone};
use dialplan::{Applications, Dialplan, SUPPORTED};
use rtp::Codec;
use signalling::config::{Aor, Auth, DtmfMode, Endpoint, Protocol, Secret, Transport};

/// Where the switch listens.
pub(crate) const SERVER: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 5060);

/// The dialplan of a world that is given no other.
///
/// 1000 and 1001 enter the applications `my-app` and `other`; 6nnn rings one phone for eight seconds and 6000 two, and both
/// give `DIALSTATUS` to `dialled`; 7000 goes round for ever.
pub const DIALPLAN: &str = "\
[default]
exten => 1000,1,Stasis(my-app)
 same => n,Set(CAME_BACK=${STASISSTATUS})
 same => n,Hangup()
exten => 1001,1,Stasis(other,one,two)
 same => n,Hangup()
exten => 1002,1,Answer()
 same => n,Wait(2)
 same => n,Stasis(my-app,waited)
 same => n,Hangup()
exten => 6000,1,Dial(PJSIP/2001&PJSIP/2002,8)
 same => n,Stasis(dialled,${DIALSTATUS})
 same => n,Hangup()
exten => _6XXX,1,Dial(PJSIP/2${EXTEN:1},8)
 same => n,Stasis(dialled,${DIALSTATUS})
 same => n,Hangup()
exten => 7000,1,NoOp(round)
 same => n,Goto(7000,1)
exten => 7001,1,Answer()
 same => n,Hangup()
[elsewhere]
exten => s,1,Answer()
 same => n,Wait(1)
 same => n,Hangup()
";

/// What a world is made with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The seed of everything.
    pub seed: u64,
    /// `extensions.conf`.
    pub dialplan: String,
    /// Port pairs of each shard.
    pub ports: u16,
    /// Limits of the call model.
    pub limits: Limits,
    /// `channelvars` of `ari.conf`.
    pub shown_variables: Vec<String>,
    /// The local time zone.
    pub zone: Zone,
    /// Changes what `pjsip.conf` and `rtp.conf` say.
    pub sip: fn(&mut signalling::Config),
}

impl Setup {
    /// As most scenarios want it.
    pub fn new(seed: u64) -> Setup {
        Setup {
            seed,
            dialplan: DIALPLAN.to_owned(),
            ports: 300,
            limits: Limits::default(),
            shown_variables: vec![],
            zone: Zone::default(),
            sip: |_| {},
        }
    }

    pub(crate) fn config(&self) -> switch::Config {
        let config = conf::Config::parse("extensions.conf", &self.dialplan);
        let (plan, complaints) = Dialplan::load(&config, Applications { supported: SUPPORTED });
        assert!(complaints.is_empty(), "the dialplan of the world is not understood: {complaints:?}");
        let (zone, shown_variables) = (self.zone.clone(), self.shown_variables.clone());
        let mut sip = sip_config();
        sip.streams.secret = Some(rtp::srtp::Secret::new([self.seed as u8; 32]));
        (self.sip)(&mut sip);
        switch::Config { limits: self.limits, sip, dialplan: Arc::new(plan), shown_variables, zone }
    }
}

/// The SIP address of a phone by its number: 2001 to 2099 have addresses that are configured, 3001 to 3009 register with
/// the password `secret`; others are not known to the switch.
pub(crate) fn phone_address(number: &str) -> SocketAddr {
    let number: u16 = number.parse().expect("phones of the world have numbers");
    let host = Ipv4Addr::new(198, 51, (100 + number / 1_000) as u8, (number % 200) as u8);
    SocketAddr::new(host.into(), 5060)
}

fn sip_config() -> signalling::Config {
    let fixed = (2001..2100_u16).map(|number| number.to_string());
    let registering: Vec<String> = (3001..3010_u16).map(|number| number.to_string()).collect();
    let mut endpoints = Vec::new();
    let mut aors = Vec::new();
    for name in fixed {
        endpoints.push(endpoint(&name, false));
        // 2099 is known but nowhere.
        let contacts = match name.as_str() {
            "2099" => vec![],
            _ => vec![format!("sip:{name}@{}", phone_address(&name))],
        };
        aors.push(aor(&name, contacts));
    }
    for name in &registering {
        endpoints.push(endpoint(name, true));
        aors.push(aor(name, vec![]));
    }
    let auth = |name: &String| Auth {
        name: name.as_str().into(),
        username: name.clone(),
        realm: String::new(),
        secret: Secret::Password("secret".to_owned()),
        algorithms: vec![],
    };
    signalling::Config {
        user_agent: "Strowger".to_owned(),
        realm: "asterisk".to_owned(),
        transports: vec![Transport {
            name: "udp".into(),
            protocol: Protocol::Udp,
            bind: SERVER,
            external_signaling_address: None,
            external_signaling_port: None,
            external_media_address: None,
            local_nets: vec![],
            symmetric: false,
        }],
        endpoints,
        aors,
        auths: registering.iter().map(auth).collect(),
        ..signalling::Config::default()
    }
}

fn endpoint(name: &str, proves_itself: bool) -> Endpoint {
    // 2081 to 2089 take every codec, and tones for digits where their phones have nothing better.
    let takes_all = name.starts_with("208") && name != "2080";
    Endpoint {
        name: name.into(),
        context: "default".to_owned(),
        codecs: if takes_all { Codec::ALL.to_vec() } else { vec![Codec::Pcmu, Codec::Pcma] },
        dtmf_mode: if takes_all { DtmfMode::Auto } else { DtmfMode::Rfc4733 },
        auths: if proves_itself { vec![name.into()] } else { vec![] },
        aors: vec![name.into()],
        transport: Some("udp".into()),
        media: signalling::config::MediaOptions { symmetric: true, ..Default::default() },
        rewrite_contact: true,
        ..Endpoint::default()
    }
}

fn aor(name: &str, contacts: Vec<String>) -> Aor {
    Aor {
        name: name.into(),
        contacts,
        max_contacts: 1,
        remove_existing: true,
        minimum_expiration: 60,
        maximum_expiration: 7200,
        default_expiration: 3600,
        qualify_frequency: 0,
        ..Aor::default()
    }
}
