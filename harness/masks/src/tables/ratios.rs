//! Two arms on the same steps: how many times as long one takes as the other.

use std::cmp::Ordering;

use gonogo_stats::{Confidence, Sample, mean_interval};
use gonogo_tables::table::real;
use serde::{Deserialize, Serialize};

use super::Measure;
use crate::{Configuration, Limits, Record, trials::Trials};

/// Two arms of one configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Their names; a ratio is the second's time over the first's.
    pub arms: [String; 2],
    /// Their configuration.
    pub configuration: Configuration,
    /// Time between masks, over the steps that both took.
    pub tbm: Ratio,
    /// Time to the first mask, over the subjects that both compiled.
    pub ttfm: Ratio,
}

/// The second arm's time over the first's, paired by subject.
///
/// A subject's log-ratio is the mean over the steps that both arms took of `ln(second / first)`, where a time
/// of zero counts as one nanosecond. Subjects are the independent observations, however many steps they have.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// Subjects with at least one value on both arms.
    pub subjects: u64,
    /// Values on both arms.
    pub values: u64,
    /// The geometric mean over subjects, with the bounds of Student's interval of the mean log-ratio.
    pub geometric: Option<Interval>,
    /// The median over subjects, with bounds by order statistics.
    pub median: Option<Interval>,
    /// Subjects on which the first, and on which the second, took less time.
    pub faster: [u64; 2],
    /// Subjects that are in none of this, because the first, or the second, was waited for in vain and the
    /// other answered.
    pub timed_out: [u64; 2],
}

impl Ratio {
    /// Whether what timed out on one arm alone makes the true ratio greater than the figure, or less; `None` where
    /// nothing timed out, or on both.
    #[must_use]
    pub fn skewed(&self) -> Option<Ordering> {
        match self.timed_out {
            [0, 0] => None,
            [0, _] => Some(Ordering::Greater),
            [_, 0] => Some(Ordering::Less),
            [_, _] => None,
        }
    }
}

/// A figure with its bounds at 95 %; those that the sample is too small for are absent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The figure.
    pub value: f64,
    /// Lower bound.
    pub low: Option<f64>,
    /// Upper bound.
    pub high: Option<f64>,
}

/// Every pair of arms of one configuration.
pub(crate) fn pairs(trials: &Trials<'_>, limits: &Limits) -> Vec<Pair> {
    let ratio = |measure, arms| ratio(trials, limits, measure, arms);
    let pairs = trials.pairs().into_iter().map(|arms| Pair {
        arms: arms.map(|arm| trials.arm(arm).name.clone()),
        configuration: trials.arm(arms[0]).configuration,
        tbm: ratio(Measure::Tbm, arms),
        ttfm: ratio(Measure::Ttfm, arms),
    });
    pairs.collect()
}

fn ratio(trials: &Trials<'_>, limits: &Limits, measure: Measure, arms: [usize; 2]) -> Ratio {
    let mut ratio = Ratio::default();
    let mut logs: Vec<f64> = Vec::new();
    for place in 0..trials.survey.subjects.len() {
        let [Some(first), Some(second)] = arms.map(|arm| trials.get(arm, place)) else { continue };
        let records = [first.record, second.record];
        if let Some((log, values)) = log_ratio(measure, records) {
            ratio.values += values;
            ratio.faster[usize::from(log < 0.0)] += u64::from(log != 0.0);
            logs.push(log);
        }
        let late = records.map(|record| measure.beyond(record, limits).is_some());
        let came = records.map(|record| measure.lengths(record).iter().any(|length| *length > 0));
        ratio.timed_out[0] += u64::from(late[0] && came[1]);
        ratio.timed_out[1] += u64::from(late[1] && came[0]);
    }
    ratio.subjects = logs.len() as u64;
    ratio.geometric = (!logs.is_empty()).then(|| {
        let interval = mean_interval(&logs, Confidence::P95);
        Interval {
            value: (logs.iter().sum::<f64>() / real(ratio.subjects)).exp(),
            low: interval.map(|interval| interval.low.exp()),
            high: interval.map(|interval| interval.high.exp()),
        }
    });
    let sample: Sample = logs.into_iter().collect();
    ratio.median = sample.quantile(0.5, Confidence::P95).map(|median| Interval {
        value: median.value.exp(),
        low: median.low.map(f64::exp),
        high: median.high.map(f64::exp),
    });
    ratio
}

/// The mean log-ratio of one subject over what both have, and of how many values; `None` where that is
/// nothing.
fn log_ratio(measure: Measure, records: [&Record; 2]) -> Option<(f64, u64)> {
    let lines = |record| -> Vec<Vec<(usize, u64)>> {
        let mut lines: Vec<Vec<(usize, u64)>> = Vec::new();
        measure.visit(record, |line, step, value| {
            lines.resize_with(lines.len().max(line + 1), Vec::new);
            lines[line].push((step, value));
        });
        lines
    };
    let [first, second] = records.map(lines);
    let (mut sum, mut count) = (0.0, 0);
    for ((step, one), (other_step, other)) in
        first.iter().zip(&second).flat_map(|(first, second)| first.iter().zip(second))
    {
        debug_assert_eq!(step, other_step, "lines of one measure begin at the same step");
        sum += (real((*other).max(1)) / real((*one).max(1))).ln();
        count += 1;
    }
    (count > 0).then(|| (sum / real(count), count))
}
