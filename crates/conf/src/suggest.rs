//! Which known word an unknown one was meant to be.

/// The candidate nearest to `word` in edit distance (letters added, dropped, changed or swapped with a neighbour, case
/// ignored), if one is near enough to be a slip: a third of the word's length, and at least one letter.
pub fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().take(MAX_WORD + 1).flat_map(char::to_lowercase).collect();
    if word.is_empty() || word.len() > MAX_WORD {
        return None;
    }
    let allowed = (word.len() / 3).max(1);
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let letters: Vec<char> = candidate.chars().take(MAX_WORD).flat_map(char::to_lowercase).collect();
        if letters.len().abs_diff(word.len()) > allowed {
            continue;
        }
        let distance = distance(&word, &letters);
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Longer words are not compared.
const MAX_WORD: usize = 80;

/// Optimal string alignment distance.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let change = above[j] + usize::from(x != y);
            let mut least = change.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::suggest;

    #[test]
    fn a_slip_finds_its_word() {
        let known = ["bindaddr", "bindport", "enabled", "tlsenable"];
        assert_eq!(suggest("bindprot", known), Some("bindport"));
        assert_eq!(suggest("enable", known), Some("enabled"));
        assert_eq!(suggest("BindAdr", known), Some("bindaddr"));
        assert_eq!(suggest("sessionlimit", known), None);
        assert_eq!(suggest("", known), None);
    }
}
