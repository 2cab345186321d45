//! What can be wrong with a cassette.

use std::{io, net::SocketAddr, path::PathBuf};

use thiserror::Error;

/// A cassette that cannot be read or written: the thing, the cause and, where there is one, the
/// remedy.
#[derive(Debug, Error)]
pub enum CassetteError {
    /// The operating system refused, or the compression is damaged.
    #[error("cannot {action} cassette {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line is not what it should be.
    #[error("cassette line {line} is not {what}: {source}; fixtures/README.md shows the format")]
    Line {
        /// From 1.
        line: usize,
        /// A header or an exchange.
        what: &'static str,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// Written by a later gonogo.
    #[error("the cassette has format {found} and this gonogo reads up to {known}; use a newer gonogo")]
    Newer {
        /// Its format.
        found: u64,
        /// The newest format known here.
        known: u32,
    },
    /// Two recordings of the same thing.
    #[error("cassette line {line} records `{label}` again; keep one of the two")]
    Duplicate {
        /// Of the second one, from 1.
        line: usize,
        /// What both are found by.
        label: String,
    },
    /// Nothing in it went out over HTTP.
    #[error(
        "cassette `{name}` cannot be served: it has no request over HTTP (its dialect is {dialect}); record one \
         from an arm of kind http with `gonogo run --record`"
    )]
    NotHttp {
        /// Its name.
        name: String,
        /// Its dialect.
        dialect: String,
    },
    /// The system refused to listen.
    #[error("cannot serve at {address}: {source}; name another port, or 0 for any that is free")]
    Address {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}
