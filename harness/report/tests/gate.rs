//! What makes a GO, and everything that must not.

mod support;

use gonogo_core::{Caveat, Enforcement, Kind, Nanos, Provenance, RunStatus};
use gonogo_report::{Blocker, Need, Policy, Recheck, Verdict, gate};
use gonogo_stats::{Confidence, Rate};
use support::{CLEAN, arm, attempt, founding_case, migration, one_arm, policy_of, receipt, three_arms};

fn verdict(run: &(gonogo_core::Receipt, Vec<gonogo_core::Attempt>)) -> Verdict {
    gate(&migration(), &run.0, &run.1, None, CLEAN).verdict
}

#[test]
fn the_verdict_follows_the_exact_bound() {
    // 72 clean attempts are the first to bound success at 95 % with 95 % confidence: 0.025^(1/72).
    assert_eq!(verdict(&one_arm(72, 72, 900)), Verdict::Go);
    assert_eq!(verdict(&one_arm(71, 71, 900)), Verdict::Inconclusive);
    assert_eq!(verdict(&one_arm(30, 72, 900)), Verdict::NoGo);
}

#[test]
fn slow_is_no_go_however_right() {
    assert_eq!(verdict(&one_arm(72, 72, 31_000)), Verdict::NoGo);
    assert_eq!(verdict(&one_arm(72, 72, 30_000)), Verdict::Go);
}

/// 100 cases, of which the first `cut` end in `kind` after so many milliseconds and the others pass in 900 ms.
fn partly_cut_off(cut: usize, kind: Kind, after: u64) -> (gonogo_core::Receipt, Vec<gonogo_core::Attempt>) {
    let (receipt, mut rows) = one_arm(100, 100, 900);
    let arm = receipt.arms[0].clone();
    for (case, row) in rows.iter_mut().enumerate().take(cut) {
        *row = attempt("rust", &format!("case-{case}"), &arm, kind, after);
        row.timings.ttft = None;
    }
    (receipt, rows)
}

/// The latency threshold of the production level: a median of 30 s at most.
fn latency((receipt, rows): &Run) -> gonogo_report::Check {
    let result = gate(&migration(), receipt, rows, None, CLEAN);
    result.arms[0].levels[2].checks[1].clone()
}

#[test]
fn an_arm_that_hangs_is_not_fast_on_what_it_does_not_hang_on() {
    for kind in [Kind::TimeoutTotal, Kind::TimeoutGateway, Kind::EngineHung, Kind::CompileTimeout] {
        let hung = |cut| latency(&partly_cut_off(cut, kind, 30_000));
        let open = hung(60);
        assert_eq!((open.n, open.censored, open.cut_early), (100, 60, 0), "{kind:?}");
        assert_eq!((open.low, open.value), (Some(0.9), Some(f64::INFINITY)));
        assert_eq!(open.verdict, Verdict::Inconclusive, "the 40th of 100 still bounds the median from below");
        assert_eq!(hung(70).verdict, Verdict::NoGo, "the limit was the threshold");
        assert_eq!(hung(10).verdict, Verdict::Go);
    }
    // Other failures say nothing about how long a right answer takes.
    let crashed = latency(&partly_cut_off(60, Kind::EngineCrashed, 30_000));
    assert_eq!((crashed.n, crashed.censored, crashed.verdict), (40, 0, Verdict::Go));
}

