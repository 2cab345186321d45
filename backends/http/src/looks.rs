//! What the keys of known issuers look like, so that another one's than ours is kept out, too.
//!
//! A scan of its own: each byte is looked at a bounded number of times, whatever a hostile server
//! sends.

use std::ops::Range;

/// What a key begins with, and how many characters of its alphabet follow at least.
struct Look {
    begins: &'static str,
    least: usize,
    alphabet: fn(u8) -> bool,
}

/// Issuers' marks, which a hyphen or an underscore follows.
const MARKS: [&str; 12] =
    ["sk", "pk", "rk", "hf", "gsk", "nvapi", "xai", "r8", "rpa", "ghp", "ghs", "github_pat"];
/// Characters of a key behind a mark.
const MARKED: usize = 16;

/// Other beginnings: Google, Amazon, JSON web tokens.
const LOOKS: [Look; 4] = [
    Look { begins: "AIza", least: 30, alphabet: is_token },
    Look { begins: "AKIA", least: 16, alphabet: |b| b.is_ascii_uppercase() || b.is_ascii_digit() },
    Look { begins: "ASIA", least: 16, alphabet: |b| b.is_ascii_uppercase() || b.is_ascii_digit() },
    Look { begins: "eyJ", least: 24, alphabet: |b| is_token(b) || b == b'.' },
];

/// What a header's value begins with, in any case; blanks and a key of at least so many characters
/// follow.
const BEARER: (&[u8], usize) = (b"bearer", 16);

/// Where something looks like a key, ascending and apart.
pub(crate) fn find(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let length = if word_before(bytes, at) { None } else { key(rest) };
        found.extend(length.map(|length| at..at + length));
        at += length.unwrap_or(1);
    }
    found
}

/// The length of the key that `bytes` begin with.
fn key(bytes: &[u8]) -> Option<usize> {
    // Most bytes begin nothing; the rest is not looked at then.
    if !b"sprhgnxAebB".contains(bytes.first()?) {
        return None;
    }
    let marked = MARKS.iter().find_map(|mark| {
        let rest = bytes.strip_prefix(mark.as_bytes())?;
        let rest = rest.strip_prefix(b"-").or_else(|| rest.strip_prefix(b"_"))?;
        run(rest, MARKED, is_token).map(|length| mark.len() + 1 + length)
    });
    let looks = || {
        LOOKS.iter().find_map(|look| {
            let rest = bytes.strip_prefix(look.begins.as_bytes())?;
            run(rest, look.least, look.alphabet).map(|length| look.begins.len() + length)
        })
    };
    marked.or_else(looks).or_else(|| bearer(bytes))
}

fn bearer(bytes: &[u8]) -> Option<usize> {
    let (word, least) = BEARER;
    let rest = bytes.get(word.len()..).filter(|_| bytes[..word.len()].eq_ignore_ascii_case(word))?;
    let blanks = run(rest, 1, |b| b.is_ascii_whitespace())?;
    let length = run(&rest[blanks..], least, |b| is_token(b) || b".~+/=".contains(&b))?;
    Some(word.len() + blanks + length)
}

/// Whether bytes begin with an issuer's mark.
pub(crate) fn is_marked(bytes: &[u8]) -> bool {
    MARKS.iter().any(|mark| {
        bytes.strip_prefix(mark.as_bytes()).is_some_and(|rest| matches!(rest.first(), Some(b'-' | b'_')))
    })
}

/// The length of the run of an alphabet at the beginning, where it is long enough.
fn run(bytes: &[u8], least: usize, alphabet: fn(u8) -> bool) -> Option<usize> {
    let length = bytes.iter().take_while(|byte| alphabet(**byte)).count();
    (length >= least).then_some(length)
}

fn is_token(byte: u8) -> bool {
    is_word(byte) || byte == b'-'
}

/// Whether a byte is of a word, as a pattern's `\b` has it.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether the byte before `at` is of a word.
pub(crate) fn word_before(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(|byte| is_word(*byte))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::find;

    fn found(text: &str) -> Vec<&str> {
        find(text.as_bytes()).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn keys_are_known_by_their_looks() {
        for key in [
            "hf_abcdefghijklmnopqrstuvwx",
            "sk-proj-abcdefghijklmnop",
            "github_pat_0123456789abcdef",
            "AIzaSyA1234567890abcdefghijklmnopqrstuv",
            "AKIAABCDEFGHIJKLMNOP",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcd-_",
            "Bearer abcdefghijklmnopqrst==",
            "bearer \t0123456789abcdef",
        ] {
            assert_eq!(found(&format!("<{key}> é")), [key]);
        }
        for harmless in [
            "sk-learn",
            "task_list_of_everything",
            "the bearer of this letter",
            "AKIAabcdefghijklmnop",
            "eyJ",
            "bearer",
            "risk-0123456789abcdef",
        ] {
            assert_eq!(found(harmless), [""; 0], "{harmless}");
        }
        assert_eq!(
            found("a=sk-0123456789abcdef,sk_fedcba9876543210"),
            ["sk-0123456789abcdef", "sk_fedcba9876543210"]
        );
    }

    /// Backtracking, or scanning to the end for each beginning, would take hours here.
    #[test]
    fn a_hostile_text_is_scanned_in_its_length() {
        let start = Instant::now();
        for piece in ["eyJ-AKIAABCDEFGHIJKLMNOP ", "eyJ-", "sk-", "bearer ", "bearer          "] {
            find(piece.repeat((2 << 20) / piece.len()).as_bytes());
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    }
}
