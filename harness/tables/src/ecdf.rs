//! Cumulative distributions of several series, on a logarithmic axis.

use plotters::{
    prelude::{ChartBuilder, IntoLogRange, LineSeries, PathElement, Text},
    series::DashedLineSeries,
    style::{
        Color,
        text_anchor::{HPos, VPos},
    },
};

use crate::{
    format::nanoseconds,
    plot::{Canvas, GRID, INK, PlotError, canvas, clip, colour, px, text, title},
    table::real,
};

/// More steps than pixels would only make the file larger.
const MOST_STEPS: usize = 720;

/// What is drawn.
#[derive(Debug, Clone)]
pub struct Plot<'a> {
    /// Its own title.
    pub title: &'a str,
    /// What the axis is.
    pub axis: &'a str,
    /// A colour each.
    pub series: Vec<Series>,
}

/// Two distributions of one series, as staircases of nanoseconds and shares.
#[derive(Debug, Clone)]
pub struct Series {
    /// Its line in the legend.
    pub label: String,
    /// Drawn solid.
    pub solid: Vec<(f64, f64)>,
    /// Drawn dashed.
    pub dashed: Vec<(f64, f64)>,
}

/// The plot as SVG; `None` where there is nothing to draw.
///
/// # Errors
/// When the library cannot draw it.
pub fn draw(plot: &Plot<'_>) -> Result<Option<String>, PlotError> {
    let every = plot.series.iter().flat_map(|series| series.solid.iter().chain(&series.dashed));
    let (low, high) = every.fold((f64::INFINITY, 0.0_f64), |(low, high), (x, _)| (low.min(*x), high.max(*x)));
    if high <= 0.0 {
        return Ok(None);
    }
    let legend_height = 40 + 22 * px(plot.series.len());
    canvas(u32::try_from(legend_height + 340)?, |area| {
        legend(area, plot)?;
        let (_, below) = area.split_vertically(legend_height);
        chart(area, &below, plot, (low * 0.8, high * 1.25))
    })
}

/// The empirical distribution of `n` values, of which the first `known` in ascending order are
/// `at(index)`, as a staircase from the smallest to the largest known one: those that are not known keep it
/// from reaching the top.
#[must_use]
pub fn staircase(known: usize, n: u64, at: impl Fn(usize) -> f64) -> Vec<(f64, f64)> {
    let stride = known.div_ceil(MOST_STEPS).max(1);
    let mut points = Vec::new();
    let mut height = 0.0;
    for index in 0..known {
        if index % stride != stride - 1 && index + 1 != known {
            continue;
        }
        // A logarithmic axis has no zero.
        let x = at(index).max(1.0);
        points.push((x, height));
        height = real(index as u64 + 1) / real(n);
        points.push((x, height));
    }
    points
}

fn chart(
    area: &Canvas<'_>,
    plot: &Canvas<'_>,
    what: &Plot<'_>,
    (low, high): (f64, f64),
) -> Result<(), PlotError> {
    let font = text(13, HPos::Left, VPos::Top);
    let mut chart = ChartBuilder::on(plot)
        .margin(12)
        .margin_right(32)
        .x_label_area_size(50)
        .y_label_area_size(58)
        .build_cartesian_2d((low..high).log_scale(), 0.0..1.0)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(GRID.mix(0.0))
        .bold_line_style(GRID)
        .axis_style(INK)
        .x_label_formatter(&|_| String::new())
        .y_labels(6)
        .y_label_formatter(&|share| format!("{:.0} %", share * 100.0))
        .x_desc(what.axis)
        .label_style(font.clone())
        .axis_desc_style(font)
        .draw()?;
    // The library labels powers of ten only, and a run often spans less than one.
    for tick in ticks(low, high) {
        chart.draw_series([PathElement::new(vec![(tick, 0.0), (tick, 1.0)], GRID)])?;
        let (x, y) = chart.plotting_area().map_coordinate(&(tick, 0.0));
        area.draw(&Text::new(tick_label(tick), (x, y + 9), text(13, HPos::Center, VPos::Top)))?;
    }
    for (index, series) in what.series.iter().enumerate() {
        let line = colour(index).stroke_width(2);
        chart.draw_series(DashedLineSeries::new(series.dashed.clone(), 6, 4, line))?;
        chart.draw_series(LineSeries::new(series.solid.clone(), line))?;
    }
    Ok(())
}

/// Round values between the ends: the coarsest pattern with at least four of them.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    // Tenths of a power of ten.
    let patterns: [&[u32]; 5] =
        [&[10], &[10, 30], &[10, 20, 50], &[10, 20, 30, 50, 70], &[10, 12, 15, 20, 25, 30, 40, 50, 60, 80]];
    let within = |pattern: &[u32]| -> Vec<f64> {
        (-1..20)
            .flat_map(|power| pattern.iter().map(move |tenths| f64::from(*tenths) * 10_f64.powi(power)))
            .filter(|tick| (low..=high).contains(tick))
            .collect()
    };
    patterns.iter().map(|pattern| within(pattern)).find(|ticks| ticks.len() >= 4).unwrap_or_else(|| {
        // Less than a factor of two between the ends: thirds of the way are as good as any.
        [0.2, 0.5, 0.8].map(|share| low * (high / low).powf(share)).to_vec()
    })
}

/// A tick without the trailing zeros of [`nanoseconds`].
fn tick_label(tick: f64) -> String {
    nanoseconds(tick).replacen(".00 ", " ", 1).replacen(".0 ", " ", 1)
}

fn legend(area: &Canvas<'_>, plot: &Plot<'_>) -> Result<(), PlotError> {
    area.draw(&Text::new(plot.title, (16, 10), title()))?;
    for (index, series) in plot.series.iter().enumerate() {
        let y = 46 + 22 * px(index);
        area.draw(&PathElement::new(vec![(16, y), (40, y)], colour(index).stroke_width(3)))?;
        let label = clip(&series.label, 90);
        area.draw(&Text::new(label, (50, y), text(13, HPos::Left, VPos::Center)))?;
    }
    Ok(())
}