#[test]
fn an_attempt_cut_off_before_the_threshold_is_neither_in_time_nor_late() {
    for cut in [60, 70, 100] {
        let early = latency(&partly_cut_off(cut, Kind::TimeoutTotal, 2_000));
        assert_eq!((early.censored, early.cut_early), (cut as u64, cut as u64));
        assert_eq!(early.verdict, Verdict::Inconclusive, "2 s say nothing about 30 s");
        assert_eq!(early.need, None, "more attempts cut off as early would not say more");
    }
    // Early ones are no evidence for a GO either, and those that waited long enough still are against it.
    assert_eq!(latency(&partly_cut_off(10, Kind::TimeoutTotal, 2_000)).verdict, Verdict::Go);
    assert_eq!(latency(&partly_cut_off(45, Kind::TimeoutTotal, 2_000)).verdict, Verdict::Inconclusive);
    let mut mixed = partly_cut_off(80, Kind::TimeoutTotal, 31_000);
    mixed.1[..10].iter_mut().for_each(|row| row.timings.total = Nanos(2_000_000_000));
    assert_eq!((latency(&mixed).verdict, latency(&mixed).cut_early), (Verdict::NoGo, 10));
    mixed.1[..25].iter_mut().for_each(|row| row.timings.total = Nanos(2_000_000_000));
    assert_eq!((latency(&mixed).verdict, latency(&mixed).cut_early), (Verdict::Inconclusive, 25));
}

#[test]
fn a_quantile_among_attempts_cut_off_is_not_reached() {
    let policy = policy_of("{ metric = \"latency\", quantile = 0.5, at_most_s = 30.0 }");
    let judge = |after| {
        let (receipt, rows) = partly_cut_off(70, Kind::TimeoutTotal, after);
        gate(&policy, &receipt, &rows, None, CLEAN)
    };
    let late = judge(35_000);
    assert_eq!(
        late.why(&late.arms[0]),
        "NO-GO because the lower bound 35.00 s is above 30.00 s (latency p50 not reached, 70/100 cut off by a time \
         limit [35.00–∞ s], asked ≤ 30 s)"
    );
    let check = &late.json()["arms"][0]["levels"][0]["checks"][0];
    assert_eq!((check["value"].is_null(), check["censored"].as_u64()), (true, Some(70)));
    let early = judge(2_000);
    assert_eq!(
        early.why(&early.arms[0]),
        "latency p50 not reached, 70/100 cut off by a time limit [2.00–∞ s] straddles ≤ 30 s; no number of cases at \
         this rate would decide; 70 of 100 were cut off before 30.00 s and might have been in time: allow attempts \
         longer than that"
    );
}

#[test]
fn a_first_token_that_came_counts_even_if_the_answer_was_cut_off() {
    let policy = policy_of("{ metric = \"first-token\", quantile = 0.5, at_most_s = 1.0 }");
    let (receipt, mut rows) = partly_cut_off(70, Kind::TimeoutStall, 2_000);
    let check = |rows: &[_]| gate(&policy, &receipt, rows, None, CLEAN).arms[0].levels[0].checks[0].clone();
    assert_eq!((check(&rows).verdict, check(&rows).censored), (Verdict::NoGo, 70));
    rows[..70].iter_mut().for_each(|row| row.timings.total = Nanos(999_999_999));
    assert_eq!((check(&rows).verdict, check(&rows).cut_early), (Verdict::Inconclusive, 70));
    rows.iter_mut().for_each(|row| row.timings.ttft = Some(Nanos(100_000_000)));
    assert_eq!((check(&rows).verdict, check(&rows).censored, check(&rows).n), (Verdict::Go, 0, 100));
    rows.iter_mut().for_each(|row| row.timings.ttft = None);
    assert_eq!((check(&rows).value, check(&rows).n), (None, 0), "an arm that reports none has none to judge");
}

#[test]
fn an_open_question_says_how_many_cases_would_close_it_and_which_way() {
    let production = |passed, n| {
        let (receipt, attempts) = one_arm(passed, n, 900);
        let result = gate(&migration(), &receipt, &attempts, None, CLEAN);
        result.arms[0].levels.iter().find(|level| level.level == "production").unwrap().checks.clone()
    };
    let clean = production(40, 40);
    assert_eq!(clean[0].need, Some(Need { cases: 72, more: 32, in_favour: true }));
    assert_eq!((clean[0].cases, clean[0].clean_cases), (40, Some(72)));
    assert_eq!((clean[1].need, clean[1].clean_cases), (None, Some(6)), "latency is decided");
    // 36/40 = 90 %: more of the same would only show that it is below 95 %.
    let falling = production(36, 40)[0].need.unwrap();
    assert!(!falling.in_favour && falling.more == falling.cases - 40, "{falling:?}");
    let rate = |n: u64| Rate { passed: n * 9 / 10, n }.clopper_pearson(Confidence::P95).high;
    let whole = falling.cases.next_multiple_of(10);
    assert!(rate(whole) < 0.95 && rate(whole - 10) >= 0.95, "{falling:?}");
}

