//! First tries and what came of retries, side by side.

use std::collections::BTreeMap;

use gonogo_core::{Attempt, Then};
use gonogo_stats::Rate;

use crate::{
    rows::{Arm, Rows},
    table::{Cell, Row, Table},
};

/// Tries by arm; `None` while nothing was retried.
pub(crate) fn tries_table(rows: &Rows<'_>) -> Option<Table> {
    if !rows.retried() {
        return None;
    }
    Some(Table {
        id: "tries",
        title: "First tries and retries".into(),
        note:
            "Success counts first tries everywhere else in this report. Here is what users of a client that \
               retries by the same rule would have seen, and what it took."
                .into(),
        corner: "arm".into(),
        columns: ["passed at the first try", "passed in the end", "retries", "retried for"]
            .map(String::from)
            .to_vec(),
        rows: rows.arms.iter().map(|arm| Row { label: arm.label(), cells: cells(arm) }).collect(),
        folded: false,
    })
}

fn cells(arm: &Arm<'_>) -> Vec<Cell> {
    let first = Rate { passed: arm.passed().count() as u64, n: arm.n() };
    let eventual = arm.eventual();
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for attempt in arm.every().filter(|attempt| attempt.then == Some(Then::Retry)) {
        *reasons.entry(attempt.outcome.kind.name()).or_default() += 1;
    }
    let reasons: Vec<String> = reasons.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    vec![
        Cell::Part(first),
        Cell::share(eventual),
        Cell::Count(arm.every().filter(|attempt: &&Attempt| attempt.then == Some(Then::Retry)).count() as u64),
        if reasons.is_empty() { Cell::Nothing } else { Cell::Text(reasons.join(", ")) },
    ]
}
