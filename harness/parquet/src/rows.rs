//! Schemas in Parquet, as Hugging Face has JSONSchemaBench, as JSON lines.

use std::{fs::File, io::Write, path::Path};

use anyhow::{Context, Result};
use polars::prelude::{ParquetReader, SerReader};
use serde_json::json;

/// The column of schemas, each as text, and that of their names.
const COLUMNS: [&str; 2] = ["json_schema", "unique_id"];

/// Writes `{"unique_id": …, "json_schema": …}` a line for each row of the file at `path`.
pub(crate) fn write(path: &Path, mut out: impl Write) -> Result<()> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let columns = COLUMNS.map(str::to_owned).to_vec();
    let frame = ParquetReader::new(file).with_columns(Some(columns)).finish().with_context(|| {
        format!("{} is not Parquet with the columns {}", path.display(), COLUMNS.join(", "))
    })?;
    let [schemas, ids] = COLUMNS;
    let (schemas, ids) = (frame.column(schemas)?.str()?, frame.column(ids)?.str()?);
    for (number, (schema, id)) in schemas.iter().zip(ids.iter()).enumerate() {
        let row = || format!("row {number} of {} lacks its schema or its id", path.display());
        let (schema, id) = (schema.with_context(row)?, id.with_context(row)?);
        writeln!(out, "{}", json!({ "unique_id": id, "json_schema": schema }))?;
    }
    out.flush().context("cannot write the rows")
}
