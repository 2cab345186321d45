//! Cases of several steps: at which step attempts ended.

use std::collections::{BTreeSet, HashMap};

use gonogo_core::{ANSWER_STEP, Attempt, Kind};
use gonogo_stats::Rate;

use crate::{
    rows::{Arm, CaseKey, Rows},
    table::{Cell, Row, Table},
};

/// Success by step and arm; `None` where every case has one step.
pub(crate) fn steps_table(rows: &Rows<'_>) -> Option<Table> {
    // A case of one step has one whose name says so; whether others have more, no row needs to tell.
    let of_several = rows.arms.iter().flat_map(Arm::every).filter(|attempt| attempt.key.step != ANSWER_STEP);
    let cases: BTreeSet<CaseKey<'_>> = of_several.map(|attempt| case(&attempt)).collect();
    if cases.is_empty() {
        return None;
    }
    let of_steps = |attempt: &&Attempt| cases.contains(&case(attempt));
    let mut table_rows = Vec::new();
    for step in order(rows, &of_steps) {
        for arm in &rows.arms {
            let asked: Vec<&Attempt> =
                at_first_try(arm).filter(of_steps).filter(|attempt| attempt.key.step == step).collect();
            if !asked.is_empty() {
                table_rows.push(Row { label: format!("{step}: {}", arm.label()), cells: cells(&asked) });
            }
        }
    }
    Some(Table {
        id: "steps",
        title: "Where cases of several steps ended".into(),
        note: "First tries. A step is asked only where the one before it passed, so every step has its own \
               denominator; an attempt counts as passed where its last step did."
            .into(),
        corner: "step and arm".into(),
        columns: ["passed of those asked", "ended here, as"].map(String::from).to_vec(),
        rows: table_rows,
        folded: false,
    })
}

fn case<'a>(attempt: &&'a Attempt) -> CaseKey<'a> {
    (&attempt.key.suite, &attempt.key.case)
}

/// Rows of first tries, passed steps included.
fn at_first_try<'r, 'a>(arm: &'r Arm<'a>) -> impl Iterator<Item = &'a Attempt> + use<'r, 'a> {
    arm.steps.iter().chain(&arm.first).copied().filter(|attempt| attempt.r#try == 0)
}

/// The steps' names: those that others followed first, then those that conclude.
fn order<'a>(rows: &Rows<'a>, of_steps: &impl Fn(&&Attempt) -> bool) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    let followed = rows.arms.iter().flat_map(|arm| arm.steps.iter().copied());
    let concluding = rows.first().filter(|attempt| of_steps(attempt) && attempt.outcome.passed());
    let failed = rows.first().filter(of_steps);
    for attempt in followed.chain(concluding).chain(failed) {
        if !names.contains(&attempt.key.step.as_str()) {
            names.push(&attempt.key.step);
        }
    }
    names
}

fn cells(asked: &[&Attempt]) -> Vec<Cell> {
    let passed = asked.iter().filter(|attempt| attempt.outcome.passed()).count() as u64;
    let mut ends: HashMap<Kind, u64> = HashMap::new();
    for attempt in asked.iter().filter(|attempt| !attempt.outcome.passed()) {
        *ends.entry(attempt.outcome.kind).or_default() += 1;
    }
    let mut ends: Vec<(Kind, u64)> = ends.into_iter().collect();
    ends.sort_by_key(|(kind, count)| (std::cmp::Reverse(*count), *kind));
    let ends: Vec<String> = ends.iter().map(|(kind, count)| format!("{count} {}", kind.name())).collect();
    vec![
        Cell::Part(Rate { passed, n: asked.len() as u64 }),
        if ends.is_empty() { Cell::Nothing } else { Cell::Text(ends.join(", ")) },
    ]
}
