//! How long attempts took, where the time went, and what loading cost.

use std::collections::{HashMap, HashSet};

use gonogo_core::{Attempt, Nanos};
use gonogo_stats::{Confidence, Sample};

use crate::{
    censored::is_censored,
    format::and,
    rows::{Arm, PairKey, Rows, pair_key},
    table::{Cell, Row, Table, Unit},
};

/// The quantiles every latency is shown at.
const QUANTILES: [(f64, &str); 3] = [(0.5, "p50"), (0.9, "p90"), (0.99, "p99")];

/// Nanoseconds as a real.
pub(crate) fn ns(nanos: Nanos) -> f64 {
    crate::table::real(nanos.0)
}

/// One duration or speed of an attempt, if it was measured.
type Measure = fn(&Attempt) -> Option<f64>;

/// What is measured of an attempt, in the order of the tables.
const MEASURES: [(&str, Unit, Measure); 8] = [
    ("total", Unit::Nanoseconds, |attempt| Some(ns(attempt.response()))),
    ("first token", Unit::Nanoseconds, |attempt| attempt.response_to_first_token().map(ns)),
    ("compile", Unit::Nanoseconds, |attempt| attempt.timings.compile.map(ns)),
    ("first mask (compile + mask)", Unit::Nanoseconds, |attempt| {
        Some(ns(attempt.timings.compile?) + ns(attempt.timings.first_mask?))
    }),
    ("between tokens", Unit::Nanoseconds, |attempt| attempt.timings.itl_p50.map(ns)),
    ("mask per token", Unit::Nanoseconds, |attempt| {
        Some(ns(attempt.timings.mask?) / f64::from(masks(attempt)?))
    }),
    ("forward per token", Unit::Nanoseconds, |attempt| {
        // Like masks, forward passes are one more than tokens where an end token was drawn, and one
        // fewer because the first token's logits are the prefill's: the two nearly cancel.
        Some(
            ns(attempt.timings.forward?) / f64::from(attempt.tokens.completion.filter(|tokens| *tokens > 0)?),
        )
    }),
    ("speed", Unit::TokensPerSecond, |attempt| {
        let seconds = attempt.timings.total.as_secs();
        (seconds > 0.0).then_some(f64::from(attempt.tokens.completion?) / seconds)
    }),
];

/// Masks whose time is in `timings.mask`: one a token, and one more where a mask ended the answer. The end
/// token (`stop`, in the word of the worker protocol) was drawn from a mask and is not counted as a token, and
/// an empty mask (`dead-end`) gave none; a budget (`length`, `context`) ends an answer before the next mask.
fn masks(attempt: &Attempt) -> Option<u32> {
    let ended = matches!(attempt.finish_reason.as_deref(), Some("stop" | "dead-end"));
    attempt.tokens.completion.map(|tokens| tokens + u32::from(ended)).filter(|masks| *masks > 0)
}

/// Quantiles over what each arm passed.
pub(crate) fn own_table(rows: &Rows<'_>) -> Table {
    let arms: Vec<_> = rows.arms.iter().collect();
    let samples: Vec<Vec<&Attempt>> = arms.iter().map(|arm| arm.passed().collect()).collect();
    let note = format!(
        "Quantiles over an arm's own passed first tries, so arms may be timed on different cases; a table over \
         common attempts, where one follows, is the fair one. Point by nearest rank, 95 % interval by order \
         statistics; `?` where the sample is too small to bound it.{}{}",
        clock(rows),
        cut_off(&arms)
    );
    table(&arms, &samples, "latency", "Latency of what each arm passed", &note)
}

/// Where total and first token begin, as a sentence, where that is not the sending.
fn clock(rows: &Rows<'_>) -> &'static str {
    if rows.first().any(|attempt| attempt.late.is_some()) {
        " The loop was open: total and first token begin at the intended start, not at the sending."
    } else {
        ""
    }
}

/// What these quantiles leave out because nobody knows how long it would have taken, as a sentence; empty
/// when there is nothing.
fn cut_off(arms: &[&Arm<'_>]) -> String {
    let cut: Vec<String> = arms
        .iter()
        .map(|arm| (arm, arm.count(is_censored)))
        .filter(|(_, cut)| *cut > 0)
        .map(|(arm, cut)| format!("{cut} of {} on {}", arm.n(), arm.name))
        .collect();
    if cut.is_empty() {
        return String::new();
    }
    format!(
        " Left out are the first tries that a time limit cut off, {}; at a gate they count as longer than \
         everything else.",
        and(&cut)
    )
}

/// Quantiles over the attempts that all compared arms passed; `None` while only one arm has rows.
pub(crate) fn common_table(rows: &Rows<'_>) -> Option<Table> {
    let arms = rows.compared();
    if arms.len() < 2 {
        return None;
    }
    let common = common_subset(&arms);
    let samples: Vec<Vec<&Attempt>> = arms
        .iter()
        .map(|arm| arm.passed().filter(|attempt| common.contains(&pair_key(attempt))).collect())
        .collect();
    let names = and(&arms.iter().map(|arm| arm.name.to_owned()).collect::<Vec<_>>());
    let left_out = if arms.iter().any(|arm| arm.is_control()) || !rows.arms.iter().any(Arm::is_control) {
        ""
    } else {
        " Controls are left out: what they fail would empty the subset."
    };
    let all = if arms.len() == 2 { "both" } else { "all" };
    let note = format!(
        "The same quantiles over the common subset: the {} attempts that {names} {all} passed, so these arms are \
         timed on the same cases.{left_out}{}{}",
        common.len(),
        clock(rows),
        cut_off(&arms)
    );
    let title = format!("Latency on the attempts that {names} {all} passed");
    Some(table(&arms, &samples, "latency-common", &title, &note))
}

/// What all of these arms passed.
fn common_subset<'a>(arms: &[&Arm<'a>]) -> HashSet<PairKey<'a>> {
    let mut passed_on: HashMap<PairKey<'a>, usize> = HashMap::new();
    for arm in arms {
        let passed: HashSet<PairKey<'a>> = arm.passed().map(pair_key).collect();
        passed.into_iter().for_each(|key| *passed_on.entry(key).or_default() += 1);
    }
    passed_on.into_iter().filter(|(_, on)| *on == arms.len()).map(|(key, _)| key).collect()
}

