//! `extensions.conf`: the dialplan.

use conf::{Standing, Understanding};
use dialplan::{Applications, Dialplan};

use super::{Files, Report};

const NAME: &str = "extensions.conf";

pub(super) fn read(files: &mut Files, report: &mut Report) -> Dialplan {
    let Some(config) = files.parse(NAME) else { return Dialplan::default() };
    let (plan, mut complaints) = Dialplan::load(&config, Applications { supported: dialplan::SUPPORTED });
    let understandings = understandings(&config, &complaints);
    complaints.extend(config.complaints().iter().cloned());
    complaints.sort_by_key(|complaint| complaint.span);
    report.read(NAME, &config, conf::Report { complaints, understandings });
    plan
}

/// Every line was understood but those complained about.
fn understandings(config: &conf::Config, complaints: &[conf::Complaint]) -> Vec<Understanding> {
    let standing = |span: conf::Span| {
        let about = complaints.iter().filter(|it| it.span.file == span.file && it.span.line == span.line);
        match about.map(|it| it.text.contains("not supported")).max() {
            None => Standing::Understood,
            Some(true) => Standing::NotSupported,
            Some(false) => Standing::Unknown,
        }
    };
    let mut found = Vec::new();
    for section in config.sections() {
        let name = &section.name;
        let new = |span, key| Understanding { span, section: name.clone(), key, standing: standing(span) };
        found.push(new(section.span, None));
        found.extend(section.own_entries().map(|entry| new(entry.key_span, Some(entry.key.clone()))));
    }
    found
}
