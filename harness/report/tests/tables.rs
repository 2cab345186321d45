//! Tables and doubts that only some runs have.

mod support;

use gonogo_core::{Attempt, Caveat, Enforcement, Kind, Nanos, Receipt};
use gonogo_report::{Cell, Report};
use support::{arm, attempt, receipt, three_arms};

fn cells(report: &Report, table: &str, row: usize) -> Vec<String> {
    report.table(table).expect("is there").rows[row].cells.iter().map(ToString::to_string).collect()
}

/// One case on four rungs, of which the two hardest fail, and one rung no ladder knows.
fn climb() -> (Receipt, Vec<Attempt>) {
    let arm = arm("local-llguidance", "llguidance", Enforcement::Proven);
    let rungs = [
        ("zenith", Kind::MissingKey),
        ("nested", Kind::MissingKey),
        ("flat", Kind::Passed),
        ("minimal", Kind::Passed),
    ];
    let rows = rungs.map(|(rung, kind)| {
        let mut row = attempt("rust", "case", &arm, kind, 900);
        row.key.rung = Some(rung.into());
        row
    });
    (receipt(vec![arm], 4), rows.to_vec())
}

#[test]
fn the_first_failing_rung_follows_the_ladder_and_not_the_alphabet() {
    let (receipt, rows) = climb();
    let report = Report::new(&receipt, &rows);
    assert_eq!(cells(&report, "rungs", 0), ["nested (1 of 1 failed)"]);
    assert!(report.table("rungs").unwrap().note.contains("minimal, flat, nested, zenith"));
    assert_eq!(Report::new(&receipt, &rows[3..]).table("rungs"), None, "one rung is no ladder");
}

#[test]
fn rungs_of_one_case_are_worth_one_case() {
    let (receipt, rows) = climb();
    let report = Report::new(&receipt, &rows);
    let Cell::Share { rate, interval } = &report.table("success").unwrap().rows[0].cells[0] else {
        panic!("no rate")
    };
    assert_eq!((rate.passed, rate.n), (2, 4));
    let of_four = rate.wilson(gonogo_stats::Confidence::P95);
    assert!(interval.width() > of_four.width());
}

#[test]
fn the_common_subset_holds_what_every_constrained_arm_passed() {
    let (mut receipt, rows) = three_arms();
    let report = Report::new(&receipt, &rows);
    // All but 3, 4, 9, 11, 14 and 18; what the control fails does not matter.
    let common = report.table("latency-common").expect("two arms are constrained");
    assert_eq!(common.title, "Latency on the attempts that local-llguidance and local-xgrammar both passed");
    assert!(common.note.contains("the 15 attempts that local-llguidance and local-xgrammar both passed"));
    assert!(common.rows.iter().all(|row| !row.label.contains("local-none")));
    for row in 0..2 {
        assert!(cells(&report, "latency-common", row)[0].ends_with("(n=15)"));
    }
    let own: Vec<_> = (0..3).map(|row| cells(&report, "latency", row)[0].clone()).collect();
    assert!(own[0].ends_with("(n=19)") && own[1].ends_with("(n=16)") && own[2].ends_with("(n=6)"), "{own:?}");
    let only = [receipt.arms[0].name.clone()];
    let one: Vec<Attempt> = rows.iter().filter(|row| only.contains(&row.key.arm)).cloned().collect();
    assert_eq!(Report::new(&receipt, &one).table("latency-common"), None);

    // One constrained arm has nobody but controls to share a subset with: cases 15 to 17, 19 and 20.
    receipt.arms[0].engine = "none".into();
    let report = Report::new(&receipt, &rows);
    let common = report.table("latency-common").expect("three arms have rows");
    assert!(common.title.ends_with("local-llguidance, local-xgrammar and local-none all passed"));
    assert!(cells(&report, "latency-common", 2)[0].ends_with("(n=5)"));
}

#[test]
fn latency_tables_say_what_a_time_limit_kept_out_of_them() {
    let (receipt, mut rows) = three_arms();
    let note = |rows: &[Attempt], table: &str| {
        Report::new(&receipt, rows).table(table).map(|table| table.note.clone()).unwrap_or_default()
    };
    assert!(!note(&rows, "latency").contains("time limit"));
    let hangs = rows.iter_mut().filter(|row| row.key.arm == "local-xgrammar").take(4);
    hangs.for_each(|row| row.outcome.kind = Kind::EngineHung);
    for table in ["latency", "latency-common"] {
        assert!(note(&rows, table).contains("cut off, 4 of 21 on local-xgrammar;"), "{}", note(&rows, table));
    }
}

