//! From a parsed answer and a JSON Schema to the most telling violation.
//!
//! * The schema's own `$schema` decides its dialect; without one it is draft 2020-12.
//! * `format` is asserted in every draft, because engines enforce it where they know it.
//! * Patterns run on a linear-time engine. A schema with a pattern that needs look-around or
//!   back-references runs on a backtracking one with a limit; passing the limit is judge-timeout,
//!   and only when nothing else is wrong with the answer.
//! * References leave the document only to the drafts' own meta-schemas; nothing is fetched.
//!
//! Which of several violations is reported: unwrapped, missing-key, wrong-type, enum-mismatch,
//! pattern-mismatch, bound-violated, extra-property, other-violation; among equals the one with
//! the shortest pointer, then the first in the answer.

mod branches;
mod kinds;
mod unwrapped;
mod violation;
mod words;

use gonogo_core::{Detail, Kind};
use jsonschema::{Draft, PatternOptions, ValidationError, ValidationOptions, Validator};
use serde_json::Value;

use crate::OracleError;
use unwrapped::Wrappers;
use violation::Violation;

/// Steps after which a backtracking pattern is given up; about 50 ms.
const BACKTRACK_LIMIT: usize = 1_000_000;

/// In which terms a schema is read, where it does not say so itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The draft; `None` takes the one that `$schema` names, 2020-12 without one.
    pub draft: Option<Draft>,
    /// Whether `format` is asserted.
    pub formats: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self { draft: None, formats: true }
    }
}

/// A compiled schema.
pub(crate) struct Schema {
    validator: Validator,
    wrappers: Wrappers,
}

impl Schema {
    /// Compiles the schema.
    pub(crate) fn new(text: &str, terms: Terms) -> Result<Self, OracleError> {
        let document: Value = serde_json::from_str(text)
            .map_err(|error| OracleError::SchemaText { cause: error.to_string() })?;
        let read = |options: ValidationOptions<'static>| {
            let options = options.should_validate_formats(terms.formats);
            if let Some(draft) = terms.draft { options.with_draft(draft) } else { options }
        };
        let validator = compile(&document, read).map_err(|error| OracleError::Schema {
            pointer: error.instance_path().to_string(),
            cause: error.to_string(),
        })?;
        Ok(Self { validator, wrappers: Wrappers::new(document) })
    }

    /// The most telling violation, if `answer` has any.
    pub(crate) fn judge(&self, answer: &Value) -> Option<(Kind, Detail)> {
        if self.validator.is_valid(answer) {
            return None;
        }
        let mut found = Vec::new();
        for error in self.validator.iter_errors(answer) {
            violation::collect(&error, &mut found);
        }
        if let Some(unwrapped) = self.wrappers.missing_around(answer, &found) {
            return Some(unwrapped);
        }
        let telling = found.into_iter().min_by_key(|violation| violation.rank(answer));
        Some(telling.map_or_else(disagreement, Violation::into_outcome))
    }
}

/// The validator said no and then found nothing to say: ours to fix, not the backend's.
fn disagreement() -> (Kind, Detail) {
    (Kind::HarnessError, Detail::message("the validator refuses the answer without naming a violation"))
}

/// Compiles with linear-time patterns, and with backtracking ones where those do not do.
fn compile<'i>(
    document: &Value,
    extend: impl Fn(ValidationOptions<'i>) -> ValidationOptions<'i>,
) -> Result<Validator, ValidationError<'static>> {
    let options = || extend(jsonschema::options().offline().should_validate_formats(true));
    let linear = options().with_pattern_options(PatternOptions::regex()).build(document);
    let backtracking = PatternOptions::fancy_regex().backtrack_limit(BACKTRACK_LIMIT);
    linear.or_else(|_| options().with_pattern_options(backtracking).build(document))
}

#[cfg(test)]
mod tests;
