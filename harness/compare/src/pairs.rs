//! First tries of two arms, put side by side.

use std::collections::{BTreeMap, BTreeSet};

use gonogo_core::{ArmReceipt, Attempt, Receipt};

/// One arm of one run.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The run's receipt.
    pub receipt: &'a Receipt,
    /// The run's rows, in any order.
    pub attempts: &'a [Attempt],
    /// The arm's name.
    pub arm: &'a str,
}

impl<'a> Side<'a> {
    /// The arm's receipt.
    #[must_use]
    pub fn arm_receipt(&self) -> Option<&'a ArmReceipt> {
        self.receipt.arm(self.arm)
    }

    /// What became of each of the arm's attempts at its first try: passed steps are no outcome, and retries
    /// are told elsewhere.
    pub fn first(&self) -> impl Iterator<Item = &'a Attempt> + use<'a> {
        let arm = self.arm;
        self.attempts.iter().filter(move |attempt| attempt.key.arm == arm && attempt.is_first())
    }

    /// `run/arm`, for people.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.receipt.run, self.arm)
    }
}

/// What an attempt shares with its counterpart. The seed belongs to it: a draw with another seed is another
/// attempt.
type Key<'a> = (&'a str, &'a str, Option<&'a str>, u32, u64);

fn key(attempt: &Attempt) -> Key<'_> {
    let key = &attempt.key;
    (&key.suite, &key.case, key.rung.as_deref(), key.repeat, attempt.seed)
}

/// The same attempt on both arms.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// On the baseline.
    pub baseline: &'a Attempt,
    /// On the candidate.
    pub candidate: &'a Attempt,
}

impl Pair<'_> {
    /// `suite/case[@rung] #repeat`.
    #[must_use]
    pub fn name(&self) -> String {
        let key = &self.baseline.key;
        let rung = key.rung.as_ref().map(|rung| format!("@{rung}")).unwrap_or_default();
        format!("{}/{}{rung} #{}", key.suite, key.case, key.repeat)
    }

    /// Whether baseline and candidate passed.
    #[must_use]
    pub fn passed(&self) -> [bool; 2] {
        [self.baseline.outcome.passed(), self.candidate.outcome.passed()]
    }
}

/// Everything that two sides have in common, and what they do not.
#[derive(Debug, Clone, Default)]
pub struct Paired<'a> {
    /// Attempts on both sides, in order of the baseline's plan.
    pub pairs: Vec<Pair<'a>>,
    /// First tries that only the baseline, and only the candidate, made.
    pub alone: [u64; 2],
    /// Attempts that both made, but with different seeds: they count among those alone.
    pub reseeded: u64,
}

/// Pairs the first tries of two sides.
pub(crate) fn pair<'a>(baseline: Side<'a>, candidate: Side<'a>) -> Paired<'a> {
    let theirs: BTreeMap<Key<'a>, &'a Attempt> = candidate.first().map(|row| (key(row), row)).collect();
    let mut ours: Vec<&'a Attempt> = baseline.first().collect();
    ours.sort_by_key(|attempt| attempt.index);
    let pairs: Vec<Pair<'a>> = ours
        .iter()
        .filter_map(|baseline| Some(Pair { baseline, candidate: theirs.get(&key(baseline))? }))
        .collect();
    let paired: BTreeSet<Key<'a>> = pairs.iter().map(|pair| key(pair.baseline)).collect();
    let unseeded = |attempt: &'a Attempt| {
        let (suite, case, rung, repeat, _) = key(attempt);
        (suite, case, rung, repeat)
    };
    let left: BTreeSet<_> =
        theirs.values().filter(|row| !paired.contains(&key(row))).map(|row| unseeded(row)).collect();
    let alone: Vec<_> = ours.iter().filter(|row| !paired.contains(&key(row))).collect();
    Paired {
        reseeded: alone.iter().filter(|row| left.contains(&unseeded(row))).count() as u64,
        alone: [alone.len() as u64, (theirs.len() - pairs.len()) as u64],
        pairs,
    }
}

/// A case's difference: repeats and rungs of one case are one piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CaseDifference {
    /// Attempts of the case on each side.
    pub n: u64,
    /// Passed, on the baseline and on the candidate.
    pub passed: [u64; 2],
}

impl CaseDifference {
    /// Share passed on the candidate minus that on the baseline.
    #[must_use]
    pub fn difference(self) -> f64 {
        let [baseline, candidate] = self.passed.map(gonogo_tables::table::real);
        (candidate - baseline) / gonogo_tables::table::real(self.n.max(1))
    }
}

/// The pairs, case by case; cases in order of name.
pub(crate) fn by_case<'p, 'a: 'p>(pairs: impl IntoIterator<Item = &'p Pair<'a>>) -> Vec<CaseDifference> {
    let mut cases: BTreeMap<(&str, &str), CaseDifference> = BTreeMap::new();
    for pair in pairs {
        let key = &pair.baseline.key;
        let case = cases.entry((&key.suite, &key.case)).or_insert(CaseDifference { n: 0, passed: [0, 0] });
        case.n += 1;
        for (passed, this) in case.passed.iter_mut().zip(pair.passed()) {
            *passed += u64::from(this);
        }
    }
    cases.into_values().collect()
}
