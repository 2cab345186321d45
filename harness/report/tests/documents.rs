//! Whole documents, as a person or a program gets them.

mod support;

use gonogo_core::{Attempt, Receipt, RunStatus};
use gonogo_report::{MarkdownOptions, Report, gate};
use support::{CLEAN, founding_case, migration, three_arms};

fn markdown(receipt: &Receipt, attempts: &[Attempt], judged: bool) -> String {
    let result = judged.then(|| gate(&migration(), receipt, attempts, None, CLEAN));
    let options = MarkdownOptions { command: format!("gonogo report {}", receipt.run), plots: true };
    Report::new(receipt, attempts).markdown(&options, result.as_ref())
}

#[test]
fn three_arms_in_markdown() {
    let (receipt, attempts) = three_arms();
    insta::assert_snapshot!(markdown(&receipt, &attempts, true));
}

#[test]
fn three_arms_in_csv() {
    let (receipt, attempts) = three_arms();
    insta::assert_snapshot!(Report::new(&receipt, &attempts).csv());
}

#[test]
fn three_arms_in_json() {
    let (receipt, attempts) = three_arms();
    let result = gate(&migration(), &receipt, &attempts, None, CLEAN);
    insta::assert_json_snapshot!(Report::new(&receipt, &attempts).json(Some(&result)));
}

#[test]
fn three_arms_at_the_gate() {
    let (receipt, attempts) = three_arms();
    insta::assert_snapshot!(gate(&migration(), &receipt, &attempts, None, CLEAN).text());
}

#[test]
fn the_founding_case() {
    let (receipt, attempts) = founding_case();
    let text = markdown(&receipt, &attempts, true);
    for figure in ["1/21 = 4.8 % [0.85–22.7]", "7/21 = 33.3 %", "13/21 = 61.9 %", "(replay, unproven)"] {
        assert!(text.contains(figure), "{figure} is missing");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn an_empty_run_says_so_first() {
    let (receipt, _) = three_arms();
    let text = markdown(&receipt, &[], false);
    assert!(text.lines().next().unwrap().contains("EMPTY: none of 63 planned attempts has a row"));
    insta::assert_snapshot!(text);
}

#[test]
fn an_unfinished_run_says_so_first() {
    let (mut receipt, attempts) = three_arms();
    receipt.status = RunStatus::Unfinished;
    receipt.finished = None;
    let text = markdown(&receipt, &attempts[..40], true);
    let first = text.lines().next().unwrap();
    assert!(first.contains("UNFINISHED: 40 of 63 planned attempts have a row"), "{first}");
    insta::assert_snapshot!(text);
}

#[test]
fn retries_stand_beside_first_tries_and_never_replace_them() {
    let (receipt, mut attempts) = founding_case();
    let mut retry = attempts[0].clone();
    retry.r#try = 1;
    retry.outcome = attempts[3].outcome.clone();
    attempts.push(retry);
    let text = markdown(&receipt, &attempts, true);
    assert!(text.contains("1/21 = 4.8 %"), "first tries");
    assert!(text.contains("2/21 = 9.5 %"), "after retries");
}

#[test]
fn the_last_line_regenerates_the_document() {
    let (receipt, attempts) = three_arms();
    let text = markdown(&receipt, &attempts, false);
    assert_eq!(text.lines().last(), Some("Regenerate with `gonogo report 20251121T060000Z-demo`"));
    assert!(text.contains("No policy applied"));
}