#[test]
fn a_ceiling_is_met_by_few_and_missed_by_many() {
    let text = include_str!("../../../reports/policies/migration.toml").replace(
        "{ metric = \"success\", at_least = 0.95 }",
        "{ metric = \"fault\", domain = \"engine\", at_most = 0.20 }",
    );
    let policy: Policy = toml::from_str(&text).unwrap();
    let check = |passed, n| {
        let (receipt, attempts) = one_arm(passed, n, 900);
        let result = gate(&policy, &receipt, &attempts, None, CLEAN);
        (result.arms[0].levels[2].checks[0].clone(), result.why(&result.arms[0]))
    };
    // A fault in one of ten: below the ceiling, so more of the same would meet it.
    let (few, _) = check(36, 40);
    assert_eq!(
        (few.verdict, few.need.unwrap().in_favour, few.clean_cases),
        (Verdict::Inconclusive, true, Some(17))
    );
    let (many, _) = check(28, 40);
    assert_eq!((many.verdict, many.need.unwrap().in_favour), (Verdict::Inconclusive, false));
    let (_, said) = check(9, 10);
    assert!(
        said.contains("; not even 0 of 10 could meet ≤ 20.0 %: that takes at least 17 clean cases"),
        "{said}"
    );
}

/// The sentence about the only candidate of a run.
fn why(run: &(gonogo_core::Receipt, Vec<gonogo_core::Attempt>)) -> String {
    let result = gate(&migration(), &run.0, &run.1, None, CLEAN);
    result.why(&result.arms[0])
}

#[test]
fn a_verdict_names_the_threshold_that_decided() {
    assert_eq!(
        why(&one_arm(30, 72, 900)),
        "NO-GO because the upper bound 53.9 % is below 95.0 % (success 30/72 = 41.7 % [30.2–53.9], asked ≥ 95.0 %)"
    );
    assert_eq!(
        why(&one_arm(72, 72, 31_000)),
        "NO-GO because the lower bound 31.00 s is above 30.00 s (latency p50 31.00 s [31.00–31.00 s], asked ≤ 30 s)"
    );
    assert_eq!(
        why(&one_arm(71, 71, 900)),
        "success 71/71 = 100.0 % [94.9–100.0] straddles ≥ 95.0 %; 72 distinct cases (1 more) would make it GO if \
         further ones went as these did"
    );
    assert_eq!(
        why(&one_arm(72, 72, 900)),
        "GO because the lower bound 95.01 % is at least 95.00 % (success 72/72 = 100.0 % [95.0–100.0], asked ≥ 95.0 %) \
         (and 1 more threshold is met)"
    );
    assert!(
        why(&one_arm(75, 84, 900)).starts_with("NO-GO because the upper bound 94.98 % is below 95.00 % (")
    );
    let nearly = one_arm(20, 21, 900);
    assert_eq!(
        why(&nearly),
        "success 20/21 = 95.2 % [76.2–99.9] straddles ≥ 95.0 %; more than 10,000 distinct cases would make it GO at \
         this rate; not even 21 of 21 could meet ≥ 95.0 %: that takes at least 72 clean cases"
    );
    let result = gate(&migration(), &nearly.0, &nearly.1, None, CLEAN);
    assert!(
        result.arms[0]
            .levels
            .iter()
            .flat_map(|level| &level.checks)
            .any(|check| check.need.is_some_and(|need| need.cases > 10_000))
    );
    assert!(result.text().contains("why: success 20/21"));
    assert!(
        result
            .markdown()
            .contains("level `production`: too few cases to tell.\n\n- `local-llguidance`: success 20/21")
    );
}

