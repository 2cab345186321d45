//! What becomes of the arms.

use std::collections::BTreeSet;

use super::{MergeError, Part, Shards};
use crate::{ArmReceipt, Enforcement, Planned};

/// The arms of a plan's shards, which must have been the same in all of them, and those that only some shards proved.
pub(super) fn of_shards(shards: &[Part]) -> Result<(Vec<ArmReceipt>, Vec<String>), MergeError> {
    let Some((first, others)) = shards.split_first() else { return Err(MergeError::Nothing) };
    let mut demoted = Vec::new();
    let mut arms = first.receipt.arms.clone();
    for part in others {
        let wrong = |arm: &str, what: String| MergeError::Arm {
            arm: arm.to_owned(),
            what,
            run: part.receipt.run.clone(),
            other: first.receipt.run.clone(),
        };
        for arm in &mut arms {
            let Some(here) = part.receipt.arm(&arm.name) else {
                return Err(wrong(&arm.name, "it is not in the receipt".into()));
            };
            if let Some(what) = difference(arm, here) {
                return Err(wrong(&arm.name, what));
            }
            if weaken(arm, here) {
                demoted.push(arm.name.clone());
            }
        }
    }
    demoted.dedup();
    Ok((arms, demoted))
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
        .find(|fact| arm.facts.get(*fact) != here.facts.get(*fact))
        .map(|fact| format!("{fact} is {}, not {}", value(here, fact), value(arm, fact)))
}

/// Proven is what every shard proved: takes the weaker word and its canary; true where that changes rows.
fn weaken(arm: &mut ArmReceipt, here: &ArmReceipt) -> bool {
    let proven = |arm: &ArmReceipt| arm.enforcement == Enforcement::Proven;
    match (proven(arm), proven(here)) {
        (true, false) => {
            arm.enforcement = here.enforcement;
            arm.canary.clone_from(&here.canary);
            true
        }
        (false, true) => true,
        (true, true) | (false, false) => false,
    }
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
