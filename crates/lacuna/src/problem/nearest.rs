//! What a misspelt word was meant to be.
//!
//! Distance: optimal string alignment (insertions, deletions, substitutions and swaps of
//! neighbours), ignoring case. A word is taken for a misspelling of the nearest candidate within a
//! third of its length, at least 1; names of one or two letters only differ in case.

use std::fmt;

/// The candidates for a misspelt word, the nearest singled out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What it was probably meant to be.
    pub nearest: Option<&'static str>,
    /// Everything it could be.
    pub allowed: Vec<&'static str>,
}

impl Suggestion {
    /// Looks for `word` among `allowed`.
    pub fn new(word: &str, allowed: impl IntoIterator<Item = &'static str>) -> Self {
        let allowed: Vec<_> = allowed.into_iter().collect();
        let limit = match word.chars().count() {
            0..=2 => 0,
            length => (length / 3).max(1),
        };
        let nearest = allowed
            .iter()
            .map(|candidate| (distance(word, candidate), *candidate))
            .filter(|&(distance, _)| distance <= limit)
            .min_by_key(|&(distance, _)| distance)
            .map(|(_, candidate)| candidate);
        Self { nearest, allowed }
    }
}

impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.nearest {
            Some(nearest) => write!(f, "did you mean `{nearest}`?"),
            None if self.allowed.is_empty() => f.write_str("drop it"),
            None => write!(f, "allowed here: {}", quoted(&self.allowed)),
        }
    }
}

/// `` `a`, `b`, `c` ``.
pub(crate) fn quoted<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|word| format!("`{}`", word.as_ref())).collect::<Vec<_>>().join(", ")
}

fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().flat_map(char::to_lowercase).collect();
    let b: Vec<char> = b.chars().flat_map(char::to_lowercase).collect();
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let substituted = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = substituted.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_of_known_pairs() {
        for (a, b, expected) in [
            ("", "", 0),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("couplng", "coupling", 1),
            ("ab", "ba", 1),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn a_far_word_has_no_nearest() {
        assert_eq!(Suggestion::new("U", ["W", "V"]).nearest, None);
        assert_eq!(Suggestion::new("w", ["W", "V"]).nearest, Some("W"));
        assert_eq!(Suggestion::new("kappa", ["coupling", "diffusion"]).nearest, None);
        assert_eq!(
            Suggestion::new("optimizer", ["optimiser", "restarts"]).nearest,
            Some("optimiser")
        );
    }
}
