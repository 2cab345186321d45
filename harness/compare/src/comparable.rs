//! Whether two arms differ in one thing only: what else changed between them, and how much that matters.

use std::collections::BTreeMap;

use gonogo_core::{ArmReceipt, Receipt, RunStatus};
use serde::Serialize;

use crate::{Side, pairs::Paired};

/// How much an obstacle matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// The question cannot be asked of these runs.
    Refuse,
    /// Success can be compared, times cannot.
    TimesOnly,
    /// To be borne in mind.
    Note,
}

/// Something besides the arm that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    /// How much it matters.
    pub weight: Weight,
    /// What differs: `suite smoke`, `model`.
    pub what: String,
    /// On the baseline, and on the candidate.
    pub values: [String; 2],
    /// What to do about it.
    pub remedy: String,
}

impl Obstacle {
    /// `what: a against b`.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("{}: {} against {}", self.what, self.values[0], self.values[1])
    }
}

/// Facts of an arm that describe the engine and nothing else; they may differ, for they are what is compared.
const OF_THE_ENGINE: [&str; 6] =
    ["engine", "option.", "worker.", "channel", "server.engine", "server.given."];

/// Everything that differs between the two sides, gravest first.
#[must_use]
pub fn obstacles(baseline: Side<'_>, candidate: Side<'_>, paired: &Paired<'_>) -> Vec<Obstacle> {
    let mut found = Vec::new();
    pairing(&mut found, paired);
    arms(&mut found, [baseline, candidate]);
    if !std::ptr::eq(baseline.receipt, candidate.receipt) && baseline.receipt != candidate.receipt {
        receipts(&mut found, [baseline.receipt, candidate.receipt]);
    }
    found.sort_by_key(|obstacle| obstacle.weight);
    found
}

fn pairing(found: &mut Vec<Obstacle>, paired: &Paired<'_>) {
    if paired.pairs.is_empty() {
        let remedy = "run both arms over the same suites with one seed: gonogo run SUITE --arm A --arm B";
        push(found, Weight::Refuse, "attempts in common", &["none", "none"], remedy);
    }
    if paired.alone != [0, 0] {
        let alone = paired.alone.map(|alone| format!("{alone} without a counterpart"));
        let remedy = if paired.reseeded > 0 {
            "run both with one seed; attempts drawn with different seeds are not pairs"
        } else {
            "run both over the same cases; those without a counterpart are left out here"
        };
        push(found, Weight::Note, "attempts", &[&alone[0], &alone[1]], remedy);
    }
}

