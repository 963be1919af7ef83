//! The server itself: build, configuration, modules, logs.

use serde::{Deserialize, Serialize};

/// Answer of `GET /asterisk/info`; parts that were not asked for are absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AsteriskInfo {
    /// How it was built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build: Option<BuildInfo>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemInfo>,
    /// How it is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<ConfigInfo>,
    /// Since when it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusInfo>,
}

/// How the server was built.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildInfo {
    /// Operating system.
    pub os: String,
    /// Its version.
    pub kernel: String,
    /// Machine architecture.
    pub machine: String,
    /// Options of the build.
    pub options: String,
    /// When.
    pub date: String,
    /// By whom.
    pub user: String,
}

/// What the server is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemInfo {
    /// Version.
    pub version: String,
    /// The id that is also on every event as `asterisk_id`.
    pub entity_id: String,
}

/// How the server is configured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConfigInfo {
    /// Name of the system.
    pub name: String,
    /// Language of prompts.
    pub default_language: String,
    /// Most channels, where limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_channels: Option<i64>,
    /// Most open files, where limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_open_files: Option<i64>,
    /// Highest load average, where limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_load: Option<f64>,
    /// Whom it runs as.
    pub setid: SetId,
}

/// The user and group the server runs as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetId {
    /// User.
    pub user: String,
    /// Group.
    pub group: String,
}

/// Since when the server runs; see [`crate::Timestamp`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusInfo {
    /// When it started.
    pub startup_time: String,
    /// When its configuration was last read.
    pub last_reload_time: String,
}

/// Answer of `GET /asterisk/ping`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsteriskPing {
    /// Always `pong`.
    pub ping: String,
    /// Now; see [`crate::Timestamp`].
    pub timestamp: String,
    /// Id of the server.
    pub asterisk_id: String,
}

/// A loadable module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// File name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// How often it is used now.
    pub use_count: i64,
    /// Whether it runs.
    pub status: String,
    /// How it is supported.
    pub support_level: String,
}

/// A log file or other sink.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogChannel {
    /// Name, a path for files.
    pub channel: String,
    /// `File`, `Console`, `Syslog` or `Unknown`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `Enabled` or `Disabled`.
    pub status: String,
    /// Levels it takes.
    pub configuration: String,
}

/// One attribute of a dynamic configuration object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigTuple {
    /// Attribute.
    pub attribute: String,
    /// Value.
    pub value: String,
}
