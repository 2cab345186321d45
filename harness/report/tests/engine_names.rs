//! Whose word an engine's name is: shown wherever the arm is named, and decisive where a policy says so.
#![expect(clippy::unwrap_used, reason = "a test's helper fails by panicking")]

mod support;

use gonogo_core::{Attempt, Caveat, Enforcement, EngineEvidence, Provenance, Receipt, Witness};
use gonogo_report::{Blocker, Policy, Report, Verdict, gate};
use support::{CLEAN, migration, one_arm};

type Run = (Receipt, Vec<Attempt>);

/// A server whose constraint a canary has proven, and whose engine is known from `by`.
fn server(by: Option<Witness>) -> Run {
    let (mut receipt, mut rows) = one_arm(72, 72, 900);
    let arm = &mut receipt.arms[0];
    arm.kind = "http".into();
    arm.provenance = Provenance::Live;
    arm.engine_evidence = by.map(|by| EngineEvidence::new(by, "as it was said"));
    rows.iter_mut().for_each(|row| row.provenance = Provenance::Live);
    (receipt, rows)
}

fn demanding() -> Policy {
    let mut policy = serde_json::to_value(migration()).unwrap();
    policy["engine"] = "proven".into();
    serde_json::from_value(policy).unwrap()
}

fn label((receipt, rows): &Run) -> String {
    let report = Report::new(receipt, rows);
    report.table("arms").unwrap().columns[0].clone()
}

#[test]
fn a_claimed_name_says_so_wherever_it_stands() {
    for (by, shown) in [
        (Some(Witness::Server), "(live)"),
        (Some(Witness::Channel), "(live)"),
        (Some(Witness::Worker), "(live)"),
        (Some(Witness::Claimed), "(live, engine unproven)"),
        // A receipt of before anybody asked.
        (None, "(live, engine unproven)"),
    ] {
        let run = server(by);
        assert!(label(&run).ends_with(shown), "{by:?}: {}", label(&run));
        let claimed = |caveat: &Caveat| matches!(caveat, Caveat::EngineClaimed { .. });
        let report = Report::new(&run.0, &run.1);
        assert_eq!(report.caveats.iter().any(claimed), shown.contains("unproven"), "{by:?}");
    }
    // What is not even enforced has no engine to speak of.
    let mut unproven = server(Some(Witness::Claimed));
    unproven.0.arms[0].enforcement = Enforcement::Unproven;
    assert!(label(&unproven).ends_with("(live, unproven)"), "{}", label(&unproven));
}

#[test]
fn a_worker_of_an_older_gonogo_had_named_its_engine() {
    assert!(label(&one_arm(72, 72, 900)).ends_with("(local)"));
}

#[test]
fn a_policy_about_engines_decides_nothing_on_a_claim() {
    let verdict = |policy: &Policy, run: &Run| gate(policy, &run.0, &run.1, None, CLEAN);
    let claimed = server(Some(Witness::Claimed));
    assert_eq!(verdict(&migration(), &claimed).verdict, Verdict::Go, "the arm as it is set up");
    let result = verdict(&demanding(), &claimed);
    assert_eq!(result.verdict, Verdict::Inconclusive);
    let [blocker @ Blocker::EngineClaimed { .. }] = result.arms[0].blockers.as_slice() else {
        panic!("{:?}", result.arms[0].blockers)
    };
    assert!(blocker.message().contains("as it was said"), "{}", blocker.message());
    assert_eq!(verdict(&demanding(), &server(Some(Witness::Server))).verdict, Verdict::Go);
    assert_eq!(verdict(&demanding(), &one_arm(72, 72, 900)).verdict, Verdict::Go);

    let mut failing = one_arm(30, 72, 900);
    assert_eq!(verdict(&demanding(), &failing).verdict, Verdict::NoGo);
    failing.0.arms[0].engine_evidence = Some(EngineEvidence::new(Witness::Claimed, "no one asked"));
    assert_eq!(
        verdict(&demanding(), &failing).verdict,
        Verdict::Inconclusive,
        "whose failures these are is open"
    );
}
