//! Estimates with their intervals below each other, against lines that mean something: no difference, a margin.

use plotters::{
    prelude::{Circle, PathElement, Polygon, Text},
    style::{
        Color, RGBColor,
        text_anchor::{HPos, VPos},
    },
};

use crate::plot::{Canvas, GRID, INK, PlotError, canvas, clip, colour, px, text, title};

const LEFT: i32 = 190;
const RIGHT: i32 = 530;
const LINE: i32 = 24;
const TOP: i32 = 78;

/// What is drawn.
#[derive(Debug, Clone)]
pub struct Forest<'a> {
    /// Its own title.
    pub title: &'a str,
    /// What the axis is.
    pub axis: &'a str,
    /// Below the axis, on its left and on its right: what lies there.
    pub sides: [&'a str; 2],
    /// How values lie on the axis.
    pub scale: Scale,
    /// The lines that estimates are held against.
    pub marks: Vec<Mark>,
    /// The estimates, from top to bottom.
    pub lines: Vec<Line>,
}

/// How values lie on an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Differences of fractions, shown in points.
    Points,
    /// Ratios, on a logarithmic axis.
    Ratio,
}

/// A value that means something.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Where.
    pub at: f64,
    /// What it means, in a word or two.
    pub label: String,
    /// Whether it is the margin, which is drawn in red.
    pub margin: bool,
}

/// An estimate.
#[derive(Debug, Clone)]
pub struct Line {
    /// What of.
    pub label: String,
    /// Value and bounds; a bound that the sample is too small for is drawn as an arrow.
    pub value: f64,
    /// Lower bound.
    pub low: Option<f64>,
    /// Upper bound.
    pub high: Option<f64>,
    /// The figures, as they stand in the table.
    pub figures: String,
    /// Which of the palette's colours.
    pub colour: usize,
    /// Whether a rule is drawn above it: another group begins.
    pub begins: bool,
}

/// The plot as SVG; `None` where there is nothing to draw.
///
/// # Errors
/// When the library cannot draw it.
pub fn draw(plot: &Forest<'_>) -> Result<Option<String>, PlotError> {
    if plot.lines.is_empty() {
        return Ok(None);
    }
    let bottom = TOP + LINE * px(plot.lines.len()) + 4;
    canvas(u32::try_from(bottom + 66)?, |area| {
        area.draw(&Text::new(plot.title, (16, 10), title()))?;
        let axis = Axis::of(plot);
        axis.draw(area, plot, bottom)?;
        for (index, line) in plot.lines.iter().enumerate() {
            estimate(area, &axis, line, TOP + LINE * px(index) + LINE / 2)?;
        }
        Ok(())
    })
}

/// A linear stretch of values, or of their logarithms.
struct Axis {
    scale: Scale,
    from: f64,
    to: f64,
}

