//! Quantiles of many whole numbers that come in groups: steps of one schema are not independent evidence.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::{
    Confidence, Quantile,
    quantile::{nearest_rank, ranks},
    real,
};

/// Bits that hold the group; the others hold the value.
const GROUP_BITS: u32 = 20;
/// The last group: all groups from here on are taken for one, which only widens an interval.
const LAST_GROUP: u32 = (1 << GROUP_BITS) - 1;
/// The largest value; larger ones are taken for it. As nanoseconds, almost five hours.
const LARGEST: u64 = u64::MAX >> GROUP_BITS;

/// Collects the values of a [`GroupedSample`], eight bytes each.
#[derive(Debug, Clone, Default)]
pub struct Grouped {
    /// Value and group in one word, so that sorting by value takes the group along.
    packed: Vec<u64>,
    /// The same of values of which only is known that they are greater.
    censored: Vec<u64>,
}

/// Whole numbers in ascending order, each from one group, and right-censored ones: each is greater than one
/// of its own. Values up to 2⁴⁴ − 1 are exact, and the first 2²⁰ − 1 groups are told apart.
#[derive(Debug, Clone, Default)]
pub struct GroupedSample {
    packed: Vec<u64>,
    censored: Vec<u64>,
    /// Values of each group, censored ones included.
    groups: Vec<u64>,
}

/// A quantile, and where it lies beyond what is known, from where on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupedQuantile {
    /// It, with its bounds.
    pub quantile: Quantile,
    /// The least that its value can be: the same rank with every censored value at its least.
    pub least: f64,
    /// The same of its upper bound.
    pub least_high: Option<f64>,
}

fn pack(value: u64, group: u32) -> u64 {
    value.min(LARGEST) << GROUP_BITS | u64::from(group.min(LAST_GROUP))
}

fn value(packed: u64) -> u64 {
    packed >> GROUP_BITS
}

fn group(packed: u64) -> usize {
    // Twenty bits fit whatever a pointer is.
    usize::try_from(packed & u64::from(LAST_GROUP)).unwrap_or_default()
}

impl Grouped {
    /// Adds a value of this group.
    pub fn push(&mut self, value: u64, group: u32) {
        self.packed.push(pack(value, group));
    }

    /// Adds a value of this group of which only is known that it is greater than `beyond`.
    pub fn push_censored(&mut self, beyond: u64, group: u32) {
        self.censored.push(pack(beyond, group));
    }

    /// Adds everything that a sample has. Samples that are added one after another are runs in order, which
    /// takes less time to sort than the values one by one.
    pub fn extend(&mut self, other: &GroupedSample) {
        self.packed.extend_from_slice(&other.packed);
        self.censored.extend_from_slice(&other.censored);
    }

    /// In order.
    #[must_use]
    pub fn sample(mut self) -> GroupedSample {
        // Stable, because that sort merges the runs it finds.
        self.packed.sort();
        self.censored.sort();
        let mut groups: Vec<u64> = Vec::new();
        for &packed in self.packed.iter().chain(&self.censored) {
            let group = group(packed);
            if groups.len() <= group {
                groups.resize(group + 1, 0);
            }
            groups[group] += 1;
        }
        GroupedSample { packed: self.packed, censored: self.censored, groups }
    }
}

