//! Intervals by drawing whole clusters again.

use crate::{Confidence, Interval};

/// The percentile interval of a statistic under resampling of clusters: `draws` times as many clusters as
/// there are are drawn with replacement, whole, and the statistic is taken (B. Efron and R. J. Tibshirani, An
/// Introduction to the Bootstrap, 1993, §13.3; clusters after A. C. Cameron, J. B. Gelbach and
/// D. L. Miller, Rev. Econ. Stat. 90 (2008) 414–427). `pick(n)` gives a number below `n`, uniformly: the
/// crate has no randomness of its own. Draws without a statistic are left out; `None` where there are
/// fewer than two clusters or nothing is left. Below some thirty clusters it covers less than it says.
pub fn cluster_bootstrap<C>(
    clusters: &[C],
    statistic: impl Fn(&[&C]) -> Option<f64>,
    draws: usize,
    mut pick: impl FnMut(usize) -> usize,
    confidence: Confidence,
) -> Option<Interval> {
    if clusters.len() < 2 {
        return None;
    }
    let mut drawn: Vec<&C> = Vec::with_capacity(clusters.len());
    let mut values: Vec<f64> = Vec::with_capacity(draws);
    for _ in 0..draws {
        drawn.clear();
        drawn.extend((0..clusters.len()).filter_map(|_| clusters.get(pick(clusters.len()))));
        values.extend(statistic(&drawn).filter(|value| value.is_finite()));
    }
    values.sort_by(f64::total_cmp);
    let (low, high) = (at(&values, confidence.tail())?, at(&values, 1.0 - confidence.tail())?);
    Some(Interval { low, high })
}

/// The `q` quantile of sorted values, between neighbours (type 7 of Hyndman and Fan).
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a position between the first and the last index"
)]
fn at(sorted: &[f64], q: f64) -> Option<f64> {
    let position = (sorted.len().checked_sub(1)?) as f64 * q;
    let below = sorted.get(position.floor() as usize)?;
    let above = sorted.get(position.ceil() as usize)?;
    Some(below + (above - below) * position.fract())
}
