//! Retries, steps, an open loop and prices in a report.

mod support;

use gonogo_core::{
    Arrivals, Attempt, Caveat, Enforcement, Kind, MachineLoad, Nanos, Pace, Price, Provenance, Receipt,
    RunStatus, Shard, Then,
};
use gonogo_report::{Blocker, MarkdownOptions, Report, Table, gate};
use support::{arm, attempt, receipt};

const SECOND: u64 = 1_000_000_000;

fn text(table: &Table) -> String {
    let rows = table.rows.iter().map(|row| {
        let cells: Vec<String> = row.cells.iter().map(ToString::to_string).collect();
        format!("{} | {}", row.label, cells.join(" | "))
    });
    rows.collect::<Vec<_>>().join("\n")
}

#[test]
fn an_attempt_of_several_steps_takes_as_long_as_all_of_them() {
    let (receipt, mut rows) = endpoint();
    rows.drain(..7);
    rows[1].before = Some(Nanos(5 * SECOND));
    rows[1].late = Some(Nanos(SECOND));
    let report = Report::new(&receipt, &rows);
    let latency = text(report.table("latency").unwrap());
    assert!(latency.contains("total: prod (live) | 7.00 s"), "{latency}");
}

#[test]
fn the_cap_of_an_open_loop_is_no_sharing_of_the_machine() {
    let (mut receipt, rows) = endpoint();
    let shared = |receipt: &Receipt| {
        let caveats = Report::new(receipt, &rows).caveats;
        caveats.iter().any(|caveat| matches!(caveat, Caveat::SharedMachine { .. }))
    };
    receipt.concurrency = 256;
    receipt.arms[0].kind = "http".into();
    assert!(shared(&receipt), "a closed loop fills its slots");
    receipt.pace = Some(Pace { per_second: 2.0, arrivals: Arrivals::Constant });
    receipt.caveats.push(Caveat::SharedMachine { concurrency: 256, cores: 2 });
    assert!(!shared(&receipt), "nor where an older receipt says so");
    receipt.arms[0].kind = "local".into();
    assert!(shared(&receipt), "workers do");
}

#[test]
fn a_machine_that_was_busy_before_the_run_is_a_doubt() {
    let (mut receipt, rows) = endpoint();
    let busy = |receipt: &Receipt| {
        let caveats: Vec<String> = Report::new(receipt, &rows).caveats.iter().map(Caveat::message).collect();
        caveats.iter().any(|caveat| caveat.contains("a load of 1.01 on 2 cores"))
    };
    assert!(!busy(&receipt), "an older receipt does not say");
    receipt.load = Some(MachineLoad { start: Some(1.0), end: Some(7.5) });
    assert!(!busy(&receipt), "its own work is no doubt");
    receipt.load = Some(MachineLoad { start: Some(1.01), end: None });
    assert!(busy(&receipt));
    let facts = text(Report::new(&receipt, &rows).table("receipt").unwrap());
    assert!(facts.contains("load | 1.01 when it began, unknown when it stopped"), "{facts}");
}

#[test]
fn a_run_that_went_on_says_when_and_what_it_made_up_for() {
    let (mut receipt, rows) = endpoint();
    let said = |receipt: &Receipt| {
        let report = Report::new(receipt, &rows);
        let caveats: Vec<String> = report.caveats.iter().map(Caveat::message).collect();
        (caveats.join("\n"), text(report.table("receipt").unwrap()))
    };
    assert!(!said(&receipt).0.contains("went on") && !said(&receipt).1.contains("resumed"));
    receipt.caveats.push(Caveat::GivenUp { arm: "prod".into(), left: 3 });
    receipt.resume("2025-11-22T08:00:00.000Z".into(), 4, 0);
    receipt.caveats.clear();
    assert_eq!((receipt.status, &receipt.finished), (RunStatus::Unfinished, &None));
    let (caveats, facts) = said(&receipt);
    assert!(
        caveats.contains(
            "the run had stopped; it went on at 2025-11-22T08:00:00.000Z and made up for 4 of its attempts, prod having \
             been given up"
        ),
        "{caveats}"
    );
    assert!(
        facts.contains(
            "resumed | 2025-11-22T08:00:00.000Z, after it stopped at 2025-11-21T06:10:00.000Z, with 4 of its attempts left; prod \
             had been given up with 3 left"
        ),
        "{facts}"
    );
    receipt.resume("2025-11-22T09:00:00.000Z".into(), 3, 2);
    let killed =
        "after it was killed, with 3 of its attempts left, 2 of them asked before and their answers lost";
    assert!(said(&receipt).1.contains(killed), "{}", said(&receipt).1);
    // Merged, the sessions of the parts are told all the same.
    let merged = Receipt { parts: vec![receipt.clone()], resumed: vec![], ..receipt };
    assert!(said(&merged).0.contains("went on at 2025-11-22T09:00:00.000Z"), "{}", said(&merged).0);
}

