//! The SIP user agent: dialogs ⇄ channels, registrations, authentication, identification of callers.

pub mod config;
