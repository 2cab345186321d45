//! The mask protocol: JSON lines between the harness and a worker that has an engine and no model.
//!
//! A mask worker compiles a schema, walks given token sequences under its mask, and says what each
//! step took and whether the token was allowed. `backends/PROTOCOL.md` shows a whole conversation.
//!
//! ```text
//! harness                                worker
//!   {"hello":{…}}                    ->
//!                                    <-  {"ready":{…}}
//!   {"trial":{…}}                    ->
//!                                    <-  {"compiled":{…}}
//!                                    <-  {"walked":{…}}  … one a walk
//!   {"look":{…}}                     ->
//!                                    <-  {"seen":{…}}
//!   {"draw":{…}}                     ->
//!                                    <-  {"drawn":{…}}
//! ```

use std::collections::BTreeMap;

use gonogo_core::{Constraint, Nanos};
use serde::{Deserialize, Serialize};

/// Version of the mask protocol; a worker refuses another one.
pub const VERSION: u32 = 1;

/// A line the harness writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToMasker {
    /// Load vocabulary and engine. First, and once.
    Hello(Hello),
    /// Compile a schema and walk its instances.
    Trial(Trial),
    /// Show one mask.
    Look(Look),
    /// Write an answer at random under the masks.
    Draw(Draw),
}

/// What to load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// [`VERSION`].
    pub protocol: u32,
    /// Engine name.
    pub engine: String,
    /// The engine's options, in its own vocabulary.
    pub options: serde_json::Value,
    /// Path of the tokenizer's own file, for engines that cut text themselves; empty where there is
    /// none.
    pub tokenizer: String,
    /// Path of its vocabulary as JSON, which says which tokens there are and which end an answer:
    /// `{"tokens": [{"hex", "control"}], "end": [id]}`.
    pub vocabulary: String,
    /// Address space the worker must not outgrow, bytes; it limits itself before it loads.
    pub address_space_bytes: u64,
    /// A fault to commit on purpose, for tests of the harness.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<MaskFault>,
}

/// A fault to commit on purpose, when a schema contains its `on`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskFault {
    /// What to do.
    pub act: MaskAct,
    /// Text of the schema that sets it off.
    pub on: String,
}

/// What a faulty worker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaskAct {
    /// Abort the process while compiling.
    Abort,
    /// Never return from compiling; heartbeats go on.
    SleepInCompile,
    /// Never return from a mask; heartbeats go on.
    SleepInMask,
    /// Stop the whole process, heartbeats too.
    Freeze,
    /// Allocate and touch memory without end.
    Allocate,
    /// Allow every token, end tokens included.
    AllowAll,
    /// Allow no token.
    AllowNone,
}

/// Compile a schema and walk its instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Counts trials of this worker; answers repeat it.
    pub id: u64,
    /// What to compile.
    pub constraint: Constraint,
    /// Instances as tokens, without an end token.
    pub walks: Vec<Vec<u32>>,
    /// How often to compile the same constraint again after the walks, for the cost of a compile that
    /// a cache may answer.
    #[serde(default)]
    pub recompiles: u32,
    /// Whether to add a checksum of every mask.
    #[serde(default)]
    pub sums: bool,
}

/// Show the mask after a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// What to compile.
    pub constraint: Constraint,
    /// The prefix. An engine that refuses one of it fails the line.
    pub tokens: Vec<u32>,
}

/// Write an answer at random under the masks, from a prefix on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// What to compile.
    pub constraint: Constraint,
    /// Tokens the answer begins with. An engine that refuses one fails the line.
    pub tokens: Vec<u32>,
    /// Equal seeds draw equal answers.
    pub seed: u64,
    /// Most tokens to draw after the prefix.
    pub max_tokens: u32,
}

/// A line the worker writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromMasker {
    /// Vocabulary and engine are loaded.
    Ready(Ready),
    /// The trial's constraint is compiled; its first mask was computed too.
    Compiled(Compiled),
    /// One instance was walked.
    Walked(Walked),
    /// The trial's recompiles, after its last walk; only when some were asked for.
    Recompiled(Recompiled),
    /// A mask.
    Seen(Seen),
    /// An answer.
    Drawn(Drawn),
    /// The worker has been in one phase for a while. Written by a thread of its own, so that an
    /// engine that takes long can be told from a worker that hangs.
    Heartbeat(Heartbeat),
    /// There will be no (further) answer to this line; the worker lives on.
    Failed(Failed),
}

