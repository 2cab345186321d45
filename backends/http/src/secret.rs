//! Keys, and what keeps them out of everything that is written down.

use std::{fmt, ops::Range};

use gonogo_core::Frame;
use reqwest::Url;

use crate::looks;

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

/// Characters of a key that no answer holds by chance. Servers that want any key at all are given
/// `EMPTY` or `1`, which answers do hold.
const LONG: usize = 16;

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

    fn is_long(&self) -> bool {
        self.0.len() >= LONG
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// What bytes are, and so what of them is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// An answer, which is judged as it came: only the arm's own key, and only a long one. Code is
    /// full of names that look like somebody's key.
    Answer,
    /// Anything else: the arm's own key, and what looks like another's.
    Beside,
}

/// A header's value, as far as it may be kept.
pub(crate) fn header(name: &str, value: &str, key: Option<&Secret>) -> String {
    if HEADERS.contains(&name) { REDACTED.into() } else { text(value, key) }
}

/// A URL without what may be a secret: user, password, query, and keys in its path.
pub(crate) fn url(url: &Url, key: Option<&Secret>) -> String {
    let mut url = url.clone();
    // Both fail only for URLs that cannot have them.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    if url.query().is_some() {
        url.set_query(Some(REDACTED));
    }
    text(url.as_str(), key)
}

/// A text without secrets.
pub(crate) fn text(text: &str, key: Option<&Secret>) -> String {
    let mut kept = String::new();
    let mut from = 0;
    for secret in secrets(text.as_bytes(), key, Scope::Beside) {
        // Both ends of a secret are ends of characters: keys and looks are text.
        kept.push_str(text.get(from..secret.start).unwrap_or_default());
        kept.push_str(REDACTED);
        from = secret.end;
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    kept
}

/// Takes secrets out of a body, wherever the chunks are cut; times and number of chunks stay.
pub(crate) fn frames(frames: Vec<Frame>, key: Option<&Secret>, scope: Scope) -> Vec<Frame> {
    if scope == Scope::Answer && !key.is_some_and(Secret::is_long) {
        return frames;
    }
    let body: Vec<u8> = frames.iter().flat_map(Frame::bytes).copied().collect();
    let secrets = secrets(&body, key, scope);
    if secrets.is_empty() {
        return frames;
    }
    let mut left = secrets.as_slice();
    let mut end = 0;
    frames
        .into_iter()
        .map(|frame| {
            let start = end;
            end += frame.bytes().len();
            while let Some((_, rest)) = left.split_first().filter(|(first, _)| first.end <= start) {
                left = rest;
            }
            Frame::new(frame.at, without(&body, start..end, left))
        })
        .collect()
}

/// A part of the body without secrets, of which none ends before it; the mark stands where a
/// secret begins.
fn without(body: &[u8], part: Range<usize>, secrets: &[Range<usize>]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(part.len());
    let mut from = part.start;
    for secret in secrets.iter().take_while(|secret| secret.start < part.end) {
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
fn secrets(bytes: &[u8], key: Option<&Secret>, scope: Scope) -> Vec<Range<usize>> {
    let key = key.filter(|key| scope == Scope::Beside || key.is_long());
    let mut found = key.map(|key| of_ours(bytes, key)).unwrap_or_default();
    if scope == Scope::Beside {
        found.extend(looks::find(bytes));
    }
    found.sort_by_key(|range| range.start);
    found.dedup_by(|next, last| {
        let overlaps = next.start <= last.end;
        last.end = if overlaps { last.end.max(next.end) } else { last.end };
        overlaps
    });
    found
}

/// Where the arm's own key is; a short one only where it is a word of its own.
fn of_ours(bytes: &[u8], key: &Secret) -> Vec<Range<usize>> {
    let text = key.0.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| rest.len() >= text.len()) {
        let end = at + text.len();
        let alone = || !looks::word_before(bytes, at) && !bytes.get(end).is_some_and(|b| looks::is_word(*b));
        if rest.starts_with(text) && (key.is_long() || alone()) {
            found.push(at..end);
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use gonogo_core::{Frame, Nanos};
    use proptest::prelude::*;

    use super::{Scope, Secret, frames, header, text, url};

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
    fn of_an_answer_only_a_long_key_of_ours_is_taken() {
        let code = "pk_customer_order_items Bearer YOUR_ACCESS_TOKEN_HERE EMPTY";
        let body = |key: &str, scope| {
            let chunks = vec![Frame::new(Nanos(1), format!("{code} {key}").into_bytes())];
            let kept = frames(chunks, Secret::new(key).as_ref(), scope);
            String::from_utf8(kept[0].bytes().to_vec()).unwrap()
        };
        assert_eq!(body("EMPTY", Scope::Answer), format!("{code} EMPTY"));
        assert_eq!(body(KEY, Scope::Answer), format!("{code} [redacted]"));
        assert_eq!(body("EMPTY", Scope::Beside), "[redacted] [redacted] [redacted] [redacted]");
    }

    #[test]
    fn a_short_key_is_a_word_of_its_own() {
        let key = Secret::new("key");
        assert_eq!(
            text("key, keys, \"key\" monkey", key.as_ref()),
            "[redacted], keys, \"[redacted]\" monkey"
        );
    }

    #[test]
    fn a_url_is_shown_without_what_may_be_secret() {
        let shown = |text: &str| url(&text.parse().unwrap(), Secret::new(KEY).as_ref());
        assert_eq!(shown("https://me:pw@h:1/v1?key=a#b"), "https://h:1/v1?[redacted]");
        assert_eq!(
            shown(&format!("https://h/{KEY}/hf_abcdefghijklmnopqrstuvwx")),
            "https://h/[redacted]/[redacted]"
        );
        assert_eq!(shown("http://127.0.0.1:8000"), "http://127.0.0.1:8000/");
    }

    #[test]
    fn many_chunks_of_many_keys_take_their_length() {
        let key = Secret::new(KEY);
        let bytes = format!("{KEY} ").repeat(20_000).into_bytes();
        let chunks = bytes.into_iter().map(|byte| Frame::new(Nanos(1), vec![byte])).collect();
        let start = Instant::now();
        let kept: usize = frames(chunks, key.as_ref(), Scope::Answer).iter().map(|f| f.bytes().len()).sum();
        assert_eq!(kept, 20_000 * "[redacted] ".len());
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    }

    proptest! {
        #[test]
        fn no_cut_hides_a_key(
            before in "[a-z é]{0,9}",
            after in "[a-z é]{0,9}",
            key in "[a-zA-Z0-9]{16,20}",
            scope in prop::sample::select(vec![Scope::Answer, Scope::Beside]),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let body = format!("{before}{key}{after}{key}").into_bytes();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
            cuts.extend([0, body.len()]);
            cuts.sort_unstable();
            let chunks: Vec<Frame> =
                cuts.windows(2).map(|pair| Frame::new(Nanos(1), body[pair[0]..pair[1]].to_vec())).collect();
            let n = chunks.len();
            let kept = frames(chunks, Secret::new(&key).as_ref(), scope);
            prop_assert_eq!(kept.len(), n);
            let kept: Vec<u8> = kept.iter().flat_map(Frame::bytes).copied().collect();
            let kept = String::from_utf8(kept).unwrap();
            prop_assert!(!kept.contains(&key), "{}", kept);
            prop_assert!(kept.ends_with("[redacted]"));
        }
    }
}
