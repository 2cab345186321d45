//! A threshold on how much less often an arm passes than the baseline, on the attempts that both made.

use std::collections::{BTreeMap, HashMap};

use gonogo_core::{Attempt, Domain};
use gonogo_stats::{CaseDifferences, Interval, Pairs};

use super::{
    Need, Policy, Threshold, Verdict,
    check::{Candidate, Check, decide, withhold},
    need,
    why::MOST_CASES,
};
use crate::rows::{CaseKey, PairKey, pair_key};

/// The mean over cases of how much more often the arm passed than the baseline: a case has the same weight however
/// often it was repeated, and counts by how far apart the two are on it. Attempts of which the baseline's counterpart
/// failed by infrastructure or by gonogo, or is no evidence, are left out: a baseline that was away must not make
/// others look good.
pub(super) fn no_worse(
    policy: &Policy,
    threshold: Threshold,
    candidate: &Candidate<'_, '_>,
    margin: f64,
) -> Check {
    let cases = cases(policy, candidate);
    let over = differences(&cases, 0);
    let measured = over.pairs.n > 0;
    let Interval { low, high } = over.interval(policy.confidence());
    let verdict = decide(measured && low >= -margin, measured && high < -margin);
    let check = Check {
        threshold,
        verdict,
        value: measured.then_some(over.mean),
        low: measured.then_some(low),
        high: measured.then_some(high),
        margin: measured.then_some(low + margin),
        n: cases.iter().map(|case| case.n).sum(),
        count: None,
        censored: 0,
        cut_early: 0,
        withheld: 0,
        cases: over.pairs.n,
        need: needed(policy, verdict, over, margin),
        clean_cases: need::clean_cases(policy, threshold),
    };
    let unknown = candidate.unknown.all();
    let spared = differences(&cases, unknown).interval(policy.confidence());
    withhold(check, unknown, spared.high < -margin)
}

/// A case on both arms.
#[derive(Clone, Copy, Default)]
struct Case {
    /// Attempts that both made.
    n: u64,
    /// Those that only the arm passed, less those that only the baseline did.
    ahead: i32,
}

/// The differences of the cases, with so many more on which only the arm passes.
fn differences(cases: &[Case], spared: u64) -> CaseDifferences {
    let spared = (0..spared).map(|_| Case { n: 1, ahead: 1 });
    #[expect(clippy::cast_precision_loss, reason = "attempts of a case are fewer than 2^53")]
    let difference = |case: Case| f64::from(case.ahead) / case.n as f64;
    let all: Vec<f64> = cases.iter().copied().chain(spared).map(difference).collect();
    CaseDifferences::new(&all, cases.iter().any(|case| case.n > 1))
}

/// The cases of which both made attempts.
fn cases(policy: &Policy, candidate: &Candidate<'_, '_>) -> Vec<Case> {
    let Some(baseline) = candidate.baseline else { return Vec::new() };
    let counts = |attempt: &Attempt| {
        let domain = attempt.outcome.domain;
        policy.provenance().contains(&attempt.provenance)
            && domain != Domain::Infrastructure
            && domain != Domain::Harness
    };
    let theirs: HashMap<PairKey<'_>, &Attempt> = baseline
        .first
        .iter()
        .filter(|attempt| counts(attempt))
        .map(|attempt| (pair_key(attempt), *attempt))
        .collect();
    let mut cases: BTreeMap<CaseKey<'_>, Case> = BTreeMap::new();
    for ours in &candidate.judged {
        let Some(theirs) = theirs.get(&pair_key(ours)).filter(|theirs| theirs.seed == ours.seed) else {
            continue;
        };
        let case = cases.entry((&ours.key.suite, &ours.key.case)).or_default();
        case.n += 1;
        case.ahead += i32::from(ours.outcome.passed()) - i32::from(theirs.outcome.passed());
    }
    cases.into_values().collect()
}

/// The cases at which it would be decided if further ones went as these did.
fn needed(policy: &Policy, verdict: Verdict, over: CaseDifferences, margin: f64) -> Option<Need> {
    let cases = over.pairs.n;
    if verdict != Verdict::Inconclusive || cases == 0 {
        return None;
    }
    let decided = |n: u64| {
        let Interval { low, high } = over.grown(n).interval(policy.confidence());
        if low >= -margin { Some(true) } else { (high < -margin).then_some(false) }
    };
    let (enough, in_favour) = (cases + 1..=MOST_CASES).find_map(|n| Some((n, decided(n)?)))?;
    Some(Need { cases: enough, more: enough - cases, in_favour })
}

/// The fewest cases that can show it, when not one goes worse than on the baseline.
pub(super) fn clean_cases(policy: &Policy, margin: f64) -> Option<u64> {
    let shows = |n: u64| Pairs { b: 0, c: 0, n }.tango(policy.confidence()).low >= -margin;
    (1..=MOST_CASES).find(|n| shows(*n))
}
