//! Quantiles of what was measured: over what each arm answered, and over what all of them did.

use gonogo_stats::{Confidence, Grouped, GroupedQuantile, GroupedSample};
use gonogo_tables::{ecdf::staircase, table::real};
use serde::{Deserialize, Serialize};

use super::Measure;
use crate::{Configuration, Limits, trials::Trials};

/// The quantiles that are shown, beside the maximum.
pub(crate) const QUANTILES: [f64; 6] = [0.25, 0.5, 0.75, 0.9, 0.99, 0.999];

/// Over what a quantile is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subset {
    /// Everything that the arm answered, so that arms may be timed on different schemas.
    Own,
    /// What every arm of the configuration that answered anything answered: the same subject, instance and
    /// token.
    Common,
}

impl Subset {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Common => "common",
        }
    }
}

/// Quantiles of one measure on one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    /// The arm's name.
    pub arm: String,
    /// Of what.
    pub measure: Measure,
    /// Over what.
    pub subset: Subset,
    /// Of which split; `None` for all.
    pub split: Option<String>,
    /// Values, those included that were waited for in vain.
    pub n: u64,
    /// Subjects that they are from.
    pub subjects: u64,
    /// Values that were waited for in vain. They count as longer than everything else.
    pub censored: u64,
    /// The quantiles, ascending.
    pub points: Vec<Point>,
    /// The largest value that came.
    pub max: Option<u64>,
}

/// One quantile, by nearest rank, with its interval at 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Which: 0.5 is the median.
    pub q: f64,
    /// It.
    pub value: Bound,
    /// Lower bound.
    pub low: Bound,
    /// Upper bound.
    pub high: Bound,
}

/// A value or a bound of it, in the measure's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// The sample is too small to say.
    Unknown,
    /// This.
    At(u64),
    /// It lies among the values that were waited for in vain, and is greater than this.
    Beyond(u64),
}

impl Bound {
    /// The value, where there is one.
    #[must_use]
    pub fn at(self) -> Option<u64> {
        match self {
            Self::At(value) => Some(value),
            Self::Unknown | Self::Beyond(_) => None,
        }
    }

    /// `least` is what a value that is not finite is at least.
    fn of(value: Option<f64>, least: f64) -> Self {
        match value {
            None => Self::Unknown,
            Some(value) if value.is_finite() => Self::At(whole(value)),
            Some(_) => Self::Beyond(whole(least)),
        }
    }
}

/// A value as it was pushed; what is a hair beyond a limit is the limit.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "values are whole and below 2^44"
)]
fn whole(value: f64) -> u64 {
    value as u64
}

impl Quantiles {
    /// The quantile `q`, where it was computed.
    #[must_use]
    pub fn point(&self, q: f64) -> Option<&Point> {
        self.points.iter().find(|point| (point.q - q).abs() < 1e-9)
    }
}

/// Two distributions of a measure on one arm, for the plot.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Curve {
    pub(crate) arm: String,
    pub(crate) configuration: Configuration,
    pub(crate) measure: Measure,
    pub(crate) subset: Subset,
    pub(crate) n: u64,
    pub(crate) points: Vec<(f64, f64)>,
}

/// Steps of each line of each subject that all of the arms compared have.
type Shared = Vec<Vec<usize>>;

/// Every quantile, by measure, arm, subset and split. Only one measure of one arm is in memory at a time.
pub(crate) fn quantiles(trials: &Trials<'_>, limits: &Limits) -> (Vec<Quantiles>, Vec<Curve>) {
    let (mut all, mut curves) = (Vec::new(), Vec::new());
    for measure in Measure::ALL {
        for configuration in Configuration::ALL {
            let arms = trials.of(configuration);
            let shared = shared(trials, measure, &arms);
            for arm in arms {
                let of = Of { trials, limits, measure, arm };
                for subset in [Subset::Own, Subset::Common] {
                    let sample = match (subset, &shared) {
                        (Subset::Own, _) => of.every_split(subset, None, &mut all),
                        (Subset::Common, Some(shared)) => of.every_split(subset, Some(shared), &mut all),
                        (Subset::Common, None) => continue,
                    };
                    curves.extend(of.curve(configuration, subset, &sample));
                }
            }
        }
    }
    (all, curves)
}