impl GroupedSample {
    /// Size of the sample, censored values included.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.known() as u64 + self.censored()
    }

    /// How many values are known.
    #[must_use]
    pub fn known(&self) -> usize {
        self.packed.len()
    }

    /// How many values are censored.
    #[must_use]
    pub fn censored(&self) -> u64 {
        self.censored.len() as u64
    }

    /// Groups with at least one value.
    #[must_use]
    pub fn groups(&self) -> u64 {
        self.groups.iter().filter(|count| **count > 0).count() as u64
    }

    /// The known value of this index, ascending; the largest one behind the last.
    #[must_use]
    pub fn at(&self, index: usize) -> Option<u64> {
        self.packed.get(index).or(self.packed.last()).copied().map(value)
    }

    /// The largest known value.
    #[must_use]
    pub fn max(&self) -> Option<u64> {
        self.packed.last().copied().map(value)
    }

    /// The quantiles at `at`, ascending numbers within (0, 1); empty for an empty sample.
    ///
    /// Point by nearest rank, over all values alike. Interval after R. S. Woodruff, Journal of the American
    /// Statistical Association 47 (1952) 635–646: the sample is worth `p̂(1−p̂) / v · (z / t_{C−1})²` independent
    /// values, where `p̂` is the share of values up to the point and `v` its jackknife variance over the `C`
    /// groups, `(C−1)/C · Σ(p̂₍₋c₎ − p̂)²` (J. N. K. Rao, C. F. J. Wu and K. Yue, Survey Methodology 18 (1992)
    /// 209–217), which a group that outweighs all others cannot hide in; the degrees of freedom are corrected
    /// as by E. L. Korn and B. I. Graubard, Survey Methodology 24 (1998) 193–201. The order statistics that would
    /// bound the quantile of so many values are spread over the values there are, outwards to the end of their
    /// share; where no order statistic of so few values would, there is no bound. With one value a group this
    /// is [`Sample::quantile`](crate::Sample::quantile).
    #[must_use]
    pub fn quantiles(&self, at: &[f64], confidence: Confidence) -> Vec<GroupedQuantile> {
        let n = self.n();
        if n == 0 {
            return vec![];
        }
        let mut below = vec![0_u64; self.groups.len()];
        let mut passed = 0;
        let mut quantiles = Vec::with_capacity(at.len());
        for &q in at {
            let rank = nearest_rank(n, q);
            let point = self.most(rank);
            while let Some(packed) = self.packed.get(passed).filter(|packed| real(value(**packed)) <= point) {
                below[group(*packed)] += 1;
                passed += 1;
            }
            let worth = self.worth(&below, confidence);
            let (low, high) = spread_ranks(n, worth, q, confidence.tail());
            quantiles.push(GroupedQuantile {
                quantile: Quantile {
                    value: point,
                    low: low.map(|rank| self.least(rank)),
                    high: high.map(|rank| self.most(rank)),
                    n,
                },
                least: self.least(rank),
                least_high: high.map(|rank| self.least(rank)),
            });
        }
        quantiles
    }

    /// How many independent values the sample is worth, by how many of each group lie below a point.
    fn worth(&self, below: &[u64], confidence: Confidence) -> u64 {
        let (n, groups) = (self.n(), self.groups());
        // One value a group: the values are the groups, and nothing needs estimating.
        if n == groups {
            return n;
        }
        let n = real(n);
        // Where every value lies below, or one group is all there is, nothing can be estimated: as many as the
        // groups would be worth if each were one value repeated, (Σm)² / Σm² (L. Kish, Survey Sampling, 1965).
        let squares: f64 = self.groups.iter().map(|count| real(*count).powi(2)).sum();
        let worth = self.estimate(below, confidence).unwrap_or(n * n / squares);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to n")]
        let worth = worth.clamp(1.0, n) as u64;
        worth
    }

    /// The same, estimated from how the groups differ.
    fn estimate(&self, below: &[u64], confidence: Confidence) -> Option<f64> {
        let (n, groups) = (real(self.n()), real(self.groups()));
        let share = real(below.iter().sum()) / n;
        let independent = share * (1.0 - share);
        if independent <= 0.0 || groups < 2.0 {
            return None;
        }
        // Without a group the share would be off by (p̂·m − k) / (n − m).
        let off = |(below, count): (&u64, &u64)| (share * real(*count) - real(*below)) / (n - real(*count));
        let squares: f64 = below.iter().zip(&self.groups).map(off).map(|off| off.powi(2)).sum();
        let variance = (groups - 1.0) / groups * squares;
        let few_groups = StudentsT::new(0.0, 1.0, groups - 1.0)
            .map_or(0.0, |t| (confidence.z() / t.inverse_cdf(confidence.tail())).powi(2));
        // No difference between groups at all makes the ratio infinite; the clamp takes care of it.
        Some(independent / variance * few_groups)
    }

    /// The value of this rank, from 1, with everything censored at +∞.
    fn most(&self, rank: u64) -> f64 {
        let known = usize::try_from(rank - 1).ok().and_then(|index| self.packed.get(index));
        known.map_or(f64::INFINITY, |packed| real(value(*packed)))
    }

    /// The value of this rank, from 1, with everything censored at its least.
    fn least(&self, rank: u64) -> f64 {
        let mut among = rank;
        for (index, censored) in self.censored.iter().map(|packed| value(*packed)).enumerate() {
            // The place of a censored value: behind all known ones that are not greater than what it is beyond.
            let before = self.packed.partition_point(|packed| value(*packed) <= censored);
            let place = (before + index + 1) as u64;
            if place == rank {
                return real(censored).next_up();
            }
            if place > rank {
                break;
            }
            among -= 1;
        }
        self.most(among)
    }
}

