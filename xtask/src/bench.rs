//! A load generator against any SIP server over UDP: one thread, phones of the `phone` crate, real sockets.
//!
//! It measures and prints; it asserts no times. Each measurement ends with a row for docs/benchmarks.md. Build it with
//! `--release`, or it measures itself.

mod bridge;
mod driver;
mod figures;
mod hold;
mod mix;
mod overload;
mod play;
mod rate;
mod soak;
mod stasis;
mod websocket;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::{Args, Subcommand};

/// What to measure.
#[derive(Subcommand)]
pub enum What {
    /// Set-up rate: INVITE, 200, ACK, BYE at a fixed rate; latencies, failures, retransmissions
    Rate {
        #[command(flatten)]
        target: Target,
        /// Calls a second
        #[arg(long, default_value_t = 50)]
        cps: u32,
        /// For how long
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
    /// Memory: the server's resident growth over calls that are held, and after they are gone (needs --pid)
    Hold {
        #[command(flatten)]
        target: Target,
        /// How many calls are held at once
        #[arg(long, default_value_t = 100)]
        calls: usize,
        /// At which rate they are set up and taken down, calls a second
        #[arg(long, default_value_t = 50)]
        cps: u32,
        /// How long to wait after the last BYE, so that transactions are over
        #[arg(long, default_value_t = 40)]
        settle: u64,
    },
    /// CPU and delay of bridged calls: --to is to dial the phone at --uas, or the one that --register names
    Bridge {
        #[command(flatten)]
        target: Target,
        /// How many calls at once; each is two legs of 50 packets a second
        #[arg(long, default_value_t = 10)]
        calls: usize,
        /// For how long
        #[arg(long, default_value_t = 10)]
        seconds: u64,
        /// Where the called phone listens
        #[arg(long, default_value = "127.0.0.1:5090")]
        uas: SocketAddr,
        /// The called phone registers so: user:password
        #[arg(long, value_name = "USER:PASSWORD")]
        register: Option<String>,
    },
    /// One mixing room in one shard, in this process and without sockets: time a party and tick, share of a core
    Mix {
        /// How many parties
        #[arg(long, value_delimiter = ',', default_value = "50,100,200,500")]
        parties: Vec<u64>,
        /// How many of them talk; all unless told
        #[arg(long)]
        talking: Option<u64>,
        /// What they speak, by turns: Asterisk's names
        #[arg(long, value_delimiter = ',', default_value = "ulaw")]
        codecs: Vec<String>,
        /// How much of their time
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
    /// Punctuality of played audio: the error of each interval between two packets; --to is to play something
    Play {
        #[command(flatten)]
        target: Target,
        /// How many calls at once
        #[arg(long, default_value_t = 1)]
        calls: usize,
        /// For how long
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
    /// Overload: so many times what the server can do, beside calls that are up; then whether it is well again (needs --pid)
    Overload {
        #[command(flatten)]
        target: Target,
        /// What the server can do, calls a second
        #[arg(long, default_value_t = 1_000)]
        capacity: u32,
        /// How many times that
        #[arg(long, default_value_t = 3)]
        times: u32,
        /// For how long
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Calls with audio that are up meanwhile
        #[arg(long, default_value_t = 50)]
        held: usize,
    },
    /// Soak: calls come and go at a steady rate, and what the server holds is compared with what it began with (needs --pid)
    Soak {
        #[command(flatten)]
        target: Target,
        /// Calls a second
        #[arg(long, default_value_t = 50)]
        cps: u32,
        /// How long each call lasts
        #[arg(long, default_value_t = 2)]
        hold: u64,
        /// For how long
        #[arg(long, default_value_t = 60)]
        minutes: u64,
    },
    /// From INVITE on the wire to StasisStart on the WebSocket, one call at a time; --to is to run Stasis
    Stasis {
        #[command(flatten)]
        target: Target,
        /// How many calls
        #[arg(long, default_value_t = 200)]
        calls: usize,
        /// The HTTP server
        #[arg(long, default_value = "127.0.0.1:8088")]
        http: SocketAddr,
        /// The application
        #[arg(long, default_value = "my-app")]
        app: String,
        /// ARI's credentials
        #[arg(long, default_value = "admin:password")]
        api_key: String,
    },
}

/// Whom to call, and as whom.
#[derive(Args, Clone)]
pub struct Target {
    /// The server's SIP address
    #[arg(long)]
    target: SocketAddr,
    /// The extension, or a whole sip: URI
    #[arg(long)]
    to: String,
    /// The caller's user
    #[arg(long, default_value = "bench")]
    user: String,
    /// The caller's password, where it is asked for one
    #[arg(long)]
    password: Option<String>,
    /// The server's process, for its memory and CPU
    #[arg(long)]
    pid: Option<u32>,
    /// What the server is called in the row
    #[arg(long, default_value = "?")]
    label: String,
}

/// Our address; load is put on this machine only.
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Measures and prints.
pub fn run(what: What) -> Result<()> {
    figures::raise_descriptor_limit();
    println!("{}", figures::machine());
    if cfg!(debug_assertions) {
        println!("note: not a release build; its own CPU counts for much");
    }
    if let What::Bridge { uas, .. } = &what {
        ensure!(uas.ip().is_loopback(), "{uas} is not on this machine");
    }
    match what {
        What::Rate { target, cps, seconds } => rate::measure(&checked(target)?, cps, seconds),
        What::Hold { target, calls, cps, settle } => {
            hold::measure(&checked(target)?, calls, cps, Duration::from_secs(settle))
        }
        What::Bridge { target, calls, seconds, uas, register } => {
            bridge::measure(&checked(target)?, calls, Duration::from_secs(seconds), uas, register.as_deref())
        }
        What::Mix { parties, talking, codecs, seconds } => mix::measure(&parties, talking, &codecs, seconds),
        What::Play { target, calls, seconds } => {
            play::measure(&checked(target)?, calls, Duration::from_secs(seconds))
        }
        What::Overload { target, capacity, times, seconds, held } => {
            let load = overload::Load { capacity, times, time: Duration::from_secs(seconds), held };
            overload::measure(&checked(target)?, load)
        }
        What::Soak { target, cps, hold, minutes } => {
            let (hold, time) = (Duration::from_secs(hold), Duration::from_secs(60 * minutes));
            soak::measure(&checked(target)?, cps, hold, time)
        }
        What::Stasis { target, calls, http, app, api_key } => {
            stasis::measure(&checked(target)?, calls, http, &app, &api_key)
        }
    }
}

fn checked(target: Target) -> Result<Target> {
    ensure!(target.target.ip().is_loopback(), "{} is not on this machine", target.target);
    ensure!(target.target.is_ipv4(), "only IPv4 so far");
    Ok(target)
}

impl Target {
    /// A caller with our own socket address.
    fn caller(&self, local: SocketAddr) -> phone::Settings {
        let flow = sip::Flow::udp(local, self.target);
        let mut settings = phone::Settings::new(&self.user, &self.target.ip().to_string(), flow);
        settings.password = self.password.clone();
        settings.max_calls = usize::MAX;
        settings.user_agent = "strowger-bench".to_owned();
        settings.behaviour.ring = false;
        settings
    }
}
