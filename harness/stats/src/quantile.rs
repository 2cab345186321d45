//! Quantiles of a sample, with intervals that admit when the sample is too small to bound them.

use statrs::distribution::{Binomial, DiscreteCDF};

use crate::{Confidence, real};

/// A quantile with what the sample can say about it. Values are in the unit of the sample. What was censored
/// may lie anywhere beyond the time it was censored at, and the bounds hold wherever that is: `value` and `high`
/// take it for +∞, `low` for no more than the time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// Nearest-rank point estimate: an observed value.
    pub value: f64,
    /// Lower confidence bound; `None` when the sample is too small to have one.
    pub low: Option<f64>,
    /// Upper confidence bound; `None` when the sample is too small to have one.
    pub high: Option<f64>,
    /// Size of the sample, censored values included.
    pub n: u64,
}

/// Finite values in ascending order, and right-censored ones: each lies beyond a time of its own.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sample {
    values: Vec<f64>,
    /// The least that each censored value can be.
    censored: Vec<f64>,
}

impl FromIterator<f64> for Sample {
    /// Values that are not finite are left out.
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        Self { values, censored: Vec::new() }
    }
}

impl Sample {
    /// The same sample with further values of which only is known that they lie beyond these times. A time that
    /// is not a number says nothing.
    #[must_use]
    pub fn with_censored(mut self, times: impl IntoIterator<Item = f64>) -> Self {
        // Beyond a time means greater, if only by as little as a number can be.
        let least = |time: f64| if time.is_nan() { f64::NEG_INFINITY } else { time.next_up() };
        self.censored.extend(times.into_iter().map(least));
        self
    }

    /// The values that are known, ascending.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Size of the sample, censored values included.
    #[must_use]
    pub fn n(&self) -> u64 {
        (self.values.len() + self.censored.len()) as u64
    }

    /// The `q` quantile: point by nearest rank (`x_(⌈nq⌉)`, type 1 of R. J. Hyndman and Y. Fan, The
    /// American Statistician 50 (1996) 361–365), interval by order statistics. `None` for an empty
    /// sample or a `q` outside `(0, 1)`.
    ///
    /// The interval is `[x_(l), x_(u)]` with the largest `l` such that `P[Bin(n,q) < l] ≤ α/2` and the
    /// smallest `u` such that `P[Bin(n,q) ≥ u] ≤ α/2` (H. A. David and H. N. Nagaraja, Order Statistics,
    /// 3rd ed., §7.1). It assumes independent values and nothing about their distribution, nor about what is
    /// censored: `x_(l)` is taken with every censored value at its least and `x_(u)` with every one at +∞, and no
    /// order statistic falls when a value grows.
    #[must_use]
    pub fn quantile(&self, q: f64, confidence: Confidence) -> Option<Quantile> {
        let n = self.n();
        if n == 0 || !(q > 0.0 && q < 1.0) {
            return None;
        }
        let (low, high) = ranks(n, q, confidence.tail());
        let most = |rank| at(&self.values, rank);
        let mut least = [&self.values[..], &self.censored[..]].concat();
        least.sort_by(f64::total_cmp);
        Some(Quantile {
            value: most(nearest_rank(n, q)),
            low: low.map(|rank| at(&least, rank)),
            high: high.map(most),
            n,
        })
    }
}

/// The value of this rank, from 1; beyond the last value everything is +∞.
fn at(values: &[f64], rank: u64) -> f64 {
    let known = usize::try_from(rank - 1).ok().and_then(|index| values.get(index));
    known.copied().unwrap_or(f64::INFINITY)
}

/// Rank, from 1, of the nearest-rank `q` quantile of `n > 0` values.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ n·q ≤ n")]
pub(crate) fn nearest_rank(n: u64, q: f64) -> u64 {
    // 0.07 · 100 is a hair above 7 in binary; without the slack it would round up to the 8th value.
    let rank = (real(n) * q - 1e-9).ceil().max(1.0) as u64;
    rank.min(n)
}

/// Ranks (from 1) of the order statistics that bound the `q` quantile of `n` values, each side missing
/// at most with probability `tail`.
pub(crate) fn ranks(n: u64, q: f64, tail: f64) -> (Option<u64>, Option<u64>) {
    let Ok(below) = Binomial::new(q, n) else { return (None, None) };
    // P[Bin < l] = cdf(l − 1) grows with l: count the ranks for which it stays within the tail.
    let low = partition(n, |rank| below.cdf(rank - 1) <= tail);
    let high = partition(n, |rank| below.sf(rank - 1) > tail) + 1;
    ((low > 0).then_some(low), (high <= n).then_some(high))
}

