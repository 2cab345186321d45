//! Takes secrets out of what is kept.

use std::ops::Range;

use gonogo_core::Frame;
use reqwest::Url;

use super::{Scope, Secrets, pieces};
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

/// Bytes of a body that are not kept.
struct Hidden {
    range: Range<usize>,
    /// Whether a secret begins here; else it goes on.
    begins: bool,
}

/// A header, as far as it may be kept.
pub(crate) fn header(name: &str, value: &str, secrets: &Secrets) -> (String, String) {
    let value = if HEADERS.contains(&name) { REDACTED.into() } else { text(value, secrets) };
    (text(name, secrets), value)
}

/// A URL without what may be a secret: user, password, query, and keys in its host and path.
pub(crate) fn url(url: &Url, secrets: &Secrets) -> String {
    let mut url = url.clone();
    // Both fail only for URLs that cannot have them.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    if url.query().is_some() {
        url.set_query(Some(REDACTED));
    }
    text(url.as_str(), secrets)
}

/// A text without secrets.
pub(crate) fn text(text: &str, secrets: &Secrets) -> String {
    let hidden = hidden(text.as_bytes(), secrets, Scope::Beside);
    if hidden.is_empty() {
        return text.to_owned();
    }
    let kept = without(text.as_bytes(), 0..text.len(), &hidden);
    // Both ends of a secret are ends of characters: keys and looks are text.
    String::from_utf8_lossy(&kept).into_owned()
}

/// Takes secrets out of a body, wherever chunks and events are cut; times and number of chunks stay.
pub(crate) fn frames(frames: Vec<Frame>, secrets: &Secrets, scope: Scope) -> Vec<Frame> {
    if scope == Scope::Answer && secrets.is_empty(scope) {
        return frames;
    }
    let body: Vec<u8> = frames.iter().flat_map(Frame::bytes).copied().collect();
    let hidden = hidden(&body, secrets, scope);
    if hidden.is_empty() {
        return frames;
    }
    let mut left = hidden.as_slice();
    let mut end = 0;
    frames
        .into_iter()
        .map(|frame| {
            let start = end;
            end += frame.bytes().len();
            while let Some((_, rest)) = left.split_first().filter(|(first, _)| first.range.end <= start) {
                left = rest;
            }
            Frame::new(frame.at, without(&body, start..end, left))
        })
        .collect()
}

/// A part of the body without secrets, of which none ends before it; the mark stands where a
/// secret begins.
fn without(body: &[u8], part: Range<usize>, hidden: &[Hidden]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(part.len());
    let mut from = part.start;
    for Hidden { range, begins } in hidden.iter().take_while(|hidden| hidden.range.start < part.end) {
        kept.extend_from_slice(body.get(from..range.start).unwrap_or_default());
        if *begins && range.start >= part.start {
            kept.extend_from_slice(REDACTED.as_bytes());
        }
        from = range.end.min(part.end);
    }
    kept.extend_from_slice(body.get(from..part.end).unwrap_or_default());
    kept
}

/// What is not kept, ascending and apart.
fn hidden(bytes: &[u8], secrets: &Secrets, scope: Scope) -> Vec<Hidden> {
    let whole = |range| Hidden { range, begins: true };
    let mut found: Vec<Hidden> = secrets.find(bytes, scope).into_iter().map(whole).collect();
    if scope == Scope::Beside {
        found.extend(looks::find(bytes).into_iter().map(whole));
    }
    if !secrets.is_empty(scope) {
        for joined in pieces::joined(bytes) {
            for part in secrets.find(&joined.text, scope) {
                let pieces = joined.in_body(&part).into_iter().enumerate();
                found.extend(pieces.map(|(at, range)| Hidden { range, begins: at == 0 }));
            }
        }
    }
    found.sort_by_key(|hidden| (hidden.range.start, !hidden.begins));
    found.dedup_by(|next, last| {
        let overlaps = next.range.start <= last.range.end;
        last.range.end = if overlaps { last.range.end.max(next.range.end) } else { last.range.end };
        overlaps
    });
    found
}
