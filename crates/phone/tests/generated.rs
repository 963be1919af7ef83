//! Random commands, loss and misbehaviour: whatever happens, each call ends once and leaves nothing behind.
mod world;

use phone::{Command, Event, Misbehaviour};
use sip::Random;
use std::collections::BTreeMap;
use std::time::Duration;
use world::{World, ms};

const SEEDS: u64 = 300;
const STEPS: u64 = 40;

fn misbehaviour(random: &mut Random) -> Misbehaviour {
    let withhold_acks = [0, 0, 0, 0, 3, u32::MAX][(random.next_u64() % 6) as usize];
    let mut one_in = |n: u64| random.next_u64().is_multiple_of(n);
    Misbehaviour {
        withhold_acks,
        answer_after_cancel: one_in(4),
        send_twice: one_in(4),
        ignore_bye: one_in(16),
        ignore_invite: one_in(16),
        ignore_cancel: one_in(16),
        answer_without_sdp: one_in(16),
        glare: one_in(4),
        hold_at_once: one_in(8),
    }
}

fn command(random: &mut Random) -> Command {
    match random.next_u64() % 12 {
        0 => Command::Ring,
        1 => Command::Progress,
        2..5 => Command::Answer { after: Duration::from_millis(random.next_u64() % 100) },
        5 => Command::Reject { status: 486 },
        6 => Command::HangUp,
        7 => Command::Hold,
        8 => Command::Unhold,
        9 => Command::Refresh,
        10 => Command::PlayTone { hz: 1000 },
        _ => Command::SendDigits { digits: "1#".to_owned(), duration_ms: 60 },
    }
}

#[test]
fn every_call_ends_once_and_leaves_nothing() {
    let mut tally = BTreeMap::new();
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        let mut world = World::new(|settings| settings.iter_mut().for_each(|each| each.hearing.meter_ms = 0));
        world.sip_loss = random.next_u64() % 3 * 150;
        world.rtp_loss = 100;
        for _ in 0..STEPS {
            let n = (random.next_u64() % 2) as usize;
            let calls: Vec<_> = world.phones[n].calls().collect();
            match (random.next_u64() % 6, calls.is_empty()) {
                (0, _) => drop(world.phones[n].call(world.now, "somebody")),
                (1, _) => drop(world.phones[n].call_without_offer(world.now, "somebody")),
                (2, _) => world.phones[n].misbehave(misbehaviour(&mut random)),
                (_, true) => {}
                (_, false) => {
                    let call = calls[(random.next_u64() % calls.len() as u64) as usize];
                    // What the call's state does not allow is refused, and that is all.
                    drop(world.phones[n].command(world.now, call, command(&mut random)));
                }
            }
            world.run(ms(random.next_u64() % 3000));
        }
        world.sip_loss = 0;
        world.phones.iter_mut().for_each(|phone| phone.misbehave(Misbehaviour::default()));
        // Twice: a call may come up after the first hang-up, one that was offered before.
        for _ in 0..2 {
            for n in 0..2 {
                for call in world.phones[n].calls().collect::<Vec<_>>() {
                    drop(world.phones[n].command(world.now, call, Command::HangUp));
                }
            }
            world.run(ms(70_000));
        }
        for n in 0..2 {
            let phone = &mut world.phones[n];
            assert_eq!(phone.calls().count(), 0, "seed {seed}, phone {n}");
            assert_eq!(phone.deadline(), None, "seed {seed}, phone {n}");
            let mut ended = Vec::new();
            for event in &world.events[n] {
                *tally.entry(name(event)).or_insert(0) += 1;
                if let Event::Ended { call, .. } = event {
                    assert!(!ended.contains(call), "seed {seed}: {call} ended twice");
                    ended.push(*call);
                }
            }
            let begun = |event: &&Event| matches!(event, Event::Incoming { .. });
            assert!(world.events[n].iter().filter(begun).count() <= ended.len(), "seed {seed}");
            assert!(phone.call(world.now, "one").is_ok() && phone.call(world.now, "two").is_ok(), "ports");
        }
    }
    println!("{tally:#?}");
    for wanted in [
        "Answered",
        "CancelledByPeer",
        "Cancelled",
        "Digit",
        "Glare",
        "Held",
        "HeldByPeer",
        "HungUp",
        "HungUpByPeer",
        "Lost",
        "Progress",
        "Refused",
        "Rejected",
        "Ringing",
        "Unacknowledged",
        "Unheld",
    ] {
        assert!(tally.contains_key(wanted), "no {wanted} in any run: {tally:#?}");
    }
}

/// The name of an event, or of the way in which a call ended.
fn name(event: &Event) -> String {
    let text = match event {
        Event::Ended { ending, .. } => format!("{ending:?}"),
        other => format!("{other:?}"),
    };
    text.split([' ', '{', '(']).next().unwrap_or_default().to_owned()
}

#[test]
fn noise_harms_nobody() {
    let mut random = Random::new(1);
    let mut world = World::new(|settings| settings[1].behaviour.answer_after = Some(Duration::ZERO));
    let call = world.call();
    let local = std::net::SocketAddr::new(world::sip_address(0).ip(), 4000);
    for _ in 0..2_000 {
        let mut noise: Vec<u8> = (0..random.next_u64() % 64).map(|_| random.next_u64() as u8).collect();
        let flow = world.phones[0].settings().server;
        world.phones[0].sip(world.now, flow, noise.clone().into());
        if let Some(first) = noise.first_mut() {
            *first = 0x80;
        }
        world.phones[0].rtp(world.now, local, flow.remote, &noise);
    }
    world.run(ms(300));
    assert!(world.phones[0].statistics(call).expect("it is up").received > 10);
}
