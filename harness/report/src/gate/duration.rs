//! A threshold on a duration: how long an attempt took, or is known to have taken at least.

use gonogo_core::Attempt;
use gonogo_stats::Sample;

use super::{
    Policy, Threshold,
    check::{Check, Unknown, by_case, decide, grown, withhold},
    need::{clean_cases, need},
};
use crate::{censored::is_censored, latency::ns, rows::clustered};

/// How long somebody waited for something, in seconds.
#[derive(Clone, Copy)]
pub(super) enum Waited {
    /// Until it came.
    For(f64),
    /// Until a time limit. It would have come later than that, or never.
    InVain(f64),
}

impl Waited {
    fn known(self) -> Option<f64> {
        match self {
            Self::For(seconds) => Some(seconds),
            Self::InVain(_) => None,
        }
    }

    fn cut_off(self) -> Option<f64> {
        match self {
            Self::For(_) => None,
            Self::InVain(seconds) => Some(seconds),
        }
    }

    /// Whether it certainly came within so many seconds.
    fn within(self, limit: f64) -> bool {
        self.known().is_some_and(|seconds| seconds <= limit)
    }

    /// Whether it came within so many seconds, or was given up before they had passed and might have.
    fn perhaps_within(self, limit: f64) -> bool {
        self.within(limit) || self.cut_off().is_some_and(|seconds| seconds < limit)
    }
}

/// The total of an attempt that passed or ran into a limit. Other failures are left out: they came to an
/// end, but to none whose speed matters.
pub(super) fn total(attempt: &Attempt) -> Option<Waited> {
    let seconds = ns(attempt.response()) / 1e9;
    if is_censored(attempt) {
        return Some(Waited::InVain(seconds));
    }
    attempt.outcome.passed().then_some(Waited::For(seconds))
}

/// Likewise for the first token, which may have come although the answer was cut off.
pub(super) fn first_token(attempt: &Attempt) -> Option<Waited> {
    let came = attempt.response_to_first_token().map(|ttft| Waited::For(ns(ttft) / 1e9));
    if is_censored(attempt) {
        came.or(Some(Waited::InVain(ns(attempt.response()) / 1e9)))
    } else {
        came.filter(|_| attempt.outcome.passed())
    }
}

/// Every attempt of which the duration is known or known to be cut off. None, where attempts passed and not
/// one of them measured it: the arm does not report it then, and those in vain alone are no sample of it.
fn waits<'a>(judged: &[&'a Attempt], measure: fn(&Attempt) -> Option<Waited>) -> Vec<(&'a Attempt, Waited)> {
    let passed = || judged.iter().filter(|attempt| attempt.outcome.passed());
    if passed().next().is_some() && passed().all(|attempt| measure(attempt).is_none()) {
        return vec![];
    }
    judged.iter().filter_map(|attempt| Some((*attempt, measure(attempt)?))).collect()
}

/// A quantile by order statistics, over what passed and what a time limit cut off. The latter are
/// right-censored: all that is known is that they took longer than was waited. So they are late for a GO; but
/// one cut off before the threshold might have come in time, and a NO-GO has to stand even then.
pub(super) fn duration(
    policy: &Policy,
    threshold: Threshold,
    judged: &[&Attempt],
    (q, at_most_s): (f64, f64),
    unknown: Unknown,
    measure: fn(&Attempt) -> Option<Waited>,
) -> Check {
    let waits = waits(judged, measure);
    let each = || waits.iter().map(|(_, waited)| *waited);
    let sample = each().filter_map(Waited::known).collect::<Sample>();
    let sample = sample.with_censored(each().filter_map(Waited::cut_off));
    let quantile = sample.quantile(q, policy.confidence());
    let (low, high) = (quantile.and_then(|q| q.low), quantile.and_then(|q| q.high));
    // A quantile is within its limit when the share within the limit reaches it; that share knows about
    // repeated cases, which order statistics do not, so both must agree.
    let share = |is: fn(Waited, f64) -> bool| {
        let is = |attempt: &Attempt| measure(attempt).is_some_and(|waited| is(waited, at_most_s));
        by_case(clustered(waits.iter().map(|(attempt, _)| *attempt), policy.confidence(), is))
    };
    let (within, perhaps) = (share(Waited::within), share(Waited::perhaps_within));
    let verdict = decide(
        high.is_some_and(|high| high <= at_most_s) && within.clopper_pearson(policy.confidence()).low >= q,
        low.is_some_and(|low| low > at_most_s) && perhaps.clopper_pearson(policy.confidence()).high < q,
    );
    let need = |share| need(policy, verdict, share, q, true);
    let check = Check {
        threshold,
        verdict,
        value: quantile.map(|q| q.value),
        low,
        high,
        margin: high.filter(|high| high.is_finite()).map(|high| at_most_s - high),
        n: sample.n(),
        count: None,
        censored: each().filter_map(Waited::cut_off).count() as u64,
        cut_early: perhaps.rate.passed - within.rate.passed,
        withheld: 0,
        cases: within.clusters,
        need: need(within)
            .filter(|need| need.in_favour)
            .or_else(|| need(perhaps).filter(|need| !need.in_favour)),
        clean_cases: clean_cases(policy, threshold),
    };
    // Had they passed, they would be in the sample, and in time. The order statistics need no test of their
    // own: they never ask for more than the share does.
    let spared = grown(perhaps, unknown.all(), unknown.all()).clopper_pearson(policy.confidence());
    withhold(check, unknown.all(), spared.high < q)
}
