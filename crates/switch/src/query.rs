//! What an operator asks, and what is shown: copies, never references.

use std::collections::BTreeSet;
use std::sync::Arc;

use call::device::{DeviceState, ExtensionState, devices_of_hint};
use call::{BridgeSnapshot, Census, ChannelKey, ChannelSnapshot, ChannelState};
use dialplan::Dialplan;

use crate::scripts::Kind;
use crate::{Counters, Switch};

/// One answer is owed under this number. Given by the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueryTicket(pub u64);

/// What an operator wants to know, or to have done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// All channels.
    Channels,
    /// One channel with its variables, by name or id.
    Channel(String),
    /// All bridges.
    Bridges,
    /// The dialplan in force.
    Dialplan,
    /// The global variables.
    Globals,
    /// What is configured of SIP, and who is where.
    Sip,
    /// Ask the contacts of an endpoint now whether they are there.
    Qualify(String),
    /// The hints of the dialplan and how their devices stand.
    Hints,
    /// Register with others again at once, by the registration's name.
    Register(String),
    /// Take a registration with others back.
    Unregister(String),
    /// Everything that is counted.
    Figures,
}

/// The answer to a [`Query`].
#[derive(Debug, Clone)]
pub enum View {
    /// To [`Query::Channels`].
    Channels(ChannelsView),
    /// To [`Query::Channel`]; `None` where there is no such channel.
    Channel(Option<Box<ChannelDetail>>),
    /// To [`Query::Bridges`].
    Bridges(Vec<BridgeView>),
    /// To [`Query::Dialplan`].
    Dialplan(Arc<Dialplan>),
    /// To [`Query::Globals`].
    Globals(Vec<(String, String)>),
    /// To [`Query::Sip`].
    Sip(Box<signalling::view::View>),
    /// To [`Query::Qualify`]: the endpoint's addresses of record, or `None` where there is no such endpoint.
    Qualified(Option<Vec<Arc<str>>>),
    /// To [`Query::Hints`], by context and extension.
    Hints(Vec<HintView>),
    /// To [`Query::Register`] and [`Query::Unregister`]: whether there is a registration of that name.
    Asked(bool),
    /// To [`Query::Figures`].
    Figures(Box<Figures>),
}

/// A channel at one moment.
#[derive(Debug, Clone)]
pub struct ChannelView {
    /// What it is.
    pub channel: Arc<ChannelSnapshot>,
    /// The id of the bridge it is in.
    pub bridge: Option<Arc<str>>,
}

/// All channels at one moment.
#[derive(Debug, Clone, Default)]
pub struct ChannelsView {
    /// In the order they were made.
    pub channels: Vec<ChannelView>,
    /// Channels that the dialplan walks.
    pub active_calls: usize,
    /// Channels that began in the dialplan since the start.
    pub calls_processed: u64,
}

/// One channel with all it has.
#[derive(Debug, Clone)]
pub struct ChannelDetail {
    /// The channel.
    pub view: ChannelView,
    /// Its variables, by name.
    pub variables: Vec<(String, String)>,
}

/// A hint at one moment.
#[derive(Debug, Clone)]
pub struct HintView {
    /// Its extension.
    pub exten: String,
    /// Its context.
    pub context: String,
    /// The devices, as written.
    pub devices: String,
    /// How they stand.
    pub state: ExtensionState,
    /// Phones that have subscribed to it.
    pub watchers: usize,
}

/// A bridge at one moment.
#[derive(Debug, Clone)]
pub struct BridgeView {
    /// What it is.
    pub bridge: Arc<BridgeSnapshot>,
    /// Names of its channels in the order they joined.
    pub channels: Vec<Arc<str>>,
}

