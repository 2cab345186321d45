//! GO, NO-GO or INCONCLUSIVE: thresholds with confidence, and the reasons that forbid a GO.

mod annotations;
mod baseline;
mod cause;
mod check;
mod cost;
mod duration;
mod integrity;
mod need;
mod policy;
mod probes;
mod render;
mod why;

use std::collections::BTreeMap;

use gonogo_core::{Attempt, Family, Receipt};
use gonogo_stats::Rate;
use serde::Serialize;

pub use cause::Cause;
pub use check::{Check, LevelVerdict};
pub use integrity::{Blocker, Recheck};
pub use need::Need;
pub use policy::{EngineName, Infrastructure, Level, Policy, PolicyError, Threshold};
pub use probes::ProbeReport;

use crate::rows::{Arm, Rows};
use check::{Candidate, Unknown};

/// The answer to a go/no-go question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// Every threshold's conservative bound clears, and nothing forbids it.
    #[serde(rename = "GO")]
    Go,
    /// Some threshold is missed with confidence.
    #[serde(rename = "NO-GO")]
    NoGo,
    /// Neither, yet.
    #[serde(rename = "INCONCLUSIVE")]
    Inconclusive,
}

impl Verdict {
    /// The word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::NoGo => "NO-GO",
            Self::Inconclusive => "INCONCLUSIVE",
        }
    }

    /// What is left of it when these reasons apply.
    fn under(self, blockers: &[Blocker]) -> Self {
        let falls = match self {
            Self::Go => !blockers.is_empty(),
            Self::NoGo => blockers.iter().any(Blocker::forbids_no_go),
            Self::Inconclusive => false,
        };
        if falls { Self::Inconclusive } else { self }
    }

    /// All of several: NO-GO when one is, GO when all are, and never GO of nothing.
    fn all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        let verdicts: Vec<_> = verdicts.into_iter().collect();
        if verdicts.contains(&Self::NoGo) {
            Self::NoGo
        } else if !verdicts.is_empty() && verdicts.iter().all(|verdict| *verdict == Self::Go) {
            Self::Go
        } else {
            Self::Inconclusive
        }
    }

    /// The verdict over several candidates: what all of them share, else INCONCLUSIVE.
    fn shared(verdicts: impl IntoIterator<Item = Self>) -> Self {
        let mut verdicts = verdicts.into_iter();
        let Some(first) = verdicts.next() else { return Self::Inconclusive };
        if verdicts.all(|verdict| verdict == first) { first } else { Self::Inconclusive }
    }
}

/// What a policy says about a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GateResult {
    /// Name of the run.
    pub run: String,
    /// The policy, whole.
    pub policy: Policy,
    /// The verdict on the deciding level: that of the arm, or what all candidate arms share.
    pub verdict: Verdict,
    /// Every judged arm.
    pub arms: Vec<ArmVerdict>,
}

/// What a policy says about an arm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArmVerdict {
    /// Name of the arm.
    pub arm: String,
    /// Its name with provenance.
    pub label: String,
    /// Attempts judged: first tries, less what the policy leaves out.
    pub n: u64,
    /// The verdict on the deciding level.
    pub verdict: Verdict,
    /// Everything that forbids a GO.
    pub blockers: Vec<Blocker>,
    /// Every level, in the policy's order.
    pub levels: Vec<LevelVerdict>,
    /// How far attempts lost to infrastructure could move the success rate.
    pub attrition: Option<Attrition>,
}

/// Bounds on success had infrastructure not failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Attrition {
    /// First tries that infrastructure took.
    pub lost: u64,
    /// First tries that passed: the lowest count success can have.
    pub worst: u64,
    /// Passed if every lost one had passed.
    pub best: u64,
    /// First tries.
    pub n: u64,
}

/// Judges a run by a policy.
///
/// `arms` names the arms to judge. Without it every candidate is judged: each arm that asks for a
/// constraint and is not the policy's baseline; controls and the baseline are judged only when named. Only first tries count. With several arms, the overall
/// verdict is GO when all are GO, NO-GO when all are NO-GO, and INCONCLUSIVE otherwise.
///
/// Outcomes and times are taken from `attempts`; `recheck` says how many rows the stored captures do not bear out.
/// Since nobody knows what the others are worth then, one is enough to forbid every verdict.
///
/// A reason in [`Blocker`] turns a GO into INCONCLUSIVE, and a NO-GO too where
/// [`Blocker::forbids_no_go`] says so. The others leave a NO-GO standing, which is given only if it would be
/// one had every attempt passed that is missing or that failed by a fault of gonogo itself.
///
/// No probe is at hand here: under a policy that asks for some, nothing is GO. See [`gate_with_probes`].
#[must_use]
pub fn gate(
    policy: &Policy,
    receipt: &Receipt,
    attempts: &[Attempt],
    arms: Option<&[String]>,
    recheck: Recheck,
) -> GateResult {
    gate_with_probes(policy, receipt, attempts, arms, recheck, &BTreeMap::new())
}

