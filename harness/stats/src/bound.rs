//! How many trials it would take to decide against a threshold.

use crate::{ClusteredRate, Confidence, rate::clopper_pearson};

/// A search for a sample size ends here: nobody runs more.
const LARGEST_N: u64 = 1 << 32;

/// What it would take to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Independent trials in all.
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
/// it equals the threshold, or when more than 2³² trials would be needed.
#[must_use]
pub fn needed_n(observed: ClusteredRate, threshold: f64, confidence: Confidence) -> Option<Need> {
    let share = observed.rate.value()?;
    let in_favour = share > threshold;
    if share == threshold || !threshold.is_finite() {
        return None;
    }
    let decides = |n: u64| {
        let interval = clopper_pearson(share, crate::real(n), confidence);
        if in_favour { interval.low >= threshold } else { interval.high < threshold }
    };
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
    Some(Need { n: enough, in_favour })
}
