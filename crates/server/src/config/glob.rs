//! File names with `*`, `?`, `[a-z]` and `{a,b}`, as glob(3) takes them.

/// How many names the braces of one pattern may stand for.
const MAX_ALTERNATIVES: usize = 64;

/// Whether a name is a pattern.
pub(super) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// Whether a pattern stands for a name.
pub(super) fn matches(pattern: &str, name: &[u8]) -> bool {
    let mut alternatives = vec![pattern.to_owned()];
    while let Some(at) = alternatives.iter().position(|pattern| braces(pattern).is_some()) {
        let pattern = alternatives.swap_remove(at);
        let Some((before, inside, after)) = braces(&pattern) else { break };
        alternatives.extend(inside.split(',').map(|one| format!("{before}{one}{after}")));
        if alternatives.len() > MAX_ALTERNATIVES {
            return false;
        }
    }
    alternatives.iter().any(|pattern| plain(pattern.as_bytes(), name))
}

/// What stands before, in and behind the first innermost pair of braces.
fn braces(pattern: &str) -> Option<(&str, &str, &str)> {
    let close = pattern.find('}')?;
    let open = pattern[..close].rfind('{')?;
    Some((&pattern[..open], &pattern[open + 1..close], &pattern[close + 1..]))
}

/// Steps back to the last `*` only, so that the time is bounded by the product of both lengths.
fn plain(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while read < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at += 1;
                continue;
            }
            Some(b'?') => {
                at += 1;
                read += 1;
                continue;
            }
            Some(b'[') => {
                if let Some((true, length)) = class(&pattern[at..], name[read]) {
                    at += length;
                    read += 1;
                    continue;
                }
            }
            Some(byte) if *byte == name[read] => {
                at += 1;
                read += 1;
                continue;
            }
            Some(_) | None => {}
        }
        let Some((after, from)) = star else { return false };
        star = Some((after, from + 1));
        (at, read) = (after + 1, from + 1);
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

/// `[abc]`, `[a-z]`, `[!a]`: whether a byte is in it, and how long it is; `None` where it has no end.
fn class(pattern: &[u8], byte: u8) -> Option<(bool, usize)> {
    let is_negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let from = 1 + usize::from(is_negated);
    // A bracket that comes first is one of the characters.
    let end = from + 1 + pattern.get(from + 1..)?.iter().position(|byte| *byte == b']')?;
    let set = &pattern[from..end];
    let mut is_in = false;
    let mut at = 0;
    while at < set.len() {
        if at + 2 < set.len() && set[at + 1] == b'-' {
            is_in |= (set[at]..=set[at + 2]).contains(&byte);
            at += 3;
        } else {
            is_in |= set[at] == byte;
            at += 1;
        }
    }
    Some((is_in != is_negated, end + 1))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_pattern_stands_for_what_a_shell_takes_it_for() {
        for (pattern, name, expected) in [
            ("*.conf", "a.conf", true),
            ("*.conf", "a.config", false),
            ("a?c*", "abcd", true),
            ("?", "", false),
            ("", "", true),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]]x", "]x", true),
            ("[ax", "[ax", false),
            ("pjsip.{aor,auth}.conf", "pjsip.auth.conf", true),
            ("pjsip.{aor,auth}.conf", "pjsip.reg.conf", false),
            ("*a*b*c*", "xxaxxbxxcxx", true),
            ("*a*b*c*", "xxaxxcxxbxx", false),
        ] {
            assert_eq!(matches(pattern, name.as_bytes()), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_and_braces_end_soon() {
        assert!(!matches(&"*a".repeat(200), "a".repeat(199).as_bytes()));
        assert!(!matches(&"{a,b}".repeat(100), "a".repeat(100).as_bytes()));
    }
}
