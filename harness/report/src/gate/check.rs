//! One threshold against the rows of one arm.

use gonogo_core::{Attempt, Domain};
use gonogo_stats::{ClusteredRate, Interval, Rate};
use serde::Serialize;

use super::{
    Level, Need, Policy, Threshold, Verdict,
    baseline::no_worse,
    cost::cost_per_success,
    duration::{duration, first_token, total},
    need::{clean_cases, need},
};
use crate::rows::{Arm, clustered, success};

/// A level's verdict and what led to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LevelVerdict {
    /// Name of the level.
    pub level: String,
    /// GO when every check is, NO-GO when one is, and INCONCLUSIVE where a blocker forbids that.
    pub verdict: Verdict,
    /// One per threshold.
    pub checks: Vec<Check>,
}

/// A threshold's verdict with its evidence. Shares and their differences are fractions of one, durations seconds,
/// amounts in the policy's currency. What a time limit cut
/// off took longer than it was waited for: for `value` and `high` it takes for ever, which JSON has as null, and
/// for `low` no longer than it was waited for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// The threshold.
    pub threshold: Threshold,
    /// Its own verdict, before anything that forbids one.
    pub verdict: Verdict,
    /// What was observed; absent where there was nothing to observe.
    pub value: Option<f64>,
    /// Lower confidence bound; absent where the sample is too small to have one.
    pub low: Option<f64>,
    /// Upper confidence bound, likewise.
    pub high: Option<f64>,
    /// Distance of the conservative bound from the threshold; positive when it clears.
    pub margin: Option<f64>,
    /// Attempts the value was computed from.
    pub n: u64,
    /// Of which counted, for a share.
    pub count: Option<u64>,
    /// Of which a time limit cut off, for a duration.
    pub censored: u64,
    /// Of those, how many were cut off before the threshold: late for a GO, in time for a NO-GO, since nobody
    /// knows which.
    pub cut_early: u64,
    /// Attempts for whose sake a NO-GO is withheld: they are missing or failed by a fault of gonogo itself, and
    /// it might be none had they passed. 0 where that is not so.
    pub withheld: u64,
    /// Distinct cases among them: the size that the bounds of a share are computed at.
    pub cases: u64,
    /// What would decide the threshold if further cases went as these did; absent when it is decided
    /// already or no number would do.
    pub need: Option<Need>,
    /// The fewest cases that can meet the threshold, without a single failure; absent when no number can.
    pub clean_cases: Option<u64>,
}

/// An arm as it stands at the gate.
pub(super) struct Candidate<'r, 'a> {
    pub(super) arm: &'r Arm<'a>,
    /// First tries, less what the policy leaves out.
    pub(super) judged: Vec<&'a Attempt>,
    pub(super) unknown: Unknown,
    /// The arm that it must be no worse than, where the run has it.
    pub(super) baseline: Option<&'r Arm<'a>>,
}

/// First tries of an arm that could have gone either way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unknown {
    /// Rows that failed by a fault of gonogo itself.
    pub(super) harness: u64,
    /// Planned attempts without a row.
    pub(super) missing: u64,
}

impl Unknown {
    pub(super) fn all(self) -> u64 {
        self.harness + self.missing
    }
}

pub(super) fn level(policy: &Policy, level: &Level, candidate: &Candidate<'_, '_>) -> LevelVerdict {
    let checks: Vec<Check> =
        level.thresholds().iter().map(|threshold| check(policy, *threshold, candidate)).collect();
    let verdict = Verdict::all(checks.iter().map(|check| check.verdict));
    LevelVerdict { level: level.name().into(), verdict, checks }
}

