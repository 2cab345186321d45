//! `gonogo-worker/1`: the frames of a worker process.
//!
//! | frames end with | trouble |
//! |---|---|
//! | `done` | none; its `finish` is the finish |
//! | `failed`, class `rejected` | constraint-rejected |
//! | `failed`, class `prompt-too-long` | prompt-too-long |
//! | `failed`, class `engine` | engine-crashed: the engine raised an error |
//! | `failed`, class `out-of-memory` | engine-out-of-memory |
//! | `failed`, class `worker` | harness-error: the worker is gonogo's own code |
//! | anything else | none; the finish is [`Finish::Cut`] |
//!
//! A line that is not a frame is a protocol-error, except the last line of an exchange that did
//! not complete, when it is the beginning of a frame: then it was merely cut.

use gonogo_core::{Capture, Detail, End, Frame, Kind};
use gonogo_protocol::{Answer, DecodeError, Done, Ending, Failed, FailureClass, decode};

use crate::{
    dialect::Dialect,
    reading::{Finish, Reading},
    shorten,
};

/// Lines of a process: nothing is asked over HTTP.
pub(crate) const WORKER: Dialect = Dialect { name: gonogo_protocol::DIALECT, http: None, decode: read };

/// Characters of a worker's message that a detail keeps.
const MESSAGE: usize = 240;

fn read(capture: &Capture) -> Reading {
    match decode(&capture.frames) {
        Ok(answer) => reading(answer),
        Err(error) => undecodable(capture, &error),
    }
}

/// Reads what came before the line that is not a frame.
fn undecodable(capture: &Capture, error: &DecodeError) -> Reading {
    let index = error.line - 1;
    let before = capture.frames.get(..index).unwrap_or_default();
    let mut read = decode(before).map_or_else(|_| Reading::nothing(), reading);
    let last = error.line == capture.frames.len();
    let cut = last && capture.end != End::Complete && error.source.is_eof();
    if !cut {
        let line = capture.frames.get(index).map(Frame::bytes).unwrap_or_default();
        let line = shorten::quoted(&String::from_utf8_lossy(line));
        read.trouble = Some((
            Kind::ProtocolError,
            Detail::message(format!("line {} of the worker is not a frame: {line}", error.line)),
        ));
    }
    read
}

fn reading(answer: Answer) -> Reading {
    let (finish, finish_reason, trouble) = match answer.ending {
        Ending::Done(Done { finish, .. }) => (known(finish), Some(finish.name().to_owned()), None),
        Ending::Failed(failed) => (Finish::Cut, None, Some(trouble(&failed))),
        Ending::Cut => (Finish::Cut, None, None),
    };
    Reading {
        text: answer.text,
        over: finish != Finish::Cut,
        finish,
        finish_reason,
        trouble,
        timings: answer.timings,
        tokens: answer.tokens,
        ..Reading::nothing()
    }
}

fn known(finish: gonogo_protocol::Finish) -> Finish {
    match finish {
        gonogo_protocol::Finish::Stop => Finish::Stop,
        gonogo_protocol::Finish::Length => Finish::Length,
        gonogo_protocol::Finish::Context => Finish::Context,
        gonogo_protocol::Finish::DeadEnd => Finish::DeadEnd,
    }
}

fn trouble(failed: &Failed) -> (Kind, Detail) {
    let (kind, what) = match failed.class {
        FailureClass::Rejected => (Kind::ConstraintRejected, "the engine declined the constraint"),
        FailureClass::PromptTooLong => (Kind::PromptTooLong, "the prompt does not fit the context"),
        FailureClass::Engine => (Kind::EngineCrashed, "the engine raised an error"),
        FailureClass::OutOfMemory => (Kind::EngineOutOfMemory, "an allocation failed in the worker"),
        FailureClass::Worker => (Kind::HarnessError, "the worker failed at its own work"),
    };
    (kind, Detail::message(format!("{what}: {}", shorten::line(failed.message.trim(), MESSAGE))))
}
