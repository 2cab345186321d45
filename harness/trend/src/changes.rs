//! What two receipts of one arm do not agree in.

use std::collections::BTreeSet;

use gonogo_core::Receipt;
use serde::Serialize;

/// Something that was changed between two nights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What: `engine.version`, `suite rust`, `machine`.
    pub what: String,
    /// On the last good night; empty where it was not there.
    pub before: String,
    /// On the first bad one.
    pub after: String,
}

/// What changed between two receipts that may matter to `arm`.
#[must_use]
pub fn changes(before: &Receipt, after: &Receipt, arm: &str) -> Vec<Change> {
    let mut found = Vec::new();
    let runs = [before, after];
    let facts = runs.map(|run| run.arm(arm).map(|arm| &arm.facts));
    let names: BTreeSet<&String> = facts.iter().flatten().flat_map(|facts| facts.keys()).collect();
    for name in names {
        let value = facts.map(|facts| facts.and_then(|facts| facts.get(name)).cloned().unwrap_or_default());
        push(&mut found, name, value);
    }
    push(
        &mut found,
        "engine",
        runs.map(|run| run.arm(arm).map(|arm| arm.engine.clone()).unwrap_or_default()),
    );
    let suites: BTreeSet<&str> =
        runs.iter().flat_map(|run| run.suites.iter().map(|suite| suite.name.as_str())).collect();
    for name in suites {
        let hash = runs.map(|run| {
            let suite = run.suites.iter().find(|suite| suite.name == name);
            suite.map(|suite| suite.hash.short().to_owned()).unwrap_or_default()
        });
        push(&mut found, &format!("suite {name}"), hash);
    }
    push(
        &mut found,
        "gonogo",
        runs.map(|run| {
            let built = run.gonogo.built_from.clone().unwrap_or_default();
            format!("{} {built}", run.gonogo.version)
        }),
    );
    push(&mut found, "machine", runs.map(|run| format!("{}, {} cores", run.machine.cpu, run.machine.cores)));
    push(
        &mut found,
        "sampling",
        runs.map(|run| format!("temperature {}, {} tokens", run.temperature, run.max_tokens)),
    );
    push(&mut found, "concurrency", runs.map(|run| run.concurrency.to_string()));
    found
}

fn push(found: &mut Vec<Change>, what: &str, [before, after]: [String; 2]) {
    if before != after {
        found.push(Change { what: what.to_owned(), before, after });
    }
}