fn check(policy: &Policy, threshold: Threshold, candidate: &Candidate<'_, '_>) -> Check {
    let (judged, unknown) = (&candidate.judged, candidate.unknown);
    let confidence = policy.confidence();
    match threshold {
        Threshold::Success { at_least } => {
            let observed = by_case(success(judged.iter().copied(), confidence));
            let check = share(policy, threshold, observed, at_least, true);
            let spared = grown(observed, unknown.all(), unknown.missing).clopper_pearson(confidence);
            withhold(check, unknown.all(), spared.high < at_least)
        }
        Threshold::Fault { domain, at_most } => {
            let observed = faults(policy, judged, domain);
            let check = share(policy, threshold, observed, at_most, false);
            let spared = grown(observed, 0, unknown.missing).clopper_pearson(confidence);
            withhold(check, unknown.missing, spared.low > at_most)
        }
        Threshold::Latency { quantile, at_most_s } => {
            duration(policy, threshold, judged, (quantile, at_most_s), unknown, total)
        }
        Threshold::FirstToken { quantile, at_most_s } => {
            duration(policy, threshold, judged, (quantile, at_most_s), unknown, first_token)
        }
        Threshold::NoWorse { margin } => no_worse(policy, threshold, candidate, margin),
        Threshold::CostPerSuccess { at_most } => cost_per_success(policy, threshold, candidate.arm, at_most),
    }
}

/// Rate and size with so much more of each. How many cases the attempts would add is unknown, so none is
/// added: the interval is at least as wide as it would be.
pub(super) fn grown(observed: ClusteredRate, passed: u64, n: u64) -> ClusteredRate {
    let rate = Rate { passed: observed.rate.passed + passed, n: observed.rate.n + n };
    ClusteredRate { rate, ..observed }
}

/// A NO-GO has to stand whatever became of the attempts that are unknown: our own faults must not cost a
/// backend its GO, and neither must stopping when the figures look bad. This is curtailed sampling: a
/// decision that the rest of the sample could not turn is that of the whole sample, and errs as rarely.
pub(super) fn withhold(check: Check, unknown: u64, stands: bool) -> Check {
    if check.verdict != Verdict::NoGo || stands {
        return check;
    }
    Check { verdict: Verdict::Inconclusive, withheld: unknown, ..check }
}

/// For a decision a case is one piece of evidence, however often it was repeated. An estimated
/// design effect would do for a table; at a gate it makes one more failure raise the lower bound,
/// because a clean sweep has no spread to estimate it from.
#[expect(clippy::cast_precision_loss, reason = "cases are fewer than 2^53")]
pub(super) fn by_case(observed: ClusteredRate) -> ClusteredRate {
    ClusteredRate { effective_n: observed.clusters as f64, ..observed }
}

fn faults(policy: &Policy, judged: &[&Attempt], domain: Domain) -> ClusteredRate {
    by_case(clustered(judged.iter().copied(), policy.confidence(), |attempt| {
        attempt.outcome.domain == domain
    }))
}

/// A share by Clopper and Pearson, at the effective size where cases repeat.
fn share(
    policy: &Policy,
    threshold: Threshold,
    observed: ClusteredRate,
    bound: f64,
    at_least: bool,
) -> Check {
    let Interval { low, high } = observed.clopper_pearson(policy.confidence());
    let measured = observed.rate.n > 0;
    let (clears, misses, margin) = if at_least {
        (low >= bound, high < bound, low - bound)
    } else {
        (high <= bound, low > bound, bound - high)
    };
    let verdict = decide(measured && clears, measured && misses);
    Check {
        threshold,
        verdict,
        value: observed.rate.value(),
        low: measured.then_some(low),
        high: measured.then_some(high),
        margin: measured.then_some(margin),
        n: observed.rate.n,
        count: Some(observed.rate.passed),
        censored: 0,
        cut_early: 0,
        withheld: 0,
        cases: observed.clusters,
        need: need(policy, verdict, observed, bound, at_least),
        clean_cases: clean_cases(policy, threshold),
    }
}

pub(super) fn decide(clears: bool, misses: bool) -> Verdict {
    match (clears, misses) {
        (true, _) => Verdict::Go,
        (false, true) => Verdict::NoGo,
        (false, false) => Verdict::Inconclusive,
    }
}
