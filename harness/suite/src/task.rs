//! What is asked and how its answer is judged: the keys that a case of one step and a step share.

use gonogo_core::{Answer, Assertion, Constraint, KnownBad, SuiteSampling};

use crate::{answer, assertion, constraint, fields::Fields, reader::Reader, spec::ASSERT, value};

/// The keys that [`read`] reads: in a case of several steps they belong to the steps.
pub(crate) const KEYS: [&str; 10] =
    ["prompt", "schema", "regex", "grammar", "choice", "max_tokens", "temperature", "assert", "good", "bad"];

/// One question with its oracle.
#[derive(Default)]
pub(crate) struct Task {
    pub(crate) prompt: String,
    pub(crate) constraint: Option<Constraint>,
    pub(crate) sampling: SuiteSampling,
    pub(crate) assertions: Vec<Assertion>,
    pub(crate) good: Vec<Answer>,
    pub(crate) bad: Vec<KnownBad>,
}

/// The task in `fields`.
pub(crate) fn read(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Task {
    let assertions = fields.tables(reader, "assert", ASSERT);
    Task {
        prompt: fields.prose(reader, "prompt"),
        constraint: constraint::read(reader, fields),
        sampling: sampling(reader, fields),
        assertions: assertions.iter().map(|fields| assertion::read(reader, fields)).collect(),
        good: answer::good(reader, fields),
        bad: answer::bad(reader, fields),
    }
}

/// The sampling that `fields` sets.
pub(crate) fn sampling(reader: &mut Reader<'_>, fields: &Fields<'_>) -> SuiteSampling {
    SuiteSampling {
        max_tokens: fields.get("max_tokens").and_then(|node| value::max_tokens(reader, node)),
        temperature: fields.get("temperature").and_then(|node| value::temperature(reader, node)),
    }
}
