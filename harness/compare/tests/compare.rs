//! Two arms compared, and refused.

mod support;

use gonogo_compare::{Comparison, Options, Refusal, Side, Weight, compare};
use gonogo_core::{Attempt, Kind, Provenance, Receipt};
use gonogo_stats::NonInferiority;
use support::{arm, attempt, receipt, rows};

const PASSED: (Kind, u64) = (Kind::Passed, 1_000);
const FAILED: (Kind, u64) = (Kind::MissingKey, 1_000);

fn within(attempts: &[Attempt]) -> Result<Comparison, Refusal> {
    let receipt = receipt("run", &[arm("a"), arm("b")]);
    let side = |arm| Side { receipt: &receipt, attempts, arm };
    compare(side("a"), side("b"), Options::default())
}

fn across(
    receipts: [&Receipt; 2],
    attempts: [&[Attempt]; 2],
    options: Options,
) -> Result<Comparison, Refusal> {
    let baseline = Side { receipt: receipts[0], attempts: attempts[0], arm: "a" };
    compare(baseline, Side { receipt: receipts[1], attempts: attempts[1], arm: "b" }, options)
}

#[test]
fn arms_that_disagree_are_told_by_name_and_with_an_interval() {
    let rows = rows(21, |case| match case {
        3 | 9 => [PASSED, FAILED],
        5 | 6 | 7 | 8 | 12 | 14 => [FAILED, (Kind::Passed, 1_100)],
        15 => [FAILED, FAILED],
        _ => [PASSED, (Kind::Passed, 1_100)],
    });
    let comparison = within(&rows).unwrap();
    let success = comparison.success;
    assert_eq!((success.n, success.cases, success.only, success.passed), (21, 21, [2, 6], [14, 18]));
    assert!((success.value - 4.0 / 21.0).abs() < 1e-12);
    assert!(success.low < 0.0 && success.high > success.value);
    assert_eq!(comparison.non_inferiority(), NonInferiority::Open);
    assert_eq!(comparison.discordant.len(), 8);
    assert_eq!(comparison.discordant[0].attempt, "rust/case-003 #0");
    assert_eq!(comparison.discordant[0].kinds, ["passed", "missing-key"]);
    let total = comparison.speeds[0];
    assert_eq!(total.cases, 12);
    assert!((total.median - 1.1).abs() < 1e-9 && (total.mean - 1.1).abs() < 1e-9);
    insta::assert_snapshot!(comparison.markdown("gonogo compare run --baseline a --candidate b"));
}

#[test]
fn equal_arms_do_not_differ_and_the_interval_says_how_little_that_is() {
    let comparison = within(&rows(21, |_| [PASSED, PASSED])).unwrap();
    assert_eq!(comparison.success.value, 0.0);
    assert!((comparison.success.low + 0.154_639).abs() < 1e-5);
    assert_eq!(comparison.non_inferiority(), NonInferiority::Open);
    assert!(comparison.headline().starts_with("**These 21 cases cannot tell**"));
    let many = within(&rows(300, |_| [PASSED, PASSED])).unwrap();
    assert_eq!(many.non_inferiority(), NonInferiority::Shown);
    let worse = within(&rows(300, |case| [PASSED, if case % 4 == 0 { FAILED } else { PASSED }])).unwrap();
    assert_eq!(worse.non_inferiority(), NonInferiority::Refuted);
}

#[test]
fn repeats_of_a_case_are_one_piece_of_evidence() {
    // Seven cases, ten repeats each: always alike within a case.
    let rows: Vec<Attempt> = (0..7)
        .flat_map(|case| (0..10).map(move |repeat| (case, repeat)))
        .flat_map(|(case, repeat)| {
            let index = 2 * (case * 10 + repeat);
            let kind = if case < 3 { Kind::MissingKey } else { Kind::Passed };
            [
                attempt("a", index, case, repeat, Kind::Passed, 1_000),
                attempt("b", index + 1, case, repeat, kind, 1_000),
            ]
        })
        .collect();
    let comparison = within(&rows).unwrap();
    assert_eq!((comparison.success.n, comparison.success.cases, comparison.success.ahead), (70, 7, [3, 0]));
    // Three of seven: far from shown, however often it was repeated.
    assert!(comparison.success.high >= 0.0 && comparison.success.p > 0.2);
}

