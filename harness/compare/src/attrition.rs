//! What the answer could be if the rows that infrastructure spoiled had gone one way or the other.

use gonogo_core::Domain;
use serde::Serialize;

use crate::{Difference, Pair};

/// Bounds of the difference over what nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Attrition {
    /// Pairs spoiled on the baseline, and on the candidate.
    pub spoiled: [u64; 2],
    /// Pairs spoiled on neither side.
    pub clean: u64,
    /// The difference over those; `None` where there are none.
    pub set_aside: Option<Difference>,
    /// The least the difference over all pairs could be: every spoiled try of the baseline had passed and none
    /// of the candidate's.
    pub least: f64,
    /// The most: the other way round.
    pub most: f64,
}

/// `None` where infrastructure spoiled nothing.
pub(crate) fn attrition(pairs: &[Pair<'_>]) -> Option<Attrition> {
    let spoiled = |pair: &Pair<'_>| {
        [pair.baseline, pair.candidate].map(|attempt| attempt.outcome.domain == Domain::Infrastructure)
    };
    let counts = [0, 1].map(|side| pairs.iter().filter(|pair| spoiled(pair)[side]).count() as u64);
    if counts == [0, 0] {
        return None;
    }
    let clean: Vec<Pair<'_>> = pairs.iter().copied().filter(|pair| spoiled(pair) == [false, false]).collect();
    let bound = |granted: usize| {
        let gains = pairs.iter().map(|pair| {
            let passed = [0, 1].map(|side| pair.passed()[side] || (side == granted && spoiled(pair)[side]));
            f64::from(i8::from(passed[1]) - i8::from(passed[0]))
        });
        gains.sum::<f64>() / gonogo_tables::table::real(pairs.len() as u64)
    };
    Some(Attrition {
        spoiled: counts,
        clean: clean.len() as u64,
        set_aside: Difference::of(&clean),
        least: bound(0),
        most: bound(1),
    })
}
