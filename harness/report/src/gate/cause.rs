//! What kept a run from GO, in a few words: an endpoint that was away and a suite that is too small are cured by
//! different people.

use serde::Serialize;

use super::{ArmVerdict, Blocker, GateResult, Verdict};

/// What stands between an arm and a GO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Not one attempt got an answer: the endpoint was away, refused everybody, or timed out.
    NoAnswer,
    /// Something other than their number keeps the rows from deciding: whose they are, or how they came about.
    InDoubt,
    /// Planned attempts have no row.
    RowsMissing,
    /// Nothing is wrong with the rows but that they are too few to tell.
    TooFewCases,
    /// A threshold is missed with confidence.
    Missed,
}

impl Cause {
    /// In words, for a headline.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoAnswer => "not one attempt got an answer: look at the endpoint",
            Self::InDoubt => "the rows are in doubt",
            Self::RowsMissing => "rows are missing",
            Self::TooFewCases => "too few cases to tell",
            Self::Missed => "a threshold is missed",
        }
    }

    /// The same as a label of two words.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::NoAnswer => "no answer",
            Self::InDoubt => "rows in doubt",
            Self::RowsMissing => "rows missing",
            Self::TooFewCases => "too few cases",
            Self::Missed => "threshold missed",
        }
    }
}

impl ArmVerdict {
    /// What stands between the arm and a GO; `None` where nothing does.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        let unanswered = self.blockers.iter().any(|blocker| matches!(blocker, Blocker::Unanswered { .. }));
        match self.verdict {
            Verdict::Go => None,
            Verdict::NoGo | Verdict::Inconclusive if unanswered => Some(Cause::NoAnswer),
            Verdict::NoGo => Some(Cause::Missed),
            Verdict::Inconclusive => {
                Some(self.blockers.iter().map(Blocker::cause).min().unwrap_or(Cause::TooFewCases))
            }
        }
    }
}

impl GateResult {
    /// What stands between the arms and a GO, each cause once with the arms it is true of.
    pub(super) fn headline(&self) -> String {
        let mut causes: Vec<(Cause, Vec<&str>)> = Vec::new();
        for arm in &self.arms {
            let Some(cause) = arm.cause() else { continue };
            match causes.iter_mut().find(|(known, _)| *known == cause) {
                Some((_, arms)) => arms.push(&arm.arm),
                None => causes.push((cause, vec![&arm.arm])),
            }
        }
        causes.sort_by_key(|(cause, _)| *cause);
        let several = self.arms.len() > 1;
        let said = |(cause, arms): (Cause, Vec<&str>)| {
            let whose = if several { format!("{}: ", arms.join(", ")) } else { String::new() };
            format!("{whose}{}", cause.words())
        };
        causes.into_iter().map(said).collect::<Vec<_>>().join("; ")
    }
}
