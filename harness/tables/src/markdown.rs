//! Tables as Markdown.

use std::fmt::Write as _;

use crate::{Table, format::inline};

/// A table under its heading; folded ones open on demand.
pub fn render(out: &mut String, table: &Table) {
    if table.folded {
        let _ = writeln!(out, "<details><summary>{}</summary>\n\n{}\n", inline(&table.title), table.note);
    } else {
        let _ = writeln!(out, "## {}\n\n{}\n", inline(&table.title), table.note);
    }
    if table.rows.is_empty() || table.columns.is_empty() {
        out.push_str("Nothing to show.\n\n");
    } else {
        grid(out, table);
    }
    if table.folded {
        out.push_str("</details>\n\n");
    }
}

/// The table alone.
pub fn grid(out: &mut String, table: &Table) {
    let line = |out: &mut String, first: &str, rest: &mut dyn Iterator<Item = String>| {
        let _ = write!(out, "| {first} |");
        rest.for_each(|text| {
            let _ = write!(out, " {text} |");
        });
        out.push('\n');
    };
    line(out, &inline(&table.corner), &mut table.columns.iter().map(|column| inline(column)));
    line(out, "---", &mut table.columns.iter().map(|_| "---".to_owned()));
    for row in &table.rows {
        line(out, &inline(&row.label), &mut row.cells.iter().map(|figure| inline(&figure.to_string())));
    }
    out.push('\n');
}
