//! `asterisk.conf`: where files live, and the most calls.

use std::env;
use std::path::{Path, PathBuf};

use conf::{Reader, SectionReader};

use super::passive::{self, NO, Passive, fine, harmless, unsupported};
use super::{Files, Report};

const NAME: &str = "asterisk.conf";
/// More channels than any machine holds.
const MAX_CALLS: u32 = 1_000_000;

/// Where files live. Nothing is written anywhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directories {
    /// `astvarlibdir`.
    pub variable: PathBuf,
    /// `astdatadir`: sounds and music are looked for below it.
    pub data: PathBuf,
    /// `astspooldir`: recordings are kept below it.
    pub spool: PathBuf,
    /// `astlogdir`.
    pub log: PathBuf,
    /// `astrundir`: where the console's socket is. `None`: where only this user may go.
    pub run: Option<PathBuf>,
}

impl Directories {
    /// All below one directory.
    pub fn below(base: &Path) -> Directories {
        Directories {
            variable: base.join("lib"),
            data: base.join("data"),
            spool: base.join("spool"),
            log: base.join("log"),
            run: None,
        }
    }
}

/// Where a server without a configured directory keeps what it writes: `$XDG_STATE_HOME/strowger`,
/// `~/.local/state/strowger`, or `strowger` below the temporary directory.
pub fn state_directory() -> PathBuf {
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    env::var_os("XDG_STATE_HOME")
        .and_then(|state| absolute(PathBuf::from(state)))
        .or_else(|| env::var_os("HOME").and_then(|home| absolute(Path::new(&home).join(".local/state"))))
        .unwrap_or_else(env::temp_dir)
        .join("strowger")
}

const OPTIONS: &[Passive] = &[
    harmless("verbose"),
    harmless("debug"),
    harmless("trace"),
    harmless("refdebug"),
    harmless("alwaysfork"),
    harmless("nofork"),
    harmless("quiet"),
    harmless("timestamp"),
    harmless("execincludes"),
    harmless("console"),
    harmless("highpriority"),
    harmless("initcrypto"),
    harmless("nocolor"),
    harmless("dontwarn"),
    harmless("dumpcore"),
    harmless("languageprefix"),
    harmless("systemname"),
    harmless("autosystemname"),
    harmless("mindtmfduration"),
    harmless("maxload"),
    harmless("minmemfree"),
    harmless("maxfiles"),
    harmless("cache_record_files"),
    harmless("record_cache_dir"),
    harmless("transmit_silence"),
    harmless("transmit_silence_during_record"),
    harmless("transcode_via_sln"),
    harmless("sendfullybooted"),
    harmless("internal_timing"),
    harmless("cache_media_frames"),
    harmless("forceblackbackground"),
    harmless("lightbackground"),
    harmless("documentation_language"),
    harmless("lockconfdir"),
    harmless("entityid"),
    harmless("lockmode"),
    harmless("stdexten"),
    harmless("hide_messaging_ami_events"),
    harmless("sounds_search_custom_dir"),
    harmless("rtp_use_dynamic"),
    harmless("rtp_pt_dynamic"),
    harmless("channel_storage_backend"),
    harmless("phoneprov_tz"),
    fine("live_dangerously", NO, "leave it out"),
    fine("defaultlanguage", &["en"], "write `language` in each endpoint of pjsip.conf"),
    unsupported("runuser"),
    unsupported("rungroup"),
    unsupported("disable_remote_console_shell"),
];

const DIRECTORIES: &[&str] =
    &["astcachedir", "astetcdir", "astmoddir", "astdbdir", "astkeydir", "astagidir", "astsbindir"];

pub(super) fn read(files: &mut Files, base: &Path, report: &mut Report) -> (Directories, Option<u32>) {
    let defaults = Directories::below(&state_directory());
    let Some(config) = files.parse(NAME) else { return (defaults, None) };
    let reader = Reader::new(&config);
    let mut directories = defaults;
    let mut max_calls = None;
    if let Some(section) = reader.section("directories") {
        section.know(DIRECTORIES);
        take(&section, "astvarlibdir", base, &mut directories.variable);
        take(&section, "astdatadir", base, &mut directories.data);
        take(&section, "astspooldir", base, &mut directories.spool);
        take(&section, "astlogdir", base, &mut directories.log);
        let mut run = PathBuf::new();
        take(&section, "astrundir", base, &mut run);
        directories.run = (run != Path::new("")).then_some(run);
    }
    if let Some(section) = reader.section("options") {
        let calls = section.number("maxcalls", 0..=MAX_CALLS, 0);
        max_calls = (calls > 0).then_some(calls);
        passive::apply(&section, OPTIONS);
    }
    for name in ["files", "compat"] {
        if let Some(section) = reader.section(name) {
            section.refuse(&format!("[{name}] is not supported; it was ignored"), None);
        }
    }
    report.read(NAME, &config, reader.finish());
    (directories, max_calls)
}

/// A relative directory is one below the configuration's own.
fn take(section: &SectionReader<'_, '_>, key: &str, base: &Path, directory: &mut PathBuf) {
    if let Some(value) = section.get(key).filter(|value| !value.is_empty()) {
        *directory = base.join(value);
    }
}
