//! Cumulative distributions of TBM and TTFM, an SVG for each configuration.

use gonogo_tables::{
    ecdf::{self, Series},
    format::inline,
    plot::{accessible, clip},
};

use super::{
    Report,
    words::{self, count},
};
use crate::{
    Configuration,
    tables::{Curve, Measure, Subset},
};

/// A plot that stands in the report.
#[derive(Debug, Clone)]
pub(super) struct Plot {
    pub(super) name: String,
    pub(super) configuration: Configuration,
    pub(super) svg: String,
    /// What it shows, for those who cannot see it.
    pub(super) alternative: String,
}

/// A measure that is plotted.
struct Plotted {
    measure: Measure,
    what: &'static str,
    axis: &'static str,
}

/// The two that a caller waits for: once a token, and once a schema.
const PLOTTED: [Plotted; 2] = [
    Plotted {
        measure: Measure::Tbm,
        what: "time between masks",
        axis: "TBM: mask and accept of one token (logarithmic)",
    },
    Plotted {
        measure: Measure::Ttfm,
        what: "time to the first mask",
        axis: "TTFM: compile and first mask (logarithmic)",
    },
];

/// The plots that there is something for; one that cannot be drawn is left out: the tables hold every figure.
pub(super) fn plots(report: &Report) -> Vec<Plot> {
    let each = Configuration::ALL
        .into_iter()
        .flat_map(|configuration| PLOTTED.iter().map(move |plotted| (configuration, plotted)));
    each.filter_map(|(configuration, plotted)| plot(report, configuration, plotted)).collect()
}

fn plot(report: &Report, configuration: Configuration, plotted: &Plotted) -> Option<Plot> {
    let &Plotted { measure, what, axis } = plotted;
    let curve = |arm: &str, subset: Subset| {
        report
            .curves
            .iter()
            .find(|curve| curve.arm == arm && curve.measure == measure && curve.subset == subset)
    };
    let arms: Vec<&str> = report
        .arms
        .iter()
        .filter(|arm| arm.configuration == configuration)
        .map(|arm| arm.name.as_str())
        .collect();
    let series = arms.iter().map(|arm| series(arm, curve(arm, Subset::Common), curve(arm, Subset::Own)));
    let title = format!("Share of values within a time: {what} ({})", configuration.name());
    let plot = ecdf::Plot { title: &title, axis, series: series.collect() };
    let svg = ecdf::draw(&plot).ok()??;
    Some(Plot {
        name: format!("{}-{}.svg", measure.name(), configuration.name()),
        configuration,
        svg: accessible(&svg, &title),
        alternative: alternative(report, &title, &arms, measure),
    })
}

fn series(arm: &str, common: Option<&Curve>, own: Option<&Curve>) -> Series {
    let points = |curve: Option<&Curve>| curve.map(|curve| curve.points.clone()).unwrap_or_default();
    let lines = [("solid common", common), ("dashed own", own)];
    let lines = lines.into_iter().filter_map(|(line, curve)| Some(format!("{line} (n={})", count(curve?.n))));
    Series {
        label: format!("{}: {}", clip(arm, 40), lines.collect::<Vec<_>>().join(", ")),
        solid: points(common),
        dashed: points(own),
    }
}

fn alternative(report: &Report, title: &str, arms: &[&str], measure: Measure) -> String {
    let of = |arm: &&str| {
        let own = report.quantiles(arm, measure, Subset::Own)?;
        let [half, most] = [0.5, 0.99].map(|q| words::quantile(Some(own), q));
        Some(format!("{}: half within {half}, 99 % within {most}", inline(arm)))
    };
    let each: Vec<String> = arms.iter().filter_map(of).collect();
    format!("{title}. Over what each arm answered, {}.", each.join("; "))
}
