//! `[[case]]`: what is asked, under which constraint, and how the answer is judged.

use gonogo_core::{ANSWER_STEP, Case, Expectation, Kind, Step, SuiteSampling};

use crate::{
    constraint,
    fields::Fields,
    placeholder,
    reader::Reader,
    spec::DEFAULTS,
    step,
    task::{self, Task},
    value,
};

/// The suite's `[defaults]`; none where it has no such table.
pub(crate) fn sampling(reader: &mut Reader<'_>, suite: &Fields<'_>) -> SuiteSampling {
    let table = suite.get("defaults").and_then(|node| Fields::open(reader, node, DEFAULTS));
    table.map_or_else(SuiteSampling::default, |fields| task::sampling(reader, &fields))
}

/// One case of a suite that has a ladder or not.
pub(crate) fn read(reader: &mut Reader<'_>, fields: &Fields<'_>, ladder: bool) -> Case {
    let (steps, last_step, last) = match fields.get("step") {
        Some(node) => step::read(reader, fields, node, ladder),
        None => only(reader, fields, ladder),
    };
    let features = fields.get("features");
    Case {
        name: fields.name(reader),
        why: fields.prose(reader, "why"),
        features: features.map(|node| value::strings(reader, "features", node)).unwrap_or_default(),
        steps,
        last_step,
        prompt: last.prompt,
        constraint: last.constraint,
        max_tokens: last.sampling.max_tokens,
        temperature: last.sampling.temperature,
        assertions: last.assertions,
        expect: expect(reader, fields),
        good: last.good,
        bad: last.bad,
    }
}

/// The task of a case of one step.
fn only(reader: &mut Reader<'_>, fields: &Fields<'_>, ladder: bool) -> (Vec<Step>, String, Task) {
    if !ladder && !constraint::given(fields) {
        constraint::missing(reader, fields, "the suite has no rungs, and the case");
    }
    placeholder::refuse(reader, fields);
    (Vec::new(), ANSWER_STEP.to_owned(), task::read(reader, fields))
}

fn expect(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Expectation {
    let kind = fields.get("expect").and_then(|node| value::kind(reader, "expect", node));
    match kind {
        None | Some(Kind::Passed) => Expectation::Pass,
        Some(kind) => Expectation::Kind(kind),
    }
}
