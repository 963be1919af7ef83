//! What the dialplan does at times goes by the local zone.

use call::Zone;
use call::zone::Offset;
use sim::{Setup, World};

/// The world begins on Tuesday 2023-11-14 at 22:13 UTC.
const PLAN: &str = "\
[default]
include => day,8:00-23:59,tue,14,nov
include => night,0:00-7:59,wed,15,nov
exten => 2000,1,GotoIfTime(0:00-0:59,wed,*,*?late:early)
 same => n(late),Stasis(my-app,late,${STRFTIME(,,%F %H:%M %z)})
 same => n,Hangup()
 same => n(early),Stasis(my-app,early,${STRFTIME(,,%F %H:%M %z)})
 same => n,Hangup()
[day]
exten => 1000,1,Stasis(my-app,day)
[night]
exten => 1000,1,Stasis(my-app,night)
";

fn hears(zone: Zone, number: &str) -> Vec<String> {
    let mut setup = Setup::new(410);
    (setup.dialplan, setup.zone) = (PLAN.to_owned(), zone);
    let mut w = World::with(setup);
    let (phone, app) = (w.phone("2003"), w.application("my-app"));
    let line = w.dial(phone, number);
    let (_, args) = w.started_with(app);
    w.hang_up(line);
    w.check();
    args
}

fn offset(hours: i32) -> Offset {
    Offset { seconds_east: hours * 3600, name: "X".into() }
}

#[test]
fn includes_hold_at_local_times() {
    assert_eq!(hears(Zone::default(), "1000"), ["day"]);
    assert_eq!(hears(Zone::new(offset(2), vec![]), "1000"), ["night"]);
    assert_eq!(hears(Zone::new(offset(-8), vec![]), "1000"), ["day"]);
}

#[test]
fn goto_if_time_and_strftime_go_by_the_local_zone() {
    assert_eq!(hears(Zone::default(), "2000"), ["early", "2023-11-14 22:13 +0000"]);
    // An hour east since a moment ago, two until then.
    let changed = Zone::new(offset(1), vec![(1_699_999_000, offset(2))]);
    assert_eq!(hears(changed, "2000"), ["late", "2023-11-15 00:13 +0200"]);
}
