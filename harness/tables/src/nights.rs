//! Figures of many nights with their intervals, from left to right.

use plotters::{
    prelude::{Circle, PathElement, Text},
    style::{
        Color, RGBColor,
        text_anchor::{HPos, VPos},
    },
};

use crate::{
    format::nanoseconds,
    plot::{Canvas, GRID, INK, PlotError, WIDTH, canvas, clip, colour, px, text, title},
};

const LEFT: i32 = 78;
const RIGHT: i32 = 700;
/// Height of a panel's own ground.
const PANEL: i32 = 150;
const GAP: i32 = 44;
/// More labels than this run into each other.
const LABELS: usize = 8;

/// What is drawn.
#[derive(Debug, Clone)]
pub struct Nights<'a> {
    /// Its own title.
    pub title: &'a str,
    /// One label a night.
    pub labels: Vec<String>,
    /// Nights with which something began.
    pub marks: Vec<Mark>,
    /// One below the other, over the same nights.
    pub panels: Vec<Panel<'a>>,
}

/// A night with which something began.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Its position.
    pub night: usize,
    /// What began.
    pub label: String,
    /// Whether it is for the worse, which is drawn in red.
    pub alarm: bool,
}

/// One measure over the nights.
#[derive(Debug, Clone)]
pub struct Panel<'a> {
    /// What is measured.
    pub title: &'a str,
    /// What the figures are.
    pub measure: Measure,
    /// One a night, where it has one.
    pub points: Vec<Option<Point>>,
}

/// What the figures of a panel are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Fractions of one: the axis goes from 0 to 1.
    Share,
    /// Nanoseconds: the axis begins with 0.
    Time,
}

/// A night's figure.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// The figure.
    pub value: f64,
    /// Its bounds, where the sample is large enough.
    pub low: Option<f64>,
    /// The same.
    pub high: Option<f64>,
    /// Whether it counts in its series; one that does not is drawn hollow.
    pub counts: bool,
}

/// The plot as SVG; `None` where there is nothing to draw.
///
/// # Errors
/// When the library cannot draw it.
pub fn draw(plot: &Nights<'_>) -> Result<Option<String>, PlotError> {
    if plot.panels.iter().all(|panel| panel.points.iter().all(Option::is_none)) {
        return Ok(None);
    }
    let top = 86;
    let bottom = top + px(plot.panels.len()) * (PANEL + GAP) - GAP;
    canvas(u32::try_from(bottom + 52)?, |area| {
        area.draw(&Text::new(clip(plot.title, 84), (16, 10), title()))?;
        legend(area)?;
        marks(area, plot, top, bottom)?;
        for (index, panel) in plot.panels.iter().enumerate() {
            draw_panel(area, plot, panel, index, top + px(index) * (PANEL + GAP))?;
        }
        let stride = plot.labels.len().div_ceil(LABELS).max(1);
        for (night, label) in plot.labels.iter().enumerate().step_by(stride) {
            let at = (x(plot, night), bottom + 8);
            area.draw(&Text::new(label.as_str(), at, text(12, HPos::Center, VPos::Top)))?;
        }
        let below = (i32::try_from(WIDTH)? / 2, bottom + 28);
        area.draw(&Text::new("night of", below, text(12, HPos::Center, VPos::Top)))?;
        Ok(())
    })
}

fn legend(area: &Canvas<'_>) -> Result<(), PlotError> {
    let y = 44;
    area.draw(&Circle::new((24, y), 4, INK.filled()))?;
    area.draw(&Text::new("counts", (34, y), text(12, HPos::Left, VPos::Center)))?;
    area.draw(&Circle::new((96, y), 4, INK))?;
    let hollow = "shown only: unfinished, no evidence, or spoiled by infrastructure";
    area.draw(&Text::new(hollow, (106, y), text(12, HPos::Left, VPos::Center)))?;
    Ok(())
}

/// Where a night lies.
fn x(plot: &Nights<'_>, night: usize) -> i32 {
    let nights = px(plot.labels.len()).max(1);
    LEFT + (RIGHT - LEFT) * (2 * px(night) + 1) / (2 * nights)
}