/// What these arms have in common, without those that have nothing at all; `None` while that leaves fewer
/// than two.
fn shared(trials: &Trials<'_>, measure: Measure, arms: &[usize]) -> Option<Shared> {
    let lengths = |arm: usize| -> Shared {
        let of_trial = |place| trials.get(arm, place).map(|trial| measure.lengths(trial.record));
        (0..trials.survey.subjects.len()).map(|place| of_trial(place).unwrap_or_default()).collect()
    };
    let answered = arms.iter().map(|arm| lengths(*arm));
    let answered = answered.filter(|lengths| lengths.iter().flatten().any(|length| *length > 0));
    let (mut shared, mut count): (Option<Shared>, u32) = (None, 0);
    for lengths in answered {
        count += 1;
        shared = Some(match shared {
            None => lengths,
            Some(shared) => shared.iter().zip(&lengths).map(|(one, other)| shorter(one, other)).collect(),
        });
    }
    shared.filter(|_| count > 1)
}

fn shorter(one: &[usize], other: &[usize]) -> Vec<usize> {
    one.iter().zip(other).map(|(one, other)| *one.min(other)).collect()
}

/// One measure on one arm.
struct Of<'t, 'a> {
    trials: &'t Trials<'a>,
    limits: &'t Limits,
    measure: Measure,
    arm: usize,
}

impl Of<'_, '_> {
    /// Adds the quantiles of each split, where there are several, and of all; the sample is that of all.
    fn every_split(&self, subset: Subset, shared: Option<&Shared>, to: &mut Vec<Quantiles>) -> GroupedSample {
        let mut splits = vec![Grouped::default(); self.trials.splits.len()];
        for (place, _, trial) in self.trials.on(self.arm) {
            let Some(trial) = trial else { continue };
            let split = &mut splits[self.trials.split_of[place]];
            let group = u32::try_from(place).unwrap_or(u32::MAX);
            let upto = shared.map(|shared| &shared[place]);
            let within = |line: usize, step: usize| {
                upto.is_none_or(|upto| upto.get(line).is_some_and(|length| step < *length))
            };
            self.measure.visit(trial.record, |line, step, value| {
                if within(line, step) {
                    split.push(value, group);
                }
            });
            if let (None, Some(beyond)) = (upto, self.measure.beyond(trial.record, self.limits)) {
                split.push_censored(beyond, group);
            }
        }
        let mut all = Grouped::default();
        let several = splits.len() > 1;
        for (name, split) in self.trials.splits.iter().zip(splits) {
            let split = split.sample();
            if several {
                to.extend(self.describe(subset, Some((*name).to_owned()), &split));
            }
            all.extend(&split);
        }
        let all = all.sample();
        to.extend(self.describe(subset, None, &all));
        all
    }

    fn describe(&self, subset: Subset, split: Option<String>, sample: &GroupedSample) -> Option<Quantiles> {
        if sample.n() == 0 {
            return None;
        }
        let quantiles = sample.quantiles(&QUANTILES, Confidence::P95);
        let point = |(q, found): (f64, GroupedQuantile)| Point {
            q,
            value: Bound::of(Some(found.quantile.value), found.least),
            low: Bound::of(found.quantile.low, found.least),
            high: Bound::of(found.quantile.high, found.least_high.unwrap_or(found.least)),
        };
        Some(Quantiles {
            arm: self.trials.arm(self.arm).name.clone(),
            measure: self.measure,
            subset,
            split,
            n: sample.n(),
            subjects: sample.groups(),
            censored: sample.censored(),
            points: QUANTILES.into_iter().zip(quantiles).map(point).collect(),
            max: sample.max(),
        })
    }

    /// What is plotted of it, if anything.
    fn curve(&self, configuration: Configuration, subset: Subset, sample: &GroupedSample) -> Option<Curve> {
        if !matches!(self.measure, Measure::Tbm | Measure::Ttfm) || sample.known() == 0 {
            return None;
        }
        let at = |index| real(sample.at(index).unwrap_or_default());
        Some(Curve {
            arm: self.trials.arm(self.arm).name.clone(),
            configuration,
            measure: self.measure,
            subset,
            n: sample.n(),
            points: staircase(sample.known(), sample.n(), at),
        })
    }
}
