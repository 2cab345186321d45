//! How much more often one arm passes than the other.

use gonogo_stats::{
    CaseDifferences, Confidence, Interval, Rate, detectable_difference, mcnemar_exact, needed_pairs,
};
use gonogo_tables::table::real;
use serde::Serialize;

use crate::{CaseDifference, Pair, pairs::by_case};

/// Power that the sizes shown are for.
const POWER: f64 = 0.8;

/// A paired difference of success, candidate minus baseline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// Pairs.
    pub n: u64,
    /// Distinct cases among them: the pieces of evidence.
    pub cases: u64,
    /// Pairs passed, on the baseline and on the candidate.
    pub passed: [u64; 2],
    /// Pairs that only the baseline, and only the candidate, passed.
    pub only: [u64; 2],
    /// Cases on which the baseline, and the candidate, passed more often.
    pub ahead: [u64; 2],
    /// Candidate minus baseline, every case with the same weight.
    pub value: f64,
    /// Its interval at 95 %.
    pub low: f64,
    /// The same.
    pub high: f64,
    /// McNemar's exact p over cases.
    pub p: f64,
    /// The smallest difference that as many cases, disagreeing as often, show with 80 % power.
    pub detectable: Option<f64>,
    /// Cases it would take to show a difference as large as the one seen, with 80 % power.
    pub needed: Option<u64>,
}

impl Difference {
    /// The difference over these pairs; `None` where there are none.
    #[must_use]
    pub fn of<'p, 'a: 'p>(pairs: impl IntoIterator<Item = &'p Pair<'a>> + Clone) -> Option<Self> {
        let cases = by_case(pairs.clone());
        let mut only = [0, 0];
        for pair in pairs {
            match pair.passed() {
                [true, false] => only[0] += 1,
                [false, true] => only[1] += 1,
                [true, true] | [false, false] => {}
            }
        }
        Self::of_cases(&cases, only)
    }

    /// The same over cases that are counted already; `only` are the pairs that only the baseline, and only the
    /// candidate, passed.
    #[must_use]
    pub fn of_cases(cases: &[CaseDifference], only: [u64; 2]) -> Option<Self> {
        let n = cases.iter().map(|case| case.n).sum();
        (n > 0).then(|| Self::over(cases, n, only))
    }

    fn over(cases: &[CaseDifference], n: u64, only: [u64; 2]) -> Self {
        let count = cases.len() as u64;
        let differences: Vec<f64> = cases.iter().map(|case| case.difference()).collect();
        let over = CaseDifferences::new(&differences, cases.iter().any(|case| case.n > 1));
        let Interval { low, high } = over.interval(Confidence::P95);
        let ahead = [over.pairs.c, over.pairs.b];
        let passed = [0, 1].map(|side| cases.iter().map(|case| case.passed[side]).sum());
        let discordant = real(ahead[0] + ahead[1]) / real(count);
        Self {
            n,
            cases: count,
            passed,
            only,
            ahead,
            value: over.mean,
            low,
            high,
            p: mcnemar_exact(ahead[0], ahead[1]),
            detectable: detectable_difference(count, discordant, POWER, Confidence::P95),
            needed: needed_pairs(discordant, over.mean, POWER, Confidence::P95),
        }
    }

    /// The interval.
    #[must_use]
    pub fn interval(&self) -> Interval {
        Interval { low: self.low, high: self.high }
    }

    /// Success of the baseline and of the candidate over the pairs.
    #[must_use]
    pub fn rates(&self) -> [Rate; 2] {
        self.passed.map(|passed| Rate { passed, n: self.n })
    }
}
