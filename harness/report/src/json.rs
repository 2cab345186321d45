//! The report as JSON: the same tables, every figure with its denominator, versioned.

use serde_json::{Map, Value, json};

use crate::{Cell, FORMAT, GateResult, Report, Table};

impl Report {
    /// The document that `reports/report.schema.json` describes, with the verdict where a policy was applied.
    #[must_use]
    pub fn json(&self, gate: Option<&GateResult>) -> Value {
        let caveats = self.caveats.iter().map(
            |caveat| json!({ "caveat": caveat, "message": caveat.message(), "advice": caveat.advice() }),
        );
        json!({
            "format": FORMAT,
            "run": self.run,
            "complete": self.shortfall.is_none(),
            "shortfall": self.shortfall,
            "rows": self.rows,
            "planned": self.planned,
            "summary": self.summary,
            "gate": gate.map(GateResult::json),
            "tables": self.tables.iter().map(table).collect::<Vec<_>>(),
            "caveats": caveats.collect::<Vec<_>>(),
            "examples": self.examples,
            "receipt": self.receipt,
        })
    }
}

fn table(table: &Table) -> Value {
    let rows = table
        .rows
        .iter()
        .map(|row| json!({ "label": row.label, "cells": row.cells.iter().map(cell).collect::<Vec<_>>() }));
    json!({
        "id": table.id,
        "title": table.title,
        "note": table.note,
        "columns": table.columns,
        "rows": rows.collect::<Vec<_>>(),
    })
}

/// A cell's kind and those of its figures that exist; a bound the sample is too small for is absent.
fn cell(cell: &Cell) -> Value {
    let flat = cell.flat();
    let fields = [
        ("value", flat.value.map(Value::from)),
        ("text", flat.text.map(Value::from)),
        ("passed", flat.passed.map(Value::from)),
        ("n", flat.n.map(Value::from)),
        ("low", flat.low.map(Value::from)),
        ("high", flat.high.map(Value::from)),
        ("unit", flat.unit.map(Value::from)),
    ];
    let mut object = Map::from_iter([("kind".to_owned(), Value::from(cell.kind()))]);
    object.extend(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(object)
}
