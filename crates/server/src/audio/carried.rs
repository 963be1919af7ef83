//! The sounds that the program carries.

include!(concat!(env!("OUT_DIR"), "/carried.rs"));

/// The WAV file of a prompt.
pub(super) fn prompt(name: &str) -> Option<&'static [u8]> {
    let at = PROMPTS.binary_search_by(|(there, _)| (*there).cmp(name)).ok()?;
    Some(PROMPTS[at].1)
}

/// The WAV file that holds callers.
pub(super) fn music() -> Option<&'static [u8]> {
    MUSIC.first().map(|(_, file)| *file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_carried_sound_is_found_and_can_be_decoded() {
        assert!(PROMPTS.len() > 80);
        for (name, _) in PROMPTS {
            let audio = media::wav::parse(prompt(name).unwrap()).unwrap();
            assert!(audio.samples.len() > 800, "{name}");
        }
        assert!(media::wav::parse(music().unwrap()).unwrap().samples.len() > 8_000);
    }
}
