//! The first line of a verdict tells a suite that is too small from an endpoint that was away.

mod support;

use gonogo_core::{Attempt, Enforcement, Kind, Provenance, Receipt, RunStatus};
use gonogo_report::{Blocker, Cause, GateResult, Verdict, gate};
use support::{CLEAN, arm, attempt, founding_case, migration, one_arm, three_arms};

fn judged((receipt, rows): &(Receipt, Vec<Attempt>)) -> GateResult {
    gate(&migration(), receipt, rows, None, CLEAN)
}

fn first_line(result: &GateResult) -> String {
    result.text().lines().next().unwrap_or_default().to_owned()
}

/// An arm of a live endpoint that refuses every connection.
fn dead(n: usize) -> (Receipt, Vec<Attempt>) {
    let (mut receipt, mut rows) = one_arm(n, n, 900);
    receipt.arms[0].provenance = Provenance::Live;
    let arm = receipt.arms[0].clone();
    for (case, row) in rows.iter_mut().enumerate() {
        let kind = if case == 1 { Kind::TimeoutConnect } else { Kind::ConnectionFailed };
        *row = attempt("rust", &format!("case-{case}"), &arm, kind, 10);
    }
    (receipt, rows)
}

#[test]
fn few_cases_and_a_dead_endpoint_are_told_apart_in_the_first_line() {
    let few = judged(&one_arm(40, 40, 900));
    assert_eq!(few.verdict, Verdict::Inconclusive);
    assert!(first_line(&few).ends_with("): too few cases to tell"), "{}", first_line(&few));
    assert!(few.annotations().starts_with("::warning title=INCONCLUSIVE (too few cases)%3A "));

    let away = judged(&dead(5));
    assert_eq!(away.verdict, Verdict::Inconclusive, "fewer than the policy asks for");
    assert!(
        first_line(&away).ends_with("): not one attempt got an answer: look at the endpoint"),
        "{}",
        first_line(&away)
    );
    assert!(
        away.markdown().contains("level `production`: not one attempt got an answer: look at the endpoint.")
    );
    assert!(away.annotations().starts_with("::warning title=INCONCLUSIVE (no answer)%3A "));
    let why = away.why(&away.arms[0]);
    assert!(
        why.contains("all 5 attempts failed in the infrastructure (1 timeout-connect, 4 connection-failed)"),
        "{why}"
    );
    assert_eq!(away.json()["arms"][0]["cause"], "no-answer");
}

#[test]
fn a_policy_that_counts_failures_of_the_line_decides_and_says_what_they_are() {
    let away = judged(&dead(72));
    assert_eq!(away.verdict, Verdict::NoGo);
    assert!(first_line(&away).contains("not one attempt got an answer"), "{}", first_line(&away));
    assert!(away.annotations().starts_with("::error title=NO-GO (no answer)%3A "), "{}", away.annotations());
    let missed = judged(&one_arm(30, 72, 900));
    assert_eq!(missed.arms[0].cause(), Some(Cause::Missed));
    assert!(missed.annotations().starts_with("::error title=NO-GO%3A "), "{}", missed.annotations());
    assert!(first_line(&missed).ends_with("): a threshold is missed"), "{}", first_line(&missed));
}

#[test]
fn one_answer_is_an_answer_and_a_go_needs_no_cause() {
    let (receipt, mut rows) = dead(5);
    rows[0] = attempt("rust", "case-0", &receipt.arms[0].clone(), Kind::InvalidJson, 10);
    let result = judged(&(receipt, rows));
    assert!(!result.arms[0].blockers.iter().any(|blocker| matches!(blocker, Blocker::Unanswered { .. })));
    let go = judged(&one_arm(100, 100, 900));
    assert_eq!((go.verdict, go.arms[0].cause()), (Verdict::Go, None));
    assert!(first_line(&go).ends_with("level production)"), "{}", first_line(&go));
}

#[test]
fn missing_rows_and_rows_in_doubt_have_words_of_their_own() {
    let mut unfinished = one_arm(40, 40, 900);
    unfinished.0.status = RunStatus::Unfinished;
    assert_eq!(judged(&unfinished).arms[0].cause(), Some(Cause::RowsMissing));
    assert_eq!(judged(&founding_case()).arms[0].cause(), Some(Cause::InDoubt));
    // Where both are so, more rows would not help.
    unfinished.0.arms[0].enforcement = Enforcement::Unproven;
    assert_eq!(judged(&unfinished).arms[0].cause(), Some(Cause::InDoubt));
}

#[test]
fn of_several_arms_each_cause_names_its_own() {
    let (mut receipt, mut rows) = three_arms();
    let away = arm("away", "xgrammar", Enforcement::Proven);
    for n in 0..21 {
        let mut row = attempt("rust", &format!("case-{n:02}"), &away, Kind::ConnectionFailed, 5);
        row.index = u32::try_from(rows.len()).unwrap();
        rows.push(row);
    }
    receipt.arms.push(away);
    receipt.planned = u32::try_from(rows.len()).unwrap();
    let said = first_line(&judged(&(receipt, rows)));
    assert!(
        said.ends_with(
            "): away: not one attempt got an answer: look at the endpoint; local-llguidance: too few cases to tell; \
             local-xgrammar: a threshold is missed"
        ),
        "{said}"
    );
    assert!(first_line(&judged(&(support::receipt(vec![], 0), vec![]))).ends_with("level production)"));
}
