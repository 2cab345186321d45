//! Every broken suite under `fixtures/broken` is refused, and what a person then reads is kept
//! as a snapshot.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say so at once")]

use std::path::Path;

use gonogo_suite::{SuiteError, load};
use miette::{GraphicalReportHandler, GraphicalTheme};

const BROKEN: &str = "../../fixtures/broken";

fn rendered(error: &SuiteError) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    let mut text = String::new();
    handler.render_report(&mut text, error).unwrap();
    text.replace(BROKEN, "fixtures/broken")
}

fn broken_folders() -> Vec<String> {
    let entries = std::fs::read_dir(BROKEN).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<_> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn each_fault_is_shown_at_its_place() {
    let names = broken_folders();
    assert!(names.len() > 40, "only {} broken suites found", names.len());
    for name in names {
        let error = load(&Path::new(BROKEN).join(&name)).expect_err(&name);
        insta::assert_snapshot!(name, rendered(&error));
    }
}

#[test]
fn a_broken_suite_has_the_one_fault_it_is_named_after() {
    for name in broken_folders() {
        let faults = load(&Path::new(BROKEN).join(&name)).unwrap_err().problems().count();
        let expected = match name.as_str() {
            "several-faults" => 5,
            // Nothing is there yet: name, why and a case are missing.
            "empty-file" | "only-a-comment" => 3,
            // One table, two values of the kind that the folder is named after.
            "wrong-type" | "bad-sampling" | "bad-defaults" => 2,
            _ => 1,
        };
        assert_eq!(faults, expected, "{name}");
    }
}

#[test]
fn every_fault_but_a_missing_file_has_a_line_and_a_column() {
    for name in broken_folders().into_iter().filter(|name| name != "no-suite-file") {
        let error = load(&Path::new(BROKEN).join(&name)).unwrap_err();
        for problem in error.problems() {
            assert!(problem.position().is_some(), "{name}: {problem}");
        }
    }
}
