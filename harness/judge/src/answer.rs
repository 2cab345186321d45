//! From an answer's text to a kind: what every constraint has in common.

mod json;
mod malformed;
mod plain;
mod unfinished;

use gonogo_core::{Assertion, Constraint, Detail, Enforcement, Kind, Oracle};
use gonogo_dialects::Finish;

use crate::{
    OracleError, assertions,
    pattern::{Fit, Pattern},
    schema::{Schema, Terms},
};

/// Answers above this size are not judged: judging is linear in the text, but has no clock to
/// stop it.
pub(crate) const LARGEST: usize = 16 * 1024 * 1024;

/// What the answer must be.
enum Rule {
    Json(Box<Schema>),
    Regex(Box<Pattern>),
    Choice(Vec<String>),
    Grammar,
    Anything,
}

/// A compiled oracle, expectation aside.
pub(crate) struct Rules {
    rule: Rule,
    assertions: Vec<Assertion>,
}

/// An answer and the circumstances that its class depends on.
#[derive(Clone, Copy)]
struct Given<'a> {
    text: &'a [u8],
    finish: Finish,
    enforcement: Enforcement,
}

impl Rules {
    pub(crate) fn new(oracle: &Oracle) -> Result<Self, OracleError> {
        assertions::check(&oracle.assertions)?;
        let rule = match &oracle.constraint {
            Some(Constraint::JsonSchema(text)) => Rule::Json(Box::new(Schema::new(text, Terms::default())?)),
            Some(Constraint::Regex(source)) => Rule::Regex(Box::new(Pattern::new(source)?)),
            Some(Constraint::Choice(choices)) if choices.is_empty() => return Err(OracleError::NoChoice),
            Some(Constraint::Choice(choices)) => Rule::Choice(choices.clone()),
            Some(Constraint::Grammar(_)) => Rule::Grammar,
            None => Rule::Anything,
        };
        Ok(Self { rule, assertions: oracle.assertions.clone() })
    }

    /// A schema and nothing else.
    pub(crate) fn of_schema(text: &str, terms: Terms) -> Result<Self, OracleError> {
        Ok(Self { rule: Rule::Json(Box::new(Schema::new(text, terms)?)), assertions: Vec::new() })
    }

    /// Whether no answer without text can be right.
    pub(crate) fn demand_text(&self) -> bool {
        match &self.rule {
            Rule::Json(_) => true,
            Rule::Regex(pattern) => pattern.fit(b"") != Fit::Whole,
            Rule::Choice(choices) => !choices.iter().any(String::is_empty),
            Rule::Grammar | Rule::Anything => false,
        }
    }

    /// The class of `text`.
    pub(crate) fn judge(&self, text: &[u8], finish: Finish, enforcement: Enforcement) -> (Kind, Detail) {
        if text.len() > LARGEST {
            let message = format!("the answer has {} bytes; more than {LARGEST} are not judged", text.len());
            return (Kind::JudgeTimeout, Detail::message(message));
        }
        let given = Given { text, finish, enforcement };
        match &self.rule {
            Rule::Json(schema) => json::judge(given, schema, &self.assertions),
            Rule::Regex(_) | Rule::Choice(_) | Rule::Grammar | Rule::Anything => {
                plain::judge(given, &self.rule, &self.assertions)
            }
        }
    }
}

/// A whole value under frames that never said that the answer is over.
fn unended(bytes: usize) -> (Kind, Detail) {
    let message = format!("the frames end after {bytes} bytes of answer and never say that it is over");
    (Kind::ProtocolError, Detail::message(message))
}