#[test]
fn mask_time_is_shared_out_among_masks_and_the_end_tokens_is_one() {
    let (receipt, mut rows) = three_arms();
    let mut per_token = |finish: &str, completion: u32| {
        for row in &mut rows {
            row.finish_reason = Some(finish.into());
            row.tokens.completion = Some(completion);
            row.timings.mask = Some(Nanos(60_000));
        }
        let report = Report::new(&receipt, &rows);
        let row = report.table("latency")?.rows.iter().find(|row| row.label.starts_with("mask per token"))?;
        Some(row.cells[0].to_string())
    };
    assert!(per_token("stop", 5).unwrap().starts_with("10.0 µs"), "{:?}", per_token("stop", 5));
    assert!(per_token("length", 5).unwrap().starts_with("12.0 µs"), "{:?}", per_token("length", 5));
    assert_eq!(per_token("length", 0), None, "no mask, no share");
}

#[test]
fn what_arms_share_stands_apart_from_what_differs() {
    let (mut receipt, rows) = three_arms();
    receipt.arms[1].facts.insert("threads".into(), "2".into());
    let report = Report::new(&receipt, &rows);
    let row = |table: &str, label: &str| {
        let row = report.table(table)?.rows.iter().find(|row| row.label == label)?;
        Some(row.cells.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let words = |words: [&str; 3]| Some(words.map(String::from).to_vec());
    assert_eq!(report.table("arms").unwrap().columns.len(), 3);
    assert_eq!(row("arms", "engine"), words(["llguidance", "xgrammar", "none"]));
    assert_eq!(row("arms", "threads"), words(["–", "2", "–"]), "a fact one arm lacks is no shared one");
    assert_eq!(row("arms", "kind"), None);
    assert_eq!(row("arms-shared", "kind"), Some(vec!["local".into()]));
    assert_eq!(row("arms-shared", "engine"), None);

    receipt.arms.truncate(1);
    let report = Report::new(&receipt, &rows);
    assert_eq!(report.table("arms-shared"), None, "one listed arm shares nothing");
    assert_eq!(cells(&report, "arms", 0)[1], "none: the run's receipt does not list this arm");
}

#[test]
fn a_pass_of_code_nobody_looked_at_is_a_doubt() {
    let (receipt, mut rows) = three_arms();
    let doubted = |rows: &[Attempt]| Report::new(&receipt, rows).caveats.contains(&Caveat::ShapeOnly);
    assert!(doubted(&rows));
    let failed: Vec<Attempt> = rows.iter().filter(|row| !row.outcome.passed()).cloned().collect();
    assert!(!doubted(&failed), "nothing passed, so nothing is taken for code");
    let judged = rows.iter().position(|row| !row.outcome.passed()).unwrap();
    let prose: Vec<Attempt> = rows.iter().map(|row| Attempt { language: None, ..row.clone() }).collect();
    assert!(!doubted(&prose), "no code was asked for");
    rows[judged].outcome.kind = Kind::SourceCompile;
    assert!(!doubted(&rows), "a source was compiled");
}

/// Two arms that pass the same six cases, of which the second takes `tenths` of the first's time.
fn twins(tenths: [u64; 6]) -> Report {
    let arms = [arm("a", "llguidance", Enforcement::Proven), arm("b", "xgrammar", Enforcement::Proven)];
    let mut rows = Vec::new();
    for (case, tenths) in (0_u64..).zip(tenths) {
        let name = format!("case-{case}");
        rows.push(attempt("rust", &name, &arms[0], Kind::Passed, 1000 + case * 100));
        rows.push(attempt("rust", &name, &arms[1], Kind::Passed, (1000 + case * 100) * tenths / 10));
    }
    Report::new(&receipt(arms.to_vec(), 12), &rows)
}

#[test]
fn equals_on_success_are_told_apart_by_time_or_not_at_all() {
    let faster = twins([5, 6, 6, 7, 7, 8]);
    assert_eq!(cells(&faster, "paired", 0).last().unwrap(), "0.60 [0.50–0.80] (n=6)");
    assert_eq!(
        faster.summary,
        "`a` and `b` tie: each passed 6/6 = 100.0 % [61.0–100.0] of its first tries. These rows cannot tell them \
         apart on success: they agree on all 6 attempts they share. What differs is the time: on the 6 attempts \
         both passed, `b` took 0.60 times as long as `a` [0.50–0.80] (median over 6 cases of the paired ratio of \
         total times, 95 % by order statistics). Nothing failed: all 12 attempts passed."
    );
    assert!(twins([5, 6, 6, 7, 7, 11]).summary.contains("Nor does the time clearly differ: on the 6"));
}

#[test]
fn attempts_of_one_case_are_one_ratio() {
    let arms = [arm("a", "llguidance", Enforcement::Proven), arm("b", "xgrammar", Enforcement::Proven)];
    let mut rows = Vec::new();
    for (repeat, millis) in [(0, 2_000), (1, 8_000)] {
        for (arm, millis) in arms.iter().zip([1_000, millis]) {
            let mut row = attempt("rust", "case", arm, Kind::Passed, millis);
            row.key.repeat = repeat;
            rows.push(row);
        }
    }
    let report = Report::new(&receipt(arms.to_vec(), 4), &rows);
    // The geometric mean of 2 and 8.
    assert_eq!(cells(&report, "paired", 0).last().unwrap(), "4.00 [?–?] (n=1)");
    assert!(
        report
            .summary
            .contains("Whether the time differs is too early to say: on the 2 attempts both passed")
    );
}

#[test]
fn doubts_follow_from_the_rows() {
    let (mut receipt, mut rows) = three_arms();
    assert_eq!(Report::new(&receipt, &rows).caveats, [Caveat::ShapeOnly, Caveat::SmallSample { n: 21 }]);

    rows[0].key.repeat = 1;
    rows.iter_mut().for_each(|row| row.timings.overhead = Some(Nanos(row.timings.total.0 / 50)));
    rows.retain(|row| row.key.arm != "local-none" || !row.outcome.passed());
    receipt.gonogo.dirty = Some(true);
    receipt.gonogo.profile = "dev".into();
    receipt.concurrency = 4;
    receipt.arms[1].canary = None;
    receipt.arms[0].facts.insert(Caveat::TLS.into(), Caveat::NOT_VERIFIED.into());
    let found = Report::new(&receipt, &rows).caveats;
    let expected = [
        Caveat::Insecure { arm: "local-llguidance".into() },
        Caveat::Unfinished { rows: 57, planned: 63 },
        Caveat::Unproven { arm: "local-xgrammar".into() },
        Caveat::ShapeOnly,
        Caveat::DirtyTree,
        Caveat::UnoptimisedBuild,
        Caveat::SmallSample { n: 15 },
        Caveat::NothingPassed { arm: "local-none".into() },
        Caveat::Overhead { per_mille: 20 },
        Caveat::SharedMachine { concurrency: 4, cores: 2 },
        Caveat::Deterministic,
    ];
    assert_eq!(found, expected);
    receipt.temperature = 0.7;
    assert!(!Report::new(&receipt, &rows).caveats.contains(&Caveat::Deterministic));
}

#[test]
fn repeats_do_not_make_two_arms_differ() {
    let arms = [arm("a", "llguidance", Enforcement::Proven), arm("b", "xgrammar", Enforcement::Proven)];
    let mut rows = Vec::new();
    for repeat in 0..10 {
        for (arm, kind) in arms.iter().zip([Kind::Passed, Kind::MissingKey]) {
            let mut row = attempt("rust", "case", arm, kind, 900);
            row.key.repeat = repeat;
            rows.push(row);
        }
    }
    let report = Report::new(&receipt(arms.to_vec(), 20), &rows);
    assert_eq!(cells(&report, "paired", 0), ["10", "0", "10", "0", "0", "1 : 0", "1.000", "1.000", "–"]);
    assert!(report.summary.contains("which is better is not resolved at this n"));
}

#[test]
fn a_visible_share_of_compiling_is_a_doubt_about_totals() {
    let (receipt, mut rows) = three_arms();
    let arm = rows[0].key.arm.clone();
    let mut compiling = |per_cent: u64| {
        for row in rows.iter_mut().filter(|row| row.key.arm == arm) {
            row.timings.compile = Some(Nanos(row.timings.total.0 * per_cent / 100));
        }
        let found = Report::new(&receipt, &rows).caveats;
        found.iter().any(|caveat| matches!(caveat, Caveat::ColdCompile { arm: of, .. } if *of == arm))
    };
    assert!(compiling(30));
    assert!(!compiling(3));
}
