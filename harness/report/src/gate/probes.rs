//! What a policy asks `gonogo probe` to have found.

use std::collections::BTreeMap;

use super::{Blocker, Policy};
use crate::rows::Arm;

/// What a probe of an arm has found, as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProbeReport {
    /// Its folder.
    pub folder: String,
    /// What was known of the arm: engine and model with their versions.
    pub facts: BTreeMap<String, String>,
    /// The verdict by what was probed: `channel` for the arm's own, `uncompilable`, and the keywords.
    pub found: BTreeMap<String, String>,
}

/// Facts that must be those of the run, or the probe was of something else.
const THE_SAME: [&str; 5] =
    ["engine.version", "model.sha256", "model.name", "worker.sha256", "server.version"];

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

/// In what the probe was of another arm than the run's, where it was.
fn of_another(arm: &Arm<'_>, report: &ProbeReport) -> Option<String> {
    let facts = &arm.receipt?.facts;
    THE_SAME.iter().find_map(|name| {
        let (then, now) = (report.facts.get(*name)?, facts.get(*name)?);
        (then != now).then(|| format!("was of another {name}: {then}, and the run's is {now}"))
    })
}