/// Ranks (from 1) among `n` values that bound the `q` quantile as those among `worth ≤ n` would.
fn spread_ranks(n: u64, worth: u64, q: f64, tail: f64) -> (Option<u64>, Option<u64>) {
    let (low, high) = ranks(worth, q, tail);
    // Each of the few stands for n / worth of the many.
    let scaled = |rank: u64| u128::from(rank) * u128::from(n);
    let rank = |rank: u128| u64::try_from(rank).unwrap_or(n).clamp(1, n);
    (
        low.map(|low| rank(scaled(low - 1) / u128::from(worth) + 1)),
        high.map(|high| rank(scaled(high).div_ceil(u128::from(worth)))),
    )
}

#[cfg(test)]
mod tests {
    use super::{Grouped, LARGEST, spread_ranks};
    use crate::Confidence;

    #[test]
    fn a_sample_that_is_worth_itself_has_the_ranks_of_order_statistics() {
        // SciPy 1.17's figures for 100 values, as in `quantile.rs`.
        assert_eq!(spread_ranks(100, 100, 0.5, 0.025), (Some(40), Some(61)));
        // A thousand values worth a hundred: the 40th share begins at 391, the 61st ends at 610.
        assert_eq!(spread_ranks(1000, 100, 0.5, 0.025), (Some(391), Some(610)));
        assert_eq!(spread_ranks(1000, 5, 0.5, 0.025), (None, None));
    }

    #[test]
    fn repeats_within_groups_are_worth_the_groups() {
        let mut grouped = Grouped::default();
        for group in 0..100_u32 {
            (0..10).for_each(|_| grouped.push(u64::from(group) + 1, group));
        }
        let sample = grouped.sample();
        let median = sample.quantiles(&[0.5], Confidence::P95)[0].quantile;
        assert_eq!((sample.n(), sample.groups(), median.value), (1000, 100, 50.0));
        // As of a hundred values, but for Student's quantile in place of the normal one.
        let (low, high) = (median.low.unwrap(), median.high.unwrap());
        assert!((39.0..=41.0).contains(&low) && (60.0..=62.0).contains(&high), "{median:?}");
    }

    #[test]
    fn one_group_that_outweighs_all_others_leaves_no_bound() {
        let mut grouped = Grouped::default();
        (0..10_000).for_each(|step| grouped.push(1000 + step % 7, 0));
        (1..50).for_each(|group| grouped.push(10, group));
        let median = grouped.sample().quantiles(&[0.5], Confidence::P95)[0].quantile;
        assert_eq!((median.low, median.high), (None, None), "{median:?}");
    }

    #[test]
    fn censored_values_keep_their_place_from_below_and_are_endless_from_above() {
        let mut grouped = Grouped::default();
        [1, 2, 3, 4, 5, 6].into_iter().zip(0..).for_each(|(value, group)| grouped.push(value, group));
        (6..12).for_each(|group| grouped.push_censored(2, group));
        let sample = grouped.sample();
        let median = sample.quantiles(&[0.5], Confidence::P95)[0].quantile;
        assert_eq!((sample.n(), sample.known(), sample.censored()), (12, 6, 6));
        assert_eq!(median.value, 6.0);
        // Of twelve the third bounds the median from below: the first of those cut off at 2.
        assert!(median.low.is_some_and(|low| low > 2.0 && low < 2.1), "{median:?}");
        assert_eq!(median.high, Some(f64::INFINITY));
        // Of twelve the ninth is a known 3 if all that were cut off ended at once, and endless if none did.
        let three_quarters = sample.quantiles(&[0.75], Confidence::P95)[0];
        assert_eq!((three_quarters.least, three_quarters.quantile.value), (3.0, f64::INFINITY));
    }

    #[test]
    fn an_empty_sample_says_nothing_and_a_huge_value_is_the_largest() {
        let empty = Grouped::default().sample();
        assert_eq!((empty.n(), empty.max(), empty.at(0)), (0, None, None));
        assert!(empty.quantiles(&[0.5], Confidence::P95).is_empty());
        let mut one = Grouped::default();
        one.push(u64::MAX, u32::MAX);
        assert_eq!(one.sample().max(), Some(LARGEST));
    }
}
