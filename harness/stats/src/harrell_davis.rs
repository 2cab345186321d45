//! A smooth quantile: every value counts, those near it most.

use statrs::function::beta::checked_beta_reg;

use crate::{Sample, real};

impl Sample {
    /// Harrell and Davis's estimate of the `q` quantile: `Σ x_(i)·[I_{i/n}(a, b) − I_{(i−1)/n}(a, b)]` with
    /// `a = (n + 1)q` and `b = (n + 1)(1 − q)` (Biometrika 69 (1982) 635–640). Steadier than one order
    /// statistic, and moved by every outlier. `None` for an empty sample, for one with censored values, whose
    /// weights nobody knows, and for a `q` outside `(0, 1)`.
    #[must_use]
    pub fn harrell_davis(&self, q: f64) -> Option<f64> {
        let values = self.values();
        if values.is_empty() || self.n() != values.len() as u64 || !(q > 0.0 && q < 1.0) {
            return None;
        }
        let n = real(self.n());
        let (a, b) = ((n + 1.0) * q, (n + 1.0) * (1.0 - q));
        let mut before = 0.0;
        let mut sum = 0.0;
        for (rank, value) in (1_u64..).zip(values) {
            let upto = checked_beta_reg(a, b, (real(rank) / n).min(1.0)).ok()?;
            sum += value * (upto - before);
            before = upto;
        }
        Some(sum)
    }
}
