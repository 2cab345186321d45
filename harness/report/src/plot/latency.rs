//! Cumulative distribution of total latency per arm, on a logarithmic axis.

use gonogo_stats::Sample;
use gonogo_tables::{
    ecdf::{Plot, Series, staircase},
    plot::{PlotError, clip},
};

use crate::Report;

pub(super) fn draw(report: &Report) -> Result<Option<String>, PlotError> {
    let series = report.latencies.iter().map(|arm| Series {
        label: format!(
            "{}: solid passed (n={}), dashed all (n={})",
            clip(&arm.arm, 56),
            arm.passed.n(),
            arm.all.n()
        ),
        solid: steps(&arm.passed),
        dashed: steps(&arm.all),
    });
    gonogo_tables::ecdf::draw(&Plot {
        title: "Total latency: share of attempts answered within a time",
        axis: "total latency (logarithmic)",
        series: series.collect(),
    })
}

fn steps(sample: &Sample) -> Vec<(f64, f64)> {
    let values = sample.values();
    staircase(values.len(), sample.n(), |index| values[index])
}
