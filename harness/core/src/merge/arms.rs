//! What becomes of the arms.

use std::collections::BTreeSet;

use super::{MergeError, Part, Shards};
use crate::{ArmReceipt, Caveat, Domain, Enforcement, Planned};

/// The arms of a plan's shards as one run's.
pub(super) struct Arms {
    /// What the merged receipt says of them.
    pub(super) arms: Vec<ArmReceipt>,
    /// Those that only some shards proved.
    pub(super) demoted: Vec<String>,
    /// What some shards do not know of their servers.
    pub(super) caveats: Vec<Caveat>,
}

/// The arms of a plan's shards, which must have been the same in all of them as far as all know what they were.
pub(super) fn of_shards(shards: &[Part]) -> Result<Arms, MergeError> {
    let Some(first) = shards.first() else { return Err(MergeError::Nothing) };
    let mut merged = Arms { arms: Vec::new(), demoted: Vec::new(), caveats: Vec::new() };
    for arm in &first.receipt.arms {
        let name = &arm.name;
        let mut heres: Vec<(&Part, &ArmReceipt)> = Vec::new();
        for part in shards {
            let here = part.receipt.arm(name).ok_or_else(|| "it is not in the receipt".to_owned());
            let same = here.and_then(|here| match heres.iter().find_map(|(_, arm)| difference(arm, here)) {
                None => Ok(here),
                Some(what) => Err(what),
            });
            let (run, other) = (part.receipt.run.clone(), first.receipt.run.clone());
            let here = same.map_err(|what| MergeError::Arm { arm: name.clone(), what, run, other })?;
            heres.push((part, here));
        }
        let one = together(&heres, arm);
        let proven = |arm: &ArmReceipt| arm.enforcement == Enforcement::Proven;
        if !proven(&one) && heres.iter().any(|(_, here)| proven(here)) {
            merged.demoted.push(name.clone());
        }
        merged.caveats.extend(unknown(&heres, &one));
        merged.arms.push(one);
    }
    Ok(merged)
}

/// One arm as its shards know it: every fact that one of them knows, and the weakest word of those that got an answer
/// from it. A shard on which it was away knows neither, and none of its rows depends on it.
fn together(heres: &[(&Part, &ArmReceipt)], first: &ArmReceipt) -> ArmReceipt {
    let answered: Vec<&ArmReceipt> =
        heres.iter().filter(|(part, here)| has_answer(part, &here.name)).map(|(_, here)| *here).collect();
    let words = || answered.iter().copied();
    let mut arm = words().next().unwrap_or(first).clone();
    if let Some(unproven) = words().find(|here| here.enforcement != Enforcement::Proven) {
        arm.enforcement = unproven.enforcement;
        arm.canary.clone_from(&unproven.canary);
        arm.warm_up.clone_from(&unproven.warm_up);
    }
    if let Some(claimed) = words().find(|here| here.engine_is_claimed()) {
        arm.engine_evidence.clone_from(&claimed.engine_evidence);
    }
    for (fact, value) in heres.iter().flat_map(|(_, here)| &here.facts) {
        arm.facts.entry(fact.clone()).or_insert_with(|| value.clone());
    }
    arm
}

/// Whether a row of the arm says anything about it.
fn has_answer(part: &Part, arm: &str) -> bool {
    part.rows.iter().any(|row| row.key.arm == arm && row.outcome.domain != Domain::Infrastructure)
}

/// What the merged arm is said to be that some of its runs do not know.
fn unknown(heres: &[(&Part, &ArmReceipt)], merged: &ArmReceipt) -> Option<Caveat> {
    let lacks = |here: &ArmReceipt| merged.facts.keys().any(|fact| !here.facts.contains_key(fact));
    let runs: Vec<String> =
        heres.iter().filter(|(_, here)| lacks(here)).map(|(part, _)| part.receipt.run.clone()).collect();
    (!runs.is_empty()).then(|| Caveat::FactsUnknown { arm: merged.name.clone(), runs })
}

/// What `here` is that `arm` is not.
fn difference(arm: &ArmReceipt, here: &ArmReceipt) -> Option<String> {
    let free = |arm: &ArmReceipt| arm.enforcement == Enforcement::Unconstrained;
    for (what, was, is) in [("kind", &arm.kind, &here.kind), ("engine", &arm.engine, &here.engine)] {
        if was != is {
            return Some(format!("{what} is {is}, not {was}"));
        }
    }
    if arm.provenance != here.provenance {
        return Some(format!("its rows are {}, not {}", here.provenance.name(), arm.provenance.name()));
    }
    if free(arm) != free(here) {
        return Some("one asks for a constraint and the other does not".into());
    }
    if (&arm.retry, &arm.breaker, &arm.price) != (&here.retry, &here.breaker, &here.price) {
        return Some("its retries, breaker or price differ".into());
    }
    let facts: BTreeSet<&String> = arm.facts.keys().chain(here.facts.keys()).collect();
    let value =
        |arm: &ArmReceipt, fact: &str| arm.facts.get(fact).map_or("absent", String::as_str).to_owned();
    facts
        .into_iter()
        .filter(|fact| !is_servers(fact) || arm.facts.contains_key(*fact) && here.facts.contains_key(*fact))
        .find(|fact| arm.facts.get(*fact) != here.facts.get(*fact))
        .map(|fact| format!("{fact} is {}, not {}", value(here, fact), value(arm, fact)))
}

/// Whether a fact is what a server said of itself, so that it is not known while the server is away. What the
/// configuration gives is always known.
fn is_servers(fact: &str) -> bool {
    fact.starts_with("server.") && !fact.starts_with("server.given.")
}

/// Whether runs of several plans are of different arms on the same cases, and meant to be merged so.
pub(super) fn separate(plans: &[Shards], across_arms: bool) -> Result<(), MergeError> {
    let mut firsts = plans.iter().filter_map(|shards| shards.first());
    let Some(first) = firsts.next() else { return Err(MergeError::Nothing) };
    let mut names: BTreeSet<&String> = first.receipt.arms.iter().map(|arm| &arm.name).collect();
    for part in firsts {
        let [run, other] = [&part.receipt.run, &first.receipt.run].map(Clone::clone);
        if part.plan.suites != first.plan.suites || blocks(part) != blocks(first) {
            return Err(MergeError::OtherPlan { run, other });
        }
        if !across_arms {
            return Err(MergeError::NotInterleaved { run, other });
        }
        if let Some(arm) = part.receipt.arms.iter().find(|arm| !names.insert(&arm.name)) {
            return Err(MergeError::ArmTwice { arm: arm.name.clone(), run });
        }
    }
    Ok(())
}

/// What is tried, and with which draw, on whatever arm.
fn blocks(part: &Part) -> BTreeSet<(String, u32, u64)> {
    let block = |planned: &Planned| {
        let key = crate::AttemptKey { arm: String::new(), ..planned.key.clone() };
        (key.to_string(), planned.block, planned.seed)
    };
    part.plan.attempts.iter().chain(&part.plan.elsewhere).map(block).collect()
}
