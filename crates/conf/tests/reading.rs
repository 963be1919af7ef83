//! What a configuration file comes to, and what is said of it.

use conf::{Complaint, Config, IncludeError, Operator, Reader, Severity, Standing};

fn said(config: &Config) -> Vec<String> {
    config.complaints().iter().map(|complaint| config.describe(complaint)).collect()
}

fn values(config: &Config, section: &str) -> Vec<(String, String)> {
    let section = config.section(section).expect("section");
    section.entries().iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn entries_keep_order_operator_and_place() {
    let config = Config::parse("a.conf", "[one]\n  key = value ; said\nexten => 1,1,Answer\r\nempty =\n");
    let one = config.section("ONE").expect("section");
    assert_eq!(values(&config, "one"), pairs(&[("key", "value"), ("exten", "1,1,Answer"), ("empty", "")]));
    assert_eq!(one.entries()[0].operator, Operator::Equals);
    assert_eq!(one.entries()[1].operator, Operator::Arrow);
    let span = one.entries()[0].value_span;
    assert_eq!((span.line, span.start, span.end), (2, 8, 13));
    assert_eq!(one.entries()[1].value_span.part(4, 5).start, 13);
    assert_eq!(said(&config), [""; 0]);
}

#[test]
fn the_last_value_of_a_key_counts_and_all_can_be_had() {
    let config = Config::parse("a.conf", "[codecs]\nallow=ulaw\nAllow = alaw\ndisallow=all\n");
    let section = config.section("codecs").expect("section");
    assert_eq!(section.get("allow"), Some("alaw"));
    assert_eq!(section.all("allow").map(|entry| entry.value.as_str()).collect::<Vec<_>>(), ["ulaw", "alaw"]);
    assert_eq!(section.get("codec"), None);
}

#[test]
fn templates_come_first_and_are_not_sections() {
    let text = "[base](!)\ntype=endpoint\nallow=ulaw\n[more](!,base)\nallow=alaw\n[6001](more)\nallow=g722\n\
                [base](+)\nlate=1\n[6002](base)\n";
    let config = Config::parse("pjsip.conf", text);
    assert_eq!(said(&config), [""; 0]);
    let six = pairs(&[("type", "endpoint"), ("allow", "ulaw"), ("allow", "alaw"), ("allow", "g722")]);
    assert_eq!(values(&config, "6001"), six);
    assert_eq!(values(&config, "6002"), pairs(&[("type", "endpoint"), ("allow", "ulaw"), ("late", "1")]));
    assert!(config.section("base").is_none());
    assert_eq!(config.sections().count(), 2);
    let section = config.section("6001").expect("section");
    assert_eq!(section.entries()[0].inherited_from.as_deref(), Some("base"));
    assert_eq!(section.own_entries().count(), 1);
    assert_eq!(section.inherits, ["more"]);
}

#[test]
fn one_name_may_head_several_sections_and_an_addition_finds_the_first_or_the_one_asked_for() {
    let text = "[6001]\ntype=endpoint\n[6001]\ntype=auth\n[6001](+)\na=1\n[6001](+type=auth)\nb=2\n";
    let config = Config::parse("pjsip.conf", text);
    let sections: Vec<_> = config.sections().collect();
    assert_eq!(sections.len(), 2);
    assert_eq!(sections[0].get("a"), Some("1"));
    assert_eq!(sections[1].get("b"), Some("2"));
}

#[test]
fn a_template_that_is_not_there_is_named_with_the_nearest_one() {
    let config = Config::parse("pjsip.conf", "[phone](!)\na=1\n[6001](phones)\nb=2\n[x](+)\nc=3\n");
    let expected = [
        "pjsip.conf:3:8: error: [6001] inherits from [phones], which does not come before it; did you mean `phone`?",
        "pjsip.conf:5:5: error: `(+)` adds to [x], but no such section comes before it; \
         write `[x]` without `(+)`; it was read so",
    ];
    assert_eq!(said(&config), expected);
    assert_eq!(values(&config, "x"), pairs(&[("c", "3")]));
}

#[test]
fn bad_lines_are_complained_about_and_the_rest_is_read() {
    let text = "stray = 1\n[open\nlost = 1\n[good]\nno equals here\n= nothing\nkey = value\n#incldue \"x\"\n[q](a\nz=1\n";
    let config = Config::parse("bad.conf", text);
    let expected = [
        "bad.conf:1:1: error: this line stands before the first section; put a heading such as `[general]` above it",
        "bad.conf:2:1: error: the section heading has no closing `]`; \
         write `[open]`; the lines below it were passed over",
        "bad.conf:5:1: warning: no `=` in `no equals here`; write `key = value`, or begin a comment with `;`",
        "bad.conf:6:1: warning: no key before the `=`; write `key = value`",
        "bad.conf:8:1: warning: unknown directive `#incldue`; did you mean `#include`?",
        "bad.conf:9:1: error: the heading of [q] has no closing `)`; the lines below it were passed over",
    ];
    assert_eq!(said(&config), expected);
    assert_eq!(values(&config, "good"), pairs(&[("key", "value")]));
    assert_eq!(config.sections().count(), 1);
}

#[test]
fn byte_order_mark_crlf_and_comments_leave_no_trace() {
    let text = "\u{feff}[general]\r\n;--\r\nhidden = 1\r\n--;\r\nsecret = a\\;b ; c\r\nkey \\= x = 2\r\n";
    let config = Config::parse("a.conf", text);
    assert_eq!(values(&config, "general"), pairs(&[("secret", "a;b"), ("key = x", "2")]));
    assert_eq!(config.section("general").expect("section").span.start, 4);
    assert_eq!(said(&config), [""; 0]);
}

#[test]
fn an_open_block_comment_and_an_overlong_line_are_reported() {
    let text = format!("[a]\nlong = {}\n;-- open\nb = 1\n", "x".repeat(9_000));
    let config = Config::parse("a.conf", &text);
    let complaints: Vec<(u32, Severity)> =
        config.complaints().iter().map(|c| (c.span.line, c.severity)).collect();
    assert_eq!(complaints, [(2, Severity::Error), (3, Severity::Error)]);
    assert_eq!(values(&config, "a"), pairs(&[]));
}

#[test]
fn includes_are_read_in_place_and_carry_their_own_spans() {
    let fetch = |pattern: &str| match pattern {
        "ext.d/*.conf" => Ok(vec![
            ("ext.d/1.conf".to_owned(), "b = 2\n[two]\n".to_owned()),
            ("ext.d/2.conf".to_owned(), "c = 3\n".to_owned()),
        ]),
        "secret.conf" => Err(IncludeError::Denied),
        _ => Err(IncludeError::NotFound),
    };
    let text = "[one]\na = 1\n#include \"ext.d/*.conf\"\nd = 4\n#tryinclude <gone.conf>\n#include gone.conf\n\
                #tryinclude secret.conf\n#exec /bin/date\n#include\n";
    let config = Config::parse_with("main.conf", text, &fetch);
    assert_eq!(values(&config, "one"), pairs(&[("a", "1"), ("b", "2"), ("d", "4")]));
    assert_eq!(values(&config, "two"), pairs(&[("c", "3")]));
    let b = config.section("one").and_then(|one| one.entry("b")).expect("entry");
    assert_eq!((config.file_name(b.span.file), b.span.line), ("ext.d/1.conf", 1));
    let expected = [
        "main.conf:6:1: error: `gone.conf` is not included: no such file; \
         `#tryinclude` passes over a file that is not there",
        "main.conf:7:1: error: `secret.conf` is not included: permission denied; \
         `#tryinclude` passes over a file that is not there",
        "main.conf:8:1: error: `#exec` is not supported: no program was run; \
         write the program's output to a file and `#include` that",
        "main.conf:9:1: warning: `#include` names no file; write `#include \"file.conf\"`",
    ];
    assert_eq!(said(&config), expected);
}

#[test]
fn a_file_that_includes_itself_ends() {
    let fetch =
        |_: &str| Ok(vec![("a.conf".to_owned(), "x=1\n#include a.conf\n#include a.conf\n".to_owned())]);
    let config = Config::parse_with("a.conf", "[a]\n#include a.conf\n", &fetch);
    assert!(config.sources().len() <= conf::MAX_FILES);
    assert!(config.complaints().iter().any(|complaint| complaint.text.contains("deeper than 10")));
}

#[test]
fn templates_that_double_each_other_end() {
    let mut text = "[t0](!)\na=1\n".to_owned();
    for n in 1..60 {
        text.push_str(&format!("[t{n}](!,t{},t{})\n", n - 1, n - 1));
    }
    let config = Config::parse("a.conf", &text);
    let entries: usize = config.sections_and_templates().iter().map(|section| section.entries().len()).sum();
    assert!(entries <= conf::MAX_INHERITED + 1);
    assert!(!config.complaints().is_empty());
}

fn texts(complaints: &[Complaint]) -> Vec<(u32, &str, Option<&str>)> {
    complaints.iter().map(|c| (c.span.line, c.text.as_str(), c.help.as_deref())).collect()
}

#[test]
fn what_nobody_asked_for_is_reported_with_the_nearest_known_word() {
    let text = "[general]\nenabled=maybe\nbindprot=8088\nbindport=99999\nprefix=ari\n[genral]\nx=1\n[zzz]\n";
    let config = Config::parse("http.conf", text);
    let reader = Reader::new(&config);
    let general = reader.section("general").expect("section");
    assert!(!general.boolean("enabled", false));
    assert_eq!(general.number::<u16>("bindport", 1..=65_535, 8_088), 8_088);
    assert_eq!(general.get("bindaddr"), None);
    general.not_supported("prefix", "leave it out");
    let report = reader.finish();
    let expected = [
        (2, "`maybe` is neither yes nor no", Some("`enabled = no` was assumed")),
        (3, "unknown key `bindprot` in [general]", Some("did you mean `bindport`?")),
        (4, "`99999` is not a number from 1 to 65535", Some("`bindport = 8088` was assumed")),
        (5, "`prefix` in [general] is not supported yet; it was ignored", Some("leave it out")),
        (6, "unknown section [genral]; it was ignored", Some("did you mean `general`?")),
        (8, "unknown section [zzz]; it was ignored", None),
    ];
    assert_eq!(texts(&report.complaints), expected);
    let standings: Vec<(Option<&str>, Standing)> =
        report.understandings.iter().map(|it| (it.key.as_deref(), it.standing)).collect();
    let expected = [
        (None, Standing::Understood),
        (Some("enabled"), Standing::Understood),
        (Some("bindprot"), Standing::Unknown),
        (Some("bindport"), Standing::Understood),
        (Some("prefix"), Standing::NotSupported),
        (None, Standing::Unknown),
        (Some("x"), Standing::Unknown),
        (None, Standing::Unknown),
    ];
    assert_eq!(standings, expected);
}

#[test]
fn a_templates_unknown_key_is_told_once_at_its_own_line() {
    let text = "[base](!)\nallow=ulaw\nalow=alaw\n[6001](base)\n[6002](base)\n";
    let config = Config::parse("pjsip.conf", text);
    let reader = Reader::new(&config);
    for section in reader.sections() {
        assert_eq!(section.all("allow").len(), 1);
    }
    let report = reader.finish();
    let expected = [(3, "unknown key `alow` in [6001]", Some("did you mean `allow`?"))];
    assert_eq!(texts(&report.complaints), expected);
}

#[test]
fn a_refused_section_is_told_once() {
    let config = Config::parse("pjsip.conf", "[wss]\ntype=transport\nprotocol=wss\n");
    let reader = Reader::new(&config);
    reader
        .section("wss")
        .expect("section")
        .refuse("WebSocket transports are not supported yet", Some("use udp"));
    let report = reader.finish();
    let expected = [(1, "WebSocket transports are not supported yet", Some("use udp"))];
    assert_eq!(texts(&report.complaints), expected);
    assert!(report.understandings.iter().all(|it| it.standing == Standing::NotSupported));
}

#[test]
fn what_follows_an_include_belongs_to_the_section_it_stands_in() {
    let fetch = |_: &str| Ok(vec![("more.conf".to_owned(), "b=2\n[other]\nc=3\n".to_owned())]);
    let config = Config::parse_with("a.conf", "[one]\na=1\n#include more.conf\nd=4\n", &fetch);
    assert_eq!(values(&config, "one"), pairs(&[("a", "1"), ("b", "2"), ("d", "4")]));
    assert_eq!(values(&config, "other"), pairs(&[("c", "3")]));
}

#[test]
fn a_plus_lengthens_the_value_that_is_there() {
    let text = "[base](!)\nallow=ulaw\n[one](base)\nallow+=,alaw\nnew += x\n[two](base)\n";
    let config = Config::parse("a.conf", text);
    assert_eq!(values(&config, "one"), pairs(&[("allow", "ulaw,alaw"), ("new", "x")]));
    assert_eq!(values(&config, "two"), pairs(&[("allow", "ulaw")]));
    let span = config.section("one").expect("section").entries()[0].value_span;
    assert_eq!((span.line, span.start, span.end), (4, 7, 12));
}

#[test]
fn a_backslash_makes_the_first_character_an_ordinary_one() {
    let config = Config::parse("a.conf", "[one]\n\\[a]=1\n\\#b=2\n");
    assert_eq!(values(&config, "one"), pairs(&[("[a]", "1"), ("#b", "2")]));
    assert_eq!(said(&config), [""; 0]);
}
