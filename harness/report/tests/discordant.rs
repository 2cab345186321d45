//! The attempts on which arms disagree are named.

mod support;

use gonogo_core::{Enforcement, Kind};
use gonogo_report::{Report, Table};
use support::{arm, attempt, founding_case, receipt};

fn lines(table: &Table) -> Vec<String> {
    let cells = |row: &gonogo_report::Row| row.cells.iter().map(ToString::to_string).collect::<Vec<_>>();
    table.rows.iter().map(|row| format!("{}: {}", row.label, cells(row).join(", "))).collect()
}

#[test]
fn only_attempts_with_different_fates_are_listed_with_their_captures_and_controls_are_not_asked() {
    let arms = [
        arm("a", "llguidance", Enforcement::Proven),
        arm("b", "xgrammar", Enforcement::Proven),
        arm("control", "none", Enforcement::Unconstrained),
    ];
    let kinds = [
        ("agree", [Kind::Passed, Kind::Passed, Kind::InvalidJson]),
        ("differ", [Kind::Passed, Kind::MissingKey, Kind::InvalidJson]),
        ("fail", [Kind::WrongType, Kind::MissingKey, Kind::InvalidJson]),
    ];
    let mut rows = Vec::new();
    for (case, kinds) in kinds {
        rows.extend(arms.iter().zip(kinds).map(|(arm, kind)| attempt("rust", case, arm, kind, 900)));
    }
    // Made on one arm only: nothing to compare with.
    rows.push(attempt("rust", "alone", &arms[0], Kind::Passed, 900));
    let report = Report::new(&receipt(arms.to_vec(), 10), &rows);
    let table = report.table("discordant").unwrap();
    assert_eq!(table.columns, ["a (local)", "b (local)"]);
    let short = |arm: usize| rows[3 + arm].capture.short().to_owned();
    assert_eq!(
        lines(table),
        [format!("rust/differ@bounded #0: passed ({}), missing-key ({})", short(0), short(1))]
    );
}

#[test]
fn an_arm_alone_disagrees_with_nobody() {
    let (receipt, rows) = founding_case();
    assert!(Report::new(&receipt, &rows).table("discordant").is_none());
}

#[test]
fn a_long_list_is_cut_and_says_so() {
    let arms = [arm("a", "llguidance", Enforcement::Proven), arm("b", "xgrammar", Enforcement::Proven)];
    let mut rows = Vec::new();
    for number in 0..50 {
        for (arm, kind) in arms.iter().zip([Kind::Passed, Kind::MissingKey]) {
            rows.push(attempt("rust", &format!("case-{number}"), arm, kind, 900));
        }
    }
    let report = Report::new(&receipt(arms.to_vec(), 100), &rows);
    let table = report.table("discordant").unwrap();
    assert_eq!(table.rows.len(), 40);
    assert!(table.note.contains("10 more"), "{}", table.note);
}
