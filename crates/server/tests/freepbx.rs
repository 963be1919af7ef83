//! A directory as FreePBX 16 and 17 write it loads without an error.

#![allow(clippy::unwrap_used)] // A failed step is a failed test.

use std::path::Path;

use conf::Severity;
use server::config::{self, Verdict};

#[test]
fn the_split_files_of_freepbx_load_without_an_error() {
    let reading = config::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/freepbx")).unwrap();
    let worst: Vec<String> = reading
        .report
        .complaints()
        .filter(|(_, complaint)| complaint.severity == Severity::Error || complaint.text.contains("unknown"))
        .map(|(file, complaint)| {
            format!("{}:{}: {}", file.file_of(complaint), complaint.span.line, complaint.text)
        })
        .collect();
    assert_eq!(worst, [""; 0]);
    let unknown: Vec<&str> = reading
        .report
        .files
        .iter()
        .filter(|file| matches!(file.verdict, Verdict::Unknown | Verdict::Unreadable(_)))
        .map(|file| file.name.as_str())
        .collect();
    assert_eq!(unknown, [""; 0]);
    reading.configuration.check().unwrap();
    let sip = reading.configuration.sip;
    assert_eq!((sip.transports.len(), sip.endpoints.len(), sip.aors.len(), sip.auths.len()), (2, 8, 7, 7));
    assert_eq!((sip.identifies.len(), sip.registrations.len()), (1, 1));
    let named = |name: &str| sip.endpoints.iter().find(|endpoint| &*endpoint.name == name).unwrap();
    assert_eq!((named("6002").account_code.as_str(), named("6003").language.as_str()), ("workshop", "de"));
    assert_eq!(sip.transports[0].local_nets.len(), 2);
    assert_eq!(reading.configuration.ari.users[0].name, "freepbxuser");
    assert!(reading.configuration.dialplan.contexts().any(|context| context.name == "from-internal-custom"));
}

#[test]
fn what_is_said_of_it_fits_two_screens() {
    let reading = config::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/freepbx")).unwrap();
    let said = reading.report.render(false);
    assert!(said.lines().count() < 100, "{said}");
    assert!(!said.contains("rtp_timeout_hold") || said.matches("rtp_timeout_hold").count() == 1, "{said}");
    assert!(said.contains("Files that are not read yet: cdr.conf"), "{said}");
    println!("{said}");
}
