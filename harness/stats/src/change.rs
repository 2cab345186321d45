//! Whether a series has changed, without knowing what it should be: betting against exchangeability.

/// Bets on whether the newest values of a series lie lower than those before them.
///
/// The hypothesis is that the values are exchangeable, as nights are on which nothing changed. Each value's rank
/// among all so far, ties broken by a number drawn for it, is then uniform on `[0, 1]` and independent of the past
/// (V. Vovk, A. Gammerman and G. Shafer, Algorithmic Learning in a Random World, ch. 8), so a capital that bets
/// on low ranks does not grow on average, and ever reaches `1/α` with probability at most `α`, however often one
/// looks (Ville). The bets are `κ·p^(κ−1)`; a share of the capital moves between them each night, so that
/// a change is found however late it comes (the jumper of V. Vovk et al., Retrain or not retrain, COPA 2021).
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeBet {
    seen: Vec<f64>,
    /// The capital on each bet; the last one bets on nothing.
    capitals: [f64; BETS.len()],
    /// The capital after each value.
    history: Vec<f64>,
}

/// Exponents κ; 1 bets on nothing.
const BETS: [f64; 3] = [0.3, 0.6, 1.0];

/// The share of the capital that moves each night.
const JUMP: f64 = 0.05;

impl Default for ChangeBet {
    fn default() -> Self {
        let share = 1.0 / BETS.len() as f64;
        Self { seen: Vec::new(), capitals: [share; BETS.len()], history: Vec::new() }
    }
}

impl ChangeBet {
    /// Takes the next value, and a number drawn uniformly from `(0, 1)` that breaks ties. A value that is
    /// no number is passed over.
    pub fn observe(&mut self, value: f64, tie: f64) {
        if value.is_nan() {
            return;
        }
        self.seen.push(value);
        let count =
            |is: &dyn Fn(f64) -> bool| crate::real(self.seen.iter().filter(|past| is(**past)).count() as u64);
        let below = count(&|past| past < value);
        let equal = count(&|past| past == value);
        let rank = (below + tie.clamp(1e-9, 1.0) * equal) / crate::real(self.seen.len() as u64);
        let all: f64 = self.capitals.iter().sum();
        for (capital, bet) in self.capitals.iter_mut().zip(BETS) {
            let moved = *capital * (1.0 - JUMP) + all * JUMP / BETS.len() as f64;
            *capital = moved * bet * rank.powf(bet - 1.0);
        }
        self.history.push(self.capitals.iter().sum());
    }

    /// The capital after each value: evidence of a fall, 1 before the first.
    #[must_use]
    pub fn history(&self) -> &[f64] {
        &self.history
    }

    /// The index of the first value after which the capital was at least `1/alpha`.
    #[must_use]
    pub fn alarm(&self, alpha: f64) -> Option<usize> {
        self.history.iter().position(|capital| capital * alpha >= 1.0)
    }

    /// Where the fall that raised the alarm most likely began: the split of the whole series into a higher part and
    /// a lower one that leaves the least squares (J. Bai, J. Time Ser. Anal. 15 (1994) 453–472). 0 where no split has a
    /// lower second part.
    #[must_use]
    pub fn onset(&self, alpha: f64) -> Option<usize> {
        self.alarm(alpha)?;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / crate::real(values.len() as u64);
        let between = |split: usize| {
            let (before, after) = self.seen.split_at(split);
            let (size, rest) = (crate::real(before.len() as u64), crate::real(after.len() as u64));
            // The least squares within are the most between.
            let fall = mean(before) - mean(after);
            (fall > 0.0).then_some((split, size * rest * fall * fall))
        };
        let best = (1..self.seen.len()).filter_map(between).max_by(|a, b| a.1.total_cmp(&b.1));
        Some(best.map_or(0, |(split, _)| split))
    }
}
