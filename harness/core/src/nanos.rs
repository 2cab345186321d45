//! Durations as whole nanoseconds, so that a journal never rounds what was measured.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// A duration in nanoseconds. Serialised as a plain integer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nanos(pub u64);

impl Nanos {
    /// Seconds, for people and for ratios; records keep the integer.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 ns is 104 days")]
    pub fn as_secs(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// Milliseconds, for people.
    #[must_use]
    pub fn as_millis(self) -> f64 {
        self.as_secs() * 1e3
    }

    /// Microseconds, for people.
    #[must_use]
    pub fn as_micros(self) -> f64 {
        self.as_secs() * 1e6
    }

    /// The difference, or zero when `earlier` is the later one.
    #[must_use]
    pub fn saturating_sub(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }
}

impl From<Duration> for Nanos {
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl From<Nanos> for Duration {
    fn from(nanos: Nanos) -> Self {
        Self::from_nanos(nanos.0)
    }
}

impl std::ops::Add for Nanos {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::iter::Sum for Nanos {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |total, part| total + part)
    }
}

impl fmt::Display for Nanos {
    /// Three significant places in the largest unit that keeps the figure at least 1.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0..1_000 => write!(f, "{} ns", self.0),
            1_000..1_000_000 => write!(f, "{:.1} µs", self.as_micros()),
            1_000_000..1_000_000_000 => write!(f, "{:.1} ms", self.as_millis()),
            _ => write!(f, "{:.2} s", self.as_secs()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Nanos;

    #[test]
    fn shows_the_largest_fitting_unit() {
        let shown: Vec<String> =
            [999, 1_500, 2_500_000, 61_000_000_000].map(|n| Nanos(n).to_string()).to_vec();
        assert_eq!(shown, ["999 ns", "1.5 µs", "2.5 ms", "61.00 s"]);
    }
}
