//! What it takes: quantiles, ratios, memory.

use gonogo_tables::{Cell, Row, Table, format::and};

use crate::{
    Configuration,
    report::{
        Report,
        words::{self, count},
    },
    tables::{Measure, Quantiles, Subset},
};

/// The measures that are shown; the others are in the CSV.
const SHOWN: [Measure; 5] =
    [Measure::Ttfm, Measure::Tbm, Measure::Compile, Measure::Mask, Measure::Recompile];

/// Quantiles of what is shown on the arms of a configuration, over one subset.
pub(crate) fn quantiles(report: &Report, configuration: Configuration, subset: Subset) -> Option<Table> {
    let arms: Vec<&str> = report
        .arms
        .iter()
        .filter(|arm| arm.configuration == configuration)
        .map(|arm| arm.name.as_str())
        .collect();
    let found: Vec<&Quantiles> = SHOWN
        .into_iter()
        .flat_map(|measure| arms.iter().filter_map(move |arm| report.quantiles(arm, measure, subset)))
        .collect();
    if found.is_empty() {
        return None;
    }
    let rows = found.iter().map(|of| {
        let mut cells = vec![Cell::Text(count(of.n)), Cell::Text(count(of.subjects))];
        cells.extend(of.points.iter().map(|point| Cell::Text(words::point(of, point))));
        cells.push(of.max.map_or(Cell::Nothing, |max| Cell::Text(words::value(of.measure, max))));
        Row { label: format!("{}: {}", of.measure.title(), of.arm), cells }
    });
    let name = configuration.name();
    let fair = |measure| report.fair(configuration, measure) == Subset::Common;
    let folded = subset == Subset::Own && (fair(Measure::Tbm) || fair(Measure::Ttfm));
    let (id, title, note) = match subset {
        Subset::Own => (
            "own",
            format!("Times over what each arm answered ({name})"),
            format!(
                "{}{}{}",
                if folded {
                    "Arms are timed on different schemas here."
                } else {
                    "`quantiles.csv` has every measure."
                },
                late(&found),
                timer(report, configuration)
            ),
        ),
        Subset::Common => (
            "common",
            format!("Times over what all arms answered ({name})"),
            format!(
                "The same schema, instance and token on each of {}: this is the fair comparison. What one of them declined or timed \
                 out on is in none of it, which flatters who does so most; a report with `--arm A --arm B` is of what these two took. `quantiles.csv` has first mask, accept, reset and memory \
                 as well.",
                and(&arms.iter().map(|arm| (*arm).to_owned()).collect::<Vec<_>>())
            ),
        ),
    };
    let columns = ["n", "schemas", "p25", "p50", "p75", "p90", "p99", "p99.9", "max"];
    Some(Table {
        id,
        title,
        note,
        corner: "measure and arm".into(),
        columns: columns.map(String::from).to_vec(),
        rows: rows.collect(),
        folded,
    })
}

/// What timed out, as a sentence.
fn late(found: &[&Quantiles]) -> String {
    let late: Vec<String> = found
        .iter()
        .filter(|of| of.censored > 0)
        .map(|of| {
            let lies = of.points.iter().find(|point| point.value.at().is_none());
            let lies = lies.map_or("above p99.9".into(), |point| format!("from p{} on", percentile(point.q)));
            format!("{} of {} {} on {} ({lies})", of.censored, count(of.n), of.measure.title(), of.arm)
        })
        .collect();
    if late.is_empty() {
        return String::new();
    }
    format!(" Timed out, and counted as longer than everything else (`>` is the limit): {}.", late.join("; "))
}

fn percentile(q: f64) -> String {
    let percent = format!("{:.1}", q * 100.0);
    percent.strip_suffix(".0").map_or(percent.clone(), str::to_owned)
}

/// What every clock holds on top, as a sentence.
fn timer(report: &Report, configuration: Configuration) -> String {
    let arms = report.arms.iter().filter(|arm| arm.configuration == configuration);
    let timers: Vec<String> =
        arms.filter_map(|arm| Some(format!("{} on {}", arm.timer?, arm.name))).collect();
    if timers.is_empty() {
        return String::new();
    }
    format!(" Every interval holds the cost of timing it, which is not subtracted: {}.", and(&timers))
}

