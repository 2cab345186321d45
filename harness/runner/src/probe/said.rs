//! What one answer shows, as far as a probe wants to know.

use gonogo_core::{Capture, Constraint, Enforcement, Expectation, Family, Kind, Nanos, Oracle};
use gonogo_judge::Judge;

use crate::RunError;

/// What the judge makes of an answer, in a probe's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// It satisfies what it was judged by.
    Fits,
    /// It is whole and does not.
    Differs,
    /// It was cut, so that it shows only its beginning.
    Cut,
    /// The engine could not go on or ended too early.
    Stuck,
    /// The server refused the request cleanly.
    Refused,
    /// Something else failed; nothing is shown.
    Failed,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) heard: Heard,
    /// Its text, as far as it came.
    pub(super) text: String,
    /// What the judge has to say about it, with the kind in front; empty for a pass.
    pub(super) why: String,
    /// From sending the request to the first bytes of the answer.
    pub(super) first_byte: Option<Nanos>,
    /// From sending the request to the first of its text, where it came in pieces.
    pub(super) first_token: Option<Nanos>,
}

/// Reads an answer and judges it by `oracle`; without one, anything fits.
pub(super) fn said(capture: &Capture, oracle: Option<Constraint>) -> Result<Said, RunError> {
    let oracle = Oracle { constraint: oracle, assertions: Vec::new(), expect: Expectation::Pass };
    let judge = Judge::new(&oracle).map_err(|source| RunError::Oracle { case: "probe".into(), source })?;
    let judged = judge.judge(capture, Enforcement::Unproven);
    let outcome = judged.outcome;
    Ok(Said {
        heard: heard(outcome.kind, capture.status),
        text: String::from_utf8_lossy(&judged.answer.text).into_owned(),
        why: if outcome.passed() {
            String::new()
        } else {
            format!("{}: {}", outcome.kind.name(), outcome.detail.message)
        },
        first_byte: capture.frames.first().map(|frame| frame.at),
        first_token: judged.answer.timings.ttft,
    })
}

fn heard(kind: Kind, status: Option<u16>) -> Heard {
    let refused = status.is_some_and(|status| [400, 404, 413, 415, 422, 501].contains(&status));
    if kind == Kind::ConstraintRejected || (kind == Kind::HttpError && refused) {
        return Heard::Refused;
    }
    if kind == Kind::DeadEnd || kind == Kind::StoppedEarly {
        return Heard::Stuck;
    }
    match kind.family() {
        Family::Passed => Heard::Fits,
        Family::Malformed | Family::SchemaViolation | Family::ValueFailure => Heard::Differs,
        Family::Truncation => Heard::Cut,
        Family::Timeout
        | Family::Transport
        | Family::Rejected
        | Family::EngineFailure
        | Family::Refusal
        | Family::Harness => Heard::Failed,
    }
}

/// How every answer begins that obeys, whitespace left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Opening(Vec<String>);

/// Whether an answer began as it had to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begun {
    /// It did: the constraint was at work.
    Yes,
    /// It did not: nothing held it.
    No,
    /// It is too short to tell.
    Unknown,
}

impl Opening {
    /// An object with this one key.
    pub(super) fn key(key: &str) -> Self {
        Self(vec![format!("{{\"{key}\":")])
    }

    /// One of these texts.
    pub(super) fn texts(texts: &[String]) -> Self {
        Self(texts.to_vec())
    }

    /// Whether `text` begins as it must.
    pub(super) fn of(&self, text: &str) -> Begun {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if self.0.iter().any(|opening| text.starts_with(opening.as_str())) {
            Begun::Yes
        } else if self.0.iter().any(|opening| opening.starts_with(text.as_str())) {
            Begun::Unknown
        } else {
            Begun::No
        }
    }
}

#[cfg(test)]
mod tests {
    use gonogo_core::Kind;

    use super::{Begun, Heard, Opening, heard};

    #[test]
    fn how_an_answer_begins_shows_whether_it_was_held() {
        let opening = Opening::key("zq-a");
        for (text, begun) in [
            ("{\"zq-a\": 1}", Begun::Yes),
            ("{\n  \"zq-a\"\n:", Begun::Yes),
            ("{\"zq-", Begun::Unknown),
            (" \n", Begun::Unknown),
            ("{\"answer\":1}", Begun::No),
            ("Hello!", Begun::No),
        ] {
            assert_eq!(opening.of(text), begun, "{text}");
        }
    }

    #[test]
    fn only_a_clean_refusal_is_one() {
        assert_eq!(heard(Kind::ConstraintRejected, Some(200)), Heard::Refused);
        assert_eq!(heard(Kind::HttpError, Some(422)), Heard::Refused);
        for (kind, status) in [
            (Kind::HttpError, Some(500)),
            (Kind::RateLimited, Some(429)),
            (Kind::CompileTimeout, None),
            (Kind::Empty, Some(200)),
        ] {
            assert_eq!(heard(kind, status), Heard::Failed, "{kind:?}");
        }
    }
}
