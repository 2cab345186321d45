//! How much slower one arm is than the other, on what both passed.

use std::collections::BTreeMap;

use gonogo_core::{Attempt, Price};
use gonogo_stats::{Confidence, Interval, Sample, mean_interval};
use gonogo_tables::table::real;
use serde::Serialize;

use crate::{Pair, Side};

/// What is measured of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// From the (intended) start to the last byte.
    Total,
    /// From the (intended) start to the first token.
    FirstToken,
    /// Completion tokens a second of total time.
    Speed,
    /// Compile and first mask.
    FirstMask,
    /// Mask and accept, per token.
    Mask,
    /// By the arm's price, per try.
    Cost,
}

impl Measure {
    const ALL: [Self; 6] =
        [Self::Total, Self::FirstToken, Self::Speed, Self::FirstMask, Self::Mask, Self::Cost];

    /// How tables call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Total => "total time",
            Self::FirstToken => "TTFT",
            Self::Speed => "tokens per second",
            Self::FirstMask => "TTFM",
            Self::Mask => "mask per token",
            Self::Cost => "cost",
        }
    }

    fn of(self, attempt: &Attempt, price: Option<&Price>) -> Option<f64> {
        let timings = &attempt.timings;
        let tokens = || attempt.tokens.completion.filter(|tokens| *tokens > 0).map(f64::from);
        let value = match self {
            Self::Total => real(attempt.response().0),
            Self::FirstToken => real(attempt.response_to_first_token()?.0),
            Self::Speed => tokens()? / timings.total.as_secs(),
            Self::FirstMask => real(timings.compile?.0 + timings.first_mask?.0),
            Self::Mask => real(timings.mask?.0) / tokens()?,
            Self::Cost => price?.of(attempt)?,
        };
        (value.is_finite() && value > 0.0).then_some(value)
    }
}

/// A paired ratio, candidate over baseline. Several pairs of a case count as their geometric mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Speed {
    /// What is compared.
    pub measure: Measure,
    /// Cases that have it on both sides, on attempts that both passed.
    pub cases: u64,
    /// Median over cases on the baseline, and on the candidate: nanoseconds, tokens a second, or money.
    pub medians: [f64; 2],
    /// Median over cases of the ratio.
    pub median: f64,
    /// Its interval by order statistics at 95 %, where there are cases enough.
    pub low: Option<f64>,
    /// The same.
    pub high: Option<f64>,
    /// Geometric mean of the cases' ratios: the exponential of the mean difference of logarithms.
    pub mean: f64,
    /// Student's interval of it at 95 %.
    pub mean_interval: Option<[f64; 2]>,
}

/// Quantiles over cases of a paired ratio, candidate over baseline: whether it is slower throughout, or in some
/// cases much.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RatioQuantiles {
    /// What is compared.
    pub measure: Measure,
    /// Cases that have it on both sides, on attempts that both passed.
    pub cases: u64,
    /// In ascending order.
    pub quantiles: Vec<RatioQuantile>,
}

/// A quantile over cases, by nearest rank.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RatioQuantile {
    /// Which, between 0 and 1.
    pub q: f64,
    /// Its value.
    pub value: f64,
    /// Its interval by order statistics at 95 %, where there are cases enough.
    pub low: Option<f64>,
    /// The same.
    pub high: Option<f64>,
}

/// The quantiles shown: the middle, the quarters and the tenths.
const QUANTILES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];

/// The quantiles of every measure of time that users wait for.
pub(crate) fn ratios(pairs: &[Pair<'_>]) -> Vec<RatioQuantiles> {
    let of = |measure: Measure| {
        let logs = logs(pairs, measure, [None; 2]);
        let sample: Sample = logs.iter().map(|[baseline, candidate]| (candidate - baseline).exp()).collect();
        let quantiles = QUANTILES.iter().filter_map(|q| {
            let found = sample.quantile(*q, Confidence::P95)?;
            Some(RatioQuantile { q: *q, value: found.value, low: found.low, high: found.high })
        });
        let quantiles: Vec<RatioQuantile> = quantiles.collect();
        (!quantiles.is_empty()).then_some(RatioQuantiles { measure, cases: sample.n(), quantiles })
    };
    [Measure::Total, Measure::FirstToken].into_iter().filter_map(of).collect()
}

/// Every measure that both sides have.
pub(crate) fn speeds(pairs: &[Pair<'_>], sides: [Side<'_>; 2]) -> Vec<Speed> {
    let prices = sides.map(|side| side.arm_receipt().and_then(|arm| arm.price.as_ref()));
    Measure::ALL.iter().filter_map(|measure| speed(pairs, *measure, prices)).collect()
}

/// Per case the mean logarithms on the baseline and on the candidate, over attempts that both passed.
fn logs(pairs: &[Pair<'_>], measure: Measure, prices: [Option<&Price>; 2]) -> Vec<[f64; 2]> {
    let mut cases: BTreeMap<(&str, &str), Vec<[f64; 2]>> = BTreeMap::new();
    for pair in pairs.iter().filter(|pair| pair.passed() == [true, true]) {
        let key = &pair.baseline.key;
        let values = (measure.of(pair.baseline, prices[0]), measure.of(pair.candidate, prices[1]));
        if let (Some(baseline), Some(candidate)) = values {
            cases.entry((&key.suite, &key.case)).or_default().push([baseline.ln(), candidate.ln()]);
        }
    }
    let mean = |logs: &Vec<[f64; 2]>| {
        [0, 1].map(|side| logs.iter().map(|log| log[side]).sum::<f64>() / real(logs.len() as u64))
    };
    cases.values().map(mean).collect()
}

fn speed(pairs: &[Pair<'_>], measure: Measure, prices: [Option<&Price>; 2]) -> Option<Speed> {
    let means = logs(pairs, measure, prices);
    let side = |side: usize| {
        let sample: Sample = means.iter().map(|logs| logs[side].exp()).collect();
        sample.quantile(0.5, Confidence::P95).map(|median| median.value)
    };
    let logs: Vec<f64> = means.iter().map(|[baseline, candidate]| candidate - baseline).collect();
    let ratios: Sample = logs.iter().map(|log| log.exp()).collect();
    let median = ratios.quantile(0.5, Confidence::P95)?;
    let mean = logs.iter().sum::<f64>() / real(logs.len() as u64);
    Some(Speed {
        measure,
        cases: median.n,
        medians: [side(0)?, side(1)?],
        median: median.value,
        low: median.low,
        high: median.high,
        mean: mean.exp(),
        mean_interval: mean_interval(&logs, Confidence::P95)
            .map(|Interval { low, high }| [low.exp(), high.exp()]),
    })
}
