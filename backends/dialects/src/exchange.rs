//! What every dialect over HTTP has in common: from a capture to its JSON messages, one by one.
//!
//! | evidence | kind |
//! |---|---|
//! | a status that is not success | see [`crate::status`] |
//! | success and a message with an error in it | see [`crate::status`] |
//! | success and a body that is the beginning of JSON | truncated-stream |
//! | success and a body that was compressed, which nobody asked for | protocol-error |
//! | success and an empty body, or a body or event that is not JSON | protocol-error |
//! | no status at all, although the exchange completed | harness-error: the recorder lost it |
//!
//! Whether a body is JSON or a stream is told from its first bytes and then from its content type,
//! because servers answer streaming requests with plain JSON.

use std::borrow::Cow;

use gonogo_core::{Capture, Detail, End, Frame, Kind, Nanos};
use serde_json::Value;

use crate::{
    answer::Answer,
    reading::Reading,
    server, shorten, sse,
    status::{self, Words},
};

/// What one dialect's messages look like.
pub(crate) struct Wire {
    /// The server's own words for errors.
    pub(crate) words: &'static [Words],
    /// Whether a stream's event that is not JSON is an error in plain words, as with mistral.rs.
    pub(crate) plain_errors: bool,
    /// Whether the messages of a stream are lines of JSON and not server-sent events.
    pub(crate) json_lines: bool,
    /// Takes one message; the time is there where it came in a stream.
    pub(crate) take: fn(&mut Answer, Option<Nanos>, &Value),
    /// The text of a message that is a piece of the answer's text and nothing else, where that can be told faster
    /// than by reading all of it; see [`crate::piece`].
    pub(crate) piece: fn(&[u8]) -> Option<Cow<'_, str>>,
}

/// Reads a capture message by message.
pub(crate) fn read(capture: &Capture, wire: &Wire) -> Reading {
    let whole = capture.end == End::Complete;
    let Some(status) = capture.status else {
        let message = "the capture of a complete exchange has no HTTP status: record it again";
        return if whole { Reading::trouble(Kind::HarnessError, message) } else { Reading::nothing() };
    };
    if !(200..300).contains(&status) {
        let trouble = status::trouble(status, &body(capture), wire.words);
        return Reading { trouble, ..Reading::nothing() };
    }
    if let Some(coding) = compressed(capture).filter(|_| whole) {
        let message = format!(
            "the body is compressed ({coding}) although nobody asked for that: turn compression off in the server, or \
             in what stands before it"
        );
        return Reading::trouble(Kind::ProtocolError, message);
    }
    let streams = match start(&capture.frames).first() {
        Some(b'{') => wire.json_lines,
        Some(b'[') => false,
        _ => is_events(capture),
    };
    match (streams, wire.json_lines) {
        (true, true) => stream(capture, wire, sse::lines(&capture.frames)),
        (true, false) => stream(capture, wire, sse::events(&capture.frames)),
        (false, _) => whole_body(capture, wire, body(capture)),
    }
}

/// How the body is compressed, if its header says so and it does not begin as one that is not.
fn compressed(capture: &Capture) -> Option<&str> {
    let said = capture.headers.iter().find(|(name, _)| name == "content-encoding");
    let coding =
        said.map(|(_, value)| value.trim()).filter(|coding| !coding.eq_ignore_ascii_case("identity"))?;
    let first = start(&capture.frames).first().copied();
    (!matches!(first, Some(b'{' | b'[' | b'd' | b'e' | b':' | b'i' | b'r'))).then_some(coding)
}

/// The first bytes that are not blank: enough to tell what a body is.
fn start(frames: &[Frame]) -> Vec<u8> {
    let bytes = frames.iter().flat_map(Frame::bytes).copied();
    bytes.skip_while(|byte| byte.is_ascii_whitespace() || b"\xef\xbb\xbf".contains(byte)).take(6).collect()
}

