//! Every line of the protocol.

use std::collections::BTreeMap;

use gonogo_core::{Nanos, Phase, Request};
use serde::{Deserialize, Serialize};

/// A line the harness writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToWorker {
    /// Load model and engine. First, and once.
    Hello(Hello),
    /// Answer one request. A worker answers one at a time.
    Attempt(Request),
}

/// What to load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// [`crate::VERSION`].
    pub protocol: u32,
    /// Path of the model file.
    pub model: String,
    /// Folder in which the worker may keep what it derived from the model.
    pub cache: String,
    /// Engine name.
    pub engine: String,
    /// The engine's options, in its own vocabulary.
    pub options: serde_json::Value,
    /// Threads for the forward pass.
    pub threads: u32,
    /// Context window, tokens; the model's own limit where it is smaller.
    pub context: u32,
    /// Address space the worker must not outgrow, bytes; it limits itself before it loads.
    pub address_space_bytes: u64,
    /// A fault to commit on purpose, for arms that test the harness.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

/// A fault to commit in the engine, once this many tokens are out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// Abort the process.
    Abort {
        /// Tokens before it.
        after: u32,
    },
    /// Never return from a mask.
    Sleep {
        /// Tokens before it.
        after: u32,
    },
    /// Allocate and touch memory without end.
    Allocate {
        /// Tokens before it.
        after: u32,
    },
    /// Return a mask without any token.
    EmptyMask {
        /// Tokens before it.
        after: u32,
    },
    /// Allow only the end token.
    StopEarly {
        /// Tokens before it.
        after: u32,
    },
    /// Never return from compiling.
    SleepInCompile,
    /// Raise an error in mid-answer.
    Raise {
        /// Tokens before it.
        after: u32,
    },
}

/// A line the worker writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromWorker {
    /// Model and engine are loaded.
    Ready(Ready),
    /// The constraint is compiled; the first mask was computed too.
    Compiled(Compiled),
    /// One token of the answer.
    Token(TokenFrame),
    /// The worker has been in one phase for a while. Written by a thread of its own, so that
    /// a hanging engine can still be told from a slow model.
    Heartbeat(Heartbeat),
    /// The answer is over.
    Done(Done),
    /// There will be no (further) answer to this request; the worker lives on.
    Failed(Failed),
}

/// What was loaded: the arm's receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ready {
    /// [`crate::VERSION`] of the worker.
    pub protocol: u32,
    /// Engine name.
    pub engine: String,
    /// Engine version, as the library reports it.
    pub engine_version: String,
    /// Whatever else identifies model, tokenizer, engine and build. Sorted by name.
    pub facts: BTreeMap<String, String>,
    /// Loading model, tokenizer and engine.
    pub load: Nanos,
}

/// The constraint is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compiled {
    /// Tokens of the prompt.
    pub prompt_tokens: u32,
    /// Rendering the chat template and cutting the prompt into tokens.
    #[serde(default)]
    pub tokenize: Nanos,
    /// Compiling.
    pub compile: Nanos,
    /// The first mask after compiling.
    pub first_mask: Nanos,
    /// The forward pass over the prompt.
    pub prefill: Nanos,
}

/// One token. Durations are of the step that drew it; `forward` is that of the logits it was
/// drawn from and zero for the first token, whose logits are the prefill's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenFrame {
    /// Token id.
    pub id: u32,
    /// What it adds to the answer.
    #[serde(flatten)]
    pub text: Text,
    /// Since the request was read.
    pub at: Nanos,
    /// Computing logits.
    pub forward: Nanos,
    /// Computing the mask and accepting the token.
    pub mask: Nanos,
    /// Drawing the token.
    pub sample: Nanos,
}

/// A token's bytes: as text where they are UTF-8 on their own, else as numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Text {
    /// Valid UTF-8.
    Text(String),
    /// Part of a character.
    Raw(Vec<u8>),
}

impl Text {
    /// The text of these bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        std::str::from_utf8(bytes)
            .map_or_else(|_| Self::Raw(bytes.to_vec()), |text| Self::Text(text.to_owned()))
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Raw(raw) => raw,
        }
    }
}

/// The worker has been in `phase` since `since`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Where it is.
    pub phase: Phase,
    /// For how long.
    pub lasting: Nanos,
}

/// The answer is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Why.
    pub finish: Finish,
    /// Tokens generated, the end token not counted.
    pub completion_tokens: u32,
    /// Since the request was read.
    pub at: Nanos,
    /// Computing logits after the prefill, in sum; the step that drew the end token included.
    pub forward: Nanos,
    /// Masks and accepts, in sum, the first mask included.
    pub mask: Nanos,
    /// Drawing tokens, in sum.
    pub sample: Nanos,
}

/// Why an answer is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finish {
    /// An end token was drawn.
    Stop,
    /// `max_tokens` was reached.
    Length,
    /// The context window is full.
    Context,
    /// The mask allowed no token.
    DeadEnd,
}

impl Finish {
    /// The stable name: the worker's `finish_reason`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::Context => "context",
            Self::DeadEnd => "dead-end",
        }
    }
}

/// No (further) answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Where it happened.
    pub phase: Phase,
    /// What sort of failure.
    pub class: FailureClass,
    /// In the failing part's own words.
    pub message: String,
}

/// What sort of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureClass {
    /// The engine declined the constraint.
    Rejected,
    /// The prompt does not fit the context.
    PromptTooLong,
    /// The engine raised an error.
    Engine,
    /// An allocation failed.
    OutOfMemory,
    /// Model or tokenizer failed, or the worker did not understand the request.
    Worker,
}
