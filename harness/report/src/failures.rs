//! What became of every attempt: families, kinds, whose fault, and how far up the ladder.

use std::collections::BTreeSet;

use gonogo_core::{Domain, Family, Kind, LADDER};
use gonogo_stats::Rate;

use crate::{
    rows::{Arm, Rows},
    table::{Cell, Row, Table},
};

/// Families by arm; every column sums to the arm's first tries.
pub(crate) fn families_table(rows: &Rows<'_>) -> Table {
    let counted = Family::ALL.iter().map(|&family| (family.name(), rows.counts(|arm| arm.family(family))));
    matrix(
        rows,
        "families",
        "What became of every attempt",
        "First tries by family. Families are exclusive; every column sums to its last row.",
        "family",
        counted.collect(),
    )
}

/// Kinds by arm, folded away.
pub(crate) fn kinds_table(rows: &Rows<'_>) -> Table {
    let counted = Kind::ALL.iter().map(|&kind| (kind.name(), rows.counts(|arm| arm.kind(kind))));
    let mut table = matrix(
        rows,
        "kinds",
        "The same by kind",
        "`gonogo explain KIND` says how a kind is recognised and what to do about it.",
        "kind",
        counted.collect(),
    );
    table.folded = true;
    table
}

/// Fault domains by arm.
pub(crate) fn domains_table(rows: &Rows<'_>) -> Table {
    let counted = Domain::ALL.iter().map(|&domain| (domain.name(), rows.counts(|arm| arm.domain(domain))));
    let mut table = matrix(
        rows,
        "domains",
        "Fault domains, as journal and gate count them",
        "They follow from the outcome and the arm's canary alone: a violation is the engine's where a canary proved \
         that the constraint is enforced, the model's on a control, and `not-enforced` where nothing was proven. \
         \"Who to talk to\" looks at the control as well.",
        "fault domain",
        counted.collect(),
    );
    table.folded = true;
    table
}

/// Parts of each arm's first tries, without the rows in which every arm has none.
fn matrix(
    rows: &Rows<'_>,
    id: &'static str,
    title: &str,
    note: &str,
    corner: &str,
    counted: Vec<(&str, Vec<Rate>)>,
) -> Table {
    let mut table_rows: Vec<Row> = counted
        .into_iter()
        .filter(|(_, rates)| rates.iter().any(|rate| rate.passed > 0))
        .map(|(label, rates)| Row { label: label.into(), cells: rates.into_iter().map(Cell::Part).collect() })
        .collect();
    table_rows
        .push(Row { label: "all".into(), cells: rows.arms.iter().map(|arm| Cell::Count(arm.n())).collect() });
    Table {
        id,
        title: title.into(),
        note: note.into(),
        corner: corner.into(),
        columns: rows.labels(),
        rows: table_rows,
        folded: false,
    }
}

impl Rows<'_> {
    fn counts(&self, count: impl Fn(&Arm<'_>) -> u64) -> Vec<Rate> {
        self.arms.iter().map(|arm| Rate { passed: count(arm), n: arm.n() }).collect()
    }
}

/// The lowest rung on which an arm failed, by language; `None` while the run has one rung at most. Rungs that
/// the ladder does not know come after its own, by name.
pub(crate) fn rungs_table(rows: &Rows<'_>) -> Option<Table> {
    let found: BTreeSet<&str> = rows.first().filter_map(|attempt| attempt.key.rung.as_deref()).collect();
    if found.len() < 2 {
        return None;
    }
    let mut order: Vec<&str> = found.into_iter().collect();
    order.sort_by_key(|rung| (LADDER.iter().position(|name| name == rung).unwrap_or(LADDER.len()), *rung));
    let table_rows = rows.arms.iter().map(|arm| Row {
        label: arm.label(),
        cells: rows.languages.iter().map(|language| first_failing(arm, *language, &order)).collect(),
    });
    Some(Table {
        id: "rungs",
        title: "First failing rung".into(),
        note: format!(
            "The lowest rung with a failed first try, and how many failed there. Rungs, easiest first: {}.",
            order.join(", ")
        ),
        corner: "arm".into(),
        columns: rows.languages.iter().map(|language| language.unwrap_or("no language").into()).collect(),
        rows: table_rows.collect(),
        folded: false,
    })
}

fn first_failing(arm: &Arm<'_>, language: Option<&str>, order: &[&str]) -> Cell {
    let on = |rung: &str| {
        let here = arm.first.iter().filter(|attempt| {
            attempt.key.rung.as_deref() == Some(rung) && attempt.language.as_deref() == language
        });
        here.fold(Rate::default(), |sum, attempt| Rate {
            passed: sum.passed + u64::from(!attempt.outcome.passed()),
            n: sum.n + 1,
        })
    };
    let tried: Vec<(&str, Rate)> =
        order.iter().map(|rung| (*rung, on(rung))).filter(|(_, failed)| failed.n > 0).collect();
    let Some((highest, _)) = tried.last() else { return Cell::Nothing };
    tried.iter().find(|(_, failed)| failed.passed > 0).map_or_else(
        || Cell::Text(format!("none, up to {highest}")),
        |(rung, failed)| Cell::Text(format!("{rung} ({} of {} failed)", failed.passed, failed.n)),
    )
}
