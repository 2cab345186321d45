//! Nights in a row, watched by a test that may be looked at every morning.

use gonogo_core::{ContentHash, Receipt};
use gonogo_stats::ChangeBet;
use serde::Serialize;

use crate::{Change, Night, Point, changes};

/// An arm over many nights.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trend {
    /// The arm.
    pub arm: String,
    /// The chance that a series in which nothing changes ever raises either alarm.
    pub alpha: f64,
    /// Every night, in order of time.
    pub nights: Vec<Point>,
    /// Whether success has fallen.
    pub success: Watch,
    /// Whether times have risen.
    pub time: Watch,
}

/// What the test says of one measure, in the series that the last night belongs to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Watch {
    /// The chance that a series in which nothing changes ever raises this alarm.
    pub alpha: f64,
    /// Nights that count.
    pub nights: u64,
    /// Evidence of a change for the worse by the last night, as a capital that began with 1.
    pub evidence: f64,
    /// The alarm, where there was one.
    pub alarm: Option<Alarm>,
}

/// A change for the worse.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alarm {
    /// The run after which the evidence sufficed.
    pub raised: String,
    /// The run with which the change most likely began.
    pub first_bad: String,
    /// The run before it.
    pub last_good: Option<String>,
    /// The measure's mean before and since.
    pub means: [Option<f64>; 2],
    /// What the receipts of those two do not agree in.
    pub changes: Vec<Change>,
}

/// The trend of `arm` over `nights`, in whatever order they come; nights without the arm are left out. Each of
/// the two measures is watched at half of `alpha`.
#[must_use]
pub fn trend(nights: &[Night<'_>], arm: &str, alpha: f64) -> Trend {
    let mut nights: Vec<Night<'_>> =
        nights.iter().copied().filter(|night| night.receipt.arm(arm).is_some()).collect();
    nights.sort_by(|a, b| (&a.receipt.started, &a.receipt.run).cmp(&(&b.receipt.started, &b.receipt.run)));
    let mut points: Vec<Point> = nights.iter().map(|night| night.point(arm)).collect();
    for index in 1..nights.len() {
        points[index].restarts = nights[index].question(arm) != nights[index - 1].question(arm);
    }
    let from = points.iter().rposition(|point| point.restarts).unwrap_or(0);
    let receipts: Vec<&Receipt> = nights[from..].iter().map(|night| night.receipt).collect();
    let series = &points[from..];
    let success = watch(series, &receipts, arm, alpha / 2.0, |point| point.success);
    // Slower is worse: the bet is on low values.
    let time = watch(series, &receipts, arm, alpha / 2.0, |point| point.time.map(|time| -time.ln()));
    let time = Watch { alarm: time.alarm.map(as_times), ..time };
    Trend { arm: arm.into(), alpha, success, time, nights: points }
}

/// Means of negative logarithms, as times again.
fn as_times(alarm: Alarm) -> Alarm {
    Alarm { means: alarm.means.map(|mean| mean.map(|mean| (-mean).exp())), ..alarm }
}

fn watch(
    points: &[Point],
    receipts: &[&Receipt],
    arm: &str,
    alpha: f64,
    measure: impl Fn(&Point) -> Option<f64>,
) -> Watch {
    let counted: Vec<(usize, f64)> = points
        .iter()
        .enumerate()
        .filter(|(_, point)| point.left.is_none())
        .filter_map(|(index, point)| Some((index, measure(point)?)))
        .collect();
    let mut bet = ChangeBet::default();
    for (index, value) in &counted {
        bet.observe(*value, tie(&points[*index].run));
    }
    let alarm = bet.alarm(alpha).zip(bet.onset(alpha)).and_then(|(raised, onset)| {
        let at = |position: usize| counted.get(position).map(|(index, _)| *index);
        let mean = |values: &[(usize, f64)]| {
            let sum: f64 = values.iter().map(|(_, value)| value).sum();
            (!values.is_empty()).then(|| sum / gonogo_tables::table::real(values.len() as u64))
        };
        let (raised, first_bad) = (at(raised)?, at(onset)?);
        let last_good = onset.checked_sub(1).and_then(at);
        Some(Alarm {
            raised: points[raised].run.clone(),
            first_bad: points[first_bad].run.clone(),
            last_good: last_good.map(|index| points[index].run.clone()),
            means: [mean(&counted[..onset]), mean(&counted[onset..])],
            changes: last_good
                .map(|good| changes(receipts[good], receipts[first_bad], arm))
                .unwrap_or_default(),
        })
    });
    Watch {
        alpha,
        nights: counted.len() as u64,
        evidence: bet.history().last().copied().unwrap_or(1.0),
        alarm,
    }
}

/// A number between 0 and 1 that breaks ties among nights: drawn from the run's name, so that a series looks
/// the same whenever it is looked at.
fn tie(run: &str) -> f64 {
    let hash = ContentHash::of(run.as_bytes());
    let digits = hash.as_str().get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    (f64::from(digits.unwrap_or_default()) + 0.5) / (f64::from(u32::MAX) + 1.0)
}
