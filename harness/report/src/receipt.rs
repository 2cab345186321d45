//! The receipt as tables: what ran, on what, with which versions.

use gonogo_core::Receipt;

use crate::{
    rows::{Arm, Rows},
    table::{Cell, Row, Table},
};

/// The run, its machine and its suites.
pub(crate) fn run_table(receipt: &Receipt) -> Table {
    let machine = &receipt.machine;
    let commit = receipt.gonogo.commit.as_deref().unwrap_or("unknown commit");
    let tree = match receipt.gonogo.dirty {
        Some(true) => ", dirty tree",
        Some(false) => ", clean tree",
        None => "",
    };
    let mut facts = vec![
        ("run", receipt.run.clone()),
        ("started", receipt.started.clone()),
        ("finished", receipt.finished.clone().unwrap_or_else(|| "not finished".into())),
        ("command", receipt.command.join(" ")),
        ("gonogo", format!("{} ({commit}{tree}, {} build)", receipt.gonogo.version, receipt.gonogo.profile)),
        ("seed", receipt.seed.to_string()),
        ("sampling", format!("temperature {}, {} tokens at most", receipt.temperature, receipt.max_tokens)),
        ("attempts planned", receipt.planned.to_string()),
        ("attempts in flight", receipt.concurrency.to_string()),
        (
            "machine",
            format!(
                "{}, {}, {} cores, {} MiB",
                machine.os,
                machine.cpu,
                machine.cores,
                machine.memory_bytes >> 20
            ),
        ),
        ("clock", format!("{} ns per reading", machine.clock_ns)),
    ];
    facts.extend(receipt.suites.iter().map(|suite| {
        ("suite", format!("{}: {} cases, sha256 {}", suite.name, suite.cases, suite.hash.short()))
    }));
    words(
        "receipt",
        "Receipt",
        "What ran, on what.",
        "fact",
        facts.into_iter().map(|(k, v)| (k.to_owned(), v)),
    )
}

/// Every arm with its enforcement and facts.
pub(crate) fn arms_table(rows: &Rows<'_>) -> Table {
    let lines = rows.arms.iter().flat_map(|arm| {
        facts(arm).into_iter().map(move |(name, value)| (format!("{}: {name}", arm.label()), value))
    });
    words(
        "arms",
        "Arms as they were run",
        "A constraint is proven when a canary that could not be answered by chance was answered.",
        "arm and fact",
        lines,
    )
}

fn facts(arm: &Arm<'_>) -> Vec<(String, String)> {
    let Some(receipt) = arm.receipt else {
        return vec![("receipt".into(), "none: the run's receipt does not list this arm".into())];
    };
    let mut facts = vec![
        ("kind".into(), receipt.kind.clone()),
        ("engine".into(), receipt.engine.clone()),
        ("enforcement".into(), arm.enforcement().name().into()),
    ];
    if let Some(canary) = &receipt.canary {
        facts.push((
            "canary".into(),
            format!(
                "asked for {:?}; constrained {:?}, unconstrained {:?}",
                canary.nonce,
                brief(&canary.constrained),
                brief(&canary.unconstrained)
            ),
        ));
    }
    facts.extend(receipt.facts.iter().map(|(name, value)| (name.clone(), value.clone())));
    facts
}

/// Enough of an answer to compare it with the nonce.
fn brief(answer: &str) -> String {
    let mut start: String = answer.chars().take(60).collect();
    if start.len() < answer.len() {
        start.push('…');
    }
    start
}

fn words(
    id: &'static str,
    title: &str,
    note: &str,
    corner: &str,
    facts: impl Iterator<Item = (String, String)>,
) -> Table {
    Table {
        id,
        title: title.into(),
        note: note.into(),
        corner: corner.into(),
        columns: vec!["value".into()],
        rows: facts.map(|(label, value)| Row { label, cells: vec![Cell::Text(value)] }).collect(),
        folded: false,
    }
}
