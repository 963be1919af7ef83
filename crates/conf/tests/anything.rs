//! Any text is read to its end.

use conf::{Config, Reader};
use proptest::prelude::*;

fn lines() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("[a]".to_owned()),
        Just("[a](+)".to_owned()),
        Just("[b](a,!)".to_owned()),
        Just("#include \"x\"".to_owned()),
        Just(";--".to_owned()),
        Just("--;".to_owned()),
        Just("\\;".to_owned()),
        Just("exten => _1X.,1,NoOp(${A})".to_owned()),
        "[ -~\u{e4}\u{20ac}]{0,20}",
        "[\\[\\]()!+,;=>\\\\#-]{0,8}",
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in prop_oneof![lines(), any::<String>()]) {
        let fetched = std::cell::Cell::new(0);
        let fetch = |_: &str| {
            fetched.set(fetched.get() + 1);
            let files = if fetched.get() < 20 { vec![("x".to_owned(), text.clone())] } else { Vec::new() };
            Ok(files)
        };
        let config = Config::parse_with("a.conf", &text, &fetch);
        for entry in config.sections_and_templates().iter().flat_map(conf::Section::entries) {
            let source = &config.sources()[entry.span.file.0 as usize];
            let line = source.text.split('\n').nth(entry.span.line as usize - 1).expect("the line is there");
            prop_assert!(entry.value_span.end as usize <= line.len());
            prop_assert!(entry.value_span.start <= entry.value_span.end);
        }
        let reader = Reader::new(&config);
        for section in reader.sections() {
            section.know(&["exten"]);
        }
        prop_assert!(reader.finish().complaints.len() <= 2 * (conf::MAX_COMPLAINTS + 1));
    }
}