/// What was loaded: the arm's receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// [`VERSION`] of the worker.
    pub protocol: u32,
    /// Engine name.
    pub engine: String,
    /// Engine version, as the library reports it.
    pub engine_version: String,
    /// Whatever else identifies vocabulary, engine and build. Sorted by name.
    pub facts: BTreeMap<String, String>,
    /// Loading vocabulary and engine.
    pub load: Nanos,
    /// Median cost of one timed interval without anything in it: what every clock below holds on top.
    pub timer: Nanos,
}

/// The constraint is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compiled {
    /// The trial's.
    pub id: u64,
    /// From the constraint's text to a matcher.
    pub compile: Nanos,
    /// The first mask of that matcher.
    pub first_mask: Nanos,
}

/// One instance was walked. A walk ends at the first token that is not in the mask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walked {
    /// The trial's.
    pub id: u64,
    /// Index in the trial's walks.
    pub walk: u32,
    /// Bringing the matcher back to its start; absent for the first walk and where the engine cannot,
    /// so that the constraint was compiled again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<Nanos>,
    /// How it ended.
    pub end: WalkEnd,
    /// Computing each mask, nanoseconds: one before every token that was looked up, one after the last
    /// accepted one. The first of the first walk is the trial's first mask.
    pub masks: Vec<u64>,
    /// Accepting each token, nanoseconds.
    pub accepts: Vec<u64>,
    /// How many tokens had been accepted when an end token was allowed, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may_end: Vec<u32>,
    /// The first control token that a mask allowed and that ends nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<Allowed>,
    /// CRC-32 of each mask: its words as little-endian bytes, bits past the last token clear.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sums: Vec<u32>,
}

/// A token that a mask allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowed {
    /// Tokens accepted before it.
    pub at: u32,
    /// It.
    pub token: u32,
}

/// How a walk ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WalkEnd {
    /// Every token was in its mask. Whether the answer may end there is in `may_end`.
    Through,
    /// This token was not in its mask.
    Refused {
        /// Tokens accepted before it.
        at: u32,
        /// Tokens that the mask allowed; 0 is a dead end.
        allowed: u32,
    },
    /// The engine reported an error.
    Failed {
        /// Tokens accepted before it.
        at: u32,
        /// What sort of failure.
        class: MaskFailure,
        /// In the engine's own words.
        message: String,
    },
}

/// Compiling the same constraint again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recompiled {
    /// The trial's.
    pub id: u64,
    /// Each compile.
    pub compiles: Vec<Nanos>,
}

/// A mask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Tokens of the vocabulary.
    pub tokens: u32,
    /// The mask's words as little-endian bytes in hexadecimal.
    pub hex: String,
}

/// An answer that was drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// What was drawn, without prefix and end token.
    pub tokens: Vec<u32>,
    /// Why it is over.
    pub finish: DrawFinish,
}

/// Why a drawn answer is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DrawFinish {
    /// An end token was drawn.
    Stop,
    /// `max_tokens` was reached.
    Length,
    /// The mask allowed no token.
    DeadEnd,
}

/// The worker has been in `phase` for `lasting`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Where it is.
    pub phase: MaskPhase,
    /// For how long.
    pub lasting: Nanos,
}

/// Where a mask worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaskPhase {
    /// Loading vocabulary and engine.
    Load,
    /// Compiling.
    Compile,
    /// Filling a mask, accepting a token, or going back to the start.
    Mask,
}

/// No (further) answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Where it happened.
    pub phase: MaskPhase,
    /// What sort of failure.
    pub class: MaskFailure,
    /// In the failing part's own words.
    pub message: String,
}

/// What sort of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaskFailure {
    /// The engine declined the constraint: unsupported, invalid or unsatisfiable.
    Rejected,
    /// The engine raised an error.
    Engine,
    /// An allocation failed.
    OutOfMemory,
    /// The worker did not understand the line, or could not load.
    Worker,
}
