//! `[[case.step]]`: the steps of a case, each complete in itself.

use gonogo_core::{Constraint, Step};

use crate::{
    constraint,
    fields::{Fields, Node},
    placeholder,
    reader::Reader,
    spec::STEP,
    task::{self, KEYS, Task},
};

/// The steps before the last, then the last one's name and task.
pub(crate) fn read(
    reader: &mut Reader<'_>,
    case: &Fields<'_>,
    node: Node<'_>,
    ladder: bool,
) -> (Vec<Step>, String, Task) {
    beside(reader, case, node);
    let tables = case.tables(reader, "step", STEP);
    if node.get_ref().as_array().is_some_and(|array| array.len() < 2) {
        let fault = reader
            .fault(
                tables.first().map_or(node.span(), Fields::span),
                "a case of several steps has two or more",
            )
            .label("fewer than two")
            .helped("a case of one step is written without [[case.step]]");
        reader.report(fault);
    }
    Fields::unique(reader, &tables, "step");
    placeholder::check(reader, &tables);
    let mut steps = Vec::with_capacity(tables.len());
    for (number, fields) in tables.iter().enumerate() {
        lacking(reader, fields, number + 1 == tables.len(), ladder);
        steps.push((fields.name(reader), task::read(reader, fields)));
    }
    let (last_step, last) = steps.pop().unwrap_or_default();
    (steps.into_iter().map(earlier).collect(), last_step, last)
}

/// Reports the keys that belong to a step and stand beside the list of steps.
fn beside(reader: &mut Reader<'_>, case: &Fields<'_>, steps: Node<'_>) {
    for (key, node) in KEYS.iter().filter_map(|key| Some((key, case.get(key)?))) {
        let fault = reader
            .fault(node.span(), format!("a case of several steps has no `{key}` of its own"))
            .label("belongs to a step")
            .also(steps.span(), "the steps")
            .helped(
                "each [[case.step]] is complete in itself; name, why, features and expect are the case's",
            );
        reader.report(fault);
    }
}

/// Reports a step that has no constraint and no rung to take one from.
fn lacking(reader: &mut Reader<'_>, fields: &Fields<'_>, last: bool, ladder: bool) {
    if constraint::given(fields) || (last && ladder) {
        return;
    }
    let what = if ladder {
        "the ladder is for the last step, and this one"
    } else {
        "the suite has no rungs, and the step"
    };
    constraint::missing(reader, fields, what);
}

fn earlier((name, task): (String, Task)) -> Step {
    Step {
        name,
        prompt: task.prompt,
        // Where it is missing, the fault is reported and the suite not returned.
        constraint: task.constraint.unwrap_or(Constraint::Choice(Vec::new())),
        max_tokens: task.sampling.max_tokens,
        temperature: task.sampling.temperature,
        assertions: task.assertions,
        good: task.good,
        bad: task.bad,
    }
}
