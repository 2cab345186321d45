//! A case of two steps with the real model: the second is asked with the first one's answer, the first
//! that fails is the last, and both are in the row's name.

use gonogo_core::{Attempt, Kind};
use gonogo_store::RunDir;

use crate::project::Project;

const RUN: [&str; 12] = [
    "run",
    "pipeline",
    "--case",
    "shapes",
    "--arm",
    "local-llguidance",
    "--arm",
    "local-none",
    "--seed",
    "7",
    "--name",
    "chain",
];

/// Arm, step and kind of every row, in the order of arm and step.
fn outcomes(rows: &[Attempt]) -> Vec<(&str, &str, Kind)> {
    let mut outcomes: Vec<_> =
        rows.iter().map(|row| (row.key.arm.as_str(), row.key.step.as_str(), row.outcome.kind)).collect();
    outcomes.sort_by_key(|(arm, step, _)| (*arm, *step != "ir"));
    outcomes
}

#[test]
fn the_second_step_is_asked_with_the_first_answer_and_a_failed_step_is_the_last() {
    let project = Project::new();
    project.expect(0, &RUN);
    let dir = RunDir::open(&project.only_run()).unwrap();
    let rows = dir.attempts().unwrap().rows;
    let expected = [
        ("local-llguidance", "ir", Kind::Passed),
        ("local-llguidance", "implementation", Kind::Passed),
        ("local-none", "ir", Kind::InvalidJson),
    ];
    assert_eq!(outcomes(&rows), expected);
    let capture = |step: &str, arm: &str| {
        let row = rows.iter().find(|row| row.key.step == step && row.key.arm == arm).unwrap();
        dir.capture(&row.capture).unwrap()
    };
    let first = gonogo_dialects::read(&capture("ir", "local-llguidance")).text;
    let second = capture("implementation", "local-llguidance").request;
    let prompt = &second.messages.last().unwrap().content;
    assert!(prompt.contains(std::str::from_utf8(&first).unwrap()) && !prompt.contains("{{"), "{prompt}");
    assert_eq!(second.sampling.max_tokens, 128, "the step's own");
    let report = project.expect(0, &["report", "chain", "--format", "json"]).stdout;
    assert!(report.contains("implementation"), "{report}");
    let ran = project.expect(0, &["rejudge", "chain"]);
    assert!(ran.stdout.starts_with("0 of "), "{}", ran.stdout);
}

#[test]
fn a_run_killed_between_two_steps_goes_on_with_the_second() {
    let project = Project::new();
    project.expect(0, &RUN);
    let journal = project.only_run().join("attempts.jsonl");
    let whole = std::fs::read_to_string(&journal).unwrap();
    let kept: String = whole
        .lines()
        .filter(|line| !line.contains(r#""implementation""#))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(kept.lines().count(), 2, "{whole}");
    std::fs::write(&journal, kept).unwrap();
    project.expect(0, &["run", "--resume", "chain"]);
    let rows = RunDir::open(&project.only_run()).unwrap().attempts().unwrap().rows;
    let steps: Vec<_> = outcomes(&rows).into_iter().map(|(arm, step, _)| (arm, step)).collect();
    let expected = [("local-llguidance", "ir"), ("local-llguidance", "implementation"), ("local-none", "ir")];
    assert_eq!(steps, expected);
}
