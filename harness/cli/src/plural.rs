//! Numbers with their nouns.

/// `1 cassette`, `2 cassettes`: for nouns that take an s.
pub(crate) fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_one() {
        assert_eq!([0, 1, 2].map(|n| counted(n, "note")), ["0 notes", "1 note", "2 notes"]);
    }
}
