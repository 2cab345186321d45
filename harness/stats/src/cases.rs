//! The mean difference of two arms over cases, where repeats of a case make differences that are no whole ones.

use crate::{Confidence, Interval, Pairs, rank_sum::student_spread, real};

/// Differences between two arms case by case, each from −1 to 1, summed up. Cases must be independent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CaseDifferences {
    /// Cases above zero as `b`, and below as `c`.
    pub pairs: Pairs,
    /// The mean, every case with the same weight; 0 without cases.
    pub mean: f64,
    /// Whether a case was tried more than once on each side, so that its difference may be a part of one.
    repeated: bool,
    /// The sample's variance; 0 for fewer than two cases.
    variance: f64,
    /// The largest size of a difference.
    magnitude: f64,
}

impl CaseDifferences {
    /// Sums up finite differences; `repeated` where some case was tried more than once on each side.
    #[must_use]
    pub fn new(differences: &[f64], repeated: bool) -> Self {
        let count = |is: fn(f64) -> bool| differences.iter().filter(|value| is(**value)).count() as u64;
        let cases = real(differences.len() as u64);
        let mean = differences.iter().sum::<f64>() / cases.max(1.0);
        let squares: f64 = differences.iter().map(|value| (value - mean).powi(2)).sum();
        Self {
            pairs: Pairs {
                b: count(|value| value > 0.0),
                c: count(|value| value < 0.0),
                n: differences.len() as u64,
            },
            mean,
            repeated,
            variance: squares / (cases - 1.0).max(1.0),
            magnitude: differences.iter().map(|value| value.abs()).fold(0.0, f64::max),
        }
    }

    /// What `n` cases would show that went as these did; the same where there are none.
    #[must_use]
    pub fn grown(self, n: u64) -> Self {
        if self.pairs.n == 0 {
            return self;
        }
        // Half a case is shared out as a whole one, on either side alike.
        let share = |part: u64| (2 * part * n + self.pairs.n) / (2 * self.pairs.n);
        Self { pairs: Pairs { b: share(self.pairs.b), c: share(self.pairs.c), n }, ..self }
    }

    /// The interval of the mean, in `[−1, 1]`: Tango's where each case is one pair. With repeats, Student's of the
    /// cases' differences (E. Miller, arXiv 2411.00640, §2.2), never narrower than Tango's for cases ahead against
    /// behind, scaled to the largest difference: a handful of cases that happen to agree must not pose as
    /// certainty. Everything where there are no cases.
    #[must_use]
    pub fn interval(self, confidence: Confidence) -> Interval {
        let tango = self.pairs.tango(confidence);
        if !self.repeated || self.pairs.n == 0 {
            return tango;
        }
        let around = self.pairs.difference().unwrap_or_default();
        let spread = student_spread(self.variance, self.pairs.n, confidence);
        let [below, above] = match spread {
            Some(spread) => [spread; 2],
            None => [around - tango.low, tango.high - around],
        };
        // How large the cases' differences are beside whole ones: repeats that split make them smaller.
        let scale = if self.magnitude > 0.0 { self.magnitude } else { 1.0 };
        Interval {
            low: (self.mean - below.max((around - tango.low) * scale)).max(-1.0),
            high: (self.mean + above.max((tango.high - around) * scale)).min(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CaseDifferences;
    use crate::{Confidence, Pairs};

    #[test]
    fn single_pairs_have_tangos_interval() {
        let differences = [vec![1.0; 4], vec![-1.0; 9], vec![0.0; 30]].concat();
        let pairs = Pairs { b: 4, c: 9, n: 43 };
        let cases = CaseDifferences::new(&differences, false);
        assert_eq!((cases.pairs, cases.interval(Confidence::P95)), (pairs, pairs.tango(Confidence::P95)));
        assert_eq!(Some(cases.mean), pairs.difference());
    }

    #[test]
    fn with_repeats_it_lies_around_the_mean_and_not_around_the_cases_ahead() {
        let differences = [vec![0.1; 40], vec![-1.0; 30], vec![0.0; 230]].concat();
        let cases = CaseDifferences::new(&differences, true);
        assert!(cases.pairs.difference().unwrap() > 0.0 && cases.mean < -0.08);
        let interval = cases.interval(Confidence::P95);
        let student = crate::mean_interval(&differences, Confidence::P95).unwrap();
        assert!(interval.low <= student.low + 1e-12 && interval.high >= student.high - 1e-12);
        assert!(interval.high < 0.0, "{interval:?}");
    }

    #[test]
    fn more_cases_that_go_likewise_narrow_it_around_the_same_mean() {
        let differences = [vec![0.1; 40], vec![-1.0; 30], vec![0.0; 230]].concat();
        let cases = CaseDifferences::new(&differences, true);
        let more = cases.grown(900);
        assert_eq!((more.mean, more.pairs), (cases.mean, Pairs { b: 120, c: 90, n: 900 }));
        let [now, then] = [cases, more].map(|cases| cases.interval(Confidence::P95).width());
        assert!(then < now, "{then} against {now}");
        assert_eq!(CaseDifferences::default().grown(9), CaseDifferences::default());
    }

    #[test]
    fn nothing_and_one_case_say_next_to_nothing() {
        for repeated in [false, true] {
            let none = CaseDifferences::new(&[], repeated).interval(Confidence::P95);
            assert_eq!((none.low, none.high), (-1.0, 1.0));
        }
        assert!(CaseDifferences::new(&[0.0], true).interval(Confidence::P95).width() > 1.0);
    }
}
