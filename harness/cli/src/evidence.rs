//! Whether a run's rows are what its captures, its plan and its receipt bear out: asked before every verdict.

use std::{collections::BTreeMap, sync::Arc};

use gonogo_core::{Attempt, Capture, Enforcement, Outcome, Plan, Planned, Receipt, Then, Timings};
use gonogo_judge::Judged;
use gonogo_report::Recheck;
use gonogo_runner::{Defaults, Judges, RunError};
use gonogo_store::RunDir;
use miette::{IntoDiagnostic, Result};

use crate::command::run::JUDGE_LIMIT;

/// Judges every stored answer again, in memory, and counts the rows that say something else.
/// `rows` are the journal's.
pub(crate) fn recheck(dir: &RunDir, receipt: &Receipt, rows: &[Attempt]) -> Result<Recheck> {
    let plan = dir.plan().into_diagnostic()?;
    let judges = Judges::new(&plan, JUDGE_LIMIT).into_diagnostic()?;
    let mut answered: BTreeMap<u32, BTreeMap<String, String>> = BTreeMap::new();
    let (mut foreign, mut changed, mut lost) = (0, 0, 0);
    for row in rows {
        let planned = plan.attempt(row.index).filter(|planned| planned.key.is_of(&row.key));
        let Some((planned, arm)) = planned.zip(receipt.arm(&row.key.arm)) else {
            foreign += 1;
            continue;
        };
        let Ok(capture) = dir.capture(&row.capture) else {
            lost += 1;
            continue;
        };
        // What an answer says of itself stays with it, whatever row and receipt are altered to.
        if capture.provenance(arm.provenance) != row.provenance {
            foreign += 1;
            continue;
        }
        let asked = Planned { key: row.key.clone(), ..planned.clone() };
        let before = answered.entry(row.index).or_default();
        if !answers(&capture, &plan, &asked, before, receipt, arm.enforcement).into_diagnostic()? {
            foreign += 1;
            continue;
        }
        let judged = judges.judge(&row.key, &Arc::new(capture), arm.enforcement);
        if !says_the_same(row, &judged) {
            changed += 1;
        }
        if row.then == Some(Then::Step) {
            let text = String::from_utf8_lossy(&judged.answer.text).into_owned();
            before.insert(row.key.step.clone(), text);
        }
    }
    Ok(Recheck::Done { foreign, changed, lost })
}

/// Whether the capture was asked what the run asked there, after these answers to the steps before: an answer to
/// something else says nothing.
fn answers(
    capture: &Capture,
    plan: &Plan,
    planned: &Planned,
    before: &BTreeMap<String, String>,
    receipt: &Receipt,
    enforcement: Enforcement,
) -> Result<bool, RunError> {
    let defaults = Defaults { max_tokens: receipt.max_tokens, temperature: receipt.temperature };
    let constrains = match enforcement {
        Enforcement::Proven | Enforcement::Unproven => true,
        Enforcement::Unconstrained => false,
    };
    Ok(capture.request == defaults.request(plan, planned, before, constrains)?)
}

/// Whether the row has what a verdict rests on from its capture. How a class is told may be worded anew, and
/// other times may be read that were not before.
fn says_the_same(row: &Attempt, now: &Judged) -> bool {
    let class = |outcome: &Outcome| (outcome.family, outcome.kind, outcome.domain);
    let times = |timings: &Timings| (timings.total, timings.ttft);
    class(&row.outcome) == class(&now.outcome)
        && times(&row.timings) == times(&now.answer.timings)
        && row.tokens == now.answer.tokens
}
