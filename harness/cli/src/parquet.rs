//! `attempts.parquet`, written by the program that links polars.

use std::process::Command;

use gonogo_store::RunDir;

use crate::{arm, ui::Ui};

/// Derives the Parquet file of a complete run. The journal is the record; a file that could not
/// be derived is worth a note, not an error.
pub(crate) fn derive(dir: &RunDir, ui: Ui) {
    let program = arm::beside("GONOGO_PARQUET", "gonogo-parquet");
    let problem = match Command::new(&program).arg(dir.path()).output() {
        Ok(output) if output.status.success() => return,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => format!(
            "cannot run {}: {error}; build it with `cargo build -p gonogo-parquet`",
            program.display()
        ),
    };
    ui.note(&format!("no attempts.parquet: {problem}"));
}
