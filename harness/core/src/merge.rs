//! Several runs as one: the shards of a plan, or runs of different arms on the same cases. Pure.

mod arms;
mod error;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use error::MergeError;

use crate::{Attempt, Caveat, ContentHash, Plan, Receipt, RunStatus, Shard, Start};

/// A run to merge.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Its receipt.
    pub receipt: Receipt,
    /// Its plan.
    pub plan: Plan,
    /// Its rows.
    pub rows: Vec<Attempt>,
    /// What it asked.
    pub starts: Vec<Start>,
}

/// What the runs are together.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The receipt, with those of the parts inside. Who merges gives it its name and command.
    pub receipt: Receipt,
    /// The whole plan, also of shards that are missing, so that it can be resumed.
    pub plan: Plan,
    /// Every row, in plan order.
    pub rows: Vec<Attempt>,
    /// Every start, so that whoever makes up for missing rows knows what was asked before.
    pub starts: Vec<Start>,
    /// Arms that were proven in some parts only: their rows have to be judged again, as of an unproven arm.
    pub demoted: Vec<String>,
}

/// Makes one run of `parts`.
///
/// Without `across_arms` they must be shards of one plan. With it, they may be runs (or shards of runs) of different
/// arms on the same cases, repeats, seed and sampling; the receipt then says that the arms were not interleaved.
///
/// # Errors
/// [`MergeError`] where they do not belong together.
pub fn merge(parts: Vec<Part>, across_arms: bool) -> Result<Merged, MergeError> {
    let plans = by_plan(parts)?;
    agree(&plans)?;
    if plans.len() > 1 {
        arms::separate(&plans, across_arms)?;
    }
    let mut whole: Option<Merged> = None;
    for shards in plans {
        let one = of_plan(shards)?;
        whole = Some(match whole {
            None => one,
            Some(whole) => beside(whole, one),
        });
    }
    let mut merged = whole.ok_or(MergeError::Nothing)?;
    settle(&mut merged)?;
    Ok(merged)
}

/// Parts of one plan, in the order of their shards.
type Shards = Vec<Part>;

/// Groups parts by plan, in the order given.
fn by_plan(parts: Vec<Part>) -> Result<Vec<Shards>, MergeError> {
    let mut plans: Vec<(ContentHash, Shards)> = Vec::new();
    for mut part in parts {
        let run = part.receipt.run.clone();
        if !part.receipt.parts.is_empty() {
            return Err(MergeError::AlreadyMerged { run });
        }
        let hash = part.plan.hash().map_err(|_| MergeError::PlanChanged { run: run.clone() })?;
        if *part.receipt.plan.get_or_insert_with(|| hash.clone()) != hash {
            return Err(MergeError::PlanChanged { run });
        }
        match plans.iter_mut().find(|(known, _)| *known == hash) {
            Some((_, shards)) => shards.push(part),
            None => plans.push((hash, vec![part])),
        }
    }
    let mut plans: Vec<Shards> = plans.into_iter().map(|(_, shards)| shards).collect();
    plans.iter_mut().for_each(|shards| shards.sort_by_key(|part| part.receipt.shard));
    Ok(plans)
}

/// What all parts must share, whatever they are parts of.
fn agree(plans: &[Shards]) -> Result<(), MergeError> {
    let mut parts = plans.iter().flatten();
    let Some(first) = parts.next() else { return Err(MergeError::Nothing) };
    for part in parts {
        let [run, other] = [&part.receipt.run, &first.receipt.run].map(Clone::clone);
        let differs =
            |what: &'static str| Err(MergeError::Differs { what, run: run.clone(), other: other.clone() });
        let build = |receipt: &Receipt| {
            let gonogo = receipt.gonogo.clone();
            (gonogo.version, gonogo.built_from, gonogo.sha256, gonogo.profile)
        };
        if build(&part.receipt) != build(&first.receipt) {
            return differs("build of gonogo");
        }
        if part.receipt.seed != first.receipt.seed {
            return differs("seed");
        }
        if let Some(suite) = part
            .plan
            .suites
            .iter()
            .find(|suite| first.plan.suite(&suite.name).is_some_and(|other| other.hash != suite.hash))
        {
            return Err(MergeError::Suite { suite: suite.name.clone(), run, other });
        }
        if (part.receipt.concurrency, &part.receipt.pace) != (first.receipt.concurrency, &first.receipt.pace)
        {
            return differs("concurrency or pace");
        }
    }
    Ok(())
}

