//! Why a corpus cannot be read.

use std::{io, path::PathBuf};

use thiserror::Error;

/// A corpus that cannot be read: the thing, the cause and the remedy.
#[derive(Debug, Error)]
pub enum CorpusError {
    /// A file or folder cannot be read.
    #[error("cannot read {}: {cause}; name a file or folder that exists and may be read", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A compressed file that does not unpack.
    #[error("cannot unpack {}: {cause}; it is cut off or not gzip: fetch it again (`gzip -t` checks it)", path.display())]
    Gzip {
        /// Which.
        path: PathBuf,
        /// What the decoder said.
        cause: io::Error,
    },
    /// A file whose kind is none that is known.
    #[error(
        "{} is no corpus: {cause}; known are a folder of JSON files, and files named .json, .jsonl, .jsonl.gz or .parquet",
        path.display()
    )]
    Layout {
        /// Which.
        path: PathBuf,
        /// What was found instead.
        cause: String,
    },
    /// A document or a line that is not what its layout says.
    #[error("{place}: {cause}; {remedy}")]
    Content {
        /// File, with the line or the place in it.
        place: String,
        /// What is wrong.
        cause: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Nothing to run.
    #[error("{what} holds no schema{skipped}; name a folder or file with at least one")]
    Empty {
        /// The corpus.
        what: String,
        /// The first thing that was skipped, with its cause.
        skipped: String,
    },
    /// Two entries of one id.
    #[error("{corpus} has two schemas with the id `{id}`; rows are kept by id, so rename one of them")]
    Repeated {
        /// The corpus.
        corpus: String,
        /// The id.
        id: String,
    },
    /// The program for Parquet.
    #[error("cannot turn {} into JSON lines: {cause}; {remedy}", path.display())]
    Parquet {
        /// The Parquet file.
        path: PathBuf,
        /// What went wrong.
        cause: String,
        /// What to do.
        remedy: &'static str,
    },
}