fn marks(area: &Canvas<'_>, plot: &Nights<'_>, top: i32, bottom: i32) -> Result<(), PlotError> {
    for mark in &plot.marks {
        // Between the night before and this one.
        let at = (x(plot, mark.night) + x(plot, mark.night.saturating_sub(1))) / 2;
        let ink = if mark.alarm { ALARM } else { FAINT };
        area.draw(&PathElement::new(vec![(at, top - 4), (at, bottom)], ink.stroke_width(1)))?;
        let (side, at) = if at > (LEFT + RIGHT) / 2 { (HPos::Right, at - 4) } else { (HPos::Left, at + 4) };
        let y = if mark.alarm { top - 8 } else { top + 12 };
        area.draw(&Text::new(mark.label.as_str(), (at, y), text(12, side, VPos::Bottom).color(&ink)))?;
    }
    Ok(())
}

/// Red that is told from the palette.
const ALARM: RGBColor = RGBColor(164, 14, 38);
/// What is worth a line and not a look.
const FAINT: RGBColor = RGBColor(90, 90, 90);

fn draw_panel(
    area: &Canvas<'_>,
    plot: &Nights<'_>,
    panel: &Panel<'_>,
    index: usize,
    top: i32,
) -> Result<(), PlotError> {
    let most = panel.most();
    let y = |value: f64| height(top, value / most);
    for (at, label) in panel.ticks(most) {
        let line = vec![(LEFT, y(at)), (RIGHT, y(at))];
        area.draw(&PathElement::new(line, GRID))?;
        area.draw(&Text::new(label, (LEFT - 8, y(at)), text(12, HPos::Right, VPos::Center)))?;
    }
    area.draw(&Text::new(panel.title, (16, top - 8), text(13, HPos::Left, VPos::Bottom)))?;
    let counted: Vec<(i32, i32)> = panel
        .points
        .iter()
        .enumerate()
        .filter_map(|(night, point)| Some((night, point.filter(|point| point.counts)?)))
        .map(|(night, point)| (x(plot, night), y(point.value)))
        .collect();
    let ink = colour(index);
    area.draw(&PathElement::new(counted, ink.mix(0.45).stroke_width(1)))?;
    for (night, point) in panel.points.iter().enumerate() {
        let Some(point) = point else { continue };
        let at = x(plot, night);
        let ink = if point.counts { ink } else { FAINT };
        let (low, high) = (point.low.unwrap_or(point.value), point.high.unwrap_or(point.value).min(most));
        area.draw(&PathElement::new(vec![(at, y(low)), (at, y(high))], ink.stroke_width(2)))?;
        let centre = (at, y(point.value));
        if point.counts {
            area.draw(&Circle::new(centre, 4, ink.filled()))?;
        } else {
            area.draw(&Circle::new(centre, 4, RGBColor(255, 255, 255).filled()))?;
            area.draw(&Circle::new(centre, 4, ink))?;
        }
    }
    Ok(())
}

impl Panel<'_> {
    /// The upper end of the axis. A single wide interval must not flatten all that is shown.
    fn most(&self) -> f64 {
        match self.measure {
            Measure::Share => 1.0,
            Measure::Time => {
                let values = self.points.iter().flatten().map(|point| point.value);
                let highest = values.fold(0.0, f64::max);
                let bounds = self.points.iter().flatten().filter_map(|point| point.high);
                let bound = bounds.fold(highest, f64::max);
                (bound * 1.05).min(highest * 1.8).max(1.0)
            }
        }
    }

    fn ticks(&self, most: f64) -> Vec<(f64, String)> {
        match self.measure {
            Measure::Share => {
                [0, 25, 50, 75, 100].map(|at| (f64::from(at) / 100.0, format!("{at} %"))).to_vec()
            }
            Measure::Time => {
                let power = 10_f64.powf(most.log10().floor());
                let steps = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0].map(|factor| factor * power);
                let step = steps.into_iter().find(|step| most / step <= 5.0).unwrap_or(most);
                (0..=5)
                    .map(|index| f64::from(index) * step)
                    .filter(|at| *at <= most)
                    .map(|at| (at, if at > 0.0 { shown(at) } else { "0".into() }))
                    .collect()
            }
        }
    }
}

/// A duration without trailing zeros.
fn shown(at: f64) -> String {
    nanoseconds(at).replacen(".00 ", " ", 1).replacen(".0 ", " ", 1)
}

#[expect(clippy::cast_possible_truncation, reason = "a fraction of 150 pixels")]
fn height(top: i32, share: f64) -> i32 {
    top + PANEL - (f64::from(PANEL) * share.clamp(0.0, 1.0)).round() as i32
}
