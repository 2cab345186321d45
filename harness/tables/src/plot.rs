//! What every plot shares: SVG that is readable on a light and on a dark page, because it brings its own
//! white ground, and that names itself to those who cannot see it.

use plotters::{
    coord::Shift,
    prelude::{DrawingArea, IntoDrawingArea, RGBColor, SVGBackend, WHITE},
    style::{
        IntoFont, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

/// Width of every plot, pixels.
pub const WIDTH: u32 = 720;
/// Text on the plots.
pub const INK: RGBColor = RGBColor(34, 34, 34);
/// Axes and grid.
pub const GRID: RGBColor = RGBColor(221, 221, 221);
/// M. Okabe and K. Ito, "Color Universal Design" (2008), without yellow, which is too faint on white.
pub const PALETTE: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(213, 94, 0),
    RGBColor(90, 90, 90),
];

/// The drawing surface of a plot.
pub type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// Why a plot could not be drawn.
pub type PlotError = Box<dyn std::error::Error>;

/// Draws on a fresh white canvas of this height.
///
/// # Errors
/// What `draw` says.
pub fn canvas(
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
#[must_use]
pub fn accessible(svg: &str, title: &str) -> String {
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    svg.replacen("<svg ", "<svg role=\"img\" ", 1).replacen(">\n", &format!(">\n<title>{title}</title>\n"), 1)
}

/// Text of this height in pixels, of which the side and the edge named lie at its point.
#[must_use]
pub fn text(pixels: u32, side: HPos, edge: VPos) -> TextStyle<'static> {
    TextStyle::from(("sans-serif", pixels).into_font()).color(&INK).pos(Pos::new(side, edge))
}

/// A plot's own title is set like this.
#[must_use]
pub fn title() -> TextStyle<'static> {
    text(16, HPos::Left, VPos::Top)
}

/// The colour of the series at this position.
#[must_use]
pub fn colour(index: usize) -> RGBColor {
    PALETTE[index % PALETTE.len()]
}

/// Text short enough for a margin.
#[must_use]
pub fn clip(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.into();
    }
    text.chars().take(characters.saturating_sub(1)).chain(['…']).collect()
}

/// Counts as pixels.
#[must_use]
pub fn px(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX / 1024)
}
