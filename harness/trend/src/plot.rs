//! A trend as a picture: every night with its interval, and where something began.

use gonogo_tables::{
    nights::{self, Mark, Measure, Nights, Panel, Point as Figure},
    plot::accessible,
};

use crate::{Alarm, Point, Trend};

/// The picture of a trend and what it shows, for those who cannot see it; `None` where no night has a figure, or
/// where it cannot be drawn: the table holds every figure.
#[must_use]
pub fn plot(trend: &Trend) -> Option<(String, String)> {
    let shows = format!(
        "Success and median total time of {} over {} nights with their intervals; the figures are in the table below",
        trend.arm,
        trend.nights.len()
    );
    let success = |point: &Point| {
        let [low, high] = point.interval;
        let passed = gonogo_tables::table::real(point.passed);
        let counted = gonogo_tables::table::real(point.n.saturating_sub(point.spoiled));
        (counted > 0.0).then(|| figure(passed / counted, Some(low), Some(high), point))
    };
    let time = |point: &Point| {
        let [value, low, high] = point.median?;
        Some(figure(value?, low, high, point))
    };
    let svg = nights::draw(&Nights {
        title: &format!("{}, night by night, 95 % intervals", trend.arm),
        labels: trend.nights.iter().map(|point| day(&point.started)).collect(),
        marks: marks(trend),
        panels: vec![
            Panel {
                title: "success (of what infrastructure did not spoil)",
                measure: Measure::Share,
                points: trend.nights.iter().map(success).collect(),
            },
            Panel {
                title: "total time of what passed, median",
                measure: Measure::Time,
                points: trend.nights.iter().map(time).collect(),
            },
        ],
    });
    Some((accessible(&svg.ok()??, &shows), shows))
}

fn figure(value: f64, low: Option<f64>, high: Option<f64>, point: &Point) -> Figure {
    Figure { value, low, high, counts: point.left.is_none() }
}

/// `11-21` of `2026-11-21T02:00:00.000Z`; the year is the same nearly always.
fn day(started: &str) -> String {
    started.get(5..10).unwrap_or(started).to_owned()
}

fn marks(trend: &Trend) -> Vec<Mark> {
    let at = |run: &str| trend.nights.iter().position(|point| point.run == run);
    let restarts = trend.nights.iter().enumerate().filter(|(_, point)| point.restarts);
    let mut marks: Vec<Mark> =
        restarts.map(|(night, _)| Mark { night, label: "other questions".into(), alarm: false }).collect();
    let bad = |alarm: &Option<Alarm>| alarm.as_ref().and_then(|alarm| at(&alarm.first_bad));
    let (success, time) = (bad(&trend.success.alarm), bad(&trend.time.alarm));
    let mut alarm = |night: Option<usize>, label: &str| {
        marks.extend(night.map(|night| Mark { night, label: label.into(), alarm: true }));
    };
    match (success, time) {
        (Some(success), Some(time)) if success == time => {
            alarm(Some(success), "first bad night: success, time");
        }
        (success, time) => {
            alarm(success, "first bad night: success");
            alarm(time, "first bad night: time");
        }
    }
    marks
}
