//! Every metric there is.

use std::time::UNIX_EPOCH;

use switch::Figures;

use super::sources::Sample;
use super::text::{Kind, Series};
use crate::inbox::{CAPACITY, Class};
use crate::shards::{BOUNDS_US, Traffic, Way};

/// One metric.
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What kind of number.
    pub kind: Kind,
    /// What it means, in a sentence.
    pub help: &'static str,
    /// Reads it.
    pub read: fn(&Sample<'_>, &mut Series),
}

use Kind::{Counter, Gauge, Histogram};

const fn metric(
    name: &'static str,
    kind: Kind,
    help: &'static str,
    read: fn(&Sample<'_>, &mut Series),
) -> Metric {
    Metric { name, kind, help, read }
}

/// A number of the switch's own figures.
macro_rules! figure {
    ($name:literal, $kind:ident, $help:literal, $figures:ident => $value:expr) => {
        metric($name, $kind, $help, |sample, series| {
            fn of($figures: &Figures) -> u64 {
                $value as u64
            }
            if let Some(figures) = &sample.figures {
                series.value(of(figures));
            }
        })
    };
}

/// In the order they are told.
pub const TABLE: &[Metric] = &[
    metric("strowger_build_info", Gauge, "Always 1; the label says which version runs.", |_, series| {
        series.labelled(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    }),
    metric(
        "strowger_switch_up",
        Gauge,
        "Whether the switch answered this request: 1 or 0.",
        |sample, series| {
            series.value(u8::from(sample.figures.is_some()));
        },
    ),
    metric("strowger_ready", Gauge, "Whether new calls are taken: 1 or 0.", |sample, series| {
        series.value(u8::from(sample.sources.status.is_ready()));
    }),
    // Calls.
    figure!("strowger_calls", Gauge, "Channels that the dialplan walks now.", it => it.active_calls),
    figure!("strowger_calls_total", Counter, "Channels that began in the dialplan.", it => it.counters.calls),
    metric("strowger_channels", Gauge, "Channels now, by state.", |sample, series| {
        for (state, count) in sample.figures.iter().flat_map(|figures| figures.channels_by_state) {
            series.labelled(&[("state", &state.to_ascii_lowercase())], count);
        }
    }),
    metric("strowger_channels_max", Gauge, "Channels that are admitted at once.", |sample, series| {
        series.value(sample.sources.most_channels);
    }),
    figure!("strowger_bridges", Gauge, "Bridges now.", it => it.census.bridges),
    figure!("strowger_playbacks", Gauge, "Playbacks now.", it => it.census.playbacks),
    figure!("strowger_recordings", Gauge, "Live recordings now.", it => it.census.recordings),
    figure!("strowger_scripts", Gauge, "Scripts that steer channels now.", it => it.scripts),
    figure!("strowger_legs", Gauge, "Media legs now, those that are closing too.", it => it.census.legs),
    figure!("strowger_free_ports", Gauge, "RTP port pairs that are bound and free.", it => it.free_ports),
    metric("strowger_endpoints", Gauge, "Endpoints, by whether they can be reached.", |sample, series| {
        if let Some(figures) = &sample.figures {
            series.labelled(&[("state", "online")], figures.endpoints_online);
            series.labelled(&[("state", "offline")], figures.endpoints_offline);
        }
    }),
    figure!("strowger_orphaned_channels_total", Counter,
        "Channels left in an application whose session ended.", it => it.counters.orphaned),
    figure!("strowger_runaway_scripts_total", Counter,
        "Channels ended because their dialplan ran on without waiting.", it => it.counters.runaways),
    figure!("strowger_panics_total", Counter, "Panics caught; each ended one channel or dropped one input.",
        it => it.counters.panics),
    // SIP.
    figure!("strowger_registered_contacts", Gauge, "Contacts that are registered.",
        it => it.sip.registered_contacts),
    figure!("strowger_registered_aors", Gauge, "Addresses of record with a registered contact.",
        it => it.sip.registered_aors),
    figure!("strowger_sip_sessions", Gauge, "SIP sessions (INVITE dialogs) now.", it => it.sip.sessions),
    metric(
        "strowger_sip_transactions",
        Gauge,
        "SIP transactions that are alive, by side.",
        |sample, series| {
            if let Some(figures) = &sample.figures {
                series.labelled(&[("side", "client")], figures.sip.client_transactions);
                series.labelled(&[("side", "server")], figures.sip.server_transactions);
            }
        },
    ),
    metric(
        "strowger_sip_requests_total",
        Counter,
        "SIP requests by direction and method, retransmissions included.",
        |sample, series| {
            let Some(figures) = &sample.figures else { return };
            let messages = &figures.sip.messages;
            for (direction, traffic) in [("in", &messages.received), ("out", &messages.sent)] {
                for (method, count) in traffic.requests() {
                    series.labelled(&[("direction", direction), ("method", method)], count);
                }
            }
        },
    ),
    metric(
        "strowger_sip_responses_total",
        Counter,
        "SIP responses by direction, status and its class, retransmissions included.",
        |sample, series| {
            let Some(figures) = &sample.figures else { return };
            let messages = &figures.sip.messages;
            for (direction, traffic) in [("in", &messages.received), ("out", &messages.sent)] {
                for (status, count) in traffic.responses() {
                    let (code, class) = (status.to_string(), format!("{}xx", status / 100));
                    series.labelled(&[("direction", direction), ("code", &code), ("class", &class)], count);
                }
            }
        },
    ),
    figure!("strowger_sip_retransmissions_total", Counter,
        "SIP messages sent again: no answer came in time, or the request came again.",
        it => it.sip.messages.retransmitted),
    figure!("strowger_sip_repeated_requests_total", Counter, "SIP requests that came again.",
        it => it.sip.messages.repeated),
    figure!("strowger_sip_refused_messages_total", Counter,
        "SIP messages refused: malformed, or more than there is room for.", it => it.sip.messages.refused),
    figure!("strowger_sip_stray_responses_total", Counter, "SIP responses that belonged to no transaction.",
        it => it.sip.messages.stray),
    metric(
        "strowger_sip_shed_total",
        Counter,
        "New SIP requests turned away with 503, by what was full: the switch's inbox or its table of transactions.",
        |sample, series| {
            series.labelled(&[("where", "inbox")], sample.sources.inbox.refused(Class::NewCall));
            if let Some(figures) = &sample.figures {
                series.labelled(&[("where", "transactions")], figures.sip.messages.shed);
            }
        },
    ),
    metric(
        "strowger_sip_connections",
        Gauge,
        "SIP connections (TCP and what runs over it) now.",
        |sample, series| {
            series.value(sample.sources.status.connections());
        },
    ),
    // Media.
    metric("strowger_rtp_packets_total", Counter, "RTP packets by direction.", |sample, series| {
        ways(sample, series, |way| way.rtp_packets);
    }),
    metric(
        "strowger_rtp_bytes_total",
        Counter,
        "Octets of RTP packets by direction, RTP's headers included.",
        |sample, series| ways(sample, series, |way| way.rtp_octets),
    ),
    metric("strowger_rtcp_packets_total", Counter, "RTCP packets by direction.", |sample, series| {
        ways(sample, series, |way| way.rtcp_packets);
    }),
    metric("strowger_rtcp_bytes_total", Counter, "Octets of RTCP packets by direction.", |sample, series| {
        ways(sample, series, |way| way.rtcp_octets);
    }),
    metric(
        "strowger_rtp_lost_packets_total",
        Counter,
        "RTP packets that never came; a leg's are added when it ends.",
        |sample, series| series.value(sum(sample, |traffic| traffic.lost)),
    ),
    metric(
        "strowger_rtp_refused_packets_total",
        Counter,
        "RTP packets from another source than the one learned; a leg's are added when it ends.",
        |sample, series| series.value(sum(sample, |traffic| traffic.refused)),
    ),
    metric(
        "strowger_rtp_unsent_packets_total",
        Counter,
        "Packets that the system would not send.",
        |sample, series| series.value(sum(sample, |traffic| traffic.unsent)),
    ),
    metric(
        "strowger_media_tick_lateness_seconds",
        Histogram,
        "How late a media shard was at its ticks, by shard.",
        |sample, series| {
            let bounds = BOUNDS_US.map(|bound| bound as f64 / 1e6);
            for (shard, lateness) in sample.sources.lateness.iter().enumerate() {
                let sum = lateness.total_us() as f64 / 1e6;
                series.histogram(&[("shard", &shard.to_string())], &bounds, &lateness.counts(), sum);
            }
        },
    ),
    metric(
        "strowger_media_skipped_seconds_total",
        Counter,
        "Ticks that a shard left out as too late, by shard.",
        |sample, series| {
            for (shard, lateness) in sample.sources.lateness.iter().enumerate() {
                let seconds = lateness.skipped_ms() as f64 / 1e3;
                series.labelled(&[("shard", &shard.to_string())], seconds);
            }
        },
    ),
    metric("strowger_media_legs", Gauge, "Legs in each shard as of its last tick.", |sample, series| {
        for (shard, lateness) in sample.sources.lateness.iter().enumerate() {
            series.labelled(&[("shard", &shard.to_string())], lateness.legs());
        }
    }),
    // The switch.
    metric(
        "strowger_switch_busy_seconds_total",
        Counter,
        "How long the switch worked; its rate is the share of one core that calls take.",
        |sample, series| series.value(sample.sources.status.busy_us() as f64 / 1e6),
    ),
    metric("strowger_switch_inputs_total", Counter, "Inputs that the switch worked.", |sample, series| {
        series.value(sample.sources.status.inputs());
    }),
    metric("strowger_inbox_depth", Gauge, "Inputs that wait for the switch.", |sample, series| {
        series.value(sample.sources.inbox.len());
    }),
    metric("strowger_inbox_capacity", Gauge, "Inputs that may wait for the switch.", |_, series| {
        series.value(CAPACITY);
    }),
    metric(
        "strowger_inbox_refused_total",
        Counter,
        "Inputs that the switch's inbox had no room for, by class of sender.",
        |sample, series| {
            for class in Class::ALL {
                series.labelled(&[("class", class.name())], sample.sources.inbox.refused(class));
            }
        },
    ),
    // Applications.
    metric("strowger_ari_sessions", Gauge, "Event WebSockets now.", |sample, series| {
        series.value(sample.sources.board.sessions());
    }),
    metric(
        "strowger_ari_queued_events",
        Gauge,
        "Events that wait for all WebSockets together.",
        |sample, series| series.value(sample.sources.board.queued().0),
    ),
    metric(
        "strowger_ari_longest_queue",
        Gauge,
        "Events that wait for the WebSocket where most do.",
        |sample, series| series.value(sample.sources.board.queued().1),
    ),
    metric(
        "strowger_ari_cut_off_total",
        Counter,
        "WebSockets cut off because they read too slowly.",
        |sample, series| series.value(sample.sources.board.cut_off()),
    ),
    metric(
        "strowger_ari_waiting_requests",
        Gauge,
        "Requests that wait for a reply of the switch.",
        |sample, series| series.value(sample.sources.board.waiting()),
    ),
    // The process, under the names that every Prometheus client has.
    metric("process_start_time_seconds", Gauge, "When the process began, Unix time.", |sample, series| {
        let started = sample.sources.started.duration_since(UNIX_EPOCH).unwrap_or_default();
        series.value(started.as_millis() as f64 / 1e3);
    }),
    metric(
        "process_cpu_seconds_total",
        Counter,
        "Processor time used, user and system.",
        |sample, series| {
            series.value(sample.machine.cpu.as_secs_f64());
        },
    ),
    metric("process_resident_memory_bytes", Gauge, "Memory that is resident.", |sample, series| {
        sample.machine.resident.into_iter().for_each(|octets| series.value(octets));
    }),
    metric("process_virtual_memory_bytes", Gauge, "Memory that is mapped.", |sample, series| {
        sample.machine.mapped.into_iter().for_each(|octets| series.value(octets));
    }),
    metric("process_open_fds", Gauge, "Descriptors that are open.", |sample, series| {
        sample.machine.descriptors.into_iter().for_each(|count| series.value(count));
    }),
    metric("process_max_fds", Gauge, "Descriptors there may be.", |sample, series| {
        sample.machine.most_descriptors.into_iter().for_each(|count| series.value(count));
    }),
    metric("process_threads", Gauge, "Threads of the process.", |sample, series| {
        sample.machine.threads.into_iter().for_each(|count| series.value(count));
    }),
];

fn ways(sample: &Sample<'_>, series: &mut Series, of: fn(&Way) -> u64) {
    series.labelled(&[("direction", "in")], sum(sample, |traffic| of(&traffic.received)));
    series.labelled(&[("direction", "out")], sum(sample, |traffic| of(&traffic.sent)));
}

/// Over all shards.
fn sum(sample: &Sample<'_>, of: impl Fn(&Traffic) -> u64) -> u64 {
    sample.sources.traffic.iter().map(|published| of(&published.read())).sum()
}
