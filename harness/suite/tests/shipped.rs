//! The suites in the repository load, every one of them, and the real judge agrees with them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say so at once")]

use std::path::Path;

use gonogo_core::{Enforcement, Expectation, Oracle, Outcome, Suite};
use gonogo_judge::Judge;
use gonogo_suite::{Severity, check, discover, load};

const SUITES: &str = "../../suites";

#[test]
fn every_shipped_suite_loads() {
    let entries = discover(Path::new(SUITES)).unwrap();
    let faults: Vec<String> = entries
        .iter()
        .filter_map(|entry| load(&entry.folder).err())
        .flat_map(|error| error.problems().map(ToString::to_string).collect::<Vec<_>>())
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let names: Vec<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
    for expected in ["smoke", "limits", "provider", "enforcement", "ir", "codegen", "pipeline"] {
        assert!(names.contains(&expected), "{expected} is not among {names:?}");
    }
}

#[test]
fn no_folder_of_the_suites_is_overlooked() {
    let folders = std::fs::read_dir(SUITES).unwrap().map(|entry| entry.unwrap().path());
    // `keywords` holds schemas with instances for `gonogo masks`, and no cases.
    let suites = folders.filter(|path| path.is_dir() && !path.ends_with("keywords"));
    assert_eq!(suites.count(), discover(Path::new(SUITES)).unwrap().len());
}

fn judge(oracle: &Oracle, text: &str) -> Outcome {
    Judge::new(oracle).unwrap().judge_text(text, Enforcement::Unconstrained)
}

fn shipped() -> Vec<Suite> {
    discover(Path::new(SUITES)).unwrap().iter().map(|entry| load(&entry.folder).unwrap()).collect()
}

#[test]
fn every_reference_answer_is_judged_as_its_suite_declares() {
    let findings = shipped().iter().flat_map(|suite| check(suite, judge)).collect::<Vec<_>>();
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let lines: Vec<_> = errors.map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn no_shipped_suite_gives_cause_for_a_note() {
    let lines: Vec<_> =
        shipped().iter().flat_map(|suite| check(suite, judge)).map(|finding| finding.to_string()).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn what_a_bounded_rung_accepts_its_faithful_one_accepts_too() {
    let mut suites = 0;
    for suite in shipped() {
        let (Some(bounded), Some(faithful)) = (suite.rung("bounded"), suite.rung("faithful")) else {
            continue;
        };
        suites += 1;
        let constraint = Some(faithful.constraint.clone());
        let oracle = Oracle { constraint, assertions: Vec::new(), expect: Expectation::Pass };
        for answer in &bounded.good {
            assert!(judge(&oracle, &answer.text).passed(), "{}: {}", suite.name, answer.why);
        }
    }
    assert!(suites > 4, "only {suites} suites have both");
}

#[test]
fn the_map_of_the_suites_has_a_row_for_each_with_its_count_of_cases() {
    let map = std::fs::read_to_string(Path::new(SUITES).join("README.md")).unwrap();
    for suite in shipped() {
        let start = format!("| [{}](", suite.name);
        let row = map.lines().find(|line| line.starts_with(&start));
        let row = row.unwrap_or_else(|| panic!("suites/README.md has no row for {}", suite.name));
        assert!(row.contains(&format!(" | {} | ", suite.cases.len())), "{row}");
    }
}
