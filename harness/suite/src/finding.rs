//! What `check` finds: a disagreement between what a suite declares and what holds.

use std::fmt;

use gonogo_core::{Case, StepView};
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
        /// The step's name, where the case has several.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<String>,
        /// The rung's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rung: Option<String>,
    },
}

impl fmt::Display for Place {
    /// `ladder`, `rung NAME` or `case NAME[/STEP][@RUNG]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ladder => f.write_str("ladder"),
            Self::Rung(rung) => write!(f, "rung {rung}"),
            Self::Case { case, step, rung } => {
                write!(f, "case {case}")?;
                step.as_ref().map_or(Ok(()), |step| write!(f, "/{step}"))?;
                rung.as_ref().map_or(Ok(()), |rung| write!(f, "@{rung}"))
            }
        }
    }
}

impl Place {
    /// A step of `case`, by name where there are several.
    #[must_use]
    pub fn of_step(case: &Case, step: &StepView<'_>, rung: Option<&str>) -> Self {
        let named = (!case.steps.is_empty()).then(|| step.name.to_owned());
        Self::Case { case: case.name.clone(), step: named, rung: rung.map(str::to_owned) }
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
