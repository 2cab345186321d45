//! What is shown of the way to a server and back, and of what it says of itself.

mod support;

use gonogo_core::{Attempt, Clocks, Enforcement, Kind, Nanos, Receipt, ServerTimings};
use gonogo_report::Report;
use support::{arm, attempt, receipt, three_arms};

const MS: u64 = 1_000_000;

/// Three attempts over HTTP, the last two over the connection of the first, and one by a worker.
fn live() -> (Receipt, Vec<Attempt>) {
    let (server, worker) =
        (arm("vllm", "xgrammar", Enforcement::Proven), arm("worker", "xgrammar", Enforcement::Proven));
    let at = |ms: u64| Some(Nanos(ms * MS));
    let mut rows: Vec<Attempt> = ["a", "b", "c"]
        .map(|case| {
            let mut row = attempt("rust", case, &server, Kind::Passed, 900);
            row.timings.clocks = Clocks {
                reused: case != "a",
                connect: at(3).filter(|_| case == "a"),
                headers: at(20),
                first_byte: at(21),
                last_byte: at(890),
                ..Clocks::default()
            };
            row.timings.server = ServerTimings { queue: at(2), total: at(870), ..ServerTimings::default() };
            row
        })
        .to_vec();
    rows.push(attempt("rust", "a", &worker, Kind::Passed, 100));
    (receipt(vec![server, worker], 4), rows)
}

#[test]
fn phases_and_the_servers_word_stand_beside_each_other() {
    let (receipt, rows) = live();
    let report = Report::new(&receipt, &rows);
    let shown = |table: &str| {
        let table = report.table(table).expect("an arm is over HTTP");
        let row = |row: &gonogo_report::Row| {
            let cells: Vec<String> = row.cells.iter().map(ToString::to_string).collect();
            format!("{} | {}", row.label, cells.join(" | "))
        };
        table.rows.iter().map(row).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(shown("phases"), @r"
    connection used before: vllm (local) | – | – | 2/3 = 66.7 %
    connect: vllm (local) | 3.0 ms [?–?] (n=1) | 3.0 ms [3.0 ms–?] (n=1) | 1
    headers: vllm (local) | 20.0 ms [?–?] (n=3) | 20.0 ms [20.0 ms–?] (n=3) | 3
    first byte: vllm (local) | 21.0 ms [?–?] (n=3) | 21.0 ms [21.0 ms–?] (n=3) | 3
    first token (TTFT): vllm (local) | 108.0 ms [?–?] (n=3) | 108.0 ms [108.0 ms–?] (n=3) | 3
    last byte: vllm (local) | 890.0 ms [?–?] (n=3) | 890.0 ms [890.0 ms–?] (n=3) | 3
    total: vllm (local) | 900.0 ms [?–?] (n=3) | 900.0 ms [900.0 ms–?] (n=3) | 3
    ");
    insta::assert_snapshot!(shown("server"), @r"
    queue: vllm (local) | 2.0 ms [?–?] (n=3) | 2.0 ms [2.0 ms–?] (n=3) | 3
    total: vllm (local) | 870.0 ms [?–?] (n=3) | 870.0 ms [870.0 ms–?] (n=3) | 3
    our total without theirs: vllm (local) | 30.0 ms [?–?] (n=3) | 30.0 ms [30.0 ms–?] (n=3) | 3
    ");
}

#[test]
fn what_no_arm_has_is_not_shown() {
    let (receipt, rows) = three_arms();
    let report = Report::new(&receipt, &rows);
    assert!(report.table("phases").is_none() && report.table("server").is_none());
}
