//! Captures for the tests of dialects.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::{fs, path::Path};

use gonogo_core::{Capture, End, Frame, Kind, Nanos, Request, Sampling};
use gonogo_dialects::read;
use serde_json::Value;

/// A complete exchange of these frames, one a millisecond.
pub(crate) fn capture(dialect: &str, status: u16, frames: impl IntoIterator<Item = Vec<u8>>) -> Capture {
    let sampling = Sampling { max_tokens: 64, temperature: 0.0, seed: 1 };
    let frames: Vec<_> =
        (1..).zip(frames).map(|(ms, bytes)| Frame::new(Nanos(ms * 1_000_000), bytes)).collect();
    Capture {
        format: gonogo_core::FORMAT,
        dialect: dialect.into(),
        request: Request { messages: vec![], constraint: None, sampling },
        status: Some(status),
        headers: vec![],
        frames,
        end: End::Complete,
        elapsed: Nanos(1_000_000_000),
        phases: None,
        load: None,
        stderr: String::new(),
    }
}

/// A body that came whole.
pub(crate) fn answered(dialect: &str, status: u16, body: &str) -> Capture {
    capture(dialect, status, [body.into()])
}

/// A body of server-sent events, as one frame.
pub(crate) fn streamed(dialect: &str, body: &str) -> Capture {
    answered(dialect, 200, body)
}

/// Server-sent events, one a frame, and `[DONE]`.
pub(crate) fn events(dialect: &str, messages: &[Value]) -> Capture {
    let last = "data: [DONE]\n\n".into();
    let frames = messages.iter().map(|message| format!("data: {message}\n\n").into_bytes());
    capture(dialect, 200, frames.chain([last]))
}

/// Lines of JSON, one a frame.
pub(crate) fn lines(dialect: &str, messages: &[Value]) -> Capture {
    capture(dialect, 200, messages.iter().map(|message| format!("{message}\n").into_bytes()))
}

/// The same without its last frame.
pub(crate) fn without_done(capture: &Capture) -> Capture {
    let mut capture = capture.clone();
    capture.frames.pop();
    capture
}

/// The same with a frame more.
pub(crate) fn with(capture: &Capture, bytes: &str) -> Capture {
    let mut capture = capture.clone();
    capture.frames.push(Frame::new(Nanos(2_000_000_000), bytes.into()));
    capture
}

/// What went wrong, if anything.
pub(crate) fn kind(capture: &Capture) -> Option<Kind> {
    read(capture).trouble.map(|(kind, _)| kind)
}

/// The recorded exchange `name` of `fixtures/exchanges/<file>.jsonl`.
pub(crate) fn recorded(file: &str, name: &str) -> Capture {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/exchanges");
    let text = fs::read_to_string(folder.join(format!("{file}.jsonl"))).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let line = lines.find(|line| line["name"] == name).unwrap_or_else(|| panic!("{file} has no {name}"));
    serde_json::from_value(line["capture"].clone()).unwrap()
}
