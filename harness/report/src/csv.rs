//! CSV: the report's tables in long format, and the rows themselves.

use gonogo_core::{Attempt, Nanos};

use crate::Report;

impl Report {
    /// Every table in long format: `table,row,column,kind,value,passed,n,low,high,unit,text`, RFC 4180 with `\n`.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut out = String::from("table,row,column,kind,value,passed,n,low,high,unit,text\n");
        for table in &self.tables {
            for row in &table.rows {
                for (column, cell) in table.columns.iter().zip(&row.cells) {
                    let flat = cell.flat();
                    record(
                        &mut out,
                        [
                            table.id.into(),
                            row.label.clone(),
                            column.clone(),
                            cell.kind().into(),
                            optional(flat.value),
                            optional(flat.passed),
                            optional(flat.n),
                            optional(flat.low),
                            optional(flat.high),
                            flat.unit.unwrap_or_default().into(),
                            flat.text.unwrap_or_default(),
                        ],
                    );
                }
            }
        }
        out
    }
}

/// The columns of [`attempts_csv`], named as in the journal.
const ATTEMPT_COLUMNS: [&str; 30] = [
    "index",
    "suite",
    "case",
    "step",
    "rung",
    "arm",
    "repeat",
    "try",
    "language",
    "provenance",
    "started",
    "seed",
    "family",
    "kind",
    "domain",
    "message",
    "finish_reason",
    "total_ns",
    "ttft_ns",
    "load_ns",
    "compile_ns",
    "first_mask_ns",
    "prefill_ns",
    "itl_p50_ns",
    "forward_ns",
    "mask_ns",
    "overhead_ns",
    "prompt_tokens",
    "completion_tokens",
    "capture",
];

/// One line per attempt, retries included; durations are nanoseconds, and what was not measured is empty.
#[must_use]
pub fn attempts_csv(attempts: &[Attempt]) -> String {
    let mut out = String::new();
    record(&mut out, ATTEMPT_COLUMNS.map(String::from));
    for attempt in attempts {
        record(&mut out, attempt_fields(attempt));
    }
    out
}

fn attempt_fields(attempt: &Attempt) -> [String; 30] {
    let (key, outcome, timings) = (&attempt.key, &attempt.outcome, &attempt.timings);
    let ns = |nanos: Option<Nanos>| optional(nanos.map(|nanos| nanos.0));
    [
        attempt.index.to_string(),
        key.suite.clone(),
        key.case.clone(),
        key.step.clone(),
        key.rung.clone().unwrap_or_default(),
        key.arm.clone(),
        key.repeat.to_string(),
        attempt.r#try.to_string(),
        attempt.language.clone().unwrap_or_default(),
        attempt.provenance.name().into(),
        attempt.started.clone(),
        attempt.seed.to_string(),
        outcome.family.name().into(),
        outcome.kind.name().into(),
        outcome.domain.name().into(),
        outcome.detail.message.clone(),
        attempt.finish_reason.clone().unwrap_or_default(),
        timings.total.0.to_string(),
        ns(timings.ttft),
        ns(timings.load),
        ns(timings.compile),
        ns(timings.first_mask),
        ns(timings.prefill),
        ns(timings.itl_p50),
        ns(timings.forward),
        ns(timings.mask),
        ns(timings.overhead),
        optional(attempt.tokens.prompt),
        optional(attempt.tokens.completion),
        attempt.capture.as_str().into(),
    ]
}

fn optional(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// One line; fields with a comma, a quote or a line break are quoted.
fn record<const N: usize>(out: &mut String, fields: [String; N]) {
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        if field.contains([',', '"', '\n', '\r']) {
            out.push('"');
            out.push_str(&field.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(field);
        }
    }
    out.push('\n');
}
