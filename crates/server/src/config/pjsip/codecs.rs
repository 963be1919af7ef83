//! `allow` and `disallow`, worked in file order.

use conf::{Complaint, SectionReader};
use rtp::Codec;

use super::parts;

/// What an endpoint has that names none.
const ASSUMED: [Codec; 2] = [Codec::Pcmu, Codec::Pcma];
/// Formats that Asterisk knows and this version does not carry.
const NOT_YET: &[&str] = &[
    "opus", "g729", "g723", "g726", "g726aal2", "gsm", "ilbc", "adpcm", "lpc10", "slin12", "slin24",
    "slin32", "slin44", "slin48", "slin96", "slin192", "speex", "speex16", "speex32", "siren7", "siren14",
    "g719", "silk8", "silk12", "silk16", "silk24", "codec2", "h261", "h263", "h263p", "h264", "h265", "vp8",
    "vp9", "mpeg4", "jpeg", "png", "t140", "red", "testlaw",
];

/// The codecs of an endpoint, preferred first.
pub(super) fn read(section: &SectionReader<'_, '_>) -> Vec<Codec> {
    section.know(&["allow", "disallow"]);
    let mut codecs: Vec<Codec> = Vec::new();
    let is_list = |entry: &&conf::Entry| entry.is("allow") || entry.is("disallow");
    let mut entries = section.section().entries().iter().filter(is_list).peekable();
    if entries.peek().is_none() {
        let text = format!("[{}] allows no codec; ulaw and alaw were assumed", section.name());
        section
            .complain(Complaint::note(section.span(), text).with_help("write `allow = ulaw,alaw` below it"));
        return ASSUMED.to_vec();
    }
    let mut last = section.span();
    for entry in entries {
        last = entry.value_span;
        for (part, span) in parts(entry) {
            let (part, allow) = match part.strip_prefix('!') {
                Some(part) => (part, entry.is("disallow")),
                None => (part, entry.is("allow")),
            };
            for codec in named(section, part, span, allow) {
                codecs.retain(|there| *there != codec);
                if allow {
                    codecs.push(codec);
                }
            }
        }
    }
    if codecs.is_empty() {
        let text = format!("no codec is left for [{}]; its calls will be refused", section.name());
        section.complain(Complaint::error(last, text).with_help("write `allow = ulaw,alaw`"));
    }
    codecs
}

fn named(section: &SectionReader<'_, '_>, part: &str, span: conf::Span, allow: bool) -> Vec<Codec> {
    // `ulaw:20` names a packet time too.
    let (name, time) = part.split_once(':').map_or((part, None), |(name, time)| (name, Some(time)));
    let name = name.to_ascii_lowercase();
    if name == "all" {
        return Codec::ALL.to_vec();
    }
    if let Some(codec) = Codec::from_asterisk_name(&name) {
        if let Some(time) = time.filter(|time| *time != "20") {
            let text = format!("packets of {time} ms are not supported yet; 20 ms is used");
            section.complain(Complaint::warning(span, text).with_help(format!("write `{name}`")));
        }
        return vec![codec];
    }
    if allow {
        let known = NOT_YET.contains(&name.as_str());
        let text = if known {
            format!("codec `{name}` is not supported yet; it was left out")
        } else {
            format!("`{name}` is no codec; it was left out")
        };
        let names = Codec::ALL.map(Codec::asterisk_name);
        let near = conf::suggest(&name, names.into_iter().chain(["all"])).filter(|_| !known);
        let help = near.map_or_else(
            || format!("`{}` are supported", names.join("`, `")),
            |near| format!("did you mean `{near}`?"),
        );
        section.complain(Complaint::warning(span, text).with_help(help));
    }
    Vec::new()
}
