//! Calls walk dialplans of a few lines.

#[path = "walking/dialling.rs"]
mod dialling;
#[path = "walking/digits.rs"]
mod digits;
#[path = "walking/hanging_up.rs"]
mod hanging_up;
#[path = "walking/steps.rs"]
mod steps;
#[path = "walking/world.rs"]
mod world;
