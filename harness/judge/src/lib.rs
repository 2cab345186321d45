//! The judge: from a stored capture and an oracle to exactly one outcome.
//!
//! Pure: no I/O, no clock, no randomness. The same capture, oracle and enforcement always give the
//! same [`Judged`], so an old run can be judged again by a better judge.
//!
//! # The order in which evidence is heard
//!
//! Transport, protocol, constraint, budget, model, schema, value. The first that finds fault
//! decides, and nothing after it is looked at:
//!
//! 1. **How the exchange ended** (module `transport`): a limit that passed, a process that died, a
//!    connection that broke. The text that came before does not change it, unless the peer had said
//!    that it was over or that it had failed.
//! 2. **What the peer said** (`gonogo-dialects`): a status, an error object, a frame that says "failed",
//!    a line that is not a frame.
//! 3. **The text** (module `answer`). How the backend says it finished is evidence, never proof: the
//!    text decides.
//!
//! # How the text decides, under a JSON Schema
//!
//! | text (module `scan`) | finish | kind |
//! |---|---|---|
//! | one JSON value | any but cut | by schema and assertions, below |
//! | one JSON value | frames just stop | protocol-error: it never said that it is over |
//! | the beginning of one | length | runaway-whitespace, runaway-repetition (module `runaway`), else truncated-budget |
//! | the beginning of one | context | the same, else truncated-context |
//! | the beginning of one, or not JSON | dead end | dead-end |
//! | some text, no value | frames just stop | truncated-stream |
//! | no text | frames just stop | protocol-error |
//! | no text but whitespace | stop, or no reason | empty |
//! | the beginning of one | stop, or no reason | stopped-early; on an unconstrained arm invalid-json |
//! | not JSON | stop, length, context, no reason | invalid-json; the detail names fences and prose |
//!
//! So a control arm that rambles in prose until `max_tokens` is invalid-json and the model's fault,
//! and one that was cut inside a JSON value is truncated-budget and the budget's.
//!
//! A JSON value that violates the schema gets the kind of its most telling violation (module `schema`),
//! one that satisfies it and not the case's assertions is assertion-failed, and the rest passed.
//!
//! Legal, and so no failure by itself: a name that repeats in one object (RFC 8259 says SHOULD; the
//! last value counts) and a number beyond a double (it counts as the largest double). The detail of
//! a pass mentions them. Nesting deeper than 127 levels is invalid-json, because readers refuse it,
//! and so are lone surrogates, which no UTF-8 text can hold.
//!
//! # Other constraints
//!
//! A regular expression must match the whole text (else pattern-mismatch), a choice must be met
//! byte for byte (else enum-mismatch); beginnings of either are cut or stopped early as above. A
//! grammar is in its engine's own language, so only having text is judged, and the detail says so.
//! Without a constraint any text will do.
//!
//! # Expectation
//!
//! A case that expects a kind passes when that kind comes out; when it passes instead, that is
//! assertion-failed; any other kind stays what it is.

mod answer;
mod assertions;
mod error;
mod pattern;
mod runaway;
mod scan;
mod schema;
mod transport;

pub use error::OracleError;
use gonogo_core::{Capture, Detail, Enforcement, Expectation, Kind, Oracle, Outcome, Timings, Tokens};
use gonogo_dialects::{Finish, Reading};
pub use jsonschema::Draft;
pub use schema::Terms;

use answer::Rules;

/// A compiled oracle. Make one per case and rung, and use it for every capture, from any thread.
pub struct Judge {
    rules: Rules,
    expect: Expectation,
}

/// An outcome and the evidence it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The single class, with its detail.
    pub outcome: Outcome,
    /// What the capture holds, whatever became of it.
    pub answer: Evidence,
}

/// What a capture amounts to once it is read in its dialect.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The answer's bytes, as far as they came.
    pub text: Vec<u8>,
    /// The backend's own word for why it stopped.
    pub finish_reason: Option<String>,
    /// Durations; `total` is the capture's `elapsed`, `load` its `load`, `clocks` its phases.
    pub timings: Timings,
    /// Counts.
    pub tokens: Tokens,
}

