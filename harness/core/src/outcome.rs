//! What became of an attempt: its class, whose fault it is, and the evidence in words.

use serde::{Deserialize, Serialize};

use crate::{Domain, Enforcement, Family, Kind};

/// The single outcome of an attempt. `family` and `domain` are stored for readers of the
/// journal; both follow from the kind and the arm, and [`Outcome::new`] is the only way to set them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The family, first in tables.
    pub family: Family,
    /// The class.
    pub kind: Kind,
    /// Whose fault.
    pub domain: Domain,
    /// Where and why.
    pub detail: Detail,
}

impl Outcome {
    /// The outcome of class `kind` on an arm of which `enforcement` is known.
    #[must_use]
    pub fn new(kind: Kind, enforcement: Enforcement, detail: Detail) -> Self {
        Self { family: kind.family(), kind, domain: kind.domain(enforcement), detail }
    }

    /// Whether the oracle was satisfied.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.kind == Kind::Passed
    }
}

/// Where and why, as far as the judge can tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// One sentence a person can act on; empty for a pass.
    pub message: String,
    /// JSON pointer into the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The schema keyword that was violated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keyword: Option<String>,
    /// JSON pointer into the schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_pointer: Option<String>,
    /// Byte offset into the answer where parsing failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

impl Detail {
    /// A detail of words alone.
    #[must_use]
    pub fn message(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }
}
