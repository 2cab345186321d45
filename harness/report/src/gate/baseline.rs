//! A threshold on how much less often an arm passes than the baseline, on the attempts that both made.

use std::collections::{BTreeMap, HashMap};

use gonogo_core::{Attempt, Domain};
use gonogo_stats::{Interval, Pairs};

use super::{
    Need, Policy, Threshold, Verdict,
    check::{Candidate, Check, decide, withhold},
    need,
    why::MOST_CASES,
};
use crate::rows::{CaseKey, PairKey, pair_key};

/// Tango's interval over cases: a case is one pair, on which the arm that passed more often is ahead, so that
/// repeats are no evidence of their own. Attempts of which the baseline's counterpart failed by infrastructure or
/// by gonogo, or is no evidence, are left out: a baseline that was away must not make others look good.
pub(super) fn no_worse(
    policy: &Policy,
    threshold: Threshold,
    candidate: &Candidate<'_, '_>,
    margin: f64,
) -> Check {
    let (pairs, n) = pairs(policy, candidate);
    let measured = pairs.n > 0;
    let Interval { low, high } = pairs.tango(policy.confidence());
    let verdict = decide(measured && low >= -margin, measured && high < -margin);
    let check = Check {
        threshold,
        verdict,
        value: pairs.difference(),
        low: measured.then_some(low),
        high: measured.then_some(high),
        margin: measured.then_some(low + margin),
        n,
        count: None,
        censored: 0,
        cut_early: 0,
        withheld: 0,
        cases: pairs.n,
        need: needed(policy, verdict, pairs, margin),
        clean_cases: need::clean_cases(policy, threshold),
    };
    let unknown = candidate.unknown.all();
    let spared = Pairs { b: pairs.b + unknown, n: pairs.n + unknown, ..pairs };
    withhold(check, unknown, spared.tango(policy.confidence()).high < -margin)
}

/// Cases ahead (`b`) and behind (`c`) the baseline, and the attempts that both made.
fn pairs(policy: &Policy, candidate: &Candidate<'_, '_>) -> (Pairs, u64) {
    let Some(baseline) = candidate.baseline else { return (Pairs::default(), 0) };
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
    let mut cases: BTreeMap<CaseKey<'_>, i64> = BTreeMap::new();
    let mut n = 0;
    for ours in &candidate.judged {
        let Some(theirs) = theirs.get(&pair_key(ours)).filter(|theirs| theirs.seed == ours.seed) else {
            continue;
        };
        n += 1;
        let ahead = i64::from(ours.outcome.passed()) - i64::from(theirs.outcome.passed());
        *cases.entry((&ours.key.suite, &ours.key.case)).or_default() += ahead;
    }
    let count = |is: fn(i64) -> bool| cases.values().filter(|ahead| is(**ahead)).count() as u64;
    (Pairs { b: count(|ahead| ahead > 0), c: count(|ahead| ahead < 0), n: cases.len() as u64 }, n)
}

/// The cases at which it would be decided if further ones went as these did.
fn needed(policy: &Policy, verdict: Verdict, pairs: Pairs, margin: f64) -> Option<Need> {
    if verdict != Verdict::Inconclusive || pairs.n == 0 {
        return None;
    }
    // Half a case is shared out as a whole one, on either side alike.
    let share = |part: u64, n: u64| (2 * part * n + pairs.n) / (2 * pairs.n);
    let decided = |n: u64| {
        let grown = Pairs { b: share(pairs.b, n), c: share(pairs.c, n), n };
        let Interval { low, high } = grown.tango(policy.confidence());
        if low >= -margin { Some(true) } else { (high < -margin).then_some(false) }
    };
    let (cases, in_favour) = (pairs.n + 1..=MOST_CASES).find_map(|n| Some((n, decided(n)?)))?;
    Some(Need { cases, more: cases - pairs.n, in_favour })
}

/// The fewest cases that can show it, when not one goes worse than on the baseline.
pub(super) fn clean_cases(policy: &Policy, margin: f64) -> Option<u64> {
    let shows = |n: u64| Pairs { b: 0, c: 0, n }.tango(policy.confidence()).low >= -margin;
    (1..=MOST_CASES).find(|n| shows(*n))
}
