//! The table of commands, one file a family.

mod applications;
mod ari;
mod bridges;
mod channels;
mod core;
mod dialplan;
mod help;
mod hints;
mod logger;
mod originate;
mod pjsip;
mod reload;
mod settings;

use super::command::Command;

/// Every command, by its words.
pub const TABLE: &[&Command] = &[
    &ari::APP,
    &ari::APPS,
    &ari::STATUS,
    &ari::USERS,
    &bridges::SHOW,
    &bridges::SHOW_ALL,
    &originate::ORIGINATE,
    &channels::REQUEST_HANGUP,
    &core::RESTART,
    &reload::CORE,
    &reload::DIALPLAN,
    &reload::MODULE,
    &reload::PJSIP,
    &core::SET_DEBUG,
    &core::SET_VERBOSE,
    &applications::APPLICATIONS,
    &channels::CALLS,
    &channels::CHANNEL,
    &channels::CHANNELS,
    &applications::FUNCTIONS,
    &help::CORE_SHOW_HELP,
    &hints::HINT,
    &hints::HINTS,
    &core::SETTINGS,
    &core::UPTIME,
    &core::VERSION,
    &core::STOP_GRACEFULLY,
    &core::STOP_NOW,
    &core::STOP_WHEN_CONVENIENT,
    &core::WAIT_FULLY_BOOTED,
    &dialplan::SET_GLOBAL,
    &dialplan::SHOW,
    &dialplan::GLOBALS,
    &help::HELP,
    &settings::HTTP,
    &logger::CHANNELS,
    &settings::MOH_CLASSES,
    &pjsip::QUALIFY,
    &pjsip::SET_LOGGER,
    &pjsip::AOR,
    &pjsip::AORS,
    &pjsip::AUTH,
    &pjsip::AUTHS,
    &pjsip::CHANNELS,
    &pjsip::CONTACTS,
    &pjsip::ENDPOINT,
    &pjsip::ENDPOINTS,
    &pjsip::IDENTIFIES,
    &pjsip::REGISTRATIONS,
    &pjsip::SEND_REGISTER,
    &pjsip::SEND_UNREGISTER,
    &pjsip::SUBSCRIPTIONS,
    &pjsip::TRANSPORTS,
    &settings::RTP,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_says_what_it_does_and_how_it_is_called() {
        let mut words: Vec<&str> = TABLE.iter().map(|command| command.words).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), TABLE.len(), "two commands have the same words");
        for command in TABLE {
            assert!(!command.summary.is_empty(), "{}", command.words);
            assert!(command.usage.starts_with("Usage: "), "{}", command.words);
            assert!(command.usage.contains(command.words), "{}", command.words);
        }
    }
}
