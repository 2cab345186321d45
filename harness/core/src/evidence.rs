//! Who says which engine computes an arm's masks.

use serde::{Deserialize, Serialize};

/// Whose word an engine's name is. That the constraint holds is another question, and the canary's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineEvidence {
    /// Who says it.
    pub by: Witness,
    /// What was said and where, or why nobody but the configuration says anything.
    pub why: String,
}

/// Who says which engine it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Witness {
    /// The process that this harness started: it has loaded the engine.
    Worker,
    /// The server: it is pinned to this engine, or has no other.
    Server,
    /// The channel: no other engine reads what goes through it.
    Channel,
    /// Nobody but the configuration.
    Claimed,
}

impl EngineEvidence {
    /// Evidence of this kind.
    #[must_use]
    pub fn new(by: Witness, why: impl Into<String>) -> Self {
        Self { by, why: why.into() }
    }
}

impl Witness {
    /// Every witness.
    pub const ALL: [Self; 4] = [Self::Worker, Self::Server, Self::Channel, Self::Claimed];

    /// The witness with this stable name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|witness| witness.name() == name)
    }

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Server => "server",
            Self::Channel => "channel",
            Self::Claimed => "claimed",
        }
    }
}
