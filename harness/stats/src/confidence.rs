//! How sure an interval claims to be.

use statrs::distribution::{ContinuousCDF, Normal};
use thiserror::Error;

/// A two-sided confidence level, strictly between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Confidence(f64);

/// A number that is no confidence level.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("confidence {0} is not between 0 and 1; 0.95 is usual")]
pub struct ConfidenceError(pub f64);

impl Confidence {
    /// 95 %, the level of every figure a report shows.
    pub const P95: Self = Self(0.95);

    /// The level `level`, as a fraction.
    ///
    /// # Errors
    /// When `level` is not strictly between 0 and 1.
    pub fn new(level: f64) -> Result<Self, ConfidenceError> {
        if level > 0.0 && level < 1.0 { Ok(Self(level)) } else { Err(ConfidenceError(level)) }
    }

    /// The level as a fraction.
    #[must_use]
    pub fn level(self) -> f64 {
        self.0
    }

    /// The probability left in each tail: `(1 − level) / 2`.
    #[must_use]
    pub fn tail(self) -> f64 {
        (1.0 - self.0) / 2.0
    }

    /// The standard normal quantile that leaves [`Self::tail`] above it.
    #[must_use]
    pub fn z(self) -> f64 {
        -Normal::standard().inverse_cdf(self.tail())
    }
}

#[cfg(test)]
mod tests {
    use super::{Confidence, ConfidenceError};

    #[test]
    fn the_usual_levels_have_the_usual_quantiles() {
        assert!((Confidence::P95.z() - 1.959_963_984_540_054).abs() < 1e-9);
        assert!((Confidence::new(0.99).unwrap().z() - 2.575_829_303_548_901).abs() < 1e-9);
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        for level in [0.0, 1.0, -0.1, 95.0] {
            assert_eq!(Confidence::new(level), Err(ConfidenceError(level)));
        }
        assert!(Confidence::new(f64::NAN).is_err());
    }
}
