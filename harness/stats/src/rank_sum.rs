//! Whether two samples lie at the same place.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::{Confidence, Interval, real};

/// The rank-sum test, two-sided: p of the two samples coming from one distribution, against one of them lying
/// higher. Normal approximation with the correction for ties and for continuity (H. B. Mann and
/// D. R. Whitney, Ann. Math. Stat. 18 (1947) 50–60; ties after E. L. Lehmann, Nonparametrics, §1.4); good from
/// about eight values a side. `None` where a side is empty, a value is no number, or all values are equal.
#[must_use]
pub fn rank_sum(first: &[f64], second: &[f64]) -> Option<f64> {
    let (m, n) = (real(first.len() as u64), real(second.len() as u64));
    let mut all: Vec<(f64, bool)> =
        first.iter().map(|value| (*value, true)).chain(second.iter().map(|value| (*value, false))).collect();
    if first.is_empty() || second.is_empty() || all.iter().any(|(value, _)| value.is_nan()) {
        return None;
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut ranks, mut ties, mut before) = (0.0, 0.0, 0.0);
    for equal in all.chunk_by(|a, b| a.0 == b.0) {
        let count = real(equal.len() as u64);
        let of_first = real(equal.iter().filter(|(_, first)| *first).count() as u64);
        ranks += of_first * (before + f64::midpoint(1.0, count));
        ties += count.powi(3) - count;
        before += count;
    }
    let total = m + n;
    let distance = ranks - m * (total + 1.0) / 2.0;
    let variance = m * n / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)));
    (variance > 0.0).then(|| {
        let z = ((distance.abs() - 0.5).max(0.0)) / variance.sqrt();
        (2.0 * Normal::standard().sf(z)).min(1.0)
    })
}

/// Student's interval of the mean of independent values: `x̄ ± t_{n−1}·s/√n` (Biometrika 6 (1908) 1–25).
/// `None` for fewer than two values, or where one is no finite number.
#[must_use]
pub fn mean_interval(values: &[f64], confidence: Confidence) -> Option<Interval> {
    let n = real(values.len() as u64);
    if values.len() < 2 || !values.iter().all(|value| value.is_finite()) {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let spread = student_spread(variance, values.len() as u64, confidence)?;
    Some(Interval { low: mean - spread, high: mean + spread })
}

/// Half of that interval for so many values of this variance: `t_{n−1}·s/√n`. `None` for fewer than two.
pub(crate) fn student_spread(variance: f64, n: u64, confidence: Confidence) -> Option<f64> {
    let freedom = n.checked_sub(1).filter(|freedom| *freedom > 0)?;
    let t = -StudentsT::new(0.0, 1.0, real(freedom)).ok()?.inverse_cdf(confidence.tail());
    Some(t * (variance / real(n)).sqrt())
}
