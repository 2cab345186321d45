//! Captures and oracles for the judge's tests.
#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod exchange;
pub(crate) mod sample;

use gonogo_core::{Capture, Constraint, End, Expectation, Frame, Nanos, Oracle, Request, Sampling};
use gonogo_judge::Judge;
use gonogo_protocol::{Compiled, Done, Failed, FailureClass, Finish, FromWorker, Text, TokenFrame};
use serde_json::{Value, json};

/// The schema most tests judge by.
pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "pattern": "^[a-z]+$"},
            "implementation": {"$ref": "#/$defs/body"}
        },
        "required": ["name", "implementation"],
        "additionalProperties": false,
        "$defs": {"body": {
            "type": "object",
            "properties": {
                "statements": {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": true},
                "effort": {"enum": ["O(1)", "O(n)"]}
            },
            "required": ["statements"],
            "additionalProperties": false
        }}
    })
}

/// A valid answer to [`schema`].
pub(crate) const GOOD: &str = r#"{"name":"add","implementation":{"statements":["return a + b"]}}"#;

pub(crate) fn oracle(constraint: Option<Constraint>) -> Oracle {
    Oracle { constraint, assertions: vec![], expect: Expectation::Pass }
}

pub(crate) fn json_oracle() -> Oracle {
    oracle(Some(Constraint::JsonSchema(schema().to_string())))
}

pub(crate) fn judge(oracle: &Oracle) -> Judge {
    Judge::new(oracle).unwrap()
}

/// A capture of these frames that completed.
pub(crate) fn capture(dialect: &str, frames: Vec<Frame>) -> Capture {
    let sampling = Sampling { max_tokens: 64, temperature: 0.0, seed: 1 };
    Capture {
        format: gonogo_core::FORMAT,
        dialect: dialect.into(),
        request: Request { messages: vec![], constraint: None, sampling },
        status: None,
        headers: vec![],
        frames,
        end: End::Complete,
        elapsed: Nanos(5_000_000),
        phases: None,
        load: None,
        stderr: String::new(),
    }
}

fn frame(index: u64, line: &FromWorker) -> Frame {
    Frame::new(Nanos(index * 1_000), serde_json::to_vec(line).unwrap())
}

/// Worker frames that carry `text`, four bytes a token, and then `last`.
pub(crate) fn worker(text: &[u8], last: Option<FromWorker>) -> Capture {
    let compiled = Compiled {
        prompt_tokens: 9,
        tokenize: Nanos(1),
        compile: Nanos(10),
        first_mask: Nanos(2),
        prefill: Nanos(100),
    };
    let token = |(id, bytes): (u32, &[u8])| {
        let (forward, mask, sample) = (Nanos(10), Nanos(2), Nanos(1));
        FromWorker::Token(TokenFrame { id, text: Text::new(bytes), at: Nanos(200), forward, mask, sample })
    };
    let lines = std::iter::once(FromWorker::Compiled(compiled))
        .chain((0..).zip(text.chunks(4)).map(token))
        .chain(last);
    let frames = (1..).zip(lines).map(|(index, line)| frame(index, &line)).collect();
    capture(gonogo_protocol::DIALECT, frames)
}

/// Worker frames of an answer that finished.
pub(crate) fn done(text: &str, finish: Finish) -> Capture {
    let completion_tokens = u32::try_from(text.len().div_ceil(4)).unwrap();
    let (at, forward, mask, sample) = (Nanos(900), Nanos(100), Nanos(20), Nanos(10));
    worker(
        text.as_bytes(),
        Some(FromWorker::Done(Done { finish, completion_tokens, at, forward, mask, sample })),
    )
}

/// Worker frames of a failure after `text`.
pub(crate) fn failed(text: &str, class: FailureClass, message: &str) -> Capture {
    let failed = Failed { phase: gonogo_core::Phase::Mask, class, message: message.into() };
    worker(text.as_bytes(), Some(FromWorker::Failed(failed)))
}

/// The capture with another end.
pub(crate) fn ended(mut capture: Capture, end: End) -> Capture {
    capture.end = end;
    capture
}

/// An HTTP exchange of the serverless dialect, in two frames.
pub(crate) fn http(status: u16, body: &str) -> Capture {
    let (first, second) = body.as_bytes().split_at(body.len() / 2);
    let frames = vec![Frame::new(Nanos(1), first.to_vec()), Frame::new(Nanos(2), second.to_vec())];
    Capture { status: Some(status), ..capture("custom-json/1", frames) }
}