impl Axis {
    fn of(plot: &Forest<'_>) -> Self {
        let place = |value: f64| place(plot.scale, value);
        let values = plot.lines.iter().flat_map(|line| [Some(line.value), line.low, line.high]).flatten();
        let all = values.chain(plot.marks.iter().map(|mark| mark.at)).map(place).filter(|at| at.is_finite());
        let (from, to) = all.fold((0.0_f64, 0.0_f64), |(from, to), at| (from.min(at), to.max(at)));
        // A little room on both sides, and never an axis of no length.
        let least = match plot.scale {
            Scale::Points => 0.05,
            Scale::Ratio => 0.1,
        };
        let room = ((to - from) * 0.06).max(least / 2.0);
        Self { scale: plot.scale, from: from - room, to: to + room }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a fraction of 340 pixels")]
    fn x(&self, value: f64) -> i32 {
        let share = (place(self.scale, value) - self.from) / (self.to - self.from);
        LEFT + (f64::from(RIGHT - LEFT) * share.clamp(0.0, 1.0)).round() as i32
    }

    fn draw(&self, area: &Canvas<'_>, plot: &Forest<'_>, bottom: i32) -> Result<(), PlotError> {
        for (at, label) in self.ticks() {
            let x = self.x(at);
            area.draw(&PathElement::new(vec![(x, TOP), (x, bottom)], GRID))?;
            area.draw(&Text::new(label, (x, bottom + 6), text(12, HPos::Center, VPos::Top)))?;
        }
        let mut taken: Option<i32> = None;
        for mark in &plot.marks {
            let x = self.x(mark.at);
            let ink = if mark.margin { MARGIN } else { INK };
            area.draw(&PathElement::new(vec![(x, TOP - 4), (x, bottom)], ink.stroke_width(1)))?;
            // Labels that would run into each other stand above each other.
            let raised = taken.is_some_and(|other| (other - x).abs() < 120);
            taken = Some(x);
            let y = if raised { TOP - 22 } else { TOP - 6 };
            let style = text(12, HPos::Center, VPos::Bottom).color(&ink);
            area.draw(&Text::new(mark.label.as_str(), (x, y), style))?;
        }
        let [left, right] = plot.sides;
        let below = bottom + 24;
        area.draw(&Text::new(format!("← {left}"), (LEFT, below), text(12, HPos::Left, VPos::Top)))?;
        area.draw(&Text::new(format!("{right} →"), (RIGHT, below), text(12, HPos::Right, VPos::Top)))?;
        let middle = (LEFT + RIGHT) / 2;
        area.draw(&Text::new(plot.axis, (middle, below + 18), text(12, HPos::Center, VPos::Top)))?;
        Ok(())
    }

    /// Round values, six at most, with what stands below them.
    fn ticks(&self) -> Vec<(f64, String)> {
        match self.scale {
            Scale::Points => self.points(),
            Scale::Ratio => self.ratios(),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a handful of steps")]
    fn points(&self) -> Vec<(f64, String)> {
        let steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0];
        let step = steps.into_iter().find(|step| (self.to - self.from) / step <= 6.0).unwrap_or(1.0);
        let (first, last) = ((self.from / step).ceil() as i32, (self.to / step).floor() as i32);
        let label = |points: f64| match points {
            0.0 => "0".to_owned(),
            points if points < 0.0 => format!("−{:.0}", -points),
            points => format!("+{points:.0}"),
        };
        (first..=last)
            .map(|index| (f64::from(index) * step, label((f64::from(index) * step * 100.0).round() + 0.0)))
            .collect()
    }

    fn ratios(&self) -> Vec<(f64, String)> {
        // From the coarsest to the finest; the first that shows at least three.
        let patterns: [&[f64]; 5] = [
            &[1.0],
            &[1.0, 3.0],
            &[1.0, 2.0, 5.0],
            &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
            &[0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.3, 1.5, 1.7, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
        ];
        let within = |pattern: &&[f64]| -> Vec<f64> {
            (-3..=3)
                .flat_map(|power| pattern.iter().map(move |factor| factor * 10_f64.powi(power)))
                .filter(|at| (self.from..=self.to).contains(&place(self.scale, *at)))
                .collect()
        };
        let found = patterns.iter().map(within).find(|ticks| ticks.len() >= 3);
        let found = found.unwrap_or_else(|| within(&patterns[4]));
        // From 1× outwards, which is always there; what would run into its neighbour is left out.
        let (mut above, mut below): (Vec<f64>, Vec<f64>) = found.into_iter().partition(|at| *at >= 1.0);
        below.reverse();
        below.insert(0, 1.0);
        let apart = |ticks: &mut Vec<f64>| {
            let mut last: Option<i32> = None;
            ticks.retain(|at| {
                let x = self.x(*at);
                let fits = last.is_none_or(|last| (x - last).abs() >= 46);
                if fits {
                    last = Some(x);
                }
                fits
            });
        };
        apart(&mut above);
        apart(&mut below);
        let shown = above.into_iter().chain(below.into_iter().skip(1));
        // Products of decimals have tails.
        shown.map(|at| (at, format!("{}×", (at * 1e4).round() / 1e4))).collect()
    }
}

/// Red that is told from the palette.
const MARGIN: RGBColor = RGBColor(164, 14, 38);

fn place(scale: Scale, value: f64) -> f64 {
    match scale {
        Scale::Points => value,
        Scale::Ratio => value.max(f64::MIN_POSITIVE).ln(),
    }
}

fn estimate(area: &Canvas<'_>, axis: &Axis, line: &Line, y: i32) -> Result<(), PlotError> {
    if line.begins {
        let above = y - LINE / 2;
        area.draw(&PathElement::new(vec![(16, above), (704, above)], GRID))?;
    }
    let ink = colour(line.colour);
    area.draw(&Text::new(clip(&line.label, 27), (LEFT - 12, y), text(13, HPos::Right, VPos::Center)))?;
    let (low, high) =
        (line.low.map_or(LEFT, |low| axis.x(low)), line.high.map_or(RIGHT, |high| axis.x(high)));
    area.draw(&PathElement::new(vec![(low, y), (high, y)], ink.stroke_width(3)))?;
    for (at, bound, out) in [(low, line.low, -1), (high, line.high, 1)] {
        if bound.is_some() {
            area.draw(&PathElement::new(vec![(at, y - 5), (at, y + 5)], ink.stroke_width(2)))?;
        } else {
            let head = vec![(at, y), (at - out * 9, y - 5), (at - out * 9, y + 5)];
            area.draw(&Polygon::new(head, ink.filled()))?;
        }
    }
    area.draw(&Circle::new((axis.x(line.value), y), 5, ink.filled()))?;
    area.draw(&Text::new(line.figures.as_str(), (RIGHT + 14, y), text(12, HPos::Left, VPos::Center)))?;
    Ok(())
}