/// What an arm must have in common with the other.
fn arms(found: &mut Vec<Obstacle>, sides: [Side<'_>; 2]) {
    let [Some(baseline), Some(candidate)] = sides.map(|side| side.arm_receipt()) else {
        let known =
            sides.map(|side| if side.arm_receipt().is_some() { "known" } else { "not in its receipt" });
        push(found, Weight::Refuse, "arm", &known, "name an arm of the run: gonogo report RUN lists them");
        return;
    };
    let both = [baseline, candidate];
    let differ = |found: &mut Vec<Obstacle>, weight, what: &str, values: [String; 2], remedy: &str| {
        if values[0] != values[1] {
            push(found, weight, what, &[&values[0], &values[1]], remedy);
        }
    };
    let provenance = both.map(|arm| arm.provenance.name().to_owned());
    differ(
        found,
        Weight::Refuse,
        "provenance",
        provenance,
        "a recording shows what was, not what is: run both now",
    );
    let one =
        "compare arms that differ in the engine alone, or say with --force that you compare two systems";
    differ(found, Weight::Refuse, "model", both.map(model), one);
    differ(
        found,
        Weight::TimesOnly,
        "endpoint",
        both.map(|arm| fact(arm, "endpoint")),
        "two servers differ in more than their engine",
    );
    let kinds = both.map(|arm| arm.kind.clone());
    differ(
        found,
        Weight::TimesOnly,
        "kind of arm",
        kinds,
        "times of different transports are not times of engines",
    );
    let others = both.map(other_facts);
    for name in others[0].keys().filter(|name| others[1].contains_key(*name)) {
        let values = [0, 1].map(|side| others[side].get(name).cloned().unwrap_or_default());
        differ(found, Weight::Note, name, values, "see whether this explains a difference");
    }
}

/// The model, by hash where that is known.
fn model(arm: &ArmReceipt) -> String {
    ["model.sha256", "model.name", "model"]
        .iter()
        .find_map(|name| arm.facts.get(*name).cloned())
        .unwrap_or_else(|| "unknown".into())
}

fn fact(arm: &ArmReceipt, name: &str) -> String {
    arm.facts.get(name).cloned().unwrap_or_default()
}

/// Facts that are neither the engine's nor looked at by name.
fn other_facts(arm: &ArmReceipt) -> BTreeMap<String, String> {
    let own = |name: &str| OF_THE_ENGINE.iter().any(|prefix| name.starts_with(prefix));
    let looked_at = |name: &str| name.starts_with("model") || name == "endpoint";
    arm.facts
        .iter()
        .filter(|(name, _)| !own(name) && !looked_at(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// What two runs must have in common.
fn receipts(found: &mut Vec<Obstacle>, runs: [&Receipt; 2]) {
    for name in suites(runs) {
        let hash = runs.map(|run| {
            let suite = run.suites.iter().find(|suite| suite.name == name);
            suite.map_or_else(|| "not run".to_owned(), |suite| suite.hash.short().to_owned())
        });
        if hash[0] != hash[1] {
            let weight = if hash.contains(&"not run".to_owned()) { Weight::Note } else { Weight::Refuse };
            let remedy =
                "run both over one version of the suite; other prompts or schemas are other questions";
            push(found, weight, &format!("suite {name}"), &[&hash[0], &hash[1]], remedy);
        }
    }
    let refuse = |found: &mut Vec<Obstacle>, what, values: [String; 2], remedy| {
        if values[0] != values[1] {
            push(found, Weight::Refuse, what, &[&values[0], &values[1]], remedy);
        }
    };
    let sampling =
        runs.map(|run| format!("temperature {}, at most {} tokens", run.temperature, run.max_tokens));
    refuse(found, "sampling", sampling, "run both with the same temperature and max_tokens");
    let client = runs.map(client);
    refuse(
        found,
        "client",
        client,
        "run both with one build of gonogo: another judge may class answers otherwise",
    );
    let times = |found: &mut Vec<Obstacle>, what, values: [String; 2], remedy| {
        if values[0] != values[1] {
            push(found, Weight::TimesOnly, what, &[&values[0], &values[1]], remedy);
        }
    };
    times(
        found,
        "machine",
        runs.map(|run| format!("{}, {} cores", run.machine.cpu, run.machine.cores)),
        "times of two machines are not times of two engines",
    );
    times(found, "load", runs.map(load), "run both with one concurrency or rate");
    let started = runs.map(|run| run.started.clone());
    let interleave = "put both arms into one run, where they are interleaved: what changed meanwhile falls on one side here";
    push(found, Weight::Note, "runs", &[&started[0], &started[1]], interleave);
    for (run, side) in runs.iter().zip(["baseline", "candidate"]) {
        if run.status == RunStatus::Unfinished {
            let mut values = ["", ""];
            values[usize::from(side == "candidate")] = "unfinished";
            push(found, Weight::Note, &format!("{side} run"), &values, "finish it: gonogo run --resume RUN");
        }
    }
}

fn suites(runs: [&Receipt; 2]) -> Vec<String> {
    let mut names: Vec<String> =
        runs.iter().flat_map(|run| run.suites.iter().map(|suite| suite.name.clone())).collect();
    names.sort();
    names.dedup();
    names
}

fn client(run: &Receipt) -> String {
    let built = run.gonogo.built_from.as_deref().map(|commit| commit.get(..9).unwrap_or(commit));
    format!("gonogo {} {} ({})", run.gonogo.version, built.unwrap_or("of unknown origin"), run.gonogo.profile)
}

fn load(run: &Receipt) -> String {
    match &run.pace {
        Some(pace) => format!("{} a second", pace.per_second),
        None => format!("{} at a time", run.concurrency),
    }
}

fn push(found: &mut Vec<Obstacle>, weight: Weight, what: &str, values: &[&str; 2], remedy: &str) {
    found.push(Obstacle {
        weight,
        what: what.into(),
        values: values.map(str::to_owned),
        remedy: remedy.into(),
    });
}