/// Whether a body is server-sent events, by its first field or by its content type.
fn is_events(capture: &Capture) -> bool {
    let start = start(&capture.frames);
    let fields: [&[u8]; 5] = [b"data:", b"event:", b"id:", b"retry:", b":"];
    let typed =
        |(name, value): &(String, String)| name == "content-type" && value.starts_with("text/event-stream");
    fields.iter().any(|field| start.starts_with(field)) || capture.headers.iter().any(typed)
}

/// An answer of which only its place is known, which stands behind a `#` in the dialect's name.
fn begun(capture: &Capture) -> Answer {
    let place = capture.dialect.split_once('#').map(|(_, place)| place.to_owned());
    Answer::at(place)
}

fn body(capture: &Capture) -> Vec<u8> {
    capture.frames.iter().flat_map(Frame::bytes).copied().collect()
}

/// A body that is one JSON value.
fn whole_body(capture: &Capture, wire: &Wire, body: Vec<u8>) -> Reading {
    if capture.end != End::Complete {
        // What an unfinished body holds is an answer cut short, not an answer.
        return Reading { text: body, ..Reading::nothing() };
    }
    let message = match serde_json::from_slice::<Value>(&body) {
        Ok(message) => message,
        Err(error) => return no_json(&body, &error),
    };
    let mut answer = begun(capture);
    answer.over = true;
    // Gemini puts errors, and streams without `alt=sse`, into an array.
    let messages = message.as_array().map_or(std::slice::from_ref(&message), Vec::as_slice);
    messages.iter().for_each(|message| take(&mut answer, wire, None, message));
    if messages.is_empty() {
        answer.lacks("answer", &message);
    }
    server::headers(&mut answer.server, capture);
    answer.read(capture)
}

/// What a body that does not parse is.
fn no_json(body: &[u8], error: &serde_json::Error) -> Reading {
    if body.trim_ascii().is_empty() {
        return Reading::trouble(Kind::ProtocolError, "success status with an empty body");
    }
    if error.is_eof() {
        let message = format!("the body ends in mid-value after {} bytes", body.len());
        return Reading::trouble(Kind::TruncatedStream, message);
    }
    let shown = shorten::quoted(&String::from_utf8_lossy(body));
    Reading::trouble(Kind::ProtocolError, format!("the body is not JSON ({error}): {shown}"))
}

/// A body that is a stream of JSON values.
fn stream(capture: &Capture, wire: &Wire, events: Vec<sse::Event>) -> Reading {
    let mut answer = begun(capture);
    for (number, event) in (1_usize..).zip(events) {
        if answer.failed() {
            break;
        }
        if event.data.trim_ascii() == b"[DONE]" {
            answer.over = true;
            break;
        }
        if let Some(text) = (wire.piece)(&event.data) {
            answer.say(Some(event.at), &text);
            continue;
        }
        match serde_json::from_slice::<Value>(&event.data) {
            Ok(message) => take(&mut answer, wire, Some(event.at), &message),
            // The stream was cut here: not what this message says, but that it ends.
            Err(_) if !event.whole => {}
            Err(_) if wire.plain_errors => {
                answer.fail(status::in_plain_words(&String::from_utf8_lossy(&event.data), wire.words));
            }
            Err(error) => {
                let shown = shorten::quoted(&String::from_utf8_lossy(&event.data));
                let message = format!("message {number} of the stream is not JSON ({error}): {shown}");
                answer.fail((Kind::ProtocolError, Detail::message(message)));
            }
        }
    }
    answer.read(capture)
}

fn take(answer: &mut Answer, wire: &Wire, at: Option<Nanos>, message: &Value) {
    let error = message.get("error").is_some_and(|error| !error.is_null());
    let flat = message.get("object").and_then(Value::as_str) == Some("error");
    if error || flat {
        answer.fail(status::inside(message, wire.words));
    } else {
        (wire.take)(answer, at, message);
    }
}
