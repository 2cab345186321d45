//! What an endpoint arm is made of.

use std::time::Duration;

use gonogo_dialects::{Dialect, Target};
use reqwest::Url;

use crate::Secret;

/// One endpoint, how it is asked and how long it may take.
#[derive(Clone)]
pub struct HttpArm {
    /// Name of the arm, for error messages.
    pub name: String,
    /// The wire format.
    pub dialect: &'static Dialect,
    /// Where the server is; the dialect's paths start here.
    pub base_url: Url,
    /// Model, channel and the arm's own members.
    pub target: Target,
    /// The engine that the server is said to run; `none` for an arm that sends no constraint.
    pub engine: String,
    /// The key, where the server asks for one.
    pub key: Option<Secret>,
    /// Where the key goes, if not where the dialect says.
    pub key_place: Option<KeyPlace>,
    /// How long things may take.
    pub limits: Limits,
    /// How much may come.
    pub caps: Caps,
    /// What becomes of a connection after an answer.
    pub connections: Connections,
    /// Requests in flight at most.
    pub concurrency: u32,
    /// Whether certificates go unchecked.
    pub insecure: bool,
    /// Certificates in PEM of the authorities that are believed in place of the system's.
    pub authorities: Option<Vec<u8>>,
    /// Whether the peer is the sim, whose answers are no evidence.
    pub simulated: bool,
}

/// Where a key goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// The value of this header.
    Header(String),
    /// The value of this parameter of the URL's query.
    Query(String),
}

/// What becomes of a connection after an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Connections {
    /// It is closed: each attempt opens its own and none depends on another. What that costs is in the
    /// attempt's time, and beside it.
    #[default]
    Fresh,
    /// It is kept for a short while for the next attempt, as applications do.
    Kept,
}

impl Connections {
    /// The word for it, in configurations and receipts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Kept => "kept",
        }
    }
}

/// How long things may take, by the harness' clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Name lookup, TCP and TLS. Of use only where it is shorter than `first_byte`.
    pub connect: Duration,
    /// From sending a request, connecting included, to the first byte of its answer's body; a
    /// redirect that is followed is a request of its own.
    pub first_byte: Duration,
    /// Between two chunks of the body.
    pub stall: Duration,
    /// The whole attempt, redirects included.
    pub total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(120),
            stall: Duration::from_secs(60),
            total: Duration::from_secs(600),
        }
    }
}

/// How much may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Bytes of a body, as they are on the wire; nothing is ever decompressed. Each chunk counts as
    /// 64 more, which it takes in memory.
    pub body_bytes: u64,
    /// Redirects that are followed.
    pub redirects: u32,
}

impl Default for Caps {
    fn default() -> Self {
        Self { body_bytes: 32 << 20, redirects: 20 }
    }
}
