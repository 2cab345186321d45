//! Answers under a JSON Schema.

use gonogo_core::{Assertion, Detail, Kind};
use gonogo_dialects::{Finish, shorten};
use serde_json::Value;

use super::{Given, malformed, unended, unfinished};
use crate::{
    assertions,
    scan::{Open, Scan, Verdict, scan},
    schema::Schema,
};

/// Levels of arrays and objects that serde_json reads; deeper ones could exhaust a reader's stack.
const DEEPEST: usize = 127;
/// The largest double, in place of a number beyond it.
const LARGEST: &str = "1.7976931348623157e308";

/// The class of an answer that must be JSON of this schema.
pub(super) fn judge(given: Given<'_>, schema: &Schema, assertions: &[Assertion]) -> (Kind, Detail) {
    let scan = scan(given.text);
    match (scan.verdict, given.finish) {
        (Verdict::Complete, Finish::Cut) => unended(given.text.len()),
        (Verdict::Complete, finish) => {
            let judged = whole(given.text, &scan, schema, assertions);
            let cut = matches!(finish, Finish::Length | Finish::Context) && may_go_on(given.text);
            // More digits can mend a value; they cannot mend a type.
            let mendable = [Kind::BoundViolated, Kind::EnumMismatch, Kind::OtherViolation];
            if cut && mendable.contains(&judged.0) {
                return unfinished::judge(given, true, "the number", Kind::InvalidJson);
            }
            judged
        }
        (Verdict::Prefix, _) => {
            let outside = scan.open == Open::Outside;
            unfinished::judge(given, outside, "the JSON value", Kind::InvalidJson)
        }
        (Verdict::Broken { .. }, Finish::DeadEnd | Finish::Cut) => {
            unfinished::judge(given, false, "the JSON value", Kind::InvalidJson)
        }
        (Verdict::Broken { at, flaw }, _) => malformed::judge(given.text, at, flaw),
    }
}

/// Whether the text is a bare number: the one value that is complete before it is over.
fn may_go_on(text: &[u8]) -> bool {
    let bare = matches!(text.trim_ascii_start().first(), Some(b'-' | b'0'..=b'9'));
    bare && text.last().is_some_and(|last| !last.is_ascii_whitespace())
}

/// The class of one complete JSON value. Why the backend stopped no longer matters.
fn whole(text: &[u8], scan: &Scan, schema: &Schema, assertions: &[Assertion]) -> (Kind, Detail) {
    if scan.depth > DEEPEST {
        let message =
            format!("the JSON nests {} levels deep; readers refuse more than {DEEPEST}", scan.depth);
        return (Kind::InvalidJson, Detail::message(message));
    }
    let value = match parse(text, scan) {
        Ok(value) => value,
        Err(error) => {
            let message = format!("the scanner takes the answer for JSON and the parser does not: {error}");
            return (Kind::HarnessError, Detail::message(message));
        }
    };
    let failed = schema.judge(&value).or_else(|| assertions::judge(assertions, &value));
    let (kind, detail) = failed.unwrap_or_else(|| (Kind::Passed, Detail::default()));
    (kind, remark(detail, scan))
}

/// Parses, with the largest double in place of numbers beyond it: JSON sets numbers no range, and
/// under `type` and bounds the replacement is judged as the number itself would be.
fn parse(text: &[u8], scan: &Scan) -> Result<Value, serde_json::Error> {
    if scan.huge.is_empty() {
        return serde_json::from_slice(text);
    }
    let mut readable = Vec::with_capacity(text.len());
    let mut from = 0;
    for huge in &scan.huge {
        readable.extend_from_slice(text.get(from..huge.start).unwrap_or_default());
        if text.get(huge.start) == Some(&b'-') {
            readable.push(b'-');
        }
        readable.extend_from_slice(LARGEST.as_bytes());
        from = huge.end;
    }
    readable.extend_from_slice(text.get(from..).unwrap_or_default());
    serde_json::from_slice(&readable)
}

/// Adds what is legal and still worth knowing about an answer.
fn remark(detail: Detail, scan: &Scan) -> Detail {
    let repeated = scan.repeated.as_ref();
    let huge = scan.huge.first();
    if repeated.is_none() && huge.is_none() {
        return detail;
    }
    let name = repeated.map(|again| {
        format!("the name {} repeats in one object and the last value counts", shorten::quoted(&again.name))
    });
    let number = huge.map(|_| "a number beyond a double counts as the largest one".to_owned());
    let message = Some(detail.message).filter(|message| !message.is_empty());
    let message = [message, name, number].into_iter().flatten().collect::<Vec<_>>().join("; ");
    let place = repeated.map(|again| again.at).or_else(|| huge.map(|huge| huge.start));
    Detail { message, offset: place.and_then(|at| u64::try_from(at).ok()), ..detail }
}
