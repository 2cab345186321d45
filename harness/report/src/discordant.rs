//! The attempts on which arms disagree, by name: what to open first.

use std::collections::BTreeMap;

use gonogo_core::Attempt;

use crate::{
    rows::{Arm, PairKey, Rows, pair_key},
    table::{Cell, Row, Table},
};

/// More rows than this say less than the counts above them.
const MOST: usize = 40;

/// First tries that some compared arm passed and another did not, with what became of them on each; `None` where
/// there is none.
pub(crate) fn discordant_table(rows: &Rows<'_>) -> Option<Table> {
    let arms = rows.compared();
    let mut by_key: BTreeMap<PairKey<'_>, Vec<Option<&Attempt>>> = BTreeMap::new();
    for (position, arm) in arms.iter().enumerate() {
        for attempt in arm.first.iter().copied() {
            by_key.entry(pair_key(attempt)).or_insert_with(|| vec![None; arms.len()])[position] =
                Some(attempt);
        }
    }
    let disagree = |attempts: &[Option<&Attempt>]| {
        let mut passed = attempts.iter().flatten().map(|attempt| attempt.outcome.passed());
        let first = passed.next();
        passed.any(|other| Some(other) != first)
    };
    let found: Vec<_> = by_key.into_iter().filter(|(_, attempts)| disagree(attempts)).collect();
    let shown = found.iter().take(MOST).map(|(key, attempts)| Row {
        label: label(key),
        cells: attempts.iter().map(|attempt| outcome(*attempt)).collect(),
    });
    let more = found.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" {more} more are in the journal.") } else { String::new() };
    (!found.is_empty()).then(|| Table {
        id: "discordant",
        title: "Where the arms disagree".into(),
        note: format!(
            "First tries that one arm passed and another did not; the address of the raw answer under `captures/` \
             begins as shown.{more}"
        ),
        corner: "attempt".into(),
        columns: arms.iter().map(|arm| Arm::label(arm)).collect(),
        rows: shown.collect(),
        folded: false,
    })
}

/// `suite/case[@rung] #repeat`.
fn label((suite, case, rung, repeat): &PairKey<'_>) -> String {
    let rung = rung.map(|rung| format!("@{rung}")).unwrap_or_default();
    format!("{suite}/{case}{rung} #{repeat}")
}

fn outcome(attempt: Option<&Attempt>) -> Cell {
    attempt.map_or(Cell::Nothing, |attempt| {
        Cell::Text(format!("{} ({})", attempt.outcome.kind.name(), attempt.capture.short()))
    })
}