/// TBM and TTFM of each split.
pub(crate) fn by_split(report: &Report) -> Option<Table> {
    let of = |split: &str, arm: &str, measure: Measure, q: f64| {
        let found = report.quantiles.iter().find(|of| {
            of.split.as_deref() == Some(split)
                && of.arm == arm
                && of.measure == measure
                && of.subset == Subset::Own
        });
        Cell::Text(words::quantile(found, q))
    };
    let splits = &report.arms.first().filter(|arm| arm.splits.len() > 1)?.splits;
    let rows = splits.iter().flat_map(|split| {
        report.arms.iter().map(move |arm| Row {
            label: format!("{}: {}", split.split, arm.name),
            cells: vec![
                of(&split.split, &arm.name, Measure::Tbm, 0.5),
                of(&split.split, &arm.name, Measure::Tbm, 0.99),
                of(&split.split, &arm.name, Measure::Ttfm, 0.5),
                of(&split.split, &arm.name, Measure::Ttfm, 0.99),
            ],
        })
    });
    Some(Table {
        id: "split-times",
        title: "Times by split".into(),
        note: "Over what each arm answered. `quantiles.csv` has every measure, subset, split and percentile with its \
               interval."
            .into(),
        corner: "split and arm".into(),
        columns: ["TBM p50", "TBM p99", "TTFM p50", "TTFM p99"].map(String::from).to_vec(),
        rows: rows.collect(),
        folded: true,
    })
}

/// Paired ratios.
pub(crate) fn pairs(report: &Report) -> Option<Table> {
    let rows: Vec<Row> = report
        .pairs
        .iter()
        .flat_map(|pair| [("TBM", pair, &pair.tbm), ("TTFM", pair, &pair.ttfm)])
        .filter(|(_, _, ratio)| ratio.subjects > 0)
        .map(|(measure, pair, ratio)| Row {
            label: format!("{measure}: {} / {}", pair.arms[1], pair.arms[0]),
            cells: vec![
                Cell::Text(words::paired(ratio)),
                Cell::Text(words::ratio(ratio.median)),
                Cell::Text(count(ratio.subjects)),
                Cell::Text(count(ratio.values)),
                Cell::Text(format!("{} : {}", count(ratio.faster[1]), count(ratio.faster[0]))),
                Cell::Text(format!("{} : {}", count(ratio.timed_out[1]), count(ratio.timed_out[0]))),
            ],
        })
        .collect();
    (!rows.is_empty()).then(|| Table {
        id: "pairs",
        title: "How many times as long".into(),
        note: "The first arm named over the second, paired: a schema's log-ratio is the mean over the tokens that both \
               took, and schemas are the independent observations. Geometric mean with Student's interval of the \
               mean log-ratio, median with order statistics, both at 95 %. Timed out: schemas on which one did and the \
               other answered; they are in neither figure, which makes it *at least* or *at most* what it says where one alone \
               of the two did so."
            .into(),
        corner: "measure and arms".into(),
        columns: ["geometric mean", "median", "schemas", "values", "schemas faster", "timed out"]
            .map(String::from)
            .to_vec(),
        rows,
        folded: false,
    })
}

/// The subjects that took the most memory.
pub(crate) fn peaks(report: &Report) -> Option<Table> {
    let rows: Vec<Row> = report
        .arms
        .iter()
        .flat_map(|arm| {
            arm.peaks.iter().map(|peak| Row {
                label: format!("{}: {}", arm.name, peak.subject),
                cells: vec![
                    Cell::Text(words::mebibytes(peak.peak)),
                    peak.rest.map_or(Cell::Nothing, |rest| Cell::Text(words::mebibytes(rest))),
                ],
            })
        })
        .collect();
    (!rows.is_empty()).then(|| Table {
        id: "peaks",
        title: "The highest peaks of memory".into(),
        note: "Resident memory of the whole worker, vocabulary and what earlier schemas left included; quantiles are in \
               `quantiles.csv`."
            .into(),
        corner: "arm and schema".into(),
        columns: ["peak", "before the trial"].map(String::from).to_vec(),
        rows,
        folded: true,
    })
}
