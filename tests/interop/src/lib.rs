//! The real binary, driven by programs that nobody here wrote.
//!
//! Each scenario starts a server of its own on free ports with the files of `conf/`, lets SIPp, baresip or a Python script
//! call it, and asks afterwards over ARI that nothing is left. The same scenarios run against a real Asterisk
//! ([`server::Target::Asterisk`]): one that fails there is wrong itself.

pub mod audio;
pub mod baresip;
pub mod comparison;
pub mod folder;
pub mod kamailio;
pub mod linphone;
pub mod places;
pub mod program;
pub mod scenarios;
pub mod server;
pub mod sipp;
pub mod wav;
