//! A comparison as pictures: how much more often, and how much slower.

use gonogo_tables::{
    forest::{self, Forest, Line, Mark, Scale},
    plot::accessible,
};

use crate::{
    Comparison, Difference,
    render::{points, ratio_text},
};

/// The pictures of a comparison: file name, SVG, and what it shows, for those who cannot see it. A picture without
/// data is left out, and so is one that cannot be drawn: the tables hold every figure.
#[must_use]
pub fn plots(comparison: &Comparison) -> Vec<(&'static str, String, String)> {
    let drawn = [
        ("difference.svg", difference(comparison), alternative(comparison)),
        (
            "ratio.svg",
            ratio(comparison),
            "How many times as long the candidate takes, by quantile over cases, with intervals; the figures are in \
             the table above it"
                .to_owned(),
        ),
    ];
    drawn
        .into_iter()
        .filter_map(|(name, svg, shows)| Some((name, accessible(&svg.ok()??, &shows), shows)))
        .collect()
}

fn alternative(comparison: &Comparison) -> String {
    format!(
        "Difference of success in points with its interval, over all cases ({}) and in their parts; the figures are in \
         the tables",
        comparison.success.sentence()
    )
}

fn difference(comparison: &Comparison) -> Result<Option<String>, gonogo_tables::plot::PlotError> {
    let line = |label: String, difference: &Difference, colour, begins| Line {
        label,
        value: difference.value,
        low: Some(difference.low),
        high: Some(difference.high),
        figures: difference.sentence().replace(" points", ""),
        colour,
        begins,
    };
    let mut lines = vec![line("all".into(), &comparison.success, 0, false)];
    let mut by = "";
    for stratum in &comparison.strata {
        let label = format!("{} {}", stratum.by, stratum.name);
        lines.push(line(label, &stratum.difference, 6, by != stratum.by));
        by = stratum.by;
    }
    let margin = Mark {
        at: -comparison.margin,
        label: format!("margin {}", points(-comparison.margin)),
        margin: true,
    };
    let none = Mark { at: 0.0, label: "no difference".into(), margin: false };
    forest::draw(&Forest {
        title: "Success, candidate minus baseline on the same attempts, 95 %",
        axis: "difference of success in points",
        sides: ["baseline passes more", "candidate passes more"],
        scale: Scale::Points,
        marks: vec![none, margin],
        lines,
    })
}

fn ratio(comparison: &Comparison) -> Result<Option<String>, gonogo_tables::plot::PlotError> {
    let mut lines = Vec::new();
    for (position, ratio) in comparison.ratios.iter().enumerate() {
        let name = ratio.measure.name();
        lines.extend(ratio.quantiles.iter().enumerate().map(|(index, quantile)| Line {
            label: format!("{name}, p{:.0}", quantile.q * 100.0),
            value: quantile.value,
            low: quantile.low,
            high: quantile.high,
            figures: ratio_text(quantile.value, quantile.low, quantile.high),
            colour: position * 2,
            begins: index == 0 && position > 0,
        }));
    }
    forest::draw(&Forest {
        title: "How many times as long, candidate / baseline on what both passed, 95 %",
        axis: "ratio by quantile over cases (logarithmic); an arrow where cases are too few to bound it",
        sides: ["candidate is faster", "candidate is slower"],
        scale: Scale::Ratio,
        marks: vec![Mark { at: 1.0, label: "as fast".into(), margin: false }],
        lines,
    })
}