/// The shards of one plan as far as they are there.
fn of_plan(shards: Shards) -> Result<Merged, MergeError> {
    let first = shards.first().ok_or(MergeError::Nothing)?.clone();
    let mut taken = BTreeSet::new();
    for part in &shards {
        let run = || part.receipt.run.clone();
        if part.receipt.shard.map(|shard| shard.of) != first.receipt.shard.map(|shard| shard.of) {
            return Err(MergeError::Differs {
                what: "number of shards",
                run: run(),
                other: first.receipt.run,
            });
        }
        let own: BTreeSet<u32> = part.plan.attempts.iter().map(|planned| planned.index).collect();
        if let Some(row) = part.rows.iter().find(|row| !own.contains(&row.index)) {
            return Err(MergeError::Foreign { run: run(), attempt: row.key.to_string() });
        }
        if let Some(twice) = part.plan.attempts.iter().find(|planned| taken.contains(&planned.index)) {
            return Err(MergeError::Overlap { run: run(), attempt: twice.key.to_string() });
        }
        taken.extend(own);
    }
    let arms::Arms { arms, demoted, caveats } = arms::of_shards(&shards)?;
    let mut receipt = Receipt {
        arms,
        shard: None,
        parts: Vec::new(),
        resumed: Vec::new(),
        load: None,
        caveats,
        ..first.receipt
    };
    let (mut rows, mut starts) = (Vec::new(), Vec::new());
    for part in shards {
        receipt.caveats.extend(part.receipt.caveats.iter().cloned());
        rows.extend(part.rows);
        starts.extend(part.starts);
        receipt.parts.push(part.receipt);
    }
    rows.sort_by_key(|row| row.index);
    Ok(Merged { receipt, plan: first.plan.whole(), rows, starts, demoted })
}

/// The attempts of `next` behind those of `whole`: other arms, in the same blocks.
fn beside(mut whole: Merged, next: Merged) -> Merged {
    let behind = whole.plan.planned();
    whole.plan.attempts.extend(next.plan.attempts.into_iter().map(|mut planned| {
        planned.index += behind;
        planned
    }));
    whole.rows.extend(next.rows.into_iter().map(|mut row| {
        row.index += behind;
        row
    }));
    whole.starts.extend(next.starts.into_iter().map(|mut start| {
        start.index += behind;
        start
    }));
    whole.receipt.arms.extend(next.receipt.arms);
    whole.receipt.caveats.extend(next.receipt.caveats);
    whole.receipt.parts.extend(next.receipt.parts);
    whole.demoted.extend(next.demoted);
    whole
}

/// What the receipt says of all parts together.
fn settle(merged: &mut Merged) -> Result<(), MergeError> {
    let receipt = &mut merged.receipt;
    receipt.planned = merged.plan.planned();
    receipt.plan = Some(merged.plan.hash().map_err(|_| MergeError::Nothing)?);
    receipt.started = receipt.parts.iter().map(|part| &part.started).min().cloned().unwrap_or_default();
    let finished: Option<Vec<&String>> = receipt.parts.iter().map(|part| part.finished.as_ref()).collect();
    receipt.finished = finished.and_then(|times| times.into_iter().max().cloned());
    let whole = receipt.parts.iter().all(|part| part.status == RunStatus::Complete);
    receipt.status = if whole && receipt.missing_shards().is_empty() {
        RunStatus::Complete
    } else {
        RunStatus::Unfinished
    };
    let groups = arm_groups(&receipt.parts);
    let caveats: BTreeSet<Caveat> = together(std::mem::take(&mut receipt.caveats))
        .into_iter()
        .chain((receipt.parts.len() > 1).then(|| Caveat::Merged { runs: count(receipt.parts.len()) }))
        .chain((groups.len() > 1).then_some(Caveat::NotInterleaved { groups }))
        .collect();
    receipt.caveats = caveats.into_iter().collect();
    Ok(())
}

/// Every doubt once; what was left out of an arm is counted over all parts.
fn together(caveats: Vec<Caveat>) -> Vec<Caveat> {
    let mut left_out: BTreeMap<String, u32> = BTreeMap::new();
    let mut others = Vec::new();
    for caveat in caveats {
        if let Caveat::GivenUp { arm, left } = caveat {
            *left_out.entry(arm).or_default() += left;
        } else if !matches!(caveat, Caveat::Unfinished { .. }) {
            others.push(caveat);
        }
    }
    others.extend(left_out.into_iter().map(|(arm, left)| Caveat::GivenUp { arm, left }));
    others
}

/// The arms of each plan, in words.
fn arm_groups(parts: &[Receipt]) -> Vec<String> {
    let mut groups: Vec<(&Option<ContentHash>, String)> = parts
        .iter()
        .map(|part| {
            let names: Vec<&str> = part.arms.iter().map(|arm| arm.name.as_str()).collect();
            (&part.plan, names.join(", "))
        })
        .collect();
    groups.dedup();
    groups.into_iter().map(|(_, names)| names).collect()
}

impl Receipt {
    /// The shards that are not here, in words: the others of a shard, or those that nobody merged into a merged run.
    /// A run that was no shard has none.
    #[must_use]
    pub fn missing_shards(&self) -> Vec<String> {
        let runs = if self.parts.is_empty() { std::slice::from_ref(self) } else { &self.parts };
        let several = arm_groups(runs).len() > 1;
        let mut missing: Vec<String> = Vec::new();
        for run in runs {
            let Some(of) = run.shard.map(|shard| shard.of) else { continue };
            let here = |number: &u32| {
                runs.iter().any(|other| {
                    other.plan == run.plan && other.shard.is_some_and(|shard| shard.number == *number)
                })
            };
            for number in (1..=of).filter(|number| !here(number)) {
                let arms: Vec<&str> = run.arms.iter().map(|arm| arm.name.as_str()).collect();
                let whose = if several { format!(" of {}", arms.join(", ")) } else { String::new() };
                let name = format!("{}{whose}", Shard { number, of });
                if !missing.contains(&name) {
                    missing.push(name);
                }
            }
        }
        missing
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
