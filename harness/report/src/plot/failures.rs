//! What became of every attempt: one stacked bar per arm.

use gonogo_core::Family;
use gonogo_tables::plot::{Canvas, INK, PlotError, canvas, clip, px, text, title};
use plotters::{
    prelude::{RGBColor, Rectangle, Text},
    style::{
        Color,
        text_anchor::{HPos, VPos},
    },
};

use crate::{Cell, Report, Table};

const LEFT: i32 = 20;
const RIGHT: i32 = 700;
const BAR: i32 = 30;
const STEP: i32 = 64;

/// One colour per family; passed is the calm one.
fn colour(family: Family) -> RGBColor {
    match family {
        Family::Passed => RGBColor(0, 158, 115),
        Family::Timeout => RGBColor(230, 159, 0),
        Family::Transport => RGBColor(240, 228, 66),
        Family::Rejected => RGBColor(86, 180, 233),
        Family::EngineFailure => RGBColor(0, 0, 0),
        Family::Truncation => RGBColor(204, 121, 167),
        Family::Refusal => RGBColor(170, 170, 170),
        Family::Malformed => RGBColor(0, 114, 178),
        Family::SchemaViolation => RGBColor(213, 94, 0),
        Family::ValueFailure => RGBColor(136, 34, 85),
        Family::Harness => RGBColor(110, 110, 110),
    }
}

pub(super) fn draw(report: &Report) -> Result<Option<String>, PlotError> {
    let Some(table) = report.table("families") else { return Ok(None) };
    let families: Vec<Family> =
        Family::ALL.into_iter().filter(|family| row(table, *family).is_some()).collect();
    if families.is_empty() {
        return Ok(None);
    }
    let top = 48 + 24 * px(families.len().div_ceil(4));
    let height = u32::try_from(top + STEP * px(table.columns.len()) + 8)?;
    canvas(height, |area| {
        legend(area, &families)?;
        for (arm, label) in table.columns.iter().enumerate() {
            bar(area, table, &families, arm, label, top + STEP * px(arm))?;
        }
        Ok(())
    })
}

fn row(table: &Table, family: Family) -> Option<&[Cell]> {
    table.rows.iter().find(|row| row.label == family.name()).map(|row| row.cells.as_slice())
}

fn legend(area: &Canvas<'_>, families: &[Family]) -> Result<(), PlotError> {
    area.draw(&Text::new("What became of every first try", (LEFT, 10), title()))?;
    for (index, family) in families.iter().enumerate() {
        let (x, y) = (LEFT + 172 * px(index % 4), 50 + 24 * px(index / 4));
        area.draw(&Rectangle::new([(x, y - 6), (x + 12, y + 6)], colour(*family).filled()))?;
        area.draw(&Rectangle::new([(x, y - 6), (x + 12, y + 6)], INK))?;
        area.draw(&Text::new(family.name(), (x + 20, y), text(13, HPos::Left, VPos::Center)))?;
    }
    Ok(())
}

fn bar(
    area: &Canvas<'_>,
    table: &Table,
    families: &[Family],
    arm: usize,
    label: &str,
    top: i32,
) -> Result<(), PlotError> {
    area.draw(&Text::new(clip(label, 90), (LEFT, top + 20), text(13, HPos::Left, VPos::Bottom)))?;
    let mut before = 0;
    for family in families {
        let Some(Cell::Part(rate)) = row(table, *family).and_then(|cells| cells.get(arm)) else { continue };
        if rate.passed == 0 || rate.n == 0 {
            continue;
        }
        let (from, to) = (at(before, rate.n), at(before + rate.passed, rate.n));
        before += rate.passed;
        let corners = [(from, top + 22), (to, top + 22 + BAR)];
        area.draw(&Rectangle::new(corners, colour(*family).filled()))?;
        area.draw(&Rectangle::new(corners, INK))?;
        if to - from >= 26 {
            let ink = on(colour(*family));
            let style = text(13, HPos::Center, VPos::Center).color(&ink);
            area.draw(&Text::new(rate.passed.to_string(), ((from + to) / 2, top + 22 + BAR / 2), style))?;
        }
    }
    if before == 0 {
        area.draw(&Text::new("no rows", (LEFT, top + 30), text(13, HPos::Left, VPos::Top)))?;
    }
    Ok(())
}

/// Where the first `count` of `n` attempts end.
#[expect(clippy::cast_possible_truncation, reason = "a fraction of 680 pixels")]
fn at(count: u64, n: u64) -> i32 {
    LEFT + (f64::from(RIGHT - LEFT) * crate::table::real(count) / crate::table::real(n)).round() as i32
}

/// Black or white, whichever stands out (ITU-R BT.601 luma).
fn on(ground: RGBColor) -> RGBColor {
    let luma = 299 * u32::from(ground.0) + 587 * u32::from(ground.1) + 114 * u32::from(ground.2);
    if luma > 130_000 { RGBColor(0, 0, 0) } else { RGBColor(255, 255, 255) }
}
