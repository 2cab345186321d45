//! Success per arm, within each language: points with Wilson intervals.

use gonogo_tables::plot::{Canvas, GRID, PlotError, canvas, clip, colour, px, text, title};
use plotters::{
    prelude::{Circle, PathElement, Text},
    style::{
        Color,
        text_anchor::{HPos, VPos},
    },
};

use crate::{Cell, Report};

const LEFT: i32 = 130;
const RIGHT: i32 = 700;
const LINE: i32 = 22;
const GAP: i32 = 12;

pub(super) fn draw(report: &Report) -> Result<Option<String>, PlotError> {
    let Some(table) = report.table("success") else { return Ok(None) };
    let arms: Vec<&str> = table.rows.iter().map(|row| row.label.as_str()).collect();
    let groups: Vec<(&str, Vec<(usize, &Cell)>)> = table
        .columns
        .iter()
        .enumerate()
        .map(|(column, name)| {
            let cells = table.rows.iter().enumerate().map(|(arm, row)| (arm, &row.cells[column]));
            (name.as_str(), cells.filter(|(_, cell)| matches!(cell, Cell::Share { .. })).collect())
        })
        .filter(|(_, cells): &(_, Vec<_>)| !cells.is_empty())
        .collect();
    if groups.is_empty() {
        return Ok(None);
    }
    let lines: usize = groups.iter().map(|(_, cells)| cells.len()).sum();
    let top = 40 + LINE * px(arms.len());
    let bottom = top + LINE * px(lines) + GAP * px(groups.len());
    let height = u32::try_from(bottom + 48)?;
    canvas(height, |area| {
        legend(area, &arms)?;
        axis(area, top, bottom)?;
        let mut y = top + GAP / 2;
        for (name, cells) in &groups {
            let middle = y + LINE * px(cells.len()) / 2;
            area.draw(&Text::new(clip(name, 18), (LEFT - 12, middle), text(14, HPos::Right, VPos::Center)))?;
            for (arm, cell) in cells {
                point(area, y + LINE / 2, *arm, cell)?;
                y += LINE;
            }
            area.draw(&PathElement::new(vec![(LEFT, y + GAP / 2), (RIGHT, y + GAP / 2)], GRID))?;
            y += GAP;
        }
        Ok(())
    })
}

fn legend(area: &Canvas<'_>, arms: &[&str]) -> Result<(), PlotError> {
    area.draw(&Text::new("Success, 95 % Wilson interval", (16, 10), title()))?;
    for (index, arm) in arms.iter().enumerate() {
        let y = 44 + LINE * px(index);
        area.draw(&Circle::new((24, y), 5, colour(index).filled()))?;
        area.draw(&Text::new(clip(arm, 84), (38, y), text(13, HPos::Left, VPos::Center)))?;
    }
    Ok(())
}

fn axis(area: &Canvas<'_>, top: i32, bottom: i32) -> Result<(), PlotError> {
    for percent in [0, 20, 40, 60, 80, 100] {
        let x = at(f64::from(percent) / 100.0);
        area.draw(&PathElement::new(vec![(x, top), (x, bottom)], GRID))?;
        area.draw(&Text::new(format!("{percent} %"), (x, bottom + 6), text(13, HPos::Center, VPos::Top)))?;
    }
    let middle = (LEFT + RIGHT) / 2;
    area.draw(&Text::new("passed of first tries", (middle, bottom + 26), text(13, HPos::Center, VPos::Top)))?;
    Ok(())
}

fn point(area: &Canvas<'_>, y: i32, arm: usize, cell: &Cell) -> Result<(), PlotError> {
    let Cell::Share { rate, interval } = cell else { return Ok(()) };
    let Some(value) = rate.value() else { return Ok(()) };
    let (low, high) = (at(interval.low), at(interval.high));
    let colour = colour(arm);
    area.draw(&PathElement::new(vec![(low, y), (high, y)], colour.stroke_width(3)))?;
    for end in [low, high] {
        area.draw(&PathElement::new(vec![(end, y - 4), (end, y + 4)], colour.stroke_width(2)))?;
    }
    area.draw(&Circle::new((at(value), y), 5, colour.filled()))?;
    // Beside the interval, on the side with more room.
    let (x, anchor) =
        if RIGHT - high >= low - LEFT { (high + 8, HPos::Left) } else { (low - 8, HPos::Right) };
    area.draw(&Text::new(format!("{}/{}", rate.passed, rate.n), (x, y), text(12, anchor, VPos::Center)))?;
    Ok(())
}

/// Where a fraction of one lies on the axis.
#[expect(clippy::cast_possible_truncation, reason = "a fraction of 570 pixels")]
fn at(share: f64) -> i32 {
    LEFT + (f64::from(RIGHT - LEFT) * share).round() as i32
}
