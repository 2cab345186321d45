//! Tables as CSV, in long format: RFC 4180 with `\n`.

use crate::Table;

/// Every table: `table,row,column,kind,value,passed,n,low,high,unit,text`.
#[must_use]
pub fn tables(tables: &[Table]) -> String {
    let mut out = String::from("table,row,column,kind,value,passed,n,low,high,unit,text\n");
    for table in tables {
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

/// A figure, or an empty field.
#[must_use]
pub fn optional(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// One line; fields with a comma, a quote or a line break are quoted.
pub fn record<const N: usize>(out: &mut String, fields: [String; N]) {
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
