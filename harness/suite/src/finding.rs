//! What `check` finds: a disagreement between what a suite declares and what holds.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The suite cannot be trusted until this is repaired.
    Error,
    /// Worth knowing; may be meant.
    Note,
}

impl Severity {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Note => "note",
        }
    }
}

/// The part of a suite that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The ladder as a whole.
    Ladder,
    /// A rung.
    Rung(String),
    /// A case, at a rung where its constraint is the rung's.
    Case {
        /// The case's name.
        case: String,
        /// The rung's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rung: Option<String>,
    },
}

impl fmt::Display for Place {
    /// `ladder`, `rung NAME` or `case NAME[@RUNG]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ladder => f.write_str("ladder"),
            Self::Rung(rung) => write!(f, "rung {rung}"),
            Self::Case { case, rung: None } => write!(f, "case {case}"),
            Self::Case { case, rung: Some(rung) } => write!(f, "case {case}@{rung}"),
        }
    }
}

/// One disagreement, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// The suite's name.
    pub suite: String,
    /// Where in the suite.
    pub place: Place,
    /// What was found.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Finding {
    /// `severity: suite, place: message; remedy`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, suite, place, message, remedy } = self;
        write!(f, "{}: {suite}, {place}: {message}; {remedy}", severity.name())
    }
}
