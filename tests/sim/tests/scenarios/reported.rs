//! Variables that are shown with the channel, and endpoints whose channels change.

use call::Event;
use sim::{App, Setup, World};
use stasis::{ChannelCommand, Command};

/// The variables shown by the last event about a variable.
fn shown(w: &World, app: App) -> Vec<(String, String)> {
    let told = |event: &Event| match event {
        Event::VariableSet { channel: Some(channel), .. } => Some(channel.reported_variables.clone()),
        _ => None,
    };
    w.events(app).filter_map(told).last().expect("a variable was set")
}

fn set(name: &str, value: &str, reported: bool) -> ChannelCommand {
    ChannelCommand::SetVariable { name: name.to_owned(), value: Some(value.to_owned()), reported }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_variable_is_shown_with_the_channel_while_it_is_asked_for() {
    let mut setup = Setup::new(420);
    setup.shown_variables = vec!["ALWAYS".to_owned(), "CALLERID(num)".to_owned()];
    let mut w = World::with(setup);
    let (phone, app) = (w.phone("2001"), w.application("my-app"));
    let (line, channel) = crate::enter(&mut w, phone, app);
    let always = [("ALWAYS", ""), ("CALLERID(num)", "2001")];
    w.control(app, &channel, set("A", "1", true)).expect("it is set");
    assert_eq!(shown(&w, app), pairs(&[&always[..], &[("A", "1")]].concat()));
    w.control(app, &channel, set("B", "2", true)).expect("it is set");
    w.control(app, &channel, set("ALWAYS", "3", false)).expect("it is set");
    assert_eq!(shown(&w, app), pairs(&[("ALWAYS", "3"), always[1], ("A", "1"), ("B", "2")]));
    w.control(app, &channel, set("A", "4", false)).expect("it is set");
    assert_eq!(shown(&w, app), pairs(&[("ALWAYS", "3"), always[1], ("B", "2")]));
    w.hang_up(line);
    w.check();
}

#[test]
fn who_is_subscribed_to_an_endpoint_hears_of_its_channels() {
    let mut w = World::new(421);
    let (phone, app, all) = (w.phone("2001"), w.application("other-app"), w.watcher("all"));
    let sources = vec!["endpoint:PJSIP/2001".to_owned()];
    w.ask(app, Command::Subscribe { application: "other-app".to_owned(), sources }).expect("it is there");
    let line = w.dial(phone, "7001");
    w.until("it is over", |w| w.is_over(line));
    w.check();
    let lists: Vec<usize> = w
        .events(app)
        .filter_map(|event| match event {
            Event::EndpointChannelsChanged { endpoint } => Some(endpoint.channels.len()),
            _ => None,
        })
        .collect();
    assert_eq!(lists, [1, 0]);
    assert_eq!(w.types(app).first(), Some(&"EndpointStateChange"));
    assert_eq!(w.types(app).last(), Some(&"EndpointStateChange"));
    assert_eq!(w.count(all, "EndpointStateChange"), 0);
}