#[test]
fn a_verdict_names_what_forbids_a_go() {
    let mut replayed = one_arm(100, 100, 900);
    replayed.1[7].provenance = Provenance::Replay;
    let said = why(&replayed);
    let neither = "every threshold of level production is met, but it can be neither GO nor NO-GO: ";
    assert!(said.starts_with(neither), "{said}");
    assert!(
        said.contains("1 row is no evidence under this policy (the arm's rows are local+replay)"),
        "{said}"
    );

    let said = why(&founding_case());
    assert_eq!(
        said,
        "success 1/21 = 4.8 % [0.12–23.8] misses ≥ 95.0 %, but it can be neither GO nor NO-GO: 21 rows are no \
         evidence under this policy (the arm's rows are replay); nor would it be GO otherwise: no canary showed \
         that the constraint is enforced"
    );
    let mut unproven = one_arm(30, 72, 900);
    unproven.0.arms[0].canary = None;
    let said = why(&unproven);
    assert!(said.starts_with("NO-GO because the upper bound 53.9 % is below 95.0 %"), "{said}");
    assert!(
        said.ends_with("; nor could it be GO: no canary showed that the constraint is enforced"),
        "{said}"
    );

    let result = gate(&migration(), &replayed.0, &replayed.1, Some(&["nobody".into()]), CLEAN);
    let said = result.why(&result.arms[0]);
    assert!(
        said.starts_with("it can be neither GO nor NO-GO: "),
        "what forbids a verdict comes first: {said}"
    );
    assert!(said.ends_with("; besides, no attempt was judged"), "{said}");
}

#[test]
fn the_founding_case_is_never_go() {
    let (receipt, attempts) = founding_case();
    let result = gate(&migration(), &receipt, &attempts, None, CLEAN);
    assert_eq!(result.verdict, Verdict::Inconclusive, "a recording is no evidence against a backend either");
    let arm = &result.arms[0];
    assert!(arm.levels.iter().all(|level| level.verdict == Verdict::Inconclusive));
    assert!(arm.blockers.contains(&Blocker::Provenance { rows: 21, found: "replay".into() }));
    assert!(arm.blockers.contains(&Blocker::Unproven));
    let lost = arm.attrition.unwrap();
    assert_eq!((lost.worst, lost.best, lost.lost, lost.n), (1, 8, 7, 21));
}

type Run = (gonogo_core::Receipt, Vec<gonogo_core::Attempt>);
type Spoil = fn(&mut gonogo_core::Receipt, &mut Vec<gonogo_core::Attempt>);

/// Each way to be unverifiable, and whether a NO-GO falls with the GO.
const SPOILS: [(&str, bool, Spoil); 15] = [
    ("empty", true, |_, rows| rows.clear()),
    ("unfinished", false, |receipt, _| receipt.status = RunStatus::Unfinished),
    ("a row is missing", false, |_, rows| drop(rows.pop())),
    ("a row too many", true, |receipt, _| receipt.planned -= 1),
    ("a row twice", true, |_, rows| rows[0] = rows[1].clone()),
    ("one row replayed", true, |_, rows| rows[7].provenance = Provenance::Replay),
    ("all rows simulated", true, |receipt, rows| {
        receipt.arms[0].provenance = Provenance::Simulated;
        rows.iter_mut().for_each(|row| row.provenance = Provenance::Simulated);
    }),
    ("a receipt that says otherwise", true, |receipt, _| receipt.arms[0].provenance = Provenance::Live),
    ("insecure", true, |receipt, _| {
        receipt.arms[0].facts.insert(Caveat::TLS.into(), Caveat::NOT_VERIFIED.into());
    }),
    ("unproven", false, |receipt, _| receipt.arms[0].enforcement = Enforcement::Unproven),
    ("proven without evidence", false, |receipt, _| receipt.arms[0].canary = None),
    ("no receipt", true, |receipt, _| receipt.arms.clear()),
    ("another suite", true, |_, rows| rows[3].key.suite = "smoke".into()),
    ("mixed rungs", true, |_, rows| rows[3].key.rung = Some("minimal".into())),
    ("too few", true, |receipt, rows| {
        rows.truncate(19);
        receipt.planned = 19;
    }),
];

