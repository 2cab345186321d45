//! `gonogo-parquet RUN`: derives `attempts.parquet` from a run's journal, `records.parquet` from a survey's.
//! `gonogo-parquet rows FILE`: the schemas of a Parquet file as JSON lines, for `gonogo-corpus`.
//!
//! A program of its own, so that polars, the heaviest dependency here, is linked into nothing
//! else. `gonogo run` and `gonogo masks` start it when all is done; the journal stays the record of truth.

mod columns;
mod rows;
mod survey;

use std::{
    fs,
    io::{self, BufWriter},
    path::Path,
    process::ExitCode,
};

use anyhow::{Context, Result};
use gonogo_store::{RunDir, Sort};
use polars::prelude::{DataFrame, ParquetCompression, ParquetWriter};

#[expect(clippy::print_stderr, reason = "a program's error stream")]
fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let done = match args.as_slice() {
        [run] => write(Path::new(run)),
        [mode, file] if mode == "rows" => rows::write(Path::new(file), BufWriter::new(io::stdout().lock())),
        [..] => {
            eprintln!("usage: gonogo-parquet RUN-FOLDER\n       gonogo-parquet rows FILE.parquet");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gonogo-parquet: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Writes beside the journal.
fn write(run: &Path) -> Result<()> {
    if run.join(Sort::Survey.receipt()).is_file() {
        return save(&mut survey::frame(&survey::read(run)?)?, run, "records.parquet");
    }
    let attempts = RunDir::open(run)?.attempts()?.rows;
    save(&mut columns::frame(&attempts)?, run, "attempts.parquet")
}

/// Writes under another name until it is whole.
fn save(frame: &mut DataFrame, run: &Path, name: &str) -> Result<()> {
    let part = run.join(format!("{name}.part"));
    let file = fs::File::create(&part).with_context(|| format!("cannot write {}", part.display()))?;
    ParquetWriter::new(&file).with_compression(ParquetCompression::Uncompressed).finish(frame)?;
    file.sync_all()?;
    fs::rename(&part, run.join(name))?;
    Ok(())
}