/// A priced endpoint: one attempt passes, one passes when tried again, one fails at its first of two steps, one
/// at its second, after a retry.
fn endpoint() -> (Receipt, Vec<Attempt>) {
    let mut arm = arm("prod", "xgrammar", Enforcement::Proven);
    arm.provenance = Provenance::Live;
    arm.price = Some(Price { per_request: Some(0.01), per_hour: Some(3.6), ..Price::default() });
    let row = |index, case: &str, step: &str, r#try, kind, then| Attempt {
        index,
        r#try,
        then,
        key: gonogo_core::AttemptKey { step: step.into(), ..attempt("go", case, &arm, kind, 1).key },
        ..attempt("go", case, &arm, kind, 1000)
    };
    let (retry, step) = (Some(Then::Retry), Some(Then::Step));
    let rows = vec![
        row(0, "plain", "answer", 0, Kind::Passed, None),
        row(1, "again", "answer", 0, Kind::Overloaded, retry),
        row(1, "again", "answer", 1, Kind::Passed, None),
        row(2, "early", "ir", 0, Kind::MissingKey, None),
        row(3, "late", "ir", 0, Kind::Passed, step),
        row(3, "late", "code", 0, Kind::RateLimited, retry),
        row(3, "late", "code", 1, Kind::InvalidJson, None),
        row(4, "fine", "ir", 0, Kind::Passed, step),
        row(4, "fine", "code", 0, Kind::Passed, None),
    ];
    (receipt(vec![arm], 5), rows)
}

#[test]
fn an_attempt_counts_once_however_many_rows_it_has() {
    let (receipt, rows) = endpoint();
    let report = Report::new(&receipt, &rows);
    assert_eq!((report.rows, report.shortfall.clone()), (5, None));
    let families = report.table("families").unwrap();
    assert_eq!(
        text(families),
        "passed | 2/5 = 40.0 %\ntransport | 2/5 = 40.0 %\nschema violation | 1/5 = 20.0 %\nall | 5"
            .replace("schema violation", "schema-violation")
    );
}

#[test]
fn what_was_asked_in_vain_is_said_and_is_among_what_was_asked_and_paid_for() {
    let (mut receipt, mut rows) = endpoint();
    let price = Price { per_request: Some(0.01), ..Price::default() };
    receipt.arms[0].price = Some(price.clone());
    let cost = |receipt: &Receipt, rows: &[Attempt]| text(Report::new(receipt, rows).table("cost").unwrap());
    assert!(cost(&receipt, &rows).contains("9/9 = 100.0 %"), "{}", cost(&receipt, &rows));
    // One at a first try, two at a retry.
    (rows[3].asked_before, rows[6].asked_before) = (Some(1), Some(2));
    let caveats = Report::new(&receipt, &rows).caveats;
    let expected = Caveat::AskedAgain { arm: "prod".into(), lost: 3 };
    assert!(caveats.contains(&expected), "{caveats:?}");
    assert!(
        expected.message().starts_with("3 requests had asked `prod` before in vain"),
        "{}",
        expected.message()
    );
    let paid = cost(&receipt, &rows);
    assert!(paid.contains("12/12 = 100.0 %") && paid.contains("0.12"), "{paid}");
    // Of tokens and time nobody knows.
    receipt.arms[0].price = Some(Price { per_hour: Some(3.6), ..price });
    let paid = cost(&receipt, &rows);
    assert!(paid.contains("9/12 = 75.0 %"), "{paid}");
}

