//! What a dialect makes of a capture: the same few facts for every wire format.

use gonogo_core::{Detail, Kind, Timings, Tokens};

/// A capture, read in its dialect.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reading {
    /// The answer's bytes, as far as they came.
    pub(crate) text: Vec<u8>,
    /// How the answer ended.
    pub(crate) finish: Finish,
    /// The backend's own word for it.
    pub(crate) finish_reason: Option<String>,
    /// What the peer said went wrong, or what is wrong with what it said. Outranks the text.
    pub(crate) trouble: Option<(Kind, Detail)>,
    /// Durations that the peer reported; `total` and `load` are the capture's.
    pub(crate) timings: Timings,
    /// Counts that the peer reported.
    pub(crate) tokens: Tokens,
}

impl Reading {
    /// A reading without an answer.
    pub(crate) fn nothing() -> Self {
        Self {
            text: Vec::new(),
            finish: Finish::Cut,
            finish_reason: None,
            trouble: None,
            timings: Timings::default(),
            tokens: Tokens::default(),
        }
    }

    /// A reading without an answer, and why.
    pub(crate) fn trouble(kind: Kind, message: impl Into<String>) -> Self {
        Self { trouble: Some((kind, Detail::message(message))), ..Self::nothing() }
    }
}

/// How an answer ended. Evidence for telling cut answers apart, never proof that one is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finish {
    /// The backend says that the answer is whole.
    Stop,
    /// The token budget was used up.
    Length,
    /// The context window was full.
    Context,
    /// The mask allowed no token.
    DeadEnd,
    /// The exchange was whole, and nothing was said about why the answer ends.
    Unsaid,
    /// The frames just stop.
    Cut,
}