fn spoilt((receipt, rows): &Run, spoil: Spoil) -> gonogo_report::GateResult {
    let (mut receipt, mut rows) = (receipt.clone(), rows.clone());
    spoil(&mut receipt, &mut rows);
    gate(&migration(), &receipt, &rows, Some(&["local-llguidance".into()]), CLEAN)
}

#[test]
fn nothing_unverifiable_is_go() {
    let good = one_arm(100, 100, 900);
    assert_eq!(verdict(&good), Verdict::Go);
    for (name, _, spoil) in SPOILS {
        let result = spoilt(&good, spoil);
        assert_eq!(result.verdict, Verdict::Inconclusive, "{name}");
        assert!(!result.arms[0].blockers.is_empty(), "{name}");
    }
}

#[test]
fn rows_that_are_no_evidence_for_an_arm_are_none_against_it() {
    let bad = one_arm(5, 100, 900);
    assert_eq!(verdict(&bad), Verdict::NoGo);
    for (name, falls, spoil) in SPOILS {
        let result = spoilt(&bad, spoil);
        let (expected, says) = if falls {
            (Verdict::Inconclusive, "neither GO nor NO-GO: ")
        } else {
            (Verdict::NoGo, "; nor could it be GO: ")
        };
        assert_eq!(result.verdict, expected, "{name}");
        assert!(result.why(&result.arms[0]).contains(says), "{name}: {}", result.why(&result.arms[0]));
        assert_eq!(result.text().contains("! neither GO nor NO-GO: "), falls, "{name}");
    }
}

#[test]
fn outcomes_that_the_captures_do_not_bear_out_decide_nothing() {
    let found = [
        (Recheck::NotDone, "nobody judged the stored captures again"),
        (
            Recheck::Done { foreign: 0, changed: 1, lost: 0 },
            "1 row has an outcome, a time or a token count that is not what today's judge reads",
        ),
        (Recheck::Done { foreign: 2, changed: 0, lost: 0 }, "2 rows have no place in this run"),
        (
            Recheck::Done { foreign: 0, changed: 0, lost: 3 },
            "3 rows have no stored capture that matches its hash",
        ),
    ];
    for (passed, otherwise) in [(100, Verdict::Go), (5, Verdict::NoGo)] {
        let run = one_arm(passed, 100, 900);
        assert_eq!(verdict(&run), otherwise);
        for (recheck, says) in found {
            let result = gate(&migration(), &run.0, &run.1, None, recheck);
            assert_eq!(result.verdict, Verdict::Inconclusive, "{recheck:?}");
            let said = result.why(&result.arms[0]);
            assert!(said.contains(&format!(", but it can be neither GO nor NO-GO: {says}")), "{said}");
        }
    }
}

#[test]
fn a_run_cut_short_is_no_go_only_if_the_rest_could_not_turn_it() {
    let judge = |passed, n, planned| {
        let (mut receipt, rows) = one_arm(passed, n, 900);
        receipt.planned = planned;
        receipt.status = RunStatus::Unfinished;
        let result = gate(&migration(), &receipt, &rows, None, CLEAN);
        (result.verdict, result.why(&result.arms[0]), result.arms[0].levels[2].checks[0].withheld)
    };
    // 15/30 with 10 to come is at best 25/40; with 400 to come it could still be 415/430.
    assert_eq!(judge(15, 30, 40).0, Verdict::NoGo);
    let (verdict, said, withheld) = judge(15, 30, 430);
    assert_eq!((verdict, withheld), (Verdict::Inconclusive, 400));
    assert!(
        said.starts_with("it cannot be GO: the run is unfinished")
            && said.ends_with(
                "; besides, success 15/30 = 50.0 % [31.3–68.7] misses ≥ 95.0 %, but might not, had the 400 attempts \
                 passed that have no row or failed by a fault of gonogo itself"
            ),
        "{said}"
    );
    // Slow on every row it has: the missing ones could be in time, and half of them would do.
    let slow = |planned| {
        let (mut receipt, rows) = one_arm(30, 30, 31_000);
        receipt.planned = planned;
        gate(
            &policy_of("{ metric = \"latency\", quantile = 0.5, at_most_s = 30.0 }"),
            &receipt,
            &rows,
            None,
            CLEAN,
        )
        .verdict
    };
    assert_eq!([30, 35, 90].map(slow), [Verdict::NoGo, Verdict::NoGo, Verdict::Inconclusive]);
}

