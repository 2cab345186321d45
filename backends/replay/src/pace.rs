//! How fast a recording is replayed.

use serde::Deserialize;

/// How fast a recording is replayed. Its times are those of the recording either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pace {
    /// Nobody waits.
    #[default]
    Instant,
    /// Everything takes as long as it took.
    RealTime,
}

impl Pace {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Instant => "instant",
            Self::RealTime => "real-time",
        }
    }
}
