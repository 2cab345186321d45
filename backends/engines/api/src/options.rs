//! Where engines differ by default, as options with one meaning for all of them.

use serde::{Deserialize, Serialize};

/// Options of an engine. `None` leaves the engine's own default, so that an arm of *defaults*
/// shows what a user of that engine gets, and an arm of *matched* options compares engines
/// rather than defaults. An option an engine cannot honour is an error when it is opened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct EngineOptions {
    /// Objects that do not mention additionalProperties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_properties: Option<AdditionalProperties>,
    /// Whitespace between JSON tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whitespace: Option<Whitespace>,
    /// Keywords the engine does not implement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsupported: Option<Unsupported>,
    /// Whether text that the grammar forces must come as the tokenizer would cut it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical_tokens: Option<bool>,
    /// Threads for compiling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compile_threads: Option<u32>,
    /// Whether a constraint compiled once is kept for the next request that asks for the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compile_cache: Option<bool>,
}

/// Objects that do not mention additionalProperties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdditionalProperties {
    /// As JSON Schema says: open.
    Open,
    /// Treated as if they said `false`.
    Closed,
}

/// Whitespace between JSON tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whitespace {
    /// Any amount of any JSON whitespace.
    Flexible,
    /// Exactly `", "` and `": "`, nothing else.
    Fixed,
}

/// Keywords the engine does not implement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unsupported {
    /// Refuse the schema.
    Reject,
    /// Go on without them.
    Ignore,
}