#[test]
fn retries_steps_and_costs_have_tables_of_their_own() {
    let (receipt, rows) = endpoint();
    let report = Report::new(&receipt, &rows);
    insta::assert_snapshot!(
        ["tries", "steps", "cost"].map(|id| text(report.table(id).unwrap())).join("\n\n")
    );
    let text = report.markdown(&MarkdownOptions::default(), None);
    for heading in ["## First tries and retries", "## Where cases of several steps ended", "## Cost"] {
        assert!(text.contains(heading), "{heading}");
    }
    let plain = Report::new(&receipt, &rows[..1]);
    assert!(plain.table("tries").is_none() && plain.table("steps").is_none());
}

#[test]
fn an_unknown_number_of_tokens_is_no_free_lunch() {
    let (mut receipt, mut rows) = endpoint();
    receipt.arms[0].price = Some(Price { per_million_completion: Some(10.0), ..Price::default() });
    rows[0].tokens.completion = Some(100_000);
    let report = Report::new(&receipt, &rows);
    // Two more never reached the server, which then bills nothing.
    let cost = text(report.table("cost").unwrap());
    assert!(cost.contains("USD | 3/9 = 33.3 % | 1.00 (n=3)"), "{cost}");
}

#[test]
fn in_an_open_loop_latency_begins_at_the_intended_start() {
    let (mut receipt, mut rows) = endpoint();
    receipt.pace = Some(Pace { per_second: 2.0, arrivals: Arrivals::Constant });
    rows.truncate(1);
    rows[0].late = Some(Nanos(2 * SECOND));
    let report = Report::new(&receipt, &rows);
    let latency = report.table("latency").unwrap();
    assert!(latency.note.contains("The loop was open"), "{}", latency.note);
    assert!(text(latency).contains("total: prod (live) | 3.00 s"), "{}", text(latency));
    assert!(report.caveats.contains(&Caveat::Behind { late: 1, of: 1 }), "{:?}", report.caveats);
    let blocked = |receipt: &Receipt, rows: &[Attempt]| {
        let result = gate(&support::migration(), receipt, rows, None, support::CLEAN);
        let mut blockers = result.arms.iter().flat_map(|arm| &arm.blockers);
        blockers.any(|blocker| matches!(blocker, Blocker::Behind { .. }))
    };
    assert!(blocked(&receipt, &rows), "a threshold on time needs a schedule that was kept");
    rows[0].late = Some(Nanos(SECOND / 4));
    assert!(!blocked(&receipt, &rows));
    let kept_up = Report::new(&receipt, &rows);
    assert!(!kept_up.caveats.iter().any(|caveat| matches!(caveat, Caveat::Behind { .. })));
}

#[test]
fn a_rate_is_each_shards_own() {
    let (mut receipt, rows) = endpoint();
    receipt.pace = Some(Pace { per_second: 2.0, arrivals: Arrivals::Constant });
    let said = |receipt: &Receipt| text(Report::new(receipt, &rows).table("receipt").unwrap());
    assert!(said(&receipt).contains("open: 2 a second, constant arrivals"), "{}", said(&receipt));
    let part = |number| Receipt { shard: Some(Shard { number, of: 4 }), ..receipt.clone() };
    receipt.parts = vec![part(1), part(3)];
    let merged = said(&receipt);
    assert!(merged.contains("open: 2 a second in each of 4 shards, constant arrivals"), "{merged}");
}

#[test]
fn the_published_schema_knows_these_tables() {
    let schema = serde_json::from_str(include_str!("../../../reports/report.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let (receipt, rows) = endpoint();
    let document = Report::new(&receipt, &rows).json(None);
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}
