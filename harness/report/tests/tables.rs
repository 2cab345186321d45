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
    assert_eq!(cells(&Report::new(&receipt, &rows), "rungs", 0), ["nested (1 of 1 failed)"]);
    let ladder = ["zenith", "flat", "nested", "minimal"].map(String::from);
    let report = Report::with_ladder(&receipt, &rows, &ladder);
    assert_eq!(cells(&report, "rungs", 0), ["zenith (1 of 1 failed)"]);
    assert!(report.table("rungs").unwrap().note.contains("zenith, flat, nested, minimal"));
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
fn the_common_subset_holds_what_every_arm_passed() {
    let (receipt, rows) = three_arms();
    let report = Report::new(&receipt, &rows);
    // Cases 15 to 17, 19 and 20: 18 was rejected by one engine, and the control fails the rest.
    for row in 0..3 {
        assert!(cells(&report, "latency-common", row)[0].ends_with("(n=5)"));
    }
    let own: Vec<_> = (0..3).map(|row| cells(&report, "latency", row)[0].clone()).collect();
    assert!(own[0].ends_with("(n=19)") && own[1].ends_with("(n=16)") && own[2].ends_with("(n=6)"), "{own:?}");
    let only = [receipt.arms[0].name.clone()];
    let one: Vec<Attempt> = rows.into_iter().filter(|row| only.contains(&row.key.arm)).collect();
    assert_eq!(Report::new(&receipt, &one).table("latency-common"), None);
}

#[test]
fn doubts_follow_from_the_rows() {
    let (mut receipt, mut rows) = three_arms();
    assert_eq!(Report::new(&receipt, &rows).caveats, [Caveat::SmallSample { n: 21 }]);

    rows[0].key.repeat = 1;
    rows.iter_mut().for_each(|row| row.timings.overhead = Some(Nanos(row.timings.total.0 / 50)));
    rows.retain(|row| row.key.arm != "local-none" || !row.outcome.passed());
    receipt.gonogo.dirty = Some(true);
    receipt.gonogo.profile = "dev".into();
    receipt.concurrency = 4;
    receipt.arms[1].canary = None;
    let found = Report::new(&receipt, &rows).caveats;
    let expected = [
        Caveat::Unfinished { rows: 57, planned: 63 },
        Caveat::Unproven { arm: "local-xgrammar".into() },
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
    assert_eq!(cells(&report, "paired", 0), ["10", "0", "10", "0", "0", "1 : 0", "1.000", "1.000"]);
    assert!(report.summary.contains("no more than chance could explain"));
}
