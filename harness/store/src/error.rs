//! What can go wrong with a run on disk.

use std::{io, path::Path, path::PathBuf};

use gonogo_core::{ContentHash, did_you_mean};
use thiserror::Error;

use crate::{Sort, name};

/// A run that cannot be read or written: the thing, the cause and, where there is one, the remedy.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not a run.
    #[error("{} is not a {}: it has no {}; name a folder that `{}` wrote", path.display(), sort.noun(), sort.receipt(), sort.command())]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// What it should have been.
        sort: Sort,
    },
    /// Not JSON, or not the JSON expected.
    #[error("cannot read {}: {source}; the file was damaged or is not gonogo's", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// Written by a later gonogo.
    #[error("{} has format {found} and this gonogo reads up to {known}; use a newer gonogo", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
        /// The newest format known here.
        known: u32,
    },
    /// A row in the middle of the journal is damaged.
    #[error("{} line {line} is not a row: {source}; restore the file or delete the line, and resume the run to fill the gap", path.display())]
    Row {
        /// The journal.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// Captures in the middle of a pack are damaged.
    #[error("{} is damaged at byte {at}, and whole captures follow; restore the file, or give it another name that ends \
        in .jsonl.gz: the captures that are whole are found there, and a new file is begun", path.display())]
    Pack {
        /// The pack.
        path: PathBuf,
        /// Where the damage begins.
        at: u64,
    },
    /// Another process holds the lock.
    #[error("{} is being written by another gonogo; wait for it, or stop it", path.display())]
    Busy {
        /// The run.
        path: PathBuf,
    },
    /// A row names a capture that is not there.
    #[error("capture {hash} is not under {}; the run was copied without it", path.display())]
    NoCapture {
        /// The address.
        hash: ContentHash,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A capture whose bytes are not what its name says.
    #[error("capture {} holds other bytes than its name says ({found}); it was changed or damaged", path.display())]
    ForgedCapture {
        /// The file.
        path: PathBuf,
        /// The hash of what is inside.
        found: ContentHash,
    },
    /// No run answers to this name.
    #[error("no {} `{name}` under {}{}", sort.noun(), root.display(), hint(name, runs, *sort))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Where runs were looked for.
        root: PathBuf,
        /// Folder names of the runs there are, oldest first.
        runs: Vec<String>,
        /// What was looked for.
        sort: Sort,
    },
}

/// The remedy for a name nobody knows.
fn hint(unknown: &str, runs: &[String], sort: Sort) -> String {
    let Some(newest) = runs.last() else { return format!("; make one with `{}`", sort.command()) };
    let names = runs.iter().rev().flat_map(|folder| [name::given(folder), folder]);
    match did_you_mean(unknown, names) {
        Some(question) => format!("; {question}"),
        None => format!("; the newest is `{newest}`"),
    }
}

/// Turns an I/O error on `path` into a [`StoreError`].
pub(crate) fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { action, path, source }
}
