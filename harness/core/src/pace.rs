//! When attempts are meant to start.

use serde::{Deserialize, Serialize};

use crate::Nanos;

/// An open loop: attempts start by the clock, whether or not earlier ones are back, as users arrive. Without
/// one the loop is closed: a slow answer delays the next start.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// Attempts a second, over all arms together; above 0.
    pub per_second: f64,
    /// How the starts are spread.
    pub arrivals: Arrivals,
}

/// How starts are spread over time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arrivals {
    /// Equal gaps.
    #[default]
    Constant,
    /// Exponential gaps: independent users.
    Poisson,
}

impl Arrivals {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Poisson => "poisson",
        }
    }
}

impl Pace {
    /// When each of `n` attempts is meant to start, since the first session's begin: the first at once, the others
    /// after gaps of `1/rate`, or of `-ln(1-u)/rate` with `u` uniform in `[0, 1)` from `seed` (a Poisson process by
    /// inversion). The same seed gives the same times.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "seconds of a schedule, not a measurement; a negative or endless one saturates"
    )]
    pub fn starts(&self, n: usize, seed: u64) -> Vec<Nanos> {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut at = 0.0_f64;
        let mut starts = Vec::with_capacity(n);
        for _ in 0..n {
            starts.push(Nanos((at * 1e9) as u64));
            at += match self.arrivals {
                Arrivals::Constant => 1.0 / self.per_second,
                Arrivals::Poisson => -(1.0 - rng.f64()).ln() / self.per_second,
            };
        }
        starts
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrivals, Pace};
    use crate::Nanos;

    #[test]
    fn constant_starts_are_one_gap_apart() {
        let pace = Pace { per_second: 4.0, arrivals: Arrivals::Constant };
        assert_eq!(pace.starts(3, 9), [Nanos(0), Nanos(250_000_000), Nanos(500_000_000)]);
    }

    #[test]
    fn poisson_gaps_have_the_mean_and_the_spread_of_an_exponential() {
        let pace = Pace { per_second: 10.0, arrivals: Arrivals::Poisson };
        let starts = pace.starts(20_001, 7);
        assert_eq!(starts, pace.starts(20_001, 7));
        assert_ne!(starts, pace.starts(20_001, 8));
        let gaps: Vec<f64> =
            starts.windows(2).map(|pair| pair[1].saturating_sub(pair[0]).as_secs()).collect();
        let mean = gaps.iter().sum::<f64>() / 20_000.0;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / 20_000.0;
        // Five standard errors of each, for 20,000 draws of an exponential of mean 0.1.
        assert!((mean - 0.1).abs() < 0.0036, "{mean}");
        assert!((variance.sqrt() - 0.1).abs() < 0.005, "{variance}");
    }
}