#[test]
fn a_fault_of_ours_forbids_go_and_does_not_make_no_go() {
    let arm = arm("local-llguidance", "llguidance", Enforcement::Proven);
    let kind = |n| if n < 40 { Kind::HarnessError } else { Kind::Passed };
    let rows: Vec<_> = (0..100).map(|n| attempt("rust", &format!("case-{n}"), &arm, kind(n), 900)).collect();
    let result = gate(&migration(), &receipt(vec![arm], 100), &rows, None, CLEAN);
    assert_eq!(result.verdict, Verdict::Inconclusive);
    assert_eq!(result.arms[0].blockers, [Blocker::HarnessErrors { rows: 40 }]);
    assert!(
        result.why(&result.arms[0]).contains(
            "misses ≥ 95.0 %, but might not, had the 40 attempts passed that have no row or failed"
        )
    );
}

#[test]
fn rows_too_many_on_one_arm_do_not_hide_rows_missing_on_another() {
    let arms = vec![
        arm("local-llguidance", "llguidance", Enforcement::Proven),
        arm("local-xgrammar", "xgrammar", Enforcement::Proven),
    ];
    let mut rows = Vec::new();
    for case in 0..100 {
        rows.push(attempt("rust", &format!("case-{case}"), &arms[0], Kind::Passed, 900));
        let doubled = if case < 97 { case } else { case - 97 };
        let on = if case < 97 { &arms[1] } else { &arms[0] };
        rows.push(attempt("rust", &format!("case-{doubled}"), on, Kind::Passed, 900));
    }
    let result = gate(&migration(), &receipt(arms, 200), &rows, Some(&["local-xgrammar".into()]), CLEAN);
    assert_ne!(result.verdict, Verdict::Go);
    assert!(result.arms[0].blockers.contains(&Blocker::Unfinished { rows: 97, planned: 100 }));
}

#[test]
fn a_policy_says_nothing_about_what_it_does_not_name() {
    let arms = vec![arm("local-llguidance", "llguidance", Enforcement::Proven)];
    let rows = |suite: &str, rungs: [&str; 2], cases: usize| {
        let row = |n: usize| {
            let mut row = attempt(suite, &format!("case-{}", n % cases), &arms[0], Kind::Passed, 900);
            row.key.repeat = u32::try_from(n / cases).unwrap();
            row.key.rung = Some(rungs[n % 2].into());
            row
        };
        (0..400).map(row).collect::<Vec<_>>()
    };
    let judge = |rows: &[_]| gate(&migration(), &receipt(arms.clone(), 400), rows, None, CLEAN);
    assert_eq!(judge(&rows("rust", ["bounded"; 2], 400)).verdict, Verdict::Go);
    for (rows, blocker) in [
        (rows("smoke", ["bounded"; 2], 400), Blocker::OtherSuites { suites: vec!["smoke".into()] }),
        (
            rows("rust", ["bounded", "minimal"], 400),
            Blocker::MixedRungs { rungs: vec!["bounded".into(), "minimal".into()] },
        ),
        (rows("rust", ["bounded"; 2], 4), Blocker::FewCases { cases: 4, minimum: 20 }),
    ] {
        let result = judge(&rows);
        assert_ne!(result.verdict, Verdict::Go);
        assert!(result.arms[0].blockers.contains(&blocker), "{:?}", result.arms[0].blockers);
    }
}

