//! Three plots as SVG, readable on a light and on a dark page: each brings its own white ground.

mod failures;
mod latency;
mod success;

use gonogo_tables::plot::accessible;

use crate::Report;

/// The plots of a report as file name and SVG, in the order of the text. A plot without data is left out,
/// and so is one that cannot be drawn: the tables hold every figure.
#[must_use]
pub fn plots(report: &Report) -> Vec<(String, String)> {
    let drawn = [
        ("success.svg", success::draw(report)),
        ("failures.svg", failures::draw(report)),
        ("latency.svg", latency::draw(report)),
    ];
    drawn
        .into_iter()
        .filter_map(|(name, svg)| Some((name.to_owned(), accessible(&svg.ok()??, title(name)))))
        .collect()
}

/// What a plot shows, for readers that cannot see it.
fn title(name: &str) -> &'static str {
    match name {
        "success.svg" => "Success by arm and language with 95 % Wilson intervals",
        "failures.svg" => "Outcome families as shares of each arm's attempts",
        _ => "Cumulative distribution of total latency per arm",
    }
}
