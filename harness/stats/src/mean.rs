//! A mean of independent values, with Student's interval.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::{Confidence, Interval, real};

/// A mean with what the sample says about it, in the unit of the sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The arithmetic mean.
    pub value: f64,
    /// `None` where fewer than two values say nothing about their spread.
    pub interval: Option<Interval>,
    /// Size of the sample.
    pub n: u64,
}

/// The mean of `values` with Student's interval `x̄ ± t_(1−α/2; n−1) · s/√n`, where `s²` divides by `n − 1`
/// ("Student", Biometrika 6 (1908) 1–25). Values must be independent; where they come in groups, take the
/// mean of each group first. Of values that are not normal the interval is right for large `n`. Values that
/// are not finite are left out; `None` where nothing is left.
#[must_use]
pub fn mean(values: impl IntoIterator<Item = f64>, confidence: Confidence) -> Option<Mean> {
    // B. P. Welford, Technometrics 4 (1962) 419–420: one pass, without the cancellation of sums of squares.
    let (mut count, mut value, mut squares) = (0_u64, 0.0_f64, 0.0_f64);
    for x in values.into_iter().filter(|value| value.is_finite()) {
        count += 1;
        let before = x - value;
        value += before / real(count);
        squares += before * (x - value);
    }
    if count == 0 {
        return None;
    }
    let n = real(count);
    let interval = StudentsT::new(0.0, 1.0, n - 1.0).ok().map(|t| {
        let reach = -t.inverse_cdf(confidence.tail()) * (squares / (n - 1.0) / n).sqrt();
        Interval { low: value - reach, high: value + reach }
    });
    Some(Mean { value, interval, n: count })
}

#[cfg(test)]
mod tests {
    use super::mean;
    use crate::Confidence;

    /// "Student" (1908), the additional hours of sleep of ten patients, as in R's `sleep`:
    /// `t.test(extra[group == 2] - extra[group == 1])` prints 0.7001142 and 2.4598858 about 1.58.
    #[test]
    fn students_own_example() {
        let hours = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
        let mean = mean(hours, Confidence::P95).unwrap();
        let interval = mean.interval.unwrap();
        assert!((mean.value - 1.58).abs() < 1e-12 && mean.n == 10);
        assert!((interval.low - 0.700_114_2).abs() < 5e-7, "{interval:?}");
        assert!((interval.high - 2.459_885_8).abs() < 5e-7, "{interval:?}");
    }

    #[test]
    fn two_values_have_the_interval_of_cauchys_quantile() {
        // t with one degree of freedom is Cauchy's: its 97.5 % quantile is tan(0.475 π); s/√n is 1/2 · |a − b|.
        let interval = mean([1.0, 3.0], Confidence::P95).unwrap().interval.unwrap();
        let reach = (0.475 * std::f64::consts::PI).tan();
        assert!((interval.high - (2.0 + reach)).abs() < 1e-6, "{interval:?}");
        assert!((interval.low - (2.0 - reach)).abs() < 1e-6, "{interval:?}");
    }

    #[test]
    fn one_value_has_no_interval_and_none_has_no_mean() {
        assert_eq!(
            mean([2.0, f64::NAN], Confidence::P95).map(|mean| (mean.value, mean.interval)),
            Some((2.0, None))
        );
        assert_eq!(mean([f64::INFINITY], Confidence::P95), None);
    }
}
