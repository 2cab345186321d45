//! A run's tables on a terminal.

use comfy_table::{Table as Grid, presets::UTF8_HORIZONTAL_ONLY};
use gonogo_report::{Report, Table};

/// The two tables a person wants first: who passed what, and how the rest failed.
pub(crate) fn summary(report: &Report) -> String {
    let tables = ["success", "families"].iter().filter_map(|id| report.table(id));
    let mut parts: Vec<String> = report.shortfall.iter().cloned().collect();
    parts.extend(tables.map(|table| format!("{}\n{}", table.title, grid(table))));
    parts.join("\n\n")
}

/// The table as a grid, as wide as its figures are: a wrapped interval is unreadable.
fn grid(table: &Table) -> String {
    let mut grid = Grid::new();
    grid.load_style(UTF8_HORIZONTAL_ONLY);
    grid.set_header(std::iter::once(&table.corner).chain(&table.columns));
    for row in &table.rows {
        grid.add_row(std::iter::once(row.label.clone()).chain(row.cells.iter().map(ToString::to_string)));
    }
    grid.to_string()
}
