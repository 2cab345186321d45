//! `custom-json/1`: a serverless function that answers one JSON object.
//!
//! The frames are the body's bytes; the answer is under `text` or `ir_json`, as a string or as a
//! value (servers have done both, and clients that read the other key took it for a missing
//! answer, so both are read here). A value is judged as compact JSON in its own key order.
//! `finish_reason` is evidence where it is present.
//!
//! | evidence | kind |
//! |---|---|
//! | a status that is not success | see [`super::status`] |
//! | success and an `error` member that is not null, or a `finish_reason` of `error` or `json_error` | in-band-error |
//! | success and a body that is the beginning of JSON | truncated-stream |
//! | success and a body without an answer, or not JSON | protocol-error |
//! | no status at all, although the exchange completed | harness-error: the recorder lost it |
//!
//! `tokens_used` is not taken for completion tokens, because servers disagree on what it counts.

use gonogo_core::{Capture, Detail, End, Frame, Kind};
use serde_json::Value;

use super::status;
use crate::{
    reading::{Finish, Reading},
    scan::{Verdict, scan},
    shorten,
};

/// The dialect's name.
pub(super) const NAME: &str = "custom-json/1";

/// Members that hold the answer, in the order they are looked for.
const ANSWERS: [&str; 2] = ["text", "ir_json"];
/// Words with which such servers report their own failure as a finish reason.
const FAILED: [&str; 2] = ["error", "json_error"];

pub(super) fn read(capture: &Capture) -> Reading {
    let whole = capture.end == End::Complete;
    let body: Vec<u8> = capture.frames.iter().flat_map(Frame::bytes).copied().collect();
    let Some(status) = capture.status else {
        let message = "the capture of a complete exchange has no HTTP status: record it again";
        return if whole { Reading::trouble(Kind::HarnessError, message) } else { Reading::nothing() };
    };
    if let Some(trouble) = status::trouble(status, &body) {
        return Reading { trouble: Some(trouble), ..Reading::nothing() };
    }
    if !whole {
        // What an unfinished body holds is an answer cut short, not an answer.
        return Reading { text: body, ..Reading::nothing() };
    }
    match serde_json::from_slice(&body) {
        Ok(body) => answer(&body),
        Err(error) => no_json(&body, &error),
    }
}

/// The answer in a body of status success.
fn answer(body: &Value) -> Reading {
    let shown = shorten::value(body);
    if let Some(error) = body.get("error").filter(|error| !error.is_null()) {
        return Reading::trouble(
            Kind::InBandError,
            format!("success status with an error inside: {}", shorten::value(error)),
        );
    }
    let finish_reason = body.get("finish_reason").and_then(Value::as_str).map(str::to_owned);
    let finish = match finish_reason.as_deref() {
        Some(word) if FAILED.contains(&word) => {
            let message = format!("success status with finish reason `{word}`: {shown}");
            return Reading { finish_reason, ..Reading::trouble(Kind::InBandError, message) };
        }
        Some("length" | "max_tokens") => Finish::Length,
        Some("stop") => Finish::Stop,
        Some(_) | None => Finish::Unsaid,
    };
    let Some(found) = ANSWERS.iter().find_map(|name| body.get(name)) else {
        let message = format!("the body has neither `text` nor `ir_json`: {shown}");
        return Reading { finish_reason, ..Reading::trouble(Kind::ProtocolError, message) };
    };
    let text = match found {
        Value::String(text) => text.clone().into_bytes(),
        Value::Null => Vec::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            found.to_string().into_bytes()
        }
    };
    Reading { text, finish, finish_reason, ..Reading::nothing() }
}

/// What a body that does not parse is.
fn no_json(body: &[u8], error: &serde_json::Error) -> Reading {
    let shown = shorten::quoted(&String::from_utf8_lossy(body));
    match scan(body).verdict {
        Verdict::Prefix if !body.trim_ascii().is_empty() => {
            let message = format!("the body ends in mid-value after {} bytes", body.len());
            Reading { trouble: Some((Kind::TruncatedStream, Detail::message(message))), ..Reading::nothing() }
        }
        Verdict::Prefix => Reading::trouble(Kind::ProtocolError, "success status with an empty body"),
        Verdict::Complete | Verdict::Broken { .. } => {
            Reading::trouble(Kind::ProtocolError, format!("the body is not JSON ({error}): {shown}"))
        }
    }
}
