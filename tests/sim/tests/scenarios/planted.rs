//! Faults planted between the switch and the world: the invariants notice each.

use std::time::Duration;

use call::{BridgeKind, Cause};
use phone::Command as PhoneCommand;
use sim::{Broken, Planted, World};
use stasis::{ChannelCommand, Command, Message};

/// Two calls that are answered, bridged, hear music and end. Nothing is waited for: what is planted may keep it back.
fn ordinary_day(planted: Option<Planted>) -> Vec<Broken> {
    let mut w = World::new(300);
    let (a, b, app) = (w.phone("2001"), w.phone("2002"), w.application("my-app"));
    if let Some(planted) = planted {
        w.plant(planted);
    }
    w.behave(app, |delivery| match &*delivery.message {
        Message::StasisStart { channel, .. } => {
            let channel = channel.id.to_string();
            let control = |command| Command::Control { channel: channel.clone(), command: Box::new(command) };
            let music = ChannelCommand::StartMusic(String::new());
            let add =
                Command::Bridge { bridge: "b1".to_owned(), command: Box::new(sim::adding(&[&channel])) };
            vec![control(ChannelCommand::Answer), control(music), add]
        }
        _ => vec![],
    });
    w.send(app, sim::new_bridge("b1", BridgeKind::Mixing));
    let first = w.dial(a, "1000");
    w.run(Duration::from_secs(2));
    let second = w.dial(b, "1000");
    w.run(Duration::from_secs(2));
    w.command(second, PhoneCommand::HangUp);
    w.run(Duration::from_secs(2));
    w.command(first, PhoneCommand::HangUp);
    w.run(Duration::from_secs(2));
    w.send(app, Command::Hangup { channel: "nobody".to_owned(), cause: Cause::NORMAL });
    w.send(
        app,
        Command::Bridge { bridge: "b1".to_owned(), command: Box::new(stasis::BridgeCommand::Destroy) },
    );
    w.check();
    w.invariants.violations().iter().map(|violation| violation.broken).collect()
}

/// Which invariant a fault breaks before all others.
fn breaks(planted: Planted) -> Broken {
    match planted {
        Planted::DropStasisEnd => Broken::StasisEnd,
        Planted::DuplicateReply | Planted::LoseReply => Broken::Reply,
        Planted::SwallowClosed => Broken::Leak,
        Planted::RtpAfterBye => Broken::RtpAfterBye,
        Planted::ReorderDeliveries => Broken::EventNumber,
        Planted::DestroyedBeforeStasisEnd => Broken::LastEvent,
        Planted::SkipSequenceNumber => Broken::RtpNumber,
        Planted::MemberTwice => Broken::Membership,
        Planted::AnswerTwice => Broken::Answer,
    }
}

#[test]
fn an_ordinary_day_breaks_nothing() {
    assert_eq!(ordinary_day(None), []);
}

#[test]
fn each_planted_fault_is_noticed() {
    for planted in Planted::ALL {
        let broken = ordinary_day(Some(planted));
        assert!(broken.contains(&breaks(planted)), "{planted:?} broke {broken:?}");
    }
}
