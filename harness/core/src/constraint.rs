//! What a backend must enforce on the answer.

use serde::{Deserialize, Serialize};

/// The constraint of a request. Text is kept byte for byte: engines follow property order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "type", content = "text")]
pub enum Constraint {
    /// A JSON Schema document.
    JsonSchema(String),
    /// A regular expression the whole answer must match.
    Regex(String),
    /// A grammar in the engine's own language.
    Grammar(String),
    /// One of these strings, verbatim.
    Choice(Vec<String>),
}

impl Constraint {
    /// The word for the constraint's kind in reports.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::JsonSchema(_) => "json-schema",
            Self::Regex(_) => "regex",
            Self::Grammar(_) => "grammar",
            Self::Choice(_) => "choice",
        }
    }
}
