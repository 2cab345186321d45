//! Times of which some are only known to be longer: Kaplan and Meier's curve.

use crate::{Confidence, Interval, real};

/// One observation: a time, and whether it ended there or was cut off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lifetime {
    /// Time, in any unit.
    pub time: f64,
    /// Whether it ended at that time; else it lasted longer than that.
    pub ended: bool,
}

/// A step of the curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Survival {
    /// Where the curve steps down.
    pub time: f64,
    /// How many were still under way just before.
    pub at_risk: u64,
    /// How many ended there.
    pub ended: u64,
    /// Share that lasts longer than `time`.
    pub share: f64,
    /// Interval of the share.
    pub interval: Interval,
}

/// Kaplan and Meier's product-limit curve, one step per time at which something ended, ascending:
/// `S(t) = Π (1 − d_i/n_i)` (J. Am. Stat. Assoc. 53 (1958) 457–481). Its pointwise interval is that of
/// `ln(−ln S)` with Greenwood's variance `Σ d_i/(n_i(n_i − d_i))` (J. D. Kalbfleisch and R. L. Prentice,
/// The Statistical Analysis of Failure Time Data, §1.4), which stays inside `[0, 1]`; where the curve is
/// at 0 nothing is known below the last step. What is cut off at the time of an end counts as
/// at risk there. Times that are not finite are left out. Cutting off must have nothing to do with what the
/// time would have been, as a limit that is the same for all has not.
#[must_use]
pub fn kaplan_meier(lifetimes: &[Lifetime], confidence: Confidence) -> Vec<Survival> {
    let mut sorted: Vec<Lifetime> = lifetimes.iter().copied().filter(|life| life.time.is_finite()).collect();
    sorted.sort_by(|a, b| a.time.total_cmp(&b.time));
    let mut steps: Vec<Survival> = Vec::new();
    let (mut share, mut greenwood) = (1.0, 0.0);
    let mut rest = &sorted[..];
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|life| life.time == first.time).count();
        let ended = rest[..same].iter().filter(|life| life.ended).count() as u64;
        let at_risk = rest.len() as u64;
        if ended > 0 {
            share *= 1.0 - real(ended) / real(at_risk);
            greenwood += real(ended) / (real(at_risk) * real(at_risk - ended));
            let below = steps.last().map_or(1.0, |step| step.interval.high);
            let interval = log_log(share, greenwood, below, confidence);
            steps.push(Survival { time: first.time, at_risk, ended, share, interval });
        }
        rest = &rest[same..];
    }
    steps
}

fn log_log(share: f64, greenwood: f64, before: f64, confidence: Confidence) -> Interval {
    if share <= 0.0 {
        return Interval { low: 0.0, high: before };
    }
    let spread = confidence.z() * greenwood.sqrt() / share.ln().abs();
    Interval { low: share.powf(spread.exp()), high: share.powf((-spread).exp()) }
}

/// The first time by which at least the share `q` has ended; `None` where the curve does not get there.
#[must_use]
pub fn survival_quantile(curve: &[Survival], q: f64) -> Option<f64> {
    // The product of fractions misses a round share by a hair.
    curve.iter().find(|step| step.share <= 1.0 - q + 1e-12).map(|step| step.time)
}
