//! Differences of two proportions, with intervals: paired and not.

use crate::{Confidence, Interval, Rate, real};

/// The outcomes of `n` pairs, of which `b` passed only on the first arm and `c` only on the second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pairs {
    /// Passed only on the first arm.
    pub b: u64,
    /// Passed only on the second arm.
    pub c: u64,
    /// All pairs, concordant ones included; at least `b + c`.
    pub n: u64,
}

/// No difference is known: anything from −1 to 1.
const UNKNOWN: Interval = Interval { low: -1.0, high: 1.0 };

impl Pairs {
    /// First minus second, `(b − c)/n`; `None` without pairs.
    #[must_use]
    pub fn difference(self) -> Option<f64> {
        (self.n > 0).then(|| (real(self.b) - real(self.c)) / real(self.n))
    }

    /// Tango's score interval of the difference, in `[−1, 1]`: the differences δ at which
    /// `|b − c − nδ| ≤ z·√(n(2p̃ + δ(1 − δ)))`, where p̃ is the likelihood's best probability of passing
    /// only on the second arm given δ, the larger root of `2n·p² − (b + c + δ(b − c − 2n))·p − cδ(1 − δ)`.
    /// T. Tango, Statistics in Medicine 17 (1998) 891–908. Holds its level down to a dozen pairs; pairs
    /// must be independent. Everything where there are no pairs.
    #[must_use]
    pub fn tango(self, confidence: Confidence) -> Interval {
        let Some(difference) = self.difference() else { return UNKNOWN };
        let z = confidence.z();
        // The score falls as δ grows, from +∞ at −1 to −∞ at 1.
        let low = if self.b == 0 && self.c == self.n {
            -1.0
        } else {
            crossing(-1.0, difference, |delta| self.score(delta) - z)
        };
        let high = if self.c == 0 && self.b == self.n {
            1.0
        } else {
            crossing(difference, 1.0, |delta| self.score(delta) + z)
        };
        Interval { low: low.min(difference), high: high.max(difference) }
    }

    /// The score statistic of the hypothesis that the difference is `delta`.
    fn score(self, delta: f64) -> f64 {
        let (b, c, n) = (real(self.b), real(self.c), real(self.n));
        let linear = delta * (2.0 * n - b + c) - (b + c);
        let constant = -c * delta * (1.0 - delta);
        let root = (linear * linear - 8.0 * n * constant).max(0.0).sqrt();
        let only_second = (root - linear) / (4.0 * n);
        let variance = n * (2.0 * only_second + delta * (1.0 - delta));
        let distance = b - c - n * delta;
        if variance > 0.0 {
            distance / variance.sqrt()
        } else if distance == 0.0 {
            0.0
        } else {
            f64::INFINITY.copysign(distance)
        }
    }
}

/// Where `falls`, which falls over the interval, crosses zero; to the last bit.
fn crossing(mut low: f64, mut high: f64, falls: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if falls(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Newcombe's hybrid score interval of `first − second` for independent samples, from their Wilson
/// intervals: `δ − √((p₁ − l₁)² + (u₂ − p₂)²)` to `δ + √((u₁ − p₁)² + (p₂ − l₂)²)`. R. G. Newcombe,
/// Statistics in Medicine 17 (1998) 873–890, method 10. Everything where either is empty.
#[must_use]
pub fn newcombe(first: Rate, second: Rate, confidence: Confidence) -> Interval {
    let (Some(p1), Some(p2)) = (first.value(), second.value()) else { return UNKNOWN };
    let (one, two) = (first.wilson(confidence), second.wilson(confidence));
    Interval {
        low: p1 - p2 - (p1 - one.low).hypot(two.high - p2),
        high: p1 - p2 + (one.high - p1).hypot(p2 - two.low),
    }
}

/// What an interval of `candidate − baseline` says about a margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NonInferiority {
    /// The whole interval lies above `−margin`: worse by less than the margin, if at all.
    Shown,
    /// The whole interval lies below `−margin`: worse by more.
    Refuted,
    /// The interval holds `−margin`.
    Open,
}

/// Whether a candidate is worse than a baseline by less than `margin ≥ 0`, judged by the interval of
/// `candidate − baseline`; at a two-sided confidence of 95 % this is the one-sided test at 2.5 % (ICH E9,
/// 1998, §3.3.2).
#[must_use]
pub fn non_inferiority(difference: Interval, margin: f64) -> NonInferiority {
    if difference.low > -margin {
        NonInferiority::Shown
    } else if difference.high < -margin {
        NonInferiority::Refuted
    } else {
        NonInferiority::Open
    }
}
