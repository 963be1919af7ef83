//! Any texts, included by each other, with templates: each place of each complaint and entry lies in its line.
#![no_main]

use conf::{Config, IncludeError, Reader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // The first part is the file that is read, the others are what it may include: `0`, `1` and on.
    let parts: Vec<&str> = text.split('\u{1}').take(8).collect();
    let fetch = |pattern: &str| match pattern.parse::<usize>().ok().and_then(|at| parts.get(at)) {
        Some(text) => Ok(vec![(pattern.to_owned(), (*text).to_owned())]),
        None => Err(IncludeError::NotFound),
    };
    let config = Config::parse_with("a.conf", parts.first().copied().unwrap_or_default(), &fetch);
    let inside = |span: conf::Span| {
        let source = &config.sources()[span.file.0 as usize];
        let line = source.text.split('\n').nth(span.line as usize - 1).expect("the line is there");
        assert!(span.start <= span.end && span.end as usize <= line.len());
    };
    for entry in config.sections_and_templates().iter().flat_map(conf::Section::entries) {
        inside(entry.span);
        inside(entry.key_span);
        inside(entry.value_span);
    }
    let reader = Reader::new(&config);
    for section in reader.sections() {
        section.boolean("type", false);
        section.number("port", 0..=65_535_u32, 0);
        section.not_supported("allow", "");
    }
    for complaint in reader.finish().complaints {
        inside(complaint.span);
    }
});
