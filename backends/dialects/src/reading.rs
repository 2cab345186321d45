//! What a dialect makes of a capture: the same few facts for every wire format.

use gonogo_core::{Detail, Kind, Nanos, Timings, Tokens};

/// A capture, read in its dialect.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The answer's bytes, as far as they came. Reasoning and tool calls are not part of it.
    pub text: Vec<u8>,
    /// What the peer marked as the model's reasoning.
    pub reasoning: Vec<u8>,
    /// Calls of tools, in the order they began.
    pub tools: Vec<ToolCall>,
    /// How the answer ended.
    pub finish: Finish,
    /// The backend's own word for it.
    pub finish_reason: Option<String>,
    /// Whether the peer said that nothing more comes: by a whole body, or by what ends a stream in
    /// its dialect, which a finish reason is not. Whatever happened then, the answer was whole.
    pub over: bool,
    /// What the peer said went wrong, or what is wrong with what it said. Outranks the text.
    pub trouble: Option<(Kind, Detail)>,
    /// `ttft` and inter-token latencies as the frames' times show them, `server` as a server said of
    /// itself, the rest as a worker did; `total`, `load` and `clocks` are the capture's.
    pub timings: Timings,
    /// Counts that the peer reported.
    pub tokens: Tokens,
    /// Tokens of the completion that were reasoning, as the peer reported them.
    pub reasoning_tokens: Option<u32>,
    /// Tokens of the prompt that came from a cache, as the peer reported them.
    pub cached_tokens: Option<u32>,
    /// When each frame with some of the answer's text came, since the request was sent. Empty for
    /// answers that came whole.
    pub content_at: Vec<Nanos>,
}

/// A tool call that came instead of an answer, or beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolCall {
    /// The tool's name.
    pub name: String,
    /// Its arguments, as far as they came.
    pub arguments: String,
}

impl Reading {
    /// A reading without an answer.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            text: Vec::new(),
            reasoning: Vec::new(),
            tools: Vec::new(),
            finish: Finish::Cut,
            finish_reason: None,
            over: false,
            trouble: None,
            timings: Timings::default(),
            tokens: Tokens::default(),
            reasoning_tokens: None,
            cached_tokens: None,
            content_at: Vec::new(),
        }
    }

    /// A reading without an answer, and why.
    #[must_use]
    pub fn trouble(kind: Kind, message: impl Into<String>) -> Self {
        Self { trouble: Some((kind, Detail::message(message))), ..Self::nothing() }
    }
}

/// How an answer ended. Evidence for telling cut answers apart, never proof that one is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
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
