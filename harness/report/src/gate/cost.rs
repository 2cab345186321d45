//! A threshold on what a success costs.

use std::collections::BTreeMap;

use gonogo_core::{Attempt, Price};
use gonogo_stats::mean_interval;

use super::{
    Policy, Threshold,
    check::{Check, decide},
};
use crate::{
    rows::{Arm, CaseKey, PairKey, pair_key},
    table::real,
};

/// Cost and successes of a case.
#[derive(Default)]
struct Spent {
    cost: f64,
    passed: u64,
}

/// The ratio of two sums over cases, which are the independent observations. Its interval is Student's of the
/// cases' residuals `(cost − ratio · successes) / mean successes` around the ratio: W. G. Cochran, Sampling
/// Techniques (1977), §6.3. Where a try's cost is not known the sum is the least that it can be, so that nothing
/// bounds the ratio from above.
pub(super) fn cost_per_success(policy: &Policy, threshold: Threshold, arm: &Arm<'_>, at_most: f64) -> Check {
    let tries: Vec<&Attempt> = arm.every().collect();
    let price = arm.receipt.and_then(|receipt| receipt.price.as_ref());
    let price = price.filter(|price| policy.currency() == Some(price.currency()));
    let known: Vec<(&Attempt, f64)> = tries
        .iter()
        .filter_map(|attempt| {
            Some((*attempt, price?.of(attempt)? + lost(attempt, price?).unwrap_or_default()))
        })
        .collect();
    let told = |attempt: &&Attempt| price.is_some_and(|price| lost(attempt, price).is_some());
    let whole = known.len() == tries.len() && tries.iter().all(told);
    let cases = by_case(arm, &known);
    let (cost, passed) =
        cases.iter().fold((0.0, 0), |(cost, passed), case| (cost + case.cost, passed + case.passed));
    let value = (!known.is_empty()).then(|| if passed > 0 { cost / real(passed) } else { f64::INFINITY });
    let bounds = value.filter(|value| value.is_finite()).and_then(|value| {
        let mean = real(passed) / real(cases.len() as u64);
        let residuals: Vec<f64> =
            cases.iter().map(|case| (case.cost - value * real(case.passed)) / mean).collect();
        let around = mean_interval(&residuals, policy.confidence())?;
        Some(((value + around.low).max(0.0), value + around.high))
    });
    let low = bounds.map(|(low, _)| low);
    let high = bounds.map(|(_, high)| high).filter(|_| whole);
    Check {
        threshold,
        verdict: decide(high.is_some_and(|high| high <= at_most), low.is_some_and(|low| low > at_most)),
        value,
        low,
        high,
        margin: high.map(|high| at_most - high),
        n: known.len() as u64,
        count: None,
        censored: 0,
        cut_early: 0,
        withheld: 0,
        cases: cases.len() as u64,
        need: None,
        clean_cases: None,
    }
}

/// What the requests cost whose answers were lost when a run stopped; `None` where that is not known.
fn lost(attempt: &Attempt, price: &Price) -> Option<f64> {
    match attempt.asked_before.unwrap_or_default() {
        0 => Some(0.0),
        lost => Some(price.of_lost()? * f64::from(lost)),
    }
}

/// Cases in order of name, so that sums do not depend on the order of rows.
fn by_case(arm: &Arm<'_>, known: &[(&Attempt, f64)]) -> Vec<Spent> {
    let mut cases: BTreeMap<CaseKey<'_>, Spent> = BTreeMap::new();
    let mut sorted: Vec<&(&Attempt, f64)> = known.iter().collect();
    sorted.sort_by(|(a, _), (b, _)| {
        (pair_key(a), a.r#try, &a.key.step).cmp(&(pair_key(b), b.r#try, &b.key.step))
    });
    for (attempt, cost) in sorted {
        cases.entry((&attempt.key.suite, &attempt.key.case)).or_default().cost += cost;
    }
    for last in last_tries(arm) {
        let case = cases.entry((&last.key.suite, &last.key.case)).or_default();
        case.passed += u64::from(last.outcome.passed());
    }
    cases.into_values().collect()
}

/// The row that says what became of each attempt in the end.
fn last_tries<'a>(arm: &Arm<'a>) -> impl Iterator<Item = &'a Attempt> {
    let mut last: BTreeMap<PairKey<'a>, &'a Attempt> = BTreeMap::new();
    for attempt in arm.first.iter().chain(&arm.retries).copied() {
        let known = last.entry(pair_key(attempt)).or_insert(attempt);
        if attempt.r#try >= known.r#try {
            *known = attempt;
        }
    }
    last.into_values()
}
