//! How many trials it would take to decide against a threshold.

use crate::{ClusteredRate, Confidence, rate::clopper_pearson, real};

/// A search for a sample size ends here: nobody runs more, and from 2²³ on the inverse of the incomplete
/// beta function no longer converges for shares near 1.
const LARGEST_N: u64 = 1 << 20;

/// What it would take to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Independent trials in all, those there are included.
    pub n: u64,
    /// Whether the decision would then be in favour: the rate is at least the threshold.
    pub in_favour: bool,
}

/// The smallest number of independent trials at which Clopper and Pearson's interval would clear
/// `threshold`, assuming that the observed share stays exactly what it is: from above
/// (`low ≥ threshold`) when the share exceeds it, from below (`high < threshold`) when it falls short.
///
/// The share is held real-valued while `n` grows, which makes the bounds monotone in `n`; with whole
/// successes the exact turning point can differ by a trial or two. `None` when there is no share, when
/// it equals the threshold, or when more than 2²⁰ trials would be needed.
#[must_use]
pub fn needed_n(observed: ClusteredRate, threshold: f64, confidence: Confidence) -> Option<Need> {
    let share = observed.rate.value()?;
    let in_favour = share > threshold;
    if share == threshold || !threshold.is_finite() {
        return None;
    }
    let n = smallest(|n| {
        let interval = clopper_pearson(share, real(n), confidence);
        if in_favour { interval.low >= threshold } else { interval.high < threshold }
    })?;
    Some(Need { n, in_favour })
}

/// The smallest number of trials that clear `threshold` when every one of them passes: with fewer, no
/// result at all could. `None` when no number up to 2²⁰ does, as for a threshold of 1.
///
/// Clopper and Pearson's lower bound of `n` out of `n` is `(α/2)^(1/n)` (Biometrika 26 (1934) 404–413), so
/// this is `⌈ln(α/2) / ln(threshold)⌉`; it is searched for with the bound that decides, so that rounding
/// cannot set the two apart. For a rate that must stay below a ceiling, ask for `1 − ceiling`: no failure
/// in `n` mirrors `n` passes out of `n`. It is also the size at which the order-statistic upper bound of
/// the `threshold` quantile begins to exist, `threshold^n ≤ α/2`.
#[must_use]
pub fn clean_n(threshold: f64, confidence: Confidence) -> Option<u64> {
    smallest(|n| clopper_pearson(1.0, real(n), confidence).low >= threshold)
}

/// The smallest number from 1 to [`LARGEST_N`] that satisfies `decides`, which must not recover.
fn smallest(decides: impl Fn(u64) -> bool) -> Option<u64> {
    let mut enough = 1;
    while !decides(enough) {
        enough *= 2;
        if enough > LARGEST_N {
            return None;
        }
    }
    let mut too_few = enough / 2;
    while enough - too_few > 1 {
        let middle = too_few + (enough - too_few) / 2;
        if decides(middle) {
            enough = middle;
        } else {
            too_few = middle;
        }
    }
    Some(enough)
}
