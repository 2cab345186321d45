//! `gonogo-parquet RUN`: derives `attempts.parquet` from a run's journal.
//!
//! A program of its own, so that polars, the heaviest dependency here, is linked into nothing
//! else. `gonogo run` starts it when a run is complete; the journal stays the record of truth.

mod columns;

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context, Result};
use gonogo_store::RunDir;
use polars::prelude::{ParquetCompression, ParquetWriter};

#[expect(clippy::print_stderr, reason = "a program's error stream")]
fn main() -> ExitCode {
    let Some(run) = std::env::args_os().nth(1) else {
        eprintln!("usage: gonogo-parquet RUN-FOLDER");
        return ExitCode::from(2);
    };
    match write(Path::new(&run)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gonogo-parquet: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Writes beside the journal, under another name until it is whole.
fn write(run: &Path) -> Result<()> {
    let attempts = RunDir::open(run)?.attempts()?.rows;
    let mut frame = columns::frame(&attempts)?;
    let part = run.join("attempts.parquet.part");
    let file = fs::File::create(&part).with_context(|| format!("cannot write {}", part.display()))?;
    ParquetWriter::new(&file).with_compression(ParquetCompression::Uncompressed).finish(&mut frame)?;
    file.sync_all()?;
    fs::rename(&part, run.join("attempts.parquet"))?;
    Ok(())
}
