//! `[[case]]`: what is asked, under which constraint, and how the answer is judged.

use gonogo_core::{Case, Expectation, Kind, SuiteSampling};

use crate::{
    answer, assertion, constraint,
    fields::Fields,
    reader::Reader,
    spec::{ASSERT, DEFAULTS},
    value,
};

/// The suite's `[defaults]`; none where it has no such table.
pub(crate) fn sampling(reader: &mut Reader<'_>, suite: &Fields<'_>) -> SuiteSampling {
    let table = suite.get("defaults").and_then(|node| Fields::open(reader, node, DEFAULTS));
    table.map_or_else(SuiteSampling::default, |fields| sampling_of(reader, &fields))
}

/// The sampling that `fields` sets.
fn sampling_of(reader: &mut Reader<'_>, fields: &Fields<'_>) -> SuiteSampling {
    SuiteSampling {
        max_tokens: fields.get("max_tokens").and_then(|node| value::max_tokens(reader, node)),
        temperature: fields.get("temperature").and_then(|node| value::temperature(reader, node)),
    }
}

/// One case of a suite that has a ladder or not.
pub(crate) fn read(reader: &mut Reader<'_>, fields: &Fields<'_>, ladder: bool) -> Case {
    if !ladder && !constraint::given(fields) {
        constraint::missing(reader, fields, "the suite has no rungs, and the case");
    }
    let own = sampling_of(reader, fields);
    let features = fields.get("features");
    let assertions = fields.tables(reader, "assert", ASSERT);
    Case {
        name: fields.name(reader),
        why: fields.prose(reader, "why"),
        features: features.map(|node| value::strings(reader, "features", node)).unwrap_or_default(),
        prompt: fields.prose(reader, "prompt"),
        constraint: constraint::read(reader, fields),
        max_tokens: own.max_tokens,
        temperature: own.temperature,
        assertions: assertions.iter().map(|fields| assertion::read(reader, fields)).collect(),
        expect: expect(reader, fields),
        good: answer::good(reader, fields),
        bad: answer::bad(reader, fields),
    }
}

fn expect(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Expectation {
    let kind = fields.get("expect").and_then(|node| value::kind(reader, "expect", node));
    match kind {
        None | Some(Kind::Passed) => Expectation::Pass,
        Some(kind) => Expectation::Kind(kind),
    }
}