/// Numbers for `/metrics`.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// How many live things there are.
    pub census: Census,
    /// What was counted.
    pub counters: Counters,
    /// Channels by state: down, ring, ringing, up.
    pub channels_by_state: [(&'static str, usize); 4],
    /// Channels that the dialplan walks.
    pub active_calls: usize,
    /// Scripts that are alive.
    pub scripts: usize,
    /// Port pairs that are free.
    pub free_ports: usize,
    /// Endpoints by whether they can be reached.
    pub endpoints_online: usize,
    /// The others.
    pub endpoints_offline: usize,
    /// SIP.
    pub sip: signalling::view::Figures,
}

impl Switch {
    pub(crate) fn answer(&mut self, query: Query) -> View {
        match query {
            Query::Channels => View::Channels(self.channels_view()),
            Query::Channel(name) => {
                let key = self.calls.channel_by_id_or_name(&name);
                View::Channel(key.and_then(|key| self.channel_detail(key)).map(Box::new))
            }
            Query::Bridges => View::Bridges(self.bridges_view()),
            Query::Dialplan => View::Dialplan(self.plans.now()),
            Query::Globals => View::Globals(self.calls.variables(None)),
            Query::Sip => View::Sip(Box::new(self.agent.view(self.calls.time().now))),
            Query::Qualify(endpoint) => {
                View::Qualified(self.agent.qualify_endpoint(&mut self.calls, &endpoint))
            }
            Query::Hints => View::Hints(self.hints_view()),
            Query::Register(name) => View::Asked(self.agent.register_again(&mut self.calls, &name)),
            Query::Unregister(name) => View::Asked(self.agent.unregister(&mut self.calls, &name)),
            Query::Figures => View::Figures(Box::new(self.figures())),
        }
    }

    fn channel_view(&mut self, key: ChannelKey) -> Option<ChannelView> {
        let bridge = self.calls.bridge_of(key).and_then(|bridge| self.calls.bridge_snapshot(bridge));
        Some(ChannelView {
            channel: self.calls.snapshot(key)?,
            bridge: bridge.map(|bridge| bridge.id.clone()),
        })
    }

    fn channels_view(&mut self) -> ChannelsView {
        let keys: Vec<ChannelKey> = self.calls.channels().collect();
        let mut channels: Vec<ChannelView> =
            keys.into_iter().filter_map(|key| self.channel_view(key)).collect();
        channels.sort_by_key(|view| view.channel.created);
        ChannelsView { channels, active_calls: self.active_calls(), calls_processed: self.counters.calls }
    }

    fn channel_detail(&mut self, key: ChannelKey) -> Option<ChannelDetail> {
        let view = self.channel_view(key)?;
        Some(ChannelDetail { view, variables: self.calls.variables(Some(key)) })
    }

    fn bridges_view(&mut self) -> Vec<BridgeView> {
        let keys: Vec<call::BridgeKey> = self.calls.bridges().collect();
        let mut views = Vec::new();
        for key in keys {
            let Some(bridge) = self.calls.bridge_snapshot(key) else { continue };
            let members = self.calls.bridge_channels(key);
            let names = members.into_iter().filter_map(|member| self.calls.snapshot(member));
            views.push(BridgeView { bridge, channels: names.map(|channel| channel.name.clone()).collect() });
        }
        views.sort_by_key(|view| view.bridge.created);
        views
    }

    fn hints_view(&self) -> Vec<HintView> {
        let sip = self.agent.view(self.calls.time().now);
        let watches = |one: &signalling::view::SubscriptionView, context: &str, exten: &str| {
            let endpoint = sip.config.endpoints.iter().find(|endpoint| endpoint.name == one.endpoint);
            let heard = endpoint.map(|it| it.subscriptions.subscribe_context.as_ref().unwrap_or(&it.context));
            one.resource == exten && heard.is_some_and(|heard| heard == context)
        };
        let mut views = Vec::new();
        let plan = self.plans.now();
        for context in plan.contexts() {
            for exten in context.extensions().iter().filter(|exten| exten.hint.is_some()) {
                let text = plan.hint_text(&context.name, &exten.name).unwrap_or_default();
                let states = devices_of_hint(&text).map(|device| self.calls.device_state(device));
                let watching = sip.subscriptions.iter().filter(|it| watches(it, &context.name, &exten.name));
                views.push(HintView {
                    exten: exten.name.clone(),
                    context: context.name.clone(),
                    state: DeviceState::aggregate(states).into(),
                    watchers: watching.count(),
                    devices: text.split(',').next().unwrap_or_default().to_owned(),
                });
            }
        }
        views
    }

    fn active_calls(&self) -> usize {
        let walked = self.scripts.values().filter(|kept| kept.kind() == Kind::Dialplan);
        walked.map(crate::scripts::Kept::channel).collect::<BTreeSet<_>>().len()
    }

    fn figures(&mut self) -> Figures {
        let mut channels_by_state =
            [ChannelState::Down, ChannelState::Ring, ChannelState::Ringing, ChannelState::Up]
                .map(|state| (state.word(), 0));
        let keys: Vec<ChannelKey> = self.calls.channels().collect();
        for state in keys.into_iter().filter_map(|key| self.calls.state(key)) {
            if let Some((_, count)) = channels_by_state.iter_mut().find(|(word, _)| *word == state.word()) {
                *count += 1;
            }
        }
        let endpoints = self.calls.endpoints();
        let online =
            endpoints.iter().filter(|endpoint| endpoint.state == call::EndpointState::Online).count();
        Figures {
            census: self.calls.census(),
            counters: self.counters,
            channels_by_state,
            active_calls: self.active_calls(),
            scripts: self.scripts.len(),
            free_ports: self.calls.rack().free_ports(),
            endpoints_online: online,
            endpoints_offline: endpoints.len() - online,
            sip: self.agent.figures(),
        }
    }
}
