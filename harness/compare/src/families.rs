//! Which failures one arm has more of than the other.

use gonogo_core::{Family, Kind};
use gonogo_stats::{Confidence, Pairs, benjamini_hochberg, mcnemar_exact};
use serde::Serialize;

use crate::Pair;

/// How often both arms failed in one way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FamilyDifference {
    /// The family.
    pub family: Family,
    /// Its most frequent kind on either arm.
    pub kind: Kind,
    /// Pairs.
    pub n: u64,
    /// Pairs that ended so on the baseline, and on the candidate.
    pub count: [u64; 2],
    /// Candidate minus baseline.
    pub value: f64,
    /// Tango's interval at 95 %, over pairs.
    pub low: f64,
    /// The same.
    pub high: f64,
    /// McNemar's exact p, adjusted by Benjamini and Hochberg over the families shown.
    pub adjusted: f64,
}

/// Every family of failures that occurs, in table order.
pub(crate) fn families(pairs: &[Pair<'_>]) -> Vec<FamilyDifference> {
    let mut all: Vec<FamilyDifference> =
        Family::ALL.iter().filter_map(|family| difference(pairs, *family)).collect();
    let adjusted = benjamini_hochberg(&all.iter().map(|family| family.adjusted).collect::<Vec<_>>());
    for (family, adjusted) in all.iter_mut().zip(adjusted) {
        family.adjusted = adjusted;
    }
    all
}

fn difference(pairs: &[Pair<'_>], family: Family) -> Option<FamilyDifference> {
    if family == Family::Passed {
        return None;
    }
    let of =
        |pair: &Pair<'_>| [pair.baseline, pair.candidate].map(|attempt| attempt.outcome.family == family);
    let count = [0, 1].map(|side| pairs.iter().filter(|pair| of(pair)[side]).count() as u64);
    let only_candidate = pairs.iter().filter(|pair| of(pair) == [false, true]).count() as u64;
    let only_baseline = pairs.iter().filter(|pair| of(pair) == [true, false]).count() as u64;
    let score = Pairs { b: only_candidate, c: only_baseline, n: pairs.len() as u64 };
    let interval = score.tango(Confidence::P95);
    Some(FamilyDifference {
        family,
        kind: kinds(pairs, family)?,
        n: score.n,
        count,
        value: score.difference()?,
        low: interval.low,
        high: interval.high,
        adjusted: mcnemar_exact(only_candidate, only_baseline),
    })
}

/// The most frequent kind; `None` where the family does not occur.
fn kinds(pairs: &[Pair<'_>], family: Family) -> Option<Kind> {
    let count = |kind: Kind| {
        let both = pairs.iter().flat_map(|pair| [pair.baseline, pair.candidate]);
        both.filter(|attempt| attempt.outcome.kind == kind).count()
    };
    let counted = family.kinds().map(|kind| (count(kind), kind)).filter(|(count, _)| *count > 0);
    counted.max_by_key(|(count, _)| *count).map(|(_, kind)| kind)
}
