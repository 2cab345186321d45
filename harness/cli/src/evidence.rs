//! What a verdict rests on: whether a run's rows are what its captures, its plan and its receipt bear out, and what
//! `gonogo probe` has found of its arms.

use std::{collections::BTreeMap, fs, sync::Arc};

use gonogo_core::{Attempt, Capture, Enforcement, Outcome, Plan, Planned, Receipt, Then, Timings};
use gonogo_judge::Judged;
use gonogo_report::{Policy, ProbeReport, Recheck};
use gonogo_runner::{Defaults, Judges, RunError};
use gonogo_store::RunDir;
use miette::{IntoDiagnostic, Result, WrapErr, miette};
use serde_json::Value;

use crate::{command::run::JUDGE_LIMIT, near};

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

/// The newest probe of each arm that lies beside the run, where the policy asks for probes; an error where it asks
/// for what no probe looks at.
pub(crate) fn probes(dir: &RunDir, policy: &Policy) -> Result<BTreeMap<String, ProbeReport>> {
    policy.probes().iter().try_for_each(|probe| known(probe, policy))?;
    let mut newest = BTreeMap::new();
    let Some(root) = dir.path().parent().filter(|_| !policy.probes().is_empty()) else { return Ok(newest) };
    let entries = fs::read_dir(root).into_diagnostic().wrap_err_with(|| root.display().to_string())?;
    let mut folders: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    // Names begin with the time.
    folders.sort();
    for file in folders.iter().map(|folder| folder.join("probe.json")).filter(|file| file.is_file()) {
        let shown = || file.display().to_string();
        let text = fs::read_to_string(&file).into_diagnostic().wrap_err_with(shown)?;
        let found: Value = serde_json::from_str(&text).into_diagnostic().wrap_err_with(shown)?;
        let folder = file.parent().and_then(|folder| folder.file_name()).unwrap_or_default();
        if let Some(arm) = found["arm"].as_str() {
            newest.insert(arm.to_owned(), report(&folder.to_string_lossy(), &found));
        }
    }
    Ok(newest)
}

/// Whether a probe can find such a thing: a keyword may be followed by a comma and its variant.
fn known(probe: &str, policy: &Policy) -> Result<()> {
    let names = || ["channel", "uncompilable"].into_iter().chain(gonogo_runner::keywords());
    let keyword = probe.split(',').next().unwrap_or(probe);
    if names().any(|name| name == keyword) {
        return Ok(());
    }
    Err(miette!(
        help = near::advice(probe, names()),
        "the policy `{}` asks for the probe `{probe}`, which `gonogo probe` does not know",
        policy.name()
    ))
}

/// A stored probe as the gate reads it.
fn report(folder: &str, probe: &Value) -> ProbeReport {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let facts = members(&probe["facts"]).into_iter().chain(members(&probe["manifest"]));
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    found.extend(text(&probe["verdict"]).map(|verdict| ("channel".into(), verdict)));
    let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let own = items(&probe["channels"]).into_iter().find(|channel| channel["own"] == true);
    let uncompilable = own.and_then(|own| text(&own["uncompilable"]["verdict"]));
    found.extend(uncompilable.map(|verdict| ("uncompilable".into(), verdict)));
    for row in items(&probe["keywords"]) {
        let (Some(keyword), Some(verdict)) = (text(&row["keyword"]), text(&row["verdict"])) else { continue };
        // Of several rows of a keyword one that does not hold is enough.
        let known = found.entry(keyword).or_insert_with(|| verdict.clone());
        if verdict != "enforced" {
            *known = verdict;
        }
    }
    let facts = facts.filter_map(|(name, value)| Some((name, text(&value)?))).collect();
    ProbeReport {
        folder: folder.into(),
        engine: text(&probe["engine"]),
        provenance: serde_json::from_value(probe["provenance"].clone()).ok(),
        facts,
        found,
    }
}
