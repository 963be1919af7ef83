//! What the edge says of the server itself.

use ari_model::{AsteriskInfo, BuildInfo, ConfigInfo, SetId, StatusInfo, SystemInfo, Timestamp};

/// Tells how many minutes east of UTC the local zone is at a moment (milliseconds since 1970-01-01 UTC).
pub type Zone = Box<dyn Fn(u64) -> i32 + Send + Sync>;

/// Facts about the server.
pub struct Facts {
    /// The EID: six pairs of hexadecimal digits with colons. On each event as `asterisk_id`.
    pub asterisk_id: String,
    /// Version.
    pub version: String,
    /// How it was built.
    pub build: BuildInfo,
    /// `systemname` of `asterisk.conf`.
    pub name: String,
    /// Language of prompts where nothing else is said.
    pub default_language: String,
    /// Most channels, where configured.
    pub max_channels: Option<i64>,
    /// Most open files, where configured.
    pub max_open_files: Option<i64>,
    /// User it was told to run as, or empty.
    pub user: String,
    /// Group it was told to run as, or empty.
    pub group: String,
    /// When it started, milliseconds since 1970-01-01 UTC.
    pub started_unix_ms: u64,
    /// When its configuration was last read.
    pub reloaded_unix_ms: u64,
    /// The local zone.
    pub zone: Zone,
}

impl Default for Facts {
    fn default() -> Facts {
        Facts {
            asterisk_id: "00:00:00:00:00:00".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            build: BuildInfo::default(),
            name: String::new(),
            default_language: "en".to_owned(),
            max_channels: None,
            max_open_files: None,
            user: String::new(),
            group: String::new(),
            started_unix_ms: 0,
            reloaded_unix_ms: 0,
            zone: Box::new(|_| 0),
        }
    }
}

impl Facts {
    /// A moment in ARI's form, in the local zone.
    pub fn stamp(&self, unix_ms: u64) -> String {
        let offset_minutes = (self.zone)(unix_ms);
        Timestamp { unix_ms: i64::try_from(unix_ms).unwrap_or(i64::MAX), offset_minutes }.to_string()
    }

    /// Now in ARI's form.
    pub(crate) fn now(&self) -> String {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        self.stamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// What `GET /asterisk/info` shows; the parts named in `only`, all where it is empty.
    pub(crate) fn info(&self, only: &[String]) -> AsteriskInfo {
        let wanted = |part: &str| only.is_empty() || only.iter().any(|name| name == part);
        AsteriskInfo {
            build: wanted("build").then(|| self.build.clone()),
            system: wanted("system")
                .then(|| SystemInfo { version: self.version.clone(), entity_id: self.asterisk_id.clone() }),
            config: wanted("config").then(|| ConfigInfo {
                name: self.name.clone(),
                default_language: self.default_language.clone(),
                max_channels: self.max_channels,
                max_open_files: self.max_open_files,
                max_load: None,
                setid: SetId { user: self.user.clone(), group: self.group.clone() },
            }),
            status: wanted("status").then(|| StatusInfo {
                startup_time: self.stamp(self.started_unix_ms),
                last_reload_time: self.stamp(self.reloaded_unix_ms),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_in_the_zone_of_their_time() {
        let facts = Facts { zone: Box::new(|at| if at < 1000 { 60 } else { -90 }), ..Facts::default() };
        assert_eq!(facts.stamp(0), "1970-01-01T01:00:00.000+0100");
        assert_eq!(facts.stamp(2000), "1969-12-31T22:30:02.000-0130");
    }

    #[test]
    fn only_the_parts_asked_for_are_shown() {
        let facts = Facts::default();
        let only = facts.info(&["status".to_owned(), "bogus".to_owned()]);
        assert!(only.status.is_some() && only.build.is_none() && only.config.is_none());
        assert!(facts.info(&["bogus".to_owned()]).system.is_none());
        assert!(facts.info(&[]).system.is_some());
    }
}
