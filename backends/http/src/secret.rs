//! Keys, and what keeps them out of everything that is written down.

use std::{fmt, ops::Range, sync::LazyLock};

use gonogo_core::Frame;
use regex_automata::meta::Regex;

/// What stands in a secret's place.
pub(crate) const REDACTED: &str = "[redacted]";

/// Headers whose values are secrets, whatever they look like.
const HEADERS: [&str; 8] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "api-key",
    "x-api-key",
    "x-goog-api-key",
    "x-amz-security-token",
];

/// What the keys of known issuers look like, so that another one's than ours is kept out, too.
const PATTERNS: [&str; 5] = [
    r"\b(?:sk|pk|rk|hf|gsk|nvapi|xai|r8|rpa|ghp|ghs|github_pat)[-_][A-Za-z0-9_\-]{16,}",
    r"\bAIza[0-9A-Za-z_\-]{30,}",
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    r"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{4,}",
    r"(?i)\bbearer\s+[A-Za-z0-9._~+/\-]{16,}=*",
];

static KNOWN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new_many(&PATTERNS).ok());

/// A key. It is shown nowhere: not by `Debug`, not in captures, facts or errors.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret of this text; `None` for an empty one.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The text, for the one header it goes into.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// A header's value, as far as it may be kept.
pub(crate) fn header(name: &str, value: &str, key: Option<&Secret>) -> String {
    if HEADERS.contains(&name) { REDACTED.into() } else { text(value, key) }
}

/// A text without secrets.
pub(crate) fn text(text: &str, key: Option<&Secret>) -> String {
    let mut kept = String::new();
    let mut from = 0;
    for secret in secrets(text.as_bytes(), key) {
        // Both ends of a secret are ends of characters: keys and patterns are text.
        kept.push_str(text.get(from..secret.start).unwrap_or_default());
        kept.push_str(REDACTED);
        from = secret.end;
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    kept
}

/// Takes secrets out of a body, wherever the chunks are cut; times and number of chunks stay.
pub(crate) fn frames(frames: Vec<Frame>, key: Option<&Secret>) -> Vec<Frame> {
    let body: Vec<u8> = frames.iter().flat_map(Frame::bytes).copied().collect();
    let secrets = secrets(&body, key);
    if secrets.is_empty() {
        return frames;
    }
    let mut end = 0;
    frames
        .into_iter()
        .map(|frame| {
            let start = end;
            end += frame.bytes().len();
            Frame::new(frame.at, without(&body, start..end, &secrets))
        })
        .collect()
}

/// A part of the body without secrets; the mark stands where a secret begins.
fn without(body: &[u8], part: Range<usize>, secrets: &[Range<usize>]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(part.len());
    let mut from = part.start;
    for secret in secrets.iter().filter(|secret| secret.start < part.end && secret.end > part.start) {
        kept.extend_from_slice(body.get(from..secret.start).unwrap_or_default());
        if secret.start >= part.start {
            kept.extend_from_slice(REDACTED.as_bytes());
        }
        from = secret.end.min(part.end);
    }
    kept.extend_from_slice(body.get(from..part.end).unwrap_or_default());
    kept
}

/// Where secrets are, ascending and apart.
fn secrets(bytes: &[u8], key: Option<&Secret>) -> Vec<Range<usize>> {
    let key = key.map(|key| key.0.as_bytes());
    let ours = key.into_iter().flat_map(|key| {
        bytes
            .windows(key.len())
            .enumerate()
            .filter(move |(_, at)| *at == key)
            .map(|(at, _)| at..at + key.len())
    });
    let known = KNOWN.iter().flat_map(|known| known.find_iter(bytes).map(|found| found.range()));
    let mut found: Vec<Range<usize>> = ours.chain(known).collect();
    found.sort_by_key(|range| range.start);
    found.dedup_by(|next, last| {
        let overlaps = next.start <= last.end;
        last.end = if overlaps { last.end.max(next.end) } else { last.end };
        overlaps
    });
    found
}

#[cfg(test)]
mod tests {
    use gonogo_core::{Frame, Nanos};
    use proptest::prelude::*;

    use super::{Secret, frames, header, text};

    const KEY: &str = "sk-canary-0123456789abcdef";

    #[test]
    fn a_key_is_never_shown() {
        let key = Secret::new(KEY).unwrap();
        assert_eq!(format!("{key:?}"), "[redacted]");
        assert_eq!(text(&format!("a {KEY}, b"), Some(&key)), "a [redacted], b");
        assert_eq!(header("set-cookie", "a=1", None), "[redacted]");
        assert_eq!(header("server", "uvicorn", None), "uvicorn");
        assert!(Secret::new(" \n").is_none());
    }

    #[test]
    fn keys_of_others_are_known_by_their_looks() {
        for key in [
            "hf_abcdefghijklmnopqrstuvwx",
            "AIzaSyA1234567890abcdefghijklmnopqrstuv",
            "AKIAABCDEFGHIJKLMNOP",
            "Bearer abcdefghijklmnopqrst",
        ] {
            assert_eq!(text(&format!("<{key}>"), None), "<[redacted]>", "{key}");
        }
        for harmless in ["sk-learn", "task_list_of_everything", "the bearer of this letter"] {
            assert_eq!(text(harmless, None), harmless);
        }
    }

    proptest! {
        #[test]
        fn no_cut_hides_a_key(
            before in "[a-z é]{0,9}",
            after in "[a-z é]{0,9}",
            key in "[a-zA-Z0-9]{4,20}",
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let body = format!("{before}{key}{after}{key}").into_bytes();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
            cuts.extend([0, body.len()]);
            cuts.sort_unstable();
            let chunks: Vec<Frame> =
                cuts.windows(2).map(|pair| Frame::new(Nanos(1), body[pair[0]..pair[1]].to_vec())).collect();
            let n = chunks.len();
            let kept = frames(chunks, Secret::new(&key).as_ref());
            prop_assert_eq!(kept.len(), n);
            let kept: Vec<u8> = kept.iter().flat_map(Frame::bytes).copied().collect();
            let kept = String::from_utf8(kept).unwrap();
            prop_assert!(!kept.contains(&key) || "[redacted]".contains(&key), "{}", kept);
            prop_assert!(kept.ends_with("[redacted]"));
        }
    }
}
