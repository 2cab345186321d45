//! What each arm does with each keyword, where there is something to tell.

use gonogo_tables::{Cell, Row, Table, format::NOTHING};

use crate::{
    report::Report,
    tables::{KeywordCell, Sort, by_keyword},
};

/// The short matrix: keywords that some arm ignores, or that arms treat differently.
pub(crate) fn keywords(report: &Report) -> Table {
    let all = by_keyword(&report.keywords);
    let telling: Vec<_> = all.iter().filter(|(_, cells)| tells(cells)).collect();
    let rows = telling.iter().map(|(keyword, cells)| {
        let mut row: Vec<Cell> = cells.iter().map(|cell| Cell::Text(words(cell))).collect();
        row.push(Cell::Text(example(cells)));
        Row { label: keyword.clone(), cells: row }
    });
    let mut columns: Vec<String> = report.arms.iter().map(|arm| arm.name.clone()).collect();
    columns.push("for instance".into());
    let about = if report.keywords.iter().any(|row| row.about) {
        "In the hand-written corpus an instance counts under the keyword that its schema is about (where several are named, \
         under each), elsewhere"
    } else {
        "An instance counts"
    };
    Table {
        id: "keywords",
        title: "What each silently ignores".into(),
        note: format!(
            "k/n: of n invalid instances k were refused, as they should be. *Ignored* were accepted without a word, \
             *rejected* belong to schemas that the engine declined, *unanswered* to trials that failed, *over* are valid \
             instances of schemas about the keyword that were refused. {about} under the keyword that the validator says it \
             violates first. {} of {} keywords are shown: those that some arm ignores and those that arms treat differently; \
             `keywords.csv` has all, by draft, with an example of each.",
            telling.len(),
            all.len(),
        ),
        corner: "keyword".into(),
        columns,
        rows: rows.collect(),
        folded: false,
    }
}

fn tells(cells: &[KeywordCell]) -> bool {
    let counts = |cell: &KeywordCell| {
        (cell.enforced, cell.ignored, cell.unsound, cell.rejected, cell.unanswered, cell.over)
    };
    cells.iter().any(|cell| cell.ignored > 0 || cell.unsound > 0)
        || cells.windows(2).any(|pair| counts(&pair[0]) != counts(&pair[1]))
}

/// `12/14, ignored 2`.
fn words(cell: &KeywordCell) -> String {
    let of_invalid = [
        (cell.ignored, Sort::Ignored.name()),
        (cell.unsound, Sort::Unsound.name()),
        (cell.rejected, Sort::Rejected.name()),
        (cell.unanswered, Sort::Unanswered.name()),
        (cell.missing, "not run"),
    ];
    let mut parts = Vec::new();
    if cell.invalid > 0 {
        parts.push(format!("{}/{}", cell.enforced, cell.invalid));
    }
    parts.extend(of_invalid.iter().filter(|(n, _)| *n > 0).map(|(n, name)| format!("{name} {n}")));
    if cell.over > 0 {
        parts.push(format!("{} {}/{}", Sort::Over.name(), cell.over, cell.valid));
    }
    if parts.is_empty() { NOTHING.into() } else { parts.join(", ") }
}

/// An instance of the gravest sort on any arm.
fn example(cells: &[KeywordCell]) -> String {
    let gravest = cells.iter().flat_map(|cell| &cell.examples).min_by_key(|(sort, _)| **sort);
    gravest.map_or_else(|| NOTHING.into(), |(sort, example)| format!("{}: {example}", sort.name()))
}
