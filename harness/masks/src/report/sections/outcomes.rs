//! What became of every schema.

use gonogo_stats::Rate;
use gonogo_tables::{Cell, Row, Table, format::and};

use crate::{
    Class,
    report::{ArmReport, Report, words::shorten},
};

/// Class by arm. The column of an arm sums to N.
pub(crate) fn classes(report: &Report) -> Table {
    let cells = |of: &dyn Fn(&ArmReport) -> u64| -> Vec<Cell> {
        report.arms.iter().map(|arm| Cell::Count(of(arm))).collect()
    };
    let occurs = |class: Class| report.arms.iter().any(|arm| arm.counts.of(class) > 0);
    let mut rows: Vec<Row> = Class::ALL
        .iter()
        .rev()
        .filter(|class| **class == Class::Ok || occurs(**class))
        .map(|class| Row { label: class.name().into(), cells: cells(&|arm| arm.counts.of(*class)) })
        .collect();
    if report.arms.iter().any(|arm| arm.counts.missing > 0) {
        rows.push(Row { label: "not run".into(), cells: cells(&|arm| arm.counts.missing) });
    }
    rows.push(Row { label: "N".into(), cells: cells(&|arm| arm.counts.n) });
    rows.push(Row { label: "of N without instances".into(), cells: cells(&|arm| arm.without_instances.n) });
    rows.push(Row {
        label: "of these ok (compiled, nothing to walk)".into(),
        cells: cells(&|arm| arm.without_instances.of(Class::Ok)),
    });
    let again: Vec<String> = report
        .arms
        .iter()
        .filter(|arm| arm.made_again > 0)
        .map(|arm| format!("{} on {}", arm.made_again, arm.name))
        .collect();
    let again = if again.is_empty() {
        String::new()
    } else {
        format!(
            " Made again, alone in a fresh worker, because the first try took the worker down: {}.",
            and(&again)
        )
    };
    let meanings = Class::ALL.iter().rev().filter(|class| occurs(**class));
    let meanings: Vec<String> =
        meanings.map(|class| format!("`{}`: {}", class.name(), class.meaning())).collect();
    Table {
        id: "classes",
        title: "What became of every schema".into(),
        note: format!(
            "Each schema counts once per arm, so that a column sums to N.{again} {}",
            meanings.join(" ")
        ),
        corner: "class".into(),
        columns: report.arms.iter().map(|arm| arm.name.clone()).collect(),
        rows,
        folded: false,
    }
}

/// Treated rightly, by split and arm.
pub(crate) fn splits(report: &Report) -> Option<Table> {
    let first = report.arms.first().filter(|arm| arm.splits.len() > 1)?;
    let rows = first.splits.iter().enumerate().map(|(place, split)| {
        let rightly: Vec<Rate> = report
            .arms
            .iter()
            .map(|arm| &arm.splits[place].counts)
            .map(|counts| Rate { passed: counts.of(Class::Ok), n: counts.n })
            .collect();
        let best = rightly.iter().map(|rate| rate.passed).max().unwrap_or_default();
        let leaders: Vec<String> = report
            .arms
            .iter()
            .zip(&rightly)
            .filter(|(_, rate)| rate.passed == best)
            .map(|(arm, _)| arm.name.clone())
            .collect();
        let leaders = if leaders.len() == report.arms.len() { "all alike".into() } else { and(&leaders) };
        let mut cells: Vec<Cell> = rightly.into_iter().map(Cell::Part).collect();
        cells.push(Cell::Text(leaders));
        Row { label: split.split.clone(), cells }
    });
    let mut columns: Vec<String> = report.arms.iter().map(|arm| arm.name.clone()).collect();
    columns.push("most rightly".into());
    Some(Table {
        id: "splits",
        title: "Which engine for which schemas".into(),
        note: "Schemas treated rightly (`ok`), by part of the corpus. Every class of every split is in `classes.csv`."
            .into(),
        corner: "split".into(),
        columns,
        rows: rows.collect(),
        folded: false,
    })
}

/// One schema of each class on each arm.
pub(crate) fn examples(report: &Report) -> Table {
    let rows = report.arms.iter().flat_map(|arm| {
        arm.examples.iter().map(|example| Row {
            label: format!("{}: {}", arm.name, example.class.name()),
            cells: vec![
                Cell::Count(arm.counts.of(example.class)),
                Cell::Text(example.subject.clone()),
                Cell::Text(shorten(&example.detail, 200)),
            ],
        })
    });
    Table {
        id: "examples",
        title: "An example of each class".into(),
        note: "The first schema of each class but `ok`, in the order of the corpus. Every trial is in `records.csv`."
            .into(),
        corner: "arm and class".into(),
        columns: ["schemas", "for instance", "detail"].map(String::from).to_vec(),
        rows: rows.collect(),
        folded: false,
    }
}

/// Disputed instances that are shown; all are in the CSV.
const SHOWN: usize = 10;

/// Where label and validator disagree; `None` where nowhere.
pub(crate) fn disputed(report: &Report) -> Option<Table> {
    let all = &report.disputed;
    let rows = all.iter().take(SHOWN).map(|disputed| {
        let label = if disputed.labelled { "valid" } else { "invalid" };
        let validator = match &disputed.breach {
            Some(keyword) => format!("invalid: {keyword}"),
            None => "valid".into(),
        };
        Row {
            label: format!("{} / {}", disputed.subject, disputed.instance),
            cells: vec![
                Cell::Text(label.into()),
                Cell::Text(validator),
                Cell::Count(disputed.accepted),
                Cell::Count(disputed.refused),
            ],
        }
    });
    (!all.is_empty()).then(|| Table {
        id: "disputed",
        title: "Disputed instances".into(),
        note: format!(
            "On {} instances the corpus' label and the validator, in the schema's own dialect, disagree. They were walked \
             and decide nothing. The first {} are shown; all are in `disputed.csv`.",
            all.len(),
            all.len().min(SHOWN),
        ),
        corner: "schema / instance".into(),
        columns: ["label", "validator", "arms that accept it", "arms that refuse it"].map(String::from).to_vec(),
        rows: rows.collect(),
        folded: all.len() > 3,
    })
}
