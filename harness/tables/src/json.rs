//! Tables as JSON: every figure with its denominator.

use serde_json::{Map, Value, json};

use crate::{Cell, Table};

/// A table as `reports/report.schema.json` describes it.
#[must_use]
pub fn table(table: &Table) -> Value {
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