#[test]
fn what_infrastructure_spoiled_bounds_the_answer() {
    let away = (Kind::TimeoutGateway, 30_000);
    let rows = rows(20, |case| match case {
        0..=3 => [away, PASSED],
        4 => [PASSED, away],
        5 => [PASSED, FAILED],
        _ => [PASSED, PASSED],
    });
    let attrition = within(&rows).unwrap().attrition.unwrap();
    assert_eq!((attrition.spoiled, attrition.clean), ([4, 1], 15));
    assert!((attrition.least - -2.0 / 20.0).abs() < 1e-12);
    assert!((attrition.most - 4.0 / 20.0 + 1.0 / 20.0).abs() < 1e-12);
    assert_eq!(attrition.set_aside.unwrap().only, [1, 0]);
}

#[test]
fn an_arm_that_slows_down_by_a_fifth_in_mid_run_is_noticed() {
    let mut random = fastrand::Rng::with_seed(3);
    let mut noise = || 900 + random.u64(0..200);
    let pairs: Vec<[(Kind, u64); 2]> = (0..60)
        .map(|case| {
            let slow = if case >= 30 { 12 } else { 10 };
            [(Kind::Passed, noise()), (Kind::Passed, noise() * slow / 10)]
        })
        .collect();
    let drift = within(&rows(60, |case| pairs[case as usize])).unwrap().drift;
    assert!(drift.drifted);
    let ratio = drift.ratio.unwrap();
    assert!(ratio.p < 0.01 && (ratio.change() - 1.2).abs() < 0.05, "{ratio:?}");
    assert!(drift.baseline.unwrap().p > 0.01);
}

#[test]
fn two_runs_of_different_questions_are_refused_with_every_reason() {
    let attempts = rows(3, |_| [PASSED, PASSED]);
    let here = receipt("one", &[arm("a"), arm("b")]);
    let mut there = receipt("two", &[arm("a"), arm("b")]);
    there.suites[0].hash = gonogo_core::ContentHash::of(b"other");
    there.temperature = 0.7;
    there.gonogo.built_from = Some("fedcba9876543210".into());
    there.arms[1].facts.insert("model.sha256".into(), "def".into());
    there.arms[1].provenance = Provenance::Replay;
    there.machine.cores = 64;
    let refusal = across([&here, &there], [&attempts, &attempts], Options::default()).unwrap_err();
    let refused: Vec<&str> = refusal
        .obstacles
        .iter()
        .filter(|obstacle| obstacle.weight == Weight::Refuse)
        .map(|obstacle| obstacle.what.as_str())
        .collect();
    assert_eq!(refused, ["provenance", "model", "suite rust", "sampling", "client"]);
    insta::assert_snapshot!(refusal.lines().join("\n"));
    let forced = Options { force: true, ..Options::default() };
    let forced = across([&here, &there], [&attempts, &attempts], forced).unwrap();
    assert!(forced.forced() && forced.markdown("c").contains("> **Forced.**"));
    assert!(forced.speeds.is_empty());
}

#[test]
fn runs_without_a_common_attempt_are_refused_whatever_is_forced() {
    let receipt = receipt("run", &[arm("a"), arm("b")]);
    let (ours, mut theirs) = (rows(3, |_| [PASSED, PASSED]), rows(3, |_| [PASSED, PASSED]));
    theirs.iter_mut().for_each(|row| row.seed += 1);
    let forced = Options { force: true, ..Options::default() };
    let refusal = across([&receipt, &receipt], [&ours, &theirs], forced).unwrap_err();
    assert!(refusal.lines()[0].starts_with("attempts in common: none against none"));
    assert!(refusal.obstacles.iter().any(|obstacle| obstacle.remedy.contains("different seeds")));
}

#[test]
fn an_arm_that_is_not_there_is_refused() {
    let receipt = receipt("run", &[arm("a"), arm("b")]);
    let rows = rows(3, |_| [PASSED, PASSED]);
    let side = |arm| Side { receipt: &receipt, attempts: &rows, arm };
    let refusal = compare(side("a"), side("c"), Options::default()).unwrap_err();
    assert!(refusal.lines().iter().any(|line| line.starts_with("arm: known against not in its receipt")));
}
