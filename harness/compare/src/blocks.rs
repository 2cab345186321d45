//! Whether the two halves of the time agree: a machine or an endpoint that changed in mid-run is not one
//! thing that was measured.

use gonogo_stats::{mcnemar_exact, rank_sum};
use gonogo_tables::table::real;
use serde::Serialize;

use crate::Pair;

/// Below this a difference between halves is called drift.
const LEVEL: f64 = 0.01;

/// Fewer pairs than this in a half show nothing.
const FEWEST: usize = 5;

/// The first and the second half of the pairs, in the order in which the baseline made them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drift {
    /// The ratio of total times, candidate over baseline, on attempts that both passed.
    pub ratio: Option<Halves>,
    /// Total time on the baseline alone; cases differ, so it takes more to show.
    pub baseline: Option<Halves>,
    /// The same on the candidate.
    pub candidate: Option<Halves>,
    /// Pairs on which only one arm passed, in favour of the candidate, in each half, of how many.
    pub ahead: [[u64; 2]; 2],
    /// p of the candidate's lead being the same in both halves: a lead in the first half and a deficit in the second
    /// are one side of a sign test, the opposite the other.
    pub ahead_p: f64,
    /// Whether anything drifted.
    pub drifted: bool,
}

/// A measure in each half of the time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Halves {
    /// Values in each half.
    pub n: [u64; 2],
    /// Their geometric means.
    pub means: [f64; 2],
    /// p of the rank-sum test (H. B. Mann and D. R. Whitney, Ann. Math. Stat. 18 (1947) 50–60).
    pub p: f64,
}

impl Halves {
    fn of(logs: &[f64]) -> Option<Self> {
        let (first, second) = logs.split_at(logs.len() / 2);
        if first.len() < FEWEST {
            return None;
        }
        let mean = |logs: &[f64]| (logs.iter().sum::<f64>() / real(logs.len() as u64)).exp();
        Some(Self {
            n: [first.len() as u64, second.len() as u64],
            means: [mean(first), mean(second)],
            // Without a test, because all values are equal: nothing changed.
            p: rank_sum(first, second).unwrap_or(1.0),
        })
    }

    /// By how much the second half differs: 1.2 is a fifth more.
    #[must_use]
    pub fn change(&self) -> f64 {
        self.means[1] / self.means[0]
    }
}

/// The halves of the pairs, by the time at which the baseline's attempt was started.
pub(crate) fn drift(pairs: &[Pair<'_>]) -> Drift {
    let mut ordered: Vec<&Pair<'_>> = pairs.iter().collect();
    ordered.sort_by(|a, b| {
        let at = |pair: &Pair<'_>| (pair.baseline.started.clone(), pair.baseline.index);
        at(a).cmp(&at(b))
    });
    let both: Vec<&Pair<'_>> = ordered.iter().copied().filter(|pair| pair.passed() == [true, true]).collect();
    let total = |side: usize| {
        both.iter()
            .map(|pair| real([pair.baseline, pair.candidate][side].response().0.max(1)).ln())
            .collect::<Vec<f64>>()
    };
    let (baseline, candidate) = (total(0), total(1));
    let ratios: Vec<f64> =
        candidate.iter().zip(&baseline).map(|(candidate, baseline)| candidate - baseline).collect();
    let (first, second) = ordered.split_at(ordered.len() / 2);
    let ahead = [first, second].map(lead);
    let halves = [Halves::of(&ratios), Halves::of(&baseline), Halves::of(&candidate)];
    let ahead_p = mcnemar_exact(ahead[0][0] + ahead[1][1], ahead[0][1] + ahead[1][0]);
    let drifted = ahead_p < LEVEL || halves.iter().flatten().any(|halves| halves.p < LEVEL);
    let [ratio, baseline, candidate] = halves;
    Drift { ratio, baseline, candidate, ahead, ahead_p, drifted }
}

/// Pairs that only the candidate, and only the baseline, passed.
fn lead(pairs: &[&Pair<'_>]) -> [u64; 2] {
    [[false, true], [true, false]]
        .map(|passed| pairs.iter().filter(|pair| pair.passed() == passed).count() as u64)
}
