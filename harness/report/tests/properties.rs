//! What holds of every run, however strange.

mod support;

use gonogo_core::{Attempt, Enforcement, Kind, Provenance, Receipt};
use gonogo_report::{Cell, MarkdownOptions, Report, Verdict, gate, plots};
use proptest::prelude::*;
use support::{CLEAN, arm, attempt, migration, receipt};

fn provenance() -> impl Strategy<Value = Provenance> {
    proptest::sample::select(vec![
        Provenance::Live,
        Provenance::Local,
        Provenance::Replay,
        Provenance::Simulated,
    ])
}

fn row() -> impl Strategy<Value = Attempt> {
    let names = (0_u8..4, 0_u8..6, 0_usize..5, proptest::option::of("[a-z<|\"`\n]{0,6}"));
    let rest =
        (proptest::sample::select(Kind::ALL), 0_u64..40_000, 0_u32..3, 0_u32..2, provenance(), any::<bool>());
    (names, rest, ".{0,20}").prop_map(
        |(
            (arm_number, case, language, rung),
            (kind, millis, repeat, r#try, provenance, measured),
            message,
        )| {
            let arm = arm(&format!("arm-{arm_number}"), "llguidance", Enforcement::Proven);
            let mut row = attempt("suite", &format!("case-{case}"), &arm, kind, millis);
            row.language = support::LANGUAGES.get(language).map(|name| (*name).to_owned());
            row.key.rung = rung;
            row.key.repeat = repeat;
            row.r#try = r#try;
            row.provenance = provenance;
            row.outcome.detail.message = message;
            if !measured {
                row.timings = gonogo_core::Timings::default();
                row.tokens = gonogo_core::Tokens::default();
            }
            row
        },
    )
}

/// Rows on four arms, of which the receipt knows three.
fn run() -> impl Strategy<Value = (Receipt, Vec<Attempt>)> {
    (proptest::collection::vec(row(), 0..80), 0_usize..90, any::<bool>()).prop_map(
        |(rows, planned, proven)| {
            let enforcement = if proven { Enforcement::Proven } else { Enforcement::Unproven };
            let arms = (0..3).map(|n| arm(&format!("arm-{n}"), "llguidance", enforcement)).collect();
            (receipt(arms, planned), rows)
        },
    )
}

fn sum_of_column(report: &Report, table: &str, column: usize) -> (u64, u64) {
    let rows = &report.table(table).expect("is always there").rows;
    let part = |cell: &Cell| if let Cell::Part(rate) = cell { Some(rate.passed) } else { None };
    let parts = rows.iter().filter_map(|row| part(&row.cells[column])).sum();
    let Some(Cell::Count(all)) = rows.last().map(|row| row.cells[column].clone()) else { panic!("no sum") };
    (parts, all)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn every_count_sums_to_n((receipt, rows) in run()) {
        let report = Report::new(&receipt, &rows);
        let first = rows.iter().filter(|row| row.r#try == 0).count() as u64;
        prop_assert_eq!(report.rows, first);
        for table in ["families", "kinds", "domains"] {
            let columns = report.table(table).unwrap().columns.len();
            let sums: Vec<_> = (0..columns).map(|column| sum_of_column(&report, table, column)).collect();
            prop_assert!(sums.iter().all(|(parts, all)| parts == all), "{}: {:?}", table, sums);
            prop_assert_eq!(sums.iter().map(|(_, all)| all).sum::<u64>(), first);
        }
        let success = report.table("success").unwrap();
        let total = success.columns.iter().position(|column| column == "total").unwrap();
        let n = |cell: &Cell| if let Cell::Share { rate, .. } = cell { rate.n } else { 0 };
        let shown: u64 = success.rows.iter().map(|row| n(&row.cells[total])).sum();
        prop_assert_eq!(shown, first);
    }

    #[test]
    fn every_document_renders_and_no_figure_is_nan((receipt, rows) in run()) {
        let report = Report::new(&receipt, &rows);
        let result = gate(&migration(), &receipt, &rows, None, CLEAN);
        let options = MarkdownOptions { command: "gonogo report x".into(), plots: true };
        for table in &report.tables {
            prop_assert!(table.rows.iter().all(|row| row.cells.len() == table.columns.len()));
        }
        let mut documents = vec![
            report.markdown(&options, Some(&result)),
            report.csv(),
            result.text(),
            report.json(Some(&result)).to_string(),
        ];
        documents.extend(plots(&report).into_iter().map(|(_, svg)| svg));
        // Messages are arbitrary text; only numbers can be NaN, and those never stand inside a word.
        for document in documents {
            let found = document.split(|c: char| !c.is_alphanumeric()).find(|word| matches!(*word, "NaN" | "inf"));
            prop_assert!(found.is_none() || rows.iter().any(|row| row.outcome.detail.message.contains(found.unwrap())));
        }
    }

    #[test]
    fn rows_that_are_no_evidence_decide_nothing(
        passed in 0_usize..200, n in 1_usize..200, kind in provenance(), alter in 0_usize..200, lie in any::<bool>(),
    ) {
        prop_assume!(!kind.is_evidence());
        let (mut receipt, mut rows) = support::one_arm(passed, n, 900);
        if alter < n {
            rows[alter].provenance = kind;
        } else {
            rows.iter_mut().for_each(|row| row.provenance = kind);
        }
        if !lie {
            receipt.arms[0].provenance = kind;
        }
        let result = gate(&migration(), &receipt, &rows, None, CLEAN);
        prop_assert_eq!(result.verdict, Verdict::Inconclusive);
        let every_level = result.arms.iter().flat_map(|arm| &arm.levels);
        prop_assert!(every_level.into_iter().all(|level| level.verdict == Verdict::Inconclusive));
    }

    #[test]
    fn a_no_go_of_an_unfinished_run_is_that_of_any_way_to_finish_it(
        n in 20_usize..80, missing in 1_usize..40, share in 0.0_f64..1.0, rest in 0.0_f64..=1.0,
    ) {
        let part = |of: usize, share: f64| (0..of).filter(|index| (*index as f64) < share * of as f64).count();
        let (passed, more) = (part(n, share), part(missing, rest));
        // The first `n` rows as they would be in the whole run, whatever becomes of the others.
        let (receipt, whole) = support::one_arm(passed + more, n + missing, 900);
        let (_, prefix) = support::one_arm(passed, n, 900);
        let [early, late] = [&prefix, &whole].map(|rows| gate(&migration(), &receipt, rows, None, CLEAN).verdict);
        prop_assert!(early != Verdict::NoGo || late == Verdict::NoGo);
    }

    #[test]
    fn a_verdict_on_latency_stands_however_long_what_was_cut_off_would_have_taken(
        waits in proptest::collection::vec((1_u64..60_000, proptest::option::of(1_u64..60_000)), 20..120),
    ) {
        let policy = support::policy_of("{ metric = \"latency\", quantile = 0.5, at_most_s = 30.0 }");
        let (receipt, mut truth) = support::one_arm(waits.len(), waits.len(), 0);
        let mut seen = truth.clone();
        for (index, (millis, more)) in waits.iter().enumerate() {
            let taken = |millis: u64| gonogo_core::Nanos(millis * 1_000_000);
            truth[index].timings.total = taken(millis + more.unwrap_or(0));
            seen[index].timings.total = taken(*millis);
            if more.is_some() {
                seen[index].outcome = attempt("rust", "cut off", &receipt.arms[0], Kind::TimeoutTotal, 0).outcome;
            }
        }
        let [truth, seen] = [truth, seen].map(|rows| gate(&policy, &receipt, &rows, None, CLEAN).verdict);
        prop_assert!(seen == Verdict::Inconclusive || seen == truth, "seen {:?}, in truth {:?}", seen, truth);
    }

    #[test]
    fn the_order_of_rows_changes_no_figure((receipt, rows) in run(), seed in any::<u64>()) {
        // Arms that only rows mention are listed in the order met, and duplicates keep the last: leave both out.
        let mut keys = std::collections::HashSet::new();
        let known = |row: &Attempt| receipt.arm(&row.key.arm).is_some();
        let rows: Vec<Attempt> =
            rows.into_iter().filter(|row| known(row) && keys.insert((row.key.clone(), row.r#try))).collect();
        let mut shuffled = rows.clone();
        let len = shuffled.len();
        for index in 0..len {
            shuffled.swap(index, (seed as usize).wrapping_mul(index + 7) % len);
        }
        prop_assert_eq!(Report::new(&receipt, &rows).tables, Report::new(&receipt, &shuffled).tables);
    }
}
