//! Evidence that may be looked at every night: betting against a mean.

/// Bets on whether the mean of values in `[0, 1]` has fallen below what it should be.
///
/// The hypothesis is that every value's mean, given those before it, is at least `mean`. Against it stands
/// a capital of 1, spread evenly over bets of several sizes: a value `x` multiplies the capital of the
/// bet `λ` by `1 + λ(mean − x)`. Under the hypothesis no capital grows on average, so by Ville's inequality
/// it ever reaches `1/α` with probability at most `α`, however often and whenever one looks. I. Waudby-Smith
/// and A. Ramdas, Estimating means of bounded random variables by betting, J. R. Stat. Soc. B 86 (2024) 1–27.
#[derive(Debug, Clone, PartialEq)]
pub struct FallBet {
    mean: f64,
    /// Logarithm of the capital of each bet.
    capitals: [f64; BETS],
    /// The highest capital so far, as a logarithm.
    best: f64,
}

/// Bets of different sizes: small ones for small falls.
const BETS: usize = 20;

impl FallBet {
    /// Bets against a mean of at least `mean`, strictly between 0 and 1.
    #[must_use]
    pub fn new(mean: f64) -> Option<Self> {
        (mean > 0.0 && mean < 1.0).then_some(Self { mean, capitals: [0.0; BETS], best: 0.0 })
    }

    /// Takes the next value; outside `[0, 1]` it counts as the nearer end, and a value that is no number
    /// is passed over.
    pub fn observe(&mut self, value: f64) {
        if value.is_nan() {
            return;
        }
        let value = value.clamp(0.0, 1.0);
        for (index, capital) in (1_u32..).zip(&mut self.capitals) {
            // The largest possible bet loses everything at a value of 1; the largest made keeps a twentieth.
            let share = f64::from(index) / f64::from(BETS as u32 + 1);
            let bet = share / (1.0 - self.mean);
            *capital += (bet * (self.mean - value)).ln_1p();
        }
        self.best = self.best.max(self.log_capital());
    }

    /// The capital now: evidence against the hypothesis, 1 at the start.
    #[must_use]
    pub fn e_value(&self) -> f64 {
        self.log_capital().exp()
    }

    /// A p-value that holds at every look: one over the highest capital so far.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        (-self.best).exp().min(1.0)
    }

    fn log_capital(&self) -> f64 {
        let most = self.capitals.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = self.capitals.iter().map(|capital| (capital - most).exp()).sum();
        most + sum.ln() - f64::from(BETS as u32).ln()
    }
}
