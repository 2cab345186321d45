//! Three plots as SVG, readable on a light and on a dark page: each brings its own white ground.

mod failures;
mod latency;
mod success;

use plotters::{
    coord::Shift,
    prelude::{DrawingArea, IntoDrawingArea, RGBColor, SVGBackend, WHITE},
    style::{
        IntoFont, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

use crate::Report;

/// Width of every plot, pixels.
const WIDTH: u32 = 720;
/// Text on the plots.
const INK: RGBColor = RGBColor(34, 34, 34);
/// Axes and grid.
const GRID: RGBColor = RGBColor(221, 221, 221);
/// M. Okabe and K. Ito, "Color Universal Design" (2008), without yellow, which is too faint on white.
const PALETTE: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(213, 94, 0),
    RGBColor(90, 90, 90),
];

/// The drawing surface of a plot.
type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// Why a plot could not be drawn.
type PlotError = Box<dyn std::error::Error>;

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
        .filter_map(|(name, svg)| Some((name.to_owned(), accessible(&svg.ok()??, name))))
        .collect()
}

/// Draws on a fresh white canvas of this height.
fn canvas(
    height: u32,
    draw: impl FnOnce(&Canvas<'_>) -> Result<(), PlotError>,
) -> Result<Option<String>, PlotError> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        area.fill(&WHITE)?;
        draw(&area)?;
        area.present()?;
    }
    Ok(Some(svg))
}

/// Names the image for readers that cannot see it.
fn accessible(svg: &str, name: &str) -> String {
    let title = match name {
        "success.svg" => "Success by arm and language with 95 % Wilson intervals",
        "failures.svg" => "Outcome families as shares of each arm's attempts",
        _ => "Cumulative distribution of total latency per arm",
    };
    svg.replacen("<svg ", "<svg role=\"img\" ", 1).replacen(">\n", &format!(">\n<title>{title}</title>\n"), 1)
}

/// Text of this height in pixels, of which the side and the edge named lie at its point.
fn text(pixels: u32, side: HPos, edge: VPos) -> TextStyle<'static> {
    TextStyle::from(("sans-serif", pixels).into_font()).color(&INK).pos(Pos::new(side, edge))
}

/// A plot's own title is set like this.
fn title() -> TextStyle<'static> {
    text(16, HPos::Left, VPos::Top)
}

/// The colour of the series at this position.
fn colour(index: usize) -> RGBColor {
    PALETTE[index % PALETTE.len()]
}

/// Text short enough for a margin.
fn clip(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.into();
    }
    text.chars().take(characters.saturating_sub(1)).chain(['…']).collect()
}

/// Counts as pixels.
fn px(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX / 1024)
}
