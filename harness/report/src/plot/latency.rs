//! Cumulative distribution of total latency per arm, on a logarithmic axis.

use gonogo_stats::Sample;
use plotters::{
    prelude::{ChartBuilder, IntoLogRange, LineSeries, PathElement, Text},
    series::DashedLineSeries,
    style::{
        Color, IntoFont, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::{Canvas, GRID, INK, PlotError, canvas, clip, colour, px};
use crate::{Report, format::nanoseconds, report::Latencies};

/// More steps than pixels would only make the file larger.
const MOST_STEPS: usize = 720;

pub(super) fn draw(report: &Report) -> Result<Option<String>, PlotError> {
    let arms: Vec<&Latencies> = report.latencies.iter().collect();
    let measured = arms.iter().flat_map(|arm| arm.all.values()).copied().filter(|value| *value > 0.0);
    let (low, high) =
        measured.fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    if high <= 0.0 {
        return Ok(None);
    }
    let legend_height = 40 + 22 * px(arms.len());
    canvas(u32::try_from(legend_height + 340)?, |area| {
        legend(area, &arms)?;
        let (_, plot) = area.split_vertically(legend_height);
        chart(&plot, &arms, (low * 0.8, high * 1.25))
    })
}

fn chart(plot: &Canvas<'_>, arms: &[&Latencies], (low, high): (f64, f64)) -> Result<(), PlotError> {
    let font = TextStyle::from(("sans-serif", 13).into_font()).color(&INK);
    let mut chart = ChartBuilder::on(plot)
        .margin(12)
        .margin_right(24)
        .x_label_area_size(44)
        .y_label_area_size(58)
        .build_cartesian_2d((low..high).log_scale(), 0.0..1.0)?;
    chart
        .configure_mesh()
        .light_line_style(GRID.mix(0.0))
        .bold_line_style(GRID)
        .axis_style(INK)
        .x_labels(8)
        .y_labels(6)
        .x_label_formatter(&|value| nanoseconds(*value))
        .y_label_formatter(&|share| format!("{:.0} %", share * 100.0))
        .x_desc("total latency (logarithmic)")
        .label_style(font.clone())
        .axis_desc_style(font)
        .draw()?;
    for (index, arm) in arms.iter().enumerate() {
        let line = colour(index).stroke_width(2);
        chart.draw_series(DashedLineSeries::new(steps(&arm.all, low, high), 6, 4, line))?;
        chart.draw_series(LineSeries::new(steps(&arm.passed, low, high), line))?;
    }
    Ok(())
}

/// The empirical distribution as a staircase from the left edge to the right.
fn steps(sample: &Sample, low: f64, high: f64) -> Vec<(f64, f64)> {
    let values = sample.values();
    let stride = values.len().div_ceil(MOST_STEPS).max(1);
    let mut points = vec![(low, 0.0)];
    let mut height = 0.0;
    for (index, value) in values.iter().enumerate() {
        if index % stride != stride - 1 && index + 1 != values.len() {
            continue;
        }
        let x = value.max(low);
        points.push((x, height));
        height = crate::table::real(index as u64 + 1) / crate::table::real(values.len() as u64);
        points.push((x, height));
    }
    if values.is_empty() {
        return vec![];
    }
    points.push((high, height));
    points
}

fn legend(area: &Canvas<'_>, arms: &[&Latencies]) -> Result<(), PlotError> {
    let title = TextStyle::from(("sans-serif", 16).into_font()).color(&INK);
    area.draw(&Text::new("Total latency: share of attempts answered within a time", (16, 10), title))?;
    for (index, arm) in arms.iter().enumerate() {
        let y = 46 + 22 * px(index);
        area.draw(&PathElement::new(vec![(16, y), (40, y)], colour(index).stroke_width(3)))?;
        let text = format!(
            "{}: solid passed (n={}), dashed all (n={})",
            clip(&arm.arm, 56),
            arm.passed.n(),
            arm.all.n()
        );
        let style = TextStyle::from(("sans-serif", 13).into_font())
            .color(&INK)
            .pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(text, (50, y), style))?;
    }
    Ok(())
}
