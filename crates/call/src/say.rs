//! Media URIs: which files, or which tones, they stand for.

use std::sync::Arc;

use media::Audio;

use crate::effect::AudioSource;

/// Longest `digits:` or `characters:` that is said.
const MOST_SAID: usize = 80;

/// What a media URI stands for.
pub(crate) enum Item {
    /// Files, joined in order.
    Files {
        sources: Vec<AudioSource>,
        /// Whether it can be paused and moved within.
        controllable: bool,
    },
    /// A tone.
    Tone { audio: Arc<Audio>, repeat: bool },
}

/// Reads a media URI; `None` for a scheme or a content that nothing stands for.
pub(crate) fn item(uri: &str) -> Option<Item> {
    let (scheme, rest) = uri.split_once(':')?;
    let said = |names: Vec<String>| {
        let sources = names.into_iter().map(AudioSource::Sound).collect::<Vec<_>>();
        (!sources.is_empty()).then_some(Item::Files { sources, controllable: false })
    };
    match scheme {
        "sound" if !rest.is_empty() => {
            let sources = vec![AudioSource::Sound(rest.to_owned())];
            Some(Item::Files { sources, controllable: true })
        }
        "recording" if !rest.is_empty() => {
            let sources = vec![AudioSource::Recording(rest.to_owned())];
            Some(Item::Files { sources, controllable: true })
        }
        "digits" => said(rest.chars().take(MOST_SAID).filter_map(digit).collect()),
        "characters" => said(rest.chars().take(MOST_SAID).filter_map(character).collect()),
        "number" => said(number(rest.trim().parse().ok()?)),
        "tone" => {
            let spec = rest.split(';').next().unwrap_or_default();
            let (audio, repeat) = tone(spec)?;
            Some(Item::Tone { audio: Arc::new(audio), repeat })
        }
        _ => None,
    }
}

/// A tone by its name in `indications.conf` (United States), or a list such as `440+480/2000,0/4000`. It repeats until
/// stopped, but for a list in which every part is marked `!`, once.
fn tone(spec: &str) -> Option<(Audio, bool)> {
    use media::tones;
    let audio = match spec {
        "ring" | "ringing" => tones::ringing(),
        "busy" => tones::busy(),
        "congestion" => tones::congestion(),
        "dial" => tones::dial(),
        "record" => tones::render("1400/500,0/15000").ok()?,
        "info" => tones::render("950/330,1400/330,1800/330,0/1000").ok()?,
        "beep" => tones::render("1000/200").ok()?,
        list => tones::render(list).ok()?,
    };
    let once = spec == "beep" || (!spec.is_empty() && spec.split(',').all(|part| part.starts_with('!')));
    Some((audio, !once))
}

fn digit(c: char) -> Option<String> {
    match c {
        '0'..='9' => Some(format!("digits/{c}")),
        '*' => Some("digits/star".to_owned()),
        '#' => Some("digits/pound".to_owned()),
        '-' => Some("digits/minus".to_owned()),
        _ => None,
    }
}

fn character(c: char) -> Option<String> {
    match c.to_ascii_lowercase() {
        c @ 'a'..='z' => Some(format!("letters/{c}")),
        ' ' => Some("letters/space".to_owned()),
        '.' => Some("letters/dot".to_owned()),
        '-' => Some("letters/dash".to_owned()),
        '/' => Some("letters/slash".to_owned()),
        '@' => Some("letters/at".to_owned()),
        '+' => Some("letters/plus".to_owned()),
        '=' => Some("letters/equals".to_owned()),
        c => digit(c),
    }
}

/// An English number, in the files Asterisk says it with.
pub fn number(number: i64) -> Vec<String> {
    let mut said = Vec::new();
    if number < 0 {
        said.push("digits/minus".to_owned());
    }
    let mut rest = number.unsigned_abs();
    if rest >= 1_000_000_000 {
        // Asterisk says no more than nine digits as a number.
        return number.to_string().chars().filter_map(digit).collect();
    }
    if rest == 0 {
        return vec!["digits/0".to_owned()];
    }
    for (unit, word) in [(1_000_000, "digits/million"), (1_000, "digits/thousand")] {
        if rest >= unit {
            below_thousand(rest / unit, &mut said);
            said.push(word.to_owned());
            rest %= unit;
        }
    }
    below_thousand(rest, &mut said);
    said
}

fn below_thousand(mut number: u64, said: &mut Vec<String>) {
    if number >= 100 {
        said.push(format!("digits/{}", number / 100));
        said.push("digits/hundred".to_owned());
        number %= 100;
    }
    if number > 20 {
        said.push(format!("digits/{}", number / 10 * 10));
        number %= 10;
    }
    if number > 0 {
        said.push(format!("digits/{number}"));
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_said_as_asterisk_says_them() {
        let said = |n| number(n).join(" ").replace("digits/", "");
        assert_eq!(said(0), "0");
        assert_eq!(said(20), "20");
        assert_eq!(said(21), "20 1");
        assert_eq!(said(115), "1 hundred 15");
        assert_eq!(said(-1_002_030), "minus 1 million 2 thousand 30");
    }
}