/// One row per measure and arm, one column per quantile; measures that no row has are left out.
fn table(arms: &[&Arm<'_>], samples: &[Vec<&Attempt>], id: &'static str, title: &str, note: &str) -> Table {
    let mut table_rows = Vec::new();
    for (name, unit, measure) in MEASURES {
        let measured: Vec<Sample> = samples
            .iter()
            .map(|attempts| attempts.iter().filter_map(|attempt| measure(attempt)).collect())
            .collect();
        if measured.iter().all(|sample| sample.n() == 0) && name != "total" {
            continue;
        }
        for (arm, sample) in arms.iter().zip(&measured) {
            table_rows.push(Row {
                label: format!("{name}: {}", arm.label()),
                cells: QUANTILES
                    .iter()
                    .map(|(q, _)| Cell::quantile(sample.quantile(*q, Confidence::P95), unit))
                    .collect(),
            });
        }
    }
    Table {
        id,
        title: title.into(),
        note: note.into(),
        corner: "measure and arm".into(),
        columns: QUANTILES.map(|(_, name)| name.into()).to_vec(),
        rows: table_rows,
        folded: false,
    }
}

/// Where the time of all first tries went, and what loading cost.
pub(crate) fn work_table(rows: &Rows<'_>) -> Table {
    let table_rows = rows.arms.iter().map(|arm| Row {
        label: arm.label(),
        cells: vec![
            fraction(arm, |attempt| attempt.timings.compile),
            fraction(arm, |attempt| attempt.timings.prefill),
            fraction(arm, |attempt| attempt.timings.forward),
            fraction(arm, |attempt| attempt.timings.mask),
            fraction(arm, own_work),
            own_work_per_token(arm),
            slowest_mask(arm),
            load(arm),
        ],
    });
    Table {
        id: "work",
        title: "Where the time went, and the cold start".into(),
        note: "Shares of the summed total of all first tries that report the part, failures included. Harness is \
               drawing tokens and everything else that is neither engine nor model; per token it is the median \
               over attempts. Cold start is starting the backend and loading model and engine; it is not part of \
               any total."
            .into(),
        corner: "arm".into(),
        columns: [
            "compile",
            "prefill",
            "decode",
            "masks",
            "harness",
            "harness per token",
            "slowest mask",
            "cold start",
        ]
        .map(String::from)
        .to_vec(),
        rows: table_rows.collect(),
        folded: false,
    }
}

/// What an attempt cost that is neither engine nor model: drawing, clocks, lines.
pub(crate) fn own_work(attempt: &Attempt) -> Option<Nanos> {
    Some(attempt.timings.overhead? + attempt.timings.sample.unwrap_or_default())
}

/// The median over the attempts of an arm that have tokens to share it out among.
fn own_work_per_token(arm: &Arm<'_>) -> Cell {
    let per_token = |attempt: &&Attempt| {
        let tokens = attempt.tokens.completion.filter(|tokens| *tokens > 0)?;
        Some(ns(own_work(attempt)?) / f64::from(tokens))
    };
    let sample: Sample = arm.first.iter().filter_map(per_token).collect();
    sample.quantile(0.5, Confidence::P95).map_or(Cell::Nothing, |median| Cell::Figure {
        value: median.value,
        unit: Unit::Nanoseconds,
        n: median.n,
    })
}

/// Sum of a part over the sum of the totals of the attempts that report it.
fn fraction(arm: &Arm<'_>, part: fn(&Attempt) -> Option<Nanos>) -> Cell {
    let parts = arm.first.iter().filter_map(|attempt| Some((part(attempt)?, attempt.timings.total)));
    let (mut n, mut sum, mut total) = (0, 0.0, 0.0);
    for (part, whole) in parts {
        n += 1;
        sum += ns(part);
        total += ns(whole);
    }
    if total > 0.0 { Cell::Figure { value: sum / total, unit: Unit::Fraction, n } } else { Cell::Nothing }
}

fn slowest_mask(arm: &Arm<'_>) -> Cell {
    let masks: Vec<Nanos> = arm.first.iter().filter_map(|attempt| attempt.timings.mask_max).collect();
    masks.iter().max().map_or(Cell::Nothing, |slowest| Cell::Figure {
        value: ns(*slowest),
        unit: Unit::Nanoseconds,
        n: masks.len() as u64,
    })
}

/// The cold start of the receipt, else the median of the attempts that caused one.
fn load(arm: &Arm<'_>) -> Cell {
    if let Some(load) = arm.receipt.and_then(|receipt| receipt.load) {
        return Cell::Figure { value: ns(load), unit: Unit::Nanoseconds, n: 1 };
    }
    let every = arm.first.iter().chain(&arm.retries);
    let sample: Sample = every.filter_map(|attempt| attempt.timings.load.map(ns)).collect();
    sample.quantile(0.5, Confidence::P95).map_or(Cell::Nothing, |median| Cell::Figure {
        value: median.value,
        unit: Unit::Nanoseconds,
        n: median.n,
    })
}
