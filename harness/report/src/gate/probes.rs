//! What a policy asks `gonogo probe` to have found.

use std::collections::{BTreeMap, BTreeSet};

use gonogo_core::Provenance;

use super::{Blocker, Policy};
use crate::rows::Arm;

/// What a probe of an arm has found, as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProbeReport {
    /// Its folder.
    pub folder: String,
    /// The engine that the arm named; `None` where the document does not say.
    pub engine: Option<String>,
    /// Where its answers came from; `None` where the document does not say, or with a word that is none.
    pub provenance: Option<Provenance>,
    /// What was known of the arm, as in a receipt: where and how it was asked, engine and model with their versions.
    pub facts: BTreeMap<String, String>,
    /// The verdict by what was probed: `channel` for the arm's own, `uncompilable`, and the keywords.
    pub found: BTreeMap<String, String>,
}

/// Facts that must be those of the run, or the probe was of something else: who answered, and how it was asked.
const THE_SAME: [&str; 14] = [
    "endpoint",
    "dialect",
    "channel",
    "model.name",
    "model.sha256",
    "engine.version",
    "worker.sha256",
    "server.version",
    "server.engine",
    "server.software",
    "server.model",
    "server.commit",
    "extra",
    "answer",
];

/// Beginnings of the names of such facts: what the arm, its engine and its server were set to.
const THE_SAME_OF: [&str; 4] = ["setting.", "option.", "server.flags.", "server.given."];

/// Everything that the policy asks for and that the probe did not find.
pub(super) fn missing(policy: &Policy, arm: &Arm<'_>, report: Option<&ProbeReport>) -> Vec<Blocker> {
    let all = |why: String| vec![Blocker::Probe { probe: policy.probes().join(", "), why }];
    match report {
        _ if policy.probes().is_empty() => vec![],
        None => all(format!("no probe of this arm lies beside the run (gonogo probe {})", arm.name)),
        Some(report) => match of_another(arm, report) {
            Some(other) => all(format!("{} {other}", report.folder)),
            None => policy
                .probes()
                .iter()
                .filter_map(|probe| {
                    Some(Blocker::Probe { probe: probe.clone(), why: why_not(probe, report)? })
                })
                .collect(),
        },
    }
}

fn why_not(probe: &str, report: &ProbeReport) -> Option<String> {
    match report.found.get(probe).map(String::as_str) {
        None => Some(format!("{} did not look at it", report.folder)),
        // A schema that cannot be compiled can only be refused.
        Some("enforced") => None,
        Some("rejected") if probe == "uncompilable" => None,
        Some(found) => Some(format!("{} found it {found}", report.folder)),
    }
}

/// In what the probe was of another arm than the run's, where it was; or that nobody can tell.
fn of_another(arm: &Arm<'_>, report: &ProbeReport) -> Option<String> {
    let Some(run) = arm.receipt else {
        return Some("cannot be held against the run, whose receipt does not know the arm".into());
    };
    // Two documents that say nothing agree on everything.
    if !report.facts.keys().any(|name| identifies(name)) {
        return Some("does not say which endpoint, worker, engine or model it was of".into());
    }
    let facts: BTreeSet<&str> = report
        .facts
        .keys()
        .chain(run.facts.keys())
        .map(String::as_str)
        .filter(|name| identifies(name))
        .collect();
    let then = |name: &str| report.facts.get(name).map(String::as_str);
    let now = |name: &str| run.facts.get(name).map(String::as_str);
    let mut of_facts = facts.into_iter().filter_map(|name| differs(name, then(name), now(name)));
    let provenance = report.provenance.map(Provenance::name);
    differs("engine", report.engine.as_deref(), Some(&run.engine))
        .or_else(|| differs("provenance", provenance, Some(run.provenance.name())))
        .or_else(|| of_facts.next())
}

fn identifies(fact: &str) -> bool {
    THE_SAME.contains(&fact) || THE_SAME_OF.iter().any(|start| fact.starts_with(start))
}

/// A fact that only one of the two has is not the same.
fn differs(name: &str, then: Option<&str>, now: Option<&str>) -> Option<String> {
    match (then, now) {
        (None, None) => None,
        (Some(then), Some(now)) => {
            (then != now).then(|| format!("was of another {name}: {then}, and the run's is {now}"))
        }
        (Some(then), None) => Some(format!("was of {name} {then}, and the run does not say its own")),
        (None, Some(now)) => Some(format!("does not say its {name}, and the run's is {now}")),
    }
}