/// The same with what `gonogo probe` has found, by arm.
#[must_use]
pub fn gate_with_probes(
    policy: &Policy,
    receipt: &Receipt,
    attempts: &[Attempt],
    arms: Option<&[String]>,
    recheck: Recheck,
    probes: &BTreeMap<String, ProbeReport>,
) -> GateResult {
    let rows = Rows::new(receipt, attempts);
    let of_run = integrity::of_run(receipt, &rows, recheck);
    let verdict = |arm: &Arm<'_>| {
        let mut blockers = of_run.clone();
        blockers.extend(probes::missing(policy, arm, probes.get(arm.name)));
        arm_verdict(policy, receipt, &rows, arm, blockers)
    };
    let judged: Vec<ArmVerdict> = match arms {
        None => rows
            .arms
            .iter()
            .filter(|arm| !arm.is_control() && policy.baseline() != Some(arm.name))
            .map(verdict)
            .collect(),
        Some(names) => names
            .iter()
            .map(|name| {
                rows.arms.iter().find(|arm| arm.name == name).map_or_else(|| absent(policy, name), verdict)
            })
            .collect(),
    };
    GateResult {
        run: receipt.run.clone(),
        policy: policy.clone(),
        verdict: Verdict::shared(judged.iter().map(|arm| arm.verdict)),
        arms: judged,
    }
}

fn arm_verdict(
    policy: &Policy,
    receipt: &Receipt,
    rows: &Rows<'_>,
    arm: &Arm<'_>,
    mut blockers: Vec<Blocker>,
) -> ArmVerdict {
    let judged: Vec<&Attempt> = arm
        .first
        .iter()
        .copied()
        .filter(|attempt| match policy.infrastructure() {
            Infrastructure::Count => true,
            Infrastructure::Exclude => attempt.outcome.kind.reached_peer(),
        })
        .collect();
    let n = judged.len() as u64;
    blockers.extend(integrity::of_arm(policy, receipt, arm, n));
    let unknown = Unknown {
        harness: arm.family(Family::Harness),
        missing: integrity::planned(receipt).saturating_sub(arm.n()),
    };
    let baseline = policy.baseline().and_then(|name| rows.arms.iter().find(|arm| arm.name == name));
    let candidate = Candidate { arm, judged, unknown, baseline };
    let levels: Vec<LevelVerdict> = policy
        .levels()
        .iter()
        .map(|level| check::level(policy, level, &candidate))
        .map(|level| LevelVerdict { verdict: level.verdict.under(&blockers), ..level })
        .collect();
    let verdict = levels
        .iter()
        .find(|level| level.level == policy.decide())
        .map_or(Verdict::Inconclusive, |level| level.verdict);
    ArmVerdict {
        arm: arm.name.into(),
        label: arm.label(),
        n,
        verdict,
        blockers,
        levels,
        attrition: attrition(arm),
    }
}

fn attrition(arm: &Arm<'_>) -> Option<Attrition> {
    let lost = arm.count(|attempt| !attempt.outcome.kind.reached_peer());
    let Rate { passed, n } = arm.success().rate;
    (lost > 0).then_some(Attrition { lost, worst: passed, best: passed + lost, n })
}

/// A named arm that neither receipt nor rows know.
fn absent(policy: &Policy, name: &str) -> ArmVerdict {
    let levels = policy.levels().iter().map(|level| LevelVerdict {
        level: level.name().into(),
        verdict: Verdict::Inconclusive,
        checks: vec![],
    });
    ArmVerdict {
        arm: name.into(),
        label: format!("{name} (no rows)"),
        n: 0,
        verdict: Verdict::Inconclusive,
        blockers: vec![Blocker::NoReceipt, Blocker::NoRows],
        levels: levels.collect(),
        attrition: None,
    }
}
