//! What each arm does with each keyword, where there is something to tell.

use gonogo_tables::{Cell, Row, Table, format::NOTHING};

use crate::{
    report::{
        Report,
        words::{count, of, schemas},
    },
    tables::{KeywordCell, Sort, UNDECIDED, by_keyword},
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
    let undecided = if telling.iter().any(|(keyword, _)| keyword == UNDECIDED) {
        format!("; under `{UNDECIDED}` where the validator cannot say, and the corpus' label counts")
    } else {
        String::new()
    };
    Table {
        id: "keywords",
        title: "What each silently ignores".into(),
        note: format!(
            "Of the invalid instances that the arm answered, how many it refused, as it should; *ignored* were accepted without \
             a word, in so many schemas. Not among those: *declined* belong to schemas that the engine declined, *unanswered* \
             to trials that ended before their turn (crash, memory, timeout, hang, or an error of the engine's). *Over*: valid \
             instances of schemas about the keyword that were refused. {about} under the keyword that the validator says it \
             violates first{undecided}. {} of {} keywords are shown: those that some arm ignores and those that arms treat \
             differently; `keywords.csv` has all, by draft, with an example of each.",
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

/// `12 of 14 refused, 2 ignored (in 1 schema)`.
fn words(cell: &KeywordCell) -> String {
    let mut parts = Vec::new();
    if cell.tested() > 0 {
        parts.push(format!("{} refused", of(cell.enforced, cell.tested())));
    }
    if cell.ignored > 0 {
        parts.push(format!("{} ignored (in {})", count(cell.ignored), schemas(cell.ignored_schemas)));
    }
    let others = [(cell.unsound, "unsound"), (cell.rejected, "declined"), (cell.unanswered, "unanswered")];
    parts.extend(others.iter().filter(|(n, _)| *n > 0).map(|(n, name)| format!("{} {name}", count(*n))));
    if cell.over > 0 {
        parts.push(format!("over {}", of(cell.over, cell.valid)));
    }
    match cell.missing {
        0 if parts.is_empty() => NOTHING.into(),
        1.. if parts.is_empty() => "not run".into(),
        _ => parts.join(", "),
    }
}

/// A sort as the cells name it.
fn named(sort: Sort) -> &'static str {
    match sort {
        Sort::Rejected => "declined",
        Sort::Ignored | Sort::Unsound | Sort::Unanswered | Sort::Over => sort.name(),
    }
}

/// An instance of the gravest sort on any arm.
fn example(cells: &[KeywordCell]) -> String {
    let gravest = cells.iter().flat_map(|cell| &cell.examples).min_by_key(|(sort, _)| **sort);
    gravest.map_or_else(|| NOTHING.into(), |(sort, example)| format!("{}: {example}", named(*sort)))
}
