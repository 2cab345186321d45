//! Where the time of an answer over HTTP went: by our clock from the outside, and by the server's word.

use gonogo_core::{Attempt, Nanos};
use gonogo_stats::{Confidence, Rate, Sample};

use crate::{
    latency::ns,
    rows::{Arm, Rows},
    table::{Cell, Row, Table, Unit},
};

/// The quantiles of these tables: few, so that they stay narrow.
const QUANTILES: [(f64, &str); 2] = [(0.5, "p50"), (0.99, "p99")];

/// A duration of an attempt, if it is known.
type Measure = fn(&Attempt) -> Option<Nanos>;

/// What our clock shows, in the order in which it happens.
const OURS: [(&str, Measure); 7] = [
    ("connect", |attempt| attempt.timings.clocks.connect),
    ("TLS", |attempt| attempt.timings.clocks.tls),
    ("headers", |attempt| attempt.timings.clocks.headers),
    ("first byte", |attempt| attempt.timings.clocks.first_byte),
    ("first token (TTFT)", |attempt| attempt.timings.ttft),
    ("last byte", |attempt| attempt.timings.clocks.last_byte),
    ("total", |attempt| Some(attempt.timings.total)),
];

/// What servers say, and what remains.
const SAID: [(&str, Measure); 7] = [
    ("queue", |attempt| attempt.timings.server.queue),
    ("load", |attempt| attempt.timings.server.load),
    ("prompt", |attempt| attempt.timings.server.prompt),
    ("first token (TTFT)", |attempt| attempt.timings.server.ttft),
    ("decode", |attempt| attempt.timings.server.decode),
    ("total", |attempt| attempt.timings.server.total),
    ("our total without theirs", |attempt| {
        Some(attempt.timings.total.saturating_sub(attempt.timings.server.total?))
    }),
];

/// When exchanges over HTTP got where; `None` where no attempt went that way.
pub(crate) fn phases_table(rows: &Rows<'_>) -> Option<Table> {
    let over_http = |attempt: &Attempt| !attempt.timings.clocks.is_empty();
    let arms = arms(rows, over_http);
    if arms.is_empty() {
        return None;
    }
    let mut table_rows = Vec::new();
    for (name, is) in [
        ("connection used before", (|attempt| attempt.timings.clocks.reused) as fn(&Attempt) -> bool),
        ("sent again, the kept connection broke", |attempt| attempt.timings.clocks.sent_again),
    ] {
        let counts = arms.iter().map(|(arm, attempts)| {
            let passed = attempts.iter().filter(|attempt| is(attempt)).count() as u64;
            (arm, Rate { passed, n: attempts.len() as u64 })
        });
        let counts: Vec<_> = counts.collect();
        if counts.iter().any(|(_, rate)| rate.passed > 0) {
            table_rows.extend(counts.into_iter().map(|(arm, rate)| Row {
                label: format!("{name}: {}", arm.label()),
                cells: vec![Cell::Nothing, Cell::Nothing, Cell::Part(rate)],
            }));
        }
    }
    table_rows.extend(durations(&arms, &OURS));
    Some(table(
        "phases",
        "Phases of answers over HTTP",
        "Of first tries, whatever became of them, as far as they got. Connecting is name lookup and TCP, and TLS \
         where that cannot be told apart; a connection that an earlier attempt had opened has none. Everything \
         else counts from sending the request, connecting included. By the harness' clock.",
        table_rows,
    ))
}

/// What servers say that they took; `None` where none said anything.
pub(crate) fn server_table(rows: &Rows<'_>) -> Option<Table> {
    let arms = arms(rows, |attempt| !attempt.timings.server.is_empty());
    if arms.is_empty() {
        return None;
    }
    Some(table(
        "server",
        "Said by the server",
        "Of first tries whose server reports durations of itself, by its own clock and in its own sense: they do \
         not add up, and two servers' do not compare. What our total has beyond theirs is the network, the queue \
         in front of the server and ourselves.",
        durations(&arms, &SAID),
    ))
}

/// Arms with the first tries that `is` holds of; those without are left out.
fn arms<'r, 'a>(rows: &'r Rows<'a>, is: fn(&Attempt) -> bool) -> Vec<(&'r Arm<'a>, Vec<&'a Attempt>)> {
    let of = |arm: &'r Arm<'a>| (arm, arm.first.iter().copied().filter(|attempt| is(attempt)).collect());
    rows.arms.iter().map(of).filter(|(_, attempts): &(_, Vec<_>)| !attempts.is_empty()).collect()
}

/// One row per measure and arm; what no attempt has is left out.
fn durations(arms: &[(&Arm<'_>, Vec<&Attempt>)], measures: &[(&str, Measure)]) -> Vec<Row> {
    let mut table_rows = Vec::new();
    for (name, measure) in measures {
        for (arm, attempts) in arms {
            let sample: Sample = attempts.iter().filter_map(|attempt| measure(attempt).map(ns)).collect();
            if sample.n() == 0 {
                continue;
            }
            let quantile = |(q, _)| Cell::quantile(sample.quantile(q, Confidence::P95), Unit::Nanoseconds);
            let mut cells = QUANTILES.map(quantile).to_vec();
            cells.push(Cell::Count(sample.n()));
            table_rows.push(Row { label: format!("{name}: {}", arm.label()), cells });
        }
    }
    table_rows
}

fn table(id: &'static str, title: &str, note: &str, rows: Vec<Row>) -> Table {
    let quantiles = QUANTILES.iter().map(|(_, name)| (*name).to_owned());
    Table {
        id,
        title: title.into(),
        note: note.into(),
        corner: "measure and arm".into(),
        columns: quantiles.chain(["attempts".to_owned()]).collect(),
        rows,
        folded: false,
    }
}