/// How many ranks `1..=n` come before the first that fails `holds`, which must not recover.
fn partition(n: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut passed, mut rest) = (0, n + 1);
    while rest - passed > 1 {
        let middle = passed + (rest - passed) / 2;
        if holds(middle) {
            passed = middle;
        } else {
            rest = middle;
        }
    }
    passed
}

#[cfg(test)]
mod tests {
    use super::{Sample, ranks};
    use crate::Confidence;

    #[test]
    fn ranks_agree_with_the_definition_by_scipy() {
        // SciPy 1.17: largest l with binom.cdf(l − 1, n, q) ≤ α/2, smallest u with binom.sf(u − 1, n, q) ≤ α/2.
        assert_eq!(ranks(5, 0.5, 0.025), (None, None));
        assert_eq!(ranks(6, 0.5, 0.025), (Some(1), Some(6)));
        assert_eq!(ranks(10, 0.5, 0.025), (Some(2), Some(9)));
        assert_eq!(ranks(20, 0.5, 0.025), (Some(6), Some(15)));
        assert_eq!(ranks(100, 0.5, 0.025), (Some(40), Some(61)));
    }

    #[test]
    fn an_upper_bound_for_p99_needs_299_values() {
        assert_eq!(ranks(298, 0.99, 0.05).1, None);
        assert_eq!(ranks(299, 0.99, 0.05).1, Some(299));
    }

    #[test]
    fn the_point_is_an_observed_value_by_nearest_rank() {
        // The worked example of nearest rank: 5th, 30th, 40th, 50th percentile of five values.
        let sample: Sample = [40.0, 15.0, 50.0, 20.0, 35.0].into_iter().collect();
        let point = |q| sample.quantile(q, Confidence::P95).unwrap().value;
        assert_eq!([0.05, 0.30, 0.40, 0.50].map(point), [15.0, 20.0, 20.0, 35.0]);
        assert_eq!(point(0.999), 50.0);
    }

    #[test]
    fn a_small_sample_bounds_nothing_and_an_empty_one_says_nothing() {
        let three: Sample = [1.0, 2.0, 3.0].into_iter().collect();
        let median = three.quantile(0.5, Confidence::P95).unwrap();
        assert_eq!((median.value, median.low, median.high, median.n), (2.0, None, None, 3));
        assert_eq!(Sample::default().quantile(0.5, Confidence::P95), None);
        assert_eq!([f64::NAN, f64::INFINITY].into_iter().collect::<Sample>().n(), 0);
    }

    #[test]
    fn a_quantile_among_censored_values_is_not_reached() {
        let four: Sample = [1.0, 2.0, 3.0, 4.0].into_iter().collect();
        let median = |censored| {
            four.clone().with_censored([9.0].repeat(censored)).quantile(0.5, Confidence::P95).unwrap()
        };
        assert_eq!((median(4).value, median(4).low, median(4).n), (4.0, Some(1.0), 8));
        assert_eq!((median(4).high, median(5).value), (Some(f64::INFINITY), f64::INFINITY));
    }

    #[test]
    fn a_censored_value_is_beyond_its_time_and_that_is_all_that_is_known() {
        let low =
            |time| Sample::default().with_censored([time; 6]).quantile(0.5, Confidence::P95).unwrap().low;
        assert!(low(2.0).is_some_and(|low| low > 2.0 && low < 2.1));
        assert_eq!(low(f64::NAN), Some(f64::NEG_INFINITY));
        // Of a hundred values the 40th bounds the median from below: here it is one cut off at 2.
        let early: Sample = [1.0; 30].into_iter().collect();
        let median = early.with_censored([2.0; 70]).quantile(0.5, Confidence::P95).unwrap();
        assert!(median.low.is_some_and(|low| low > 2.0 && low < 2.1));
        assert_eq!((median.value, median.high), (f64::INFINITY, Some(f64::INFINITY)));
    }

    #[test]
    fn binary_fractions_do_not_shift_the_rank() {
        let hundred: Sample = (1..=100).map(f64::from).collect();
        for percent in 1..100 {
            let value = hundred.quantile(f64::from(percent) / 100.0, Confidence::P95).unwrap().value;
            assert_eq!(value, f64::from(percent));
        }
    }
}