impl Judge {
    /// Compiles the oracle. A schema is read in the dialect that its `$schema` names, draft
    /// 2020-12 where it names none.
    ///
    /// # Errors
    /// [`OracleError`] when schema, expression, choice or an assertion's pointer is not one.
    pub fn new(oracle: &Oracle) -> Result<Self, OracleError> {
        Ok(Self { rules: Rules::new(oracle)?, expect: oracle.expect })
    }

    /// Compiles a schema that is not part of a case, in these terms.
    ///
    /// # Errors
    /// [`OracleError`] when the text is no schema of the draft.
    pub fn of_schema(schema: &str, terms: Terms) -> Result<Self, OracleError> {
        Ok(Self { rules: Rules::of_schema(schema, terms)?, expect: Expectation::Pass })
    }

    /// Judges a capture of an arm of which `enforcement` is known.
    #[must_use]
    pub fn judge(&self, capture: &Capture, enforcement: Enforcement) -> Judged {
        let reading = gonogo_dialects::read(capture);
        let trouble = transport::trouble(capture, &reading).or_else(|| reading.trouble.clone());
        let (kind, detail) =
            trouble.unwrap_or_else(|| self.rules.judge(&reading.text, reading.finish, enforcement));
        let (kind, detail) =
            if kind == Kind::Empty { self.empty(detail, &reading, enforcement) } else { (kind, detail) };
        Judged { outcome: self.outcome(kind, detail, enforcement), answer: evidence(reading, capture) }
    }

    /// Judges a text as if the backend had finished it with `stop`.
    #[must_use]
    pub fn judge_text(&self, text: &str, enforcement: Enforcement) -> Outcome {
        let (kind, detail) = self.rules.judge(text.as_bytes(), Finish::Stop, enforcement);
        self.outcome(kind, detail, enforcement)
    }

    /// An answer without text. What came beside it says where the words went; where nothing did,
    /// an engine that was shown to enforce has let an answer end that its constraint forbids.
    fn empty(&self, detail: Detail, reading: &Reading, enforcement: Enforcement) -> (Kind, Detail) {
        let (reasoning, tools) = (reading.reasoning.len(), reading.tools.len());
        if reasoning > 0 || tools > 0 {
            let beside = format!("beside it came {reasoning} bytes of reasoning and {tools} tool calls");
            return (Kind::Empty, Detail { message: format!("{}; {beside}", detail.message), ..detail });
        }
        if enforcement == Enforcement::Proven && self.rules.demand_text() {
            let message = format!("{}, which the enforced constraint forbids", detail.message);
            return (Kind::StoppedEarly, Detail { message, ..detail });
        }
        (Kind::Empty, detail)
    }

    fn outcome(&self, kind: Kind, detail: Detail, enforcement: Enforcement) -> Outcome {
        let (kind, detail) = match self.expect {
            Expectation::Kind(expected) if expected != Kind::Passed => expected_kind(expected, kind, detail),
            Expectation::Kind(_) | Expectation::Pass => (kind, detail),
        };
        Outcome::new(kind, enforcement, detail)
    }
}

/// What a case that expects `expected` makes of `kind`.
fn expected_kind(expected: Kind, kind: Kind, detail: Detail) -> (Kind, Detail) {
    if kind == expected {
        let message = format!("{} as the case expects: {}", expected.name(), detail.message);
        return (Kind::Passed, Detail { message, ..detail });
    }
    if kind == Kind::Passed {
        let message = format!("the case expects {} and the answer satisfies the oracle", expected.name());
        return (Kind::AssertionFailed, Detail::message(message));
    }
    (kind, detail)
}

fn evidence(reading: Reading, capture: &Capture) -> Evidence {
    Evidence {
        text: reading.text,
        finish_reason: reading.finish_reason,
        timings: Timings {
            total: capture.elapsed,
            load: capture.load,
            clocks: capture.clocks(),
            ..reading.timings
        },
        tokens: reading.tokens,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_judge_can_be_shared_by_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<super::Judge>();
    }
}
