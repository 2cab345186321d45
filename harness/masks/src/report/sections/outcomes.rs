//! What became of every schema.

use gonogo_stats::Rate;
use gonogo_tables::{
    Cell, Row, Table,
    format::{NOTHING, and},
};

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
        .map(|class| {
            let mut cells = cells(&|arm| arm.counts.of(*class));
            cells.push(Cell::Text(class.meaning().into()));
            Row { label: class.name().into(), cells }
        })
        .collect();
    let mut count = |label: &str, of: &dyn Fn(&ArmReport) -> u64, meaning: &str| {
        let mut cells = cells(of);
        cells.push(Cell::Text(meaning.into()));
        rows.push(Row { label: label.into(), cells });
    };
    if report.arms.iter().any(|arm| arm.counts.missing > 0) {
        count("not run", &|arm| arm.counts.missing, "The trial was not made yet.");
    }
    count("N", &|arm| arm.counts.n, "The sum of the rows above.");
    if report.arms.iter().any(|arm| arm.without_instances.n > 0) {
        let bare = |arm: &ArmReport| arm.without_instances.n;
        count("of N without instances", &bare, "Nothing to walk: compiling is all that was asked.");
        let ok = |arm: &ArmReport| arm.without_instances.of(Class::Ok);
        count("of these ok", &ok, "Compiled, and nothing else is known.");
    }
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
    let mut columns: Vec<String> = report.arms.iter().map(|arm| arm.name.clone()).collect();
    columns.push("meaning".into());
    Table {
        id: "classes",
        title: "What became of every schema".into(),
        note: format!("Each schema counts once per arm, so that a column sums to N.{again}"),
        corner: "class".into(),
        columns,
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
            .map(|arm| arm.splits[place].counts.without(&arm.splits[place].without_instances))
            .map(|counts| Rate { passed: counts.of(Class::Ok), n: counts.tried() })
            .collect();
        let best = rightly.iter().filter_map(|rate| rate.value()).fold(0.0, f64::max);
        let leaders: Vec<String> = report
            .arms
            .iter()
            .zip(&rightly)
            .filter(|(_, rate)| rate.value().is_some_and(|share| share >= best))
            .map(|(arm, _)| arm.name.clone())
            .collect();
        let leaders = match leaders.len() {
            0 => NOTHING.into(),
            every if every == report.arms.len() => "all alike".into(),
            _ => and(&leaders),
        };
        let mut cells: Vec<Cell> = rightly.into_iter().map(Cell::Part).collect();
        cells.push(Cell::Text(leaders));
        Row { label: split.split.clone(), cells }
    });
    let mut columns: Vec<String> = report.arms.iter().map(|arm| arm.name.clone()).collect();
    columns.push("most rightly".into());
    Some(Table {
        id: "splits",
        title: "Which engine for which schemas".into(),
        note: "Schemas treated rightly (`ok`), of those with instances that were tried, by part of the corpus; a dash where there \
               are none. Every class of every split is in `classes.csv`."
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
        folded: true,
    }
}

/// Reasons of an arm that are shown.
const REASONS: usize = 8;

/// Why schemas are declined; `None` where none is.
pub(crate) fn declined(report: &Report) -> Option<Table> {
    let rows: Vec<Row> = report
        .arms
        .iter()
        .flat_map(|arm| {
            arm.declined.iter().take(REASONS).map(|reason| Row {
                label: arm.name.clone(),
                cells: vec![
                    Cell::Text(shorten(&reason.message, 160)),
                    Cell::Count(reason.schemas),
                    Cell::Text(reason.subject.clone()),
                ],
            })
        })
        .collect();
    (!rows.is_empty()).then(|| Table {
        id: "declined",
        title: "What each declines".into(),
        note: format!(
            "What the engine said when it compiled a schema that it declined: the first line, with `#` for every number. \
             The {REASONS} most frequent of each arm; the JSON document has all."
        ),
        corner: "arm".into(),
        columns: ["message", "schemas", "for instance"].map(String::from).to_vec(),
        rows,
        folded: false,
    })
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
        title: format!("Disputed instances: {}", all.len()),
        note: format!(
            "Instances on which the corpus' label and the validator, in the schema's own dialect, disagree: {}. They were \
             walked and decide nothing. At most {SHOWN} are shown; all are in `disputed.csv`.",
            all.len(),
        ),
        corner: "schema / instance".into(),
        columns: ["label", "validator", "arms that accept it", "arms that refuse it"].map(String::from).to_vec(),
        rows: rows.collect(),
        folded: true,
    })
}
