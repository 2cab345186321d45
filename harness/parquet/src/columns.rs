//! One column a field of the row, names as in the journal with dots for nesting.

use gonogo_core::{Attempt, Nanos, Then};
use polars::prelude::{Column, DataFrame, NamedFrom, PolarsResult, Series};

/// The rows as a table. An absent measurement is null, never zero.
pub(crate) fn frame(rows: &[Attempt]) -> PolarsResult<DataFrame> {
    let mut columns = identity(rows);
    columns.extend(outcome(rows));
    columns.extend(measurements(rows));
    DataFrame::new(rows.len(), columns)
}

fn identity(rows: &[Attempt]) -> Vec<Column> {
    vec![
        number(rows, "index", |row| Some(row.index.into())),
        text(rows, "suite", |row| Some(&row.key.suite)),
        text(rows, "case", |row| Some(&row.key.case)),
        text(rows, "step", |row| Some(&row.key.step)),
        text(rows, "rung", |row| row.key.rung.as_deref()),
        text(rows, "language", |row| row.language.as_deref()),
        text(rows, "arm", |row| Some(&row.key.arm)),
        number(rows, "repeat", |row| Some(row.key.repeat.into())),
        number(rows, "try", |row| Some(row.r#try.into())),
        text(rows, "then", |row| row.then.map(Then::name)),
        number(rows, "seed", |row| Some(row.seed)),
        text(rows, "provenance", |row| Some(row.provenance.name())),
        text(rows, "started", |row| Some(&row.started)),
        text(rows, "capture", |row| Some(row.capture.as_str())),
    ]
}

fn outcome(rows: &[Attempt]) -> Vec<Column> {
    vec![
        text(rows, "outcome.family", |row| Some(row.outcome.family.name())),
        text(rows, "outcome.kind", |row| Some(row.outcome.kind.name())),
        text(rows, "outcome.domain", |row| Some(row.outcome.domain.name())),
        text(rows, "outcome.message", |row| Some(&row.outcome.detail.message)),
        text(rows, "outcome.pointer", |row| row.outcome.detail.pointer.as_deref()),
        text(rows, "outcome.keyword", |row| row.outcome.detail.keyword.as_deref()),
        text(rows, "finish_reason", |row| row.finish_reason.as_deref()),
    ]
}

fn measurements(rows: &[Attempt]) -> Vec<Column> {
    vec![
        nanos(rows, "late", |row| row.late),
        nanos(rows, "before", |row| row.before),
        number(rows, "asked_before", |row| row.asked_before.map(u64::from)),
        number(rows, "timings.total", |row| Some(row.timings.total.0)),
        nanos(rows, "timings.ttft", |row| row.timings.ttft),
        nanos(rows, "timings.load", |row| row.timings.load),
        nanos(rows, "timings.compile", |row| row.timings.compile),
        nanos(rows, "timings.first_mask", |row| row.timings.first_mask),
        nanos(rows, "timings.prefill", |row| row.timings.prefill),
        nanos(rows, "timings.itl_p50", |row| row.timings.itl_p50),
        nanos(rows, "timings.itl_p99", |row| row.timings.itl_p99),
        nanos(rows, "timings.forward", |row| row.timings.forward),
        nanos(rows, "timings.mask", |row| row.timings.mask),
        nanos(rows, "timings.mask_max", |row| row.timings.mask_max),
        nanos(rows, "timings.sample", |row| row.timings.sample),
        nanos(rows, "timings.overhead", |row| row.timings.overhead),
        number(rows, "tokens.prompt", |row| row.tokens.prompt.map(u64::from)),
        number(rows, "tokens.completion", |row| row.tokens.completion.map(u64::from)),
        number(rows, "answer_bytes", |row| Some(row.answer_bytes)),
    ]
}

fn text<'a>(rows: &'a [Attempt], name: &str, of: impl Fn(&'a Attempt) -> Option<&'a str>) -> Column {
    let values: Vec<Option<&str>> = rows.iter().map(of).collect();
    Series::new(name.into(), values).into()
}

fn number(rows: &[Attempt], name: &str, of: impl Fn(&Attempt) -> Option<u64>) -> Column {
    let values: Vec<Option<u64>> = rows.iter().map(of).collect();
    Series::new(name.into(), values).into()
}

fn nanos(rows: &[Attempt], name: &str, of: impl Fn(&Attempt) -> Option<Nanos>) -> Column {
    number(rows, name, |row| of(row).map(|nanos| nanos.0))
}