#[test]
fn one_more_failure_never_makes_a_go() {
    let arm = arm("local-llguidance", "llguidance", Enforcement::Proven);
    for failed in 0..4 {
        let mut rows = Vec::new();
        for case in 0..21 {
            for repeat in 0..10 {
                let kind = if case < failed && repeat == 0 { Kind::TruncatedBudget } else { Kind::Passed };
                let mut row = attempt("rust", &format!("case-{case}"), &arm, kind, 900);
                row.key.repeat = repeat;
                rows.push(row);
            }
        }
        let result = gate(&migration(), &receipt(vec![arm.clone()], 210), &rows, None, CLEAN);
        assert_eq!(result.verdict, Verdict::Inconclusive, "{failed} of 210 failed, over 21 cases");
    }
}

#[test]
fn repeats_of_a_case_are_not_evidence_of_their_own() {
    let arm = arm("local-llguidance", "llguidance", Enforcement::Proven);
    let mut rows = Vec::new();
    for case in 0..7 {
        for repeat in 0..20 {
            let mut row = attempt("rust", &format!("case-{case}"), &arm, Kind::Passed, 900);
            row.key.repeat = repeat;
            rows.push(row);
        }
    }
    let result = gate(&migration(), &receipt(vec![arm], 140), &rows, None, CLEAN);
    assert_eq!(result.verdict, Verdict::Inconclusive, "140 attempts, but 7 cases");
    let said = result.why(&result.arms[0]);
    assert!(
        said.contains(
            "; besides, success 140/140 = 100.0 % [59.0–100.0] straddles ≥ 95.0 %; 72 distinct cases (65 more) would make it GO if \
             further ones went as these did"
        ),
        "{said}"
    );
}

#[test]
fn controls_compete_only_when_named() {
    let (receipt, attempts) = three_arms();
    let unnamed = gate(&migration(), &receipt, &attempts, None, CLEAN);
    let arms: Vec<_> = unnamed.arms.iter().map(|arm| arm.arm.as_str()).collect();
    assert_eq!(arms, ["local-llguidance", "local-xgrammar"]);
    let named = gate(&migration(), &receipt, &attempts, Some(&["local-none".into()]), CLEAN);
    assert_eq!((named.arms.len(), named.verdict), (1, Verdict::NoGo));
    assert_eq!(gate(&migration(), &receipt, &attempts, Some(&[]), CLEAN).verdict, Verdict::Inconclusive);
}

#[test]
fn lost_attempts_can_be_left_out_but_not_silently() {
    let text = include_str!("../../../reports/policies/migration.toml").replace("\"count\"", "\"exclude\"");
    let policy: Policy = toml::from_str(&text).unwrap();
    let (receipt, attempts) = founding_case();
    let result = gate(&policy, &receipt, &attempts, None, CLEAN);
    assert_eq!(result.arms[0].n, 14);
    assert!(result.arms[0].blockers.contains(&Blocker::BelowMinimum { n: 14, minimum: 20 }));
    assert_eq!(result.arms[0].attrition.unwrap().lost, 7);
}

#[test]
fn unsound_policies_do_not_load() {
    let sound = include_str!("../../../reports/policies/migration.toml");
    let spoils = [
        ("confidence = 0.95", "confidence = 95.0", "fraction"),
        ("minimum_n = 20", "minimum_n = 0", "at least one"),
        ("[\"live\", \"local\"]", "[\"live\", \"replay\"]", "never evidence"),
        ("[\"live\", \"local\"]", "[]", "no row could count"),
        ("decide = \"production\"", "decide = \"prod\"", "the levels are"),
        ("name = \"target\"", "name = \"baseline\"", "twice"),
        ("at_least = 0.50", "at_least = 50", "outside 0 to 1"),
        ("at_most_s = 60.0", "at_most_s = -1.0", "positive"),
        ("at_most_s = 60.0", "at_most_ms = 60.0", "at_most_ms"),
        ("minimum_n = 20", "minimum_n = 20\nmaximum_n = 30", "maximum_n"),
    ];
    for (from, to, says) in spoils {
        let text = sound.replace(from, to);
        assert_ne!(text, sound);
        let error = toml::from_str::<Policy>(&text).unwrap_err().to_string();
        assert!(error.contains(says), "{to}: {error}");
    }
}
