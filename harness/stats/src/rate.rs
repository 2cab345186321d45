//! A rate that never travels without its denominator, and its two intervals.

use statrs::function::beta::inv_beta_reg;

use crate::{Confidence, real};

/// `passed` of `n`. Where `passed` exceeds `n`, it counts as `n`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rate {
    /// How many did.
    pub passed: u64,
    /// Out of how many.
    pub n: u64,
}

/// A closed interval of probabilities or of measured values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

impl Interval {
    /// Nothing is known of a probability.
    pub const UNKNOWN: Self = Self { low: 0.0, high: 1.0 };

    /// `high − low`.
    #[must_use]
    pub fn width(self) -> f64 {
        self.high - self.low
    }
}

impl Rate {
    /// The share, or `None` when there is nothing to divide by.
    #[must_use]
    pub fn value(self) -> Option<f64> {
        (self.n > 0).then(|| real(self.passed.min(self.n)) / real(self.n))
    }

    /// Wilson's score interval, for rates that are shown.
    ///
    /// `(p̂ + z²/2n ± z·√(p̂(1−p̂)/n + z²/4n²)) / (1 + z²/n)`: E. B. Wilson, J. Am. Stat. Assoc.
    /// 22 (1927) 209–212. The whole unit interval when `n` is 0.
    #[must_use]
    pub fn wilson(self, confidence: Confidence) -> Interval {
        self.value().map_or(Interval::UNKNOWN, |share| wilson(share, real(self.n), confidence))
    }

    /// Clopper and Pearson's exact interval, for gates: it covers at least as often as it says.
    ///
    /// `[B⁻¹(α/2; k, n−k+1), B⁻¹(1−α/2; k+1, n−k)]`: Biometrika 26 (1934) 404–413. The whole unit
    /// interval when `n` is 0.
    #[must_use]
    pub fn clopper_pearson(self, confidence: Confidence) -> Interval {
        self.value().map_or(Interval::UNKNOWN, |share| clopper_pearson(share, real(self.n), confidence))
    }
}

/// Wilson's interval of a share seen in `n > 0` trials, where `n` may be an effective size.
pub(crate) fn wilson(share: f64, n: f64, confidence: Confidence) -> Interval {
    let z2 = confidence.z().powi(2);
    let centre = share + z2 / (2.0 * n);
    let spread = confidence.z() * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    enclose(share, (centre - spread) / scale, (centre + spread) / scale)
}

/// Clopper and Pearson's interval of a share seen in `n > 0` trials, where `n` may be an effective
/// size; the beta form of the bounds takes real shapes (E. L. Korn and B. I. Graubard, Survey
/// Methodology 24 (1998) 193–201).
pub(crate) fn clopper_pearson(share: f64, n: f64, confidence: Confidence) -> Interval {
    let (passed, failed) = (share * n, (1.0 - share) * n);
    let low = if passed > 0.0 { inv_beta_reg(passed, failed + 1.0, confidence.tail()) } else { 0.0 };
    let high = if failed > 0.0 { 1.0 - inv_beta_reg(failed, passed + 1.0, confidence.tail()) } else { 1.0 };
    enclose(share, low, high)
}

/// Rounding must never push the share out of its own interval, nor the interval out of `[0, 1]`.
fn enclose(share: f64, low: f64, high: f64) -> Interval {
    Interval { low: low.min(share).max(0.0), high: high.max(share).min(1.0) }
}
