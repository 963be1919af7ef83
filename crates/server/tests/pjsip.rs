//! What an option of `pjsip.conf` changes for a phone: one test an option or a few that belong together. The table of
//! options names these tests.

#![allow(clippy::unwrap_used)] // A failed step is a failed test.

#[path = "pjsip/asking.rs"]
mod asking;
#[path = "pjsip/bench.rs"]
mod bench;
#[path = "pjsip/callers.rs"]
mod callers;
#[path = "pjsip/calls.rs"]
mod calls;
#[path = "pjsip/parties.rs"]
mod parties;
#[path = "pjsip/progress.rs"]
mod progress;
#[path = "pjsip/registering.rs"]
mod registering;
#[path = "pjsip/reloading.rs"]
mod reloading;
#[path = "pjsip/watching.rs"]
mod watching;
#[path = "pjsip/whole.rs"]
mod whole;
#[path = "pjsip/wizard.rs"]
mod wizard;
