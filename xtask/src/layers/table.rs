//! The layering as data. ARCHITECTURE.md shows the same table with each crate's one job.

/// One crate of the workspace.
pub struct Crate {
    /// Its package name.
    pub name: &'static str,
    /// Its layer; a crate depends on lower layers only.
    pub layer: u8,
    /// Which of our crates it may depend on.
    pub may_use: &'static [&'static str],
    /// For a pure crate: the libraries it may depend on. `None`: not pure, any library.
    pub libraries: Option<&'static [&'static str]>,
}

/// Every crate but the exempt folders'.
pub const CRATES: &[Crate] = &[
    pure("conf", 0, &[], &["thiserror"]),
    pure("sip", 0, &[], &["bytes", "md-5", "sha2", "smallvec", "thiserror", "winnow"]),
    pure(
        "rtp",
        0,
        &[],
        &["aes", "aes-gcm", "base64", "bytes", "ctr", "hmac", "sdp-types", "sha1", "smallvec", "thiserror"],
    ),
    pure("media", 1, &["rtp"], &["bytes", "rtrb", "slotmap", "smallvec", "thiserror"]),
    pure("call", 2, &["rtp", "media"], &["bytes", "rtrb", "slotmap", "smallvec", "thiserror"]),
    pure("phone", 2, &["sip", "rtp", "media"], &["bytes", "smallvec", "thiserror"]),
    pure(
        "signalling",
        3,
        &["sip", "rtp", "call"],
        &["bytes", "regex-lite", "slotmap", "smallvec", "thiserror"],
    ),
    pure("dialplan", 3, &["conf", "call"], &["regex-lite", "slotmap", "smallvec", "thiserror", "winnow"]),
    pure("services", 3, &["call"], &["slotmap", "smallvec", "thiserror"]),
    pure("stasis", 3, &["call", "media"], &["slotmap", "smallvec", "thiserror"]),
    pure("switch", 4, BELOW_SWITCH, &["bytes", "rtrb", "slotmap", "smallvec", "thiserror"]),
    open("ari-model", 5, &[]),
    open("ari", 5, BELOW_ARI),
    open("ami", 5, BELOW_AMI),
    open("client", 6, &["ari-model"]),
    open("server", 6, BELOW_SERVER),
    open("strowger", 7, &["conf", "sip", "rtp", "media", "phone", "signalling", "server", "client"]),
];

/// Folders whose packages may use anything: the simulated world, test programs and this program.
pub const EXEMPT_FOLDERS: &[&str] = &["tests", "xtask"];

/// Pairs of one layer where the first may use the second.
const EXCEPTIONS: &[(&str, &str)] = &[("ari", "ari-model")];

/// What a pure crate must not reach, however far down.
pub const NEVER_IN_PURE: &[&str] = &[
    "async-io",
    "axum",
    "fastrand",
    "futures-executor",
    "getrandom",
    "hyper",
    "mio",
    "parking_lot",
    "quinn",
    "rand",
    "reqwest",
    "rustls",
    "serde",
    "serde_json",
    "smol",
    "socket2",
    "tokio",
];

/// Libraries that read or write JSON, and the crates that may use them directly.
pub const JSON_CRATES: &[&str] = &["serde_json"];
/// See [`JSON_CRATES`]. The server's console answers `--json`.
pub const JSON_READERS: &[&str] = &["ari-model", "ari", "ami", "client", "server", "strowger"];

const BELOW_SWITCH: &[&str] =
    &["conf", "sip", "rtp", "media", "call", "signalling", "dialplan", "services", "stasis"];
const BELOW_ARI: &[&str] = &[
    "conf",
    "sip",
    "rtp",
    "media",
    "call",
    "signalling",
    "dialplan",
    "services",
    "stasis",
    "switch",
    "ari-model",
];
const BELOW_AMI: &[&str] =
    &["conf", "sip", "rtp", "media", "call", "signalling", "dialplan", "services", "stasis", "switch"];
const BELOW_SERVER: &[&str] = &[
    "conf",
    "sip",
    "rtp",
    "media",
    "call",
    "signalling",
    "dialplan",
    "services",
    "stasis",
    "switch",
    "ari-model",
    "ari",
    "ami",
];

/// The entry of the crate called `name`.
pub fn find(name: &str) -> Option<&'static Crate> {
    CRATES.iter().find(|each| each.name == name)
}

/// Whether `user` may use `used` although both are of one layer.
pub fn is_exception(user: &str, used: &str) -> bool {
    EXCEPTIONS.contains(&(user, used))
}

const fn pure(
    name: &'static str,
    layer: u8,
    may_use: &'static [&'static str],
    libraries: &'static [&'static str],
) -> Crate {
    Crate { name, layer, may_use, libraries: Some(libraries) }
}

const fn open(name: &'static str, layer: u8, may_use: &'static [&'static str]) -> Crate {
    Crate { name, layer, may_use, libraries: None }
}
