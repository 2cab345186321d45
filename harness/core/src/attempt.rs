//! The one row type: every planned attempt ends as exactly one of these.

use serde::{Deserialize, Serialize};

use crate::{ANSWER_STEP, ContentHash, Nanos, Outcome, Timings, Tokens};

/// Where an answer came from. Only `live` and `local` rows can support a GO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provenance {
    /// A server answered over a socket.
    Live,
    /// A model decoded on this machine.
    Local,
    /// A cassette.
    Replay,
    /// A fault injector or a scripted server.
    Simulated,
}

impl Provenance {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Local => "local",
            Self::Replay => "replay",
            Self::Simulated => "simulated",
        }
    }

    /// Whether rows of this provenance are evidence of what a backend does today.
    #[must_use]
    pub fn is_evidence(self) -> bool {
        match self {
            Self::Live | Self::Local => true,
            Self::Replay | Self::Simulated => false,
        }
    }
}

/// What a planned attempt is called: unique in its plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptKey {
    /// Suite name.
    pub suite: String,
    /// Case name.
    pub case: String,
    /// Step of the case; `answer` for a case of one step. A plan names the last one, a row the one it is about.
    pub step: String,
    /// Rung of the suite's ladder, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rung: Option<String>,
    /// Arm name.
    pub arm: String,
    /// From 0.
    pub repeat: u32,
}

impl AttemptKey {
    /// Whether `other` is about the same attempt, at whatever step.
    #[must_use]
    pub fn is_of(&self, other: &Self) -> bool {
        let Self { suite, case, step: _, rung, arm, repeat } = self;
        (suite, case, rung, arm, repeat)
            == (&other.suite, &other.case, &other.rung, &other.arm, &other.repeat)
    }
}

impl std::fmt::Display for AttemptKey {
    /// `suite/case[/step][@rung] arm #repeat`, the step where the case has several.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.suite, self.case)?;
        if self.step != ANSWER_STEP {
            write!(f, "/{}", self.step)?;
        }
        if let Some(rung) = &self.rung {
            write!(f, "@{rung}")?;
        }
        write!(f, " {} #{}", self.arm, self.repeat)
    }
}

/// What followed a try in the same attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// It failed and was tried again.
    Retry,
    /// The step passed and the next one was asked.
    Step,
}

impl Then {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Step => "step",
        }
    }
}

/// One try of one case, or of one of its steps, on one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Position in the plan, from 0.
    pub index: u32,
    /// What was tried.
    #[serde(flatten)]
    pub key: AttemptKey,
    /// 0 for the first try; retries count up and are rows of their own, and so do the steps after a retry.
    pub r#try: u32,
    /// What followed in the same attempt; a row without it concludes its attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Then>,
    /// How long after its intended start it was sent; in an open loop only. Latency as a user sees it counts from
    /// the intended start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Nanos>,
    /// What the steps before this one took, each at its last try; in a case of several steps only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Nanos>,
    /// How often the attempt was asked before for an answer that was lost: the run stopped while it was under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_before: Option<u32>,
    /// Target language of the suite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Where the answer came from.
    pub provenance: Provenance,
    /// When it was started: UTC, RFC 3339 with milliseconds.
    pub started: String,
    /// Seed of the draw.
    pub seed: u64,
    /// What became of it.
    pub outcome: Outcome,
    /// The backend's own word for why it stopped: evidence, never proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
    /// Durations.
    pub timings: Timings,
    /// Counts.
    pub tokens: Tokens,
    /// Bytes of answer text.
    pub answer_bytes: u64,
    /// Address of the raw answer under `captures/`.
    pub capture: ContentHash,
}

impl Attempt {
    /// Whether the row says what became of its attempt at the first try: no retry, and no passed step, after which
    /// the next one was asked.
    #[must_use]
    pub fn is_first(&self) -> bool {
        let passed_step = self.then == Some(Then::Step) && self.outcome.passed();
        self.r#try == 0 && !passed_step
    }

    /// What a user waits: from the intended start in an open loop, else from sending the first step, to the last
    /// byte of the last one. A server that falls behind delays those who come after, and a time that began with the
    /// sending would not show it (G. Tene's "coordinated omission").
    #[must_use]
    pub fn response(&self) -> Nanos {
        self.ahead() + self.timings.total
    }

    /// The same to the last step's first token.
    #[must_use]
    pub fn response_to_first_token(&self) -> Option<Nanos> {
        Some(self.ahead() + self.timings.ttft?)
    }

    fn ahead(&self) -> Nanos {
        self.late.unwrap_or_default() + self.before.unwrap_or_default()
    }
}

/// The part of a row that no judge had a hand in. Reads from any row, also from one whose
/// outcome is missing or was written by a judge that is no longer understood; with the plan
/// and the capture it is enough to judge the attempt again.
///
/// Its fields are written out in [`Attempt`] once more, because flattening them into it would
/// move `capture` before `outcome` in every journal, and make journals a fifth slower to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptFacts {
    /// Position in the plan, from 0.
    pub index: u32,
    /// What was tried.
    #[serde(flatten)]
    pub key: AttemptKey,
    /// 0 for the first try; retries count up and are rows of their own, and so do the steps after a retry.
    pub r#try: u32,
    /// What followed in the same attempt; a row without it concludes its attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Then>,
    /// How long after its intended start it was sent; in an open loop only. Latency as a user sees it counts from
    /// the intended start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Nanos>,
    /// What the steps before this one took, each at its last try; in a case of several steps only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Nanos>,
    /// How often the attempt was asked before for an answer that was lost: the run stopped while it was under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_before: Option<u32>,
    /// Target language of the suite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Where the answer came from.
    pub provenance: Provenance,
    /// When it was started: UTC, RFC 3339 with milliseconds.
    pub started: String,
    /// Seed of the draw.
    pub seed: u64,
    /// Address of the raw answer under `captures/`.
    pub capture: ContentHash,
}

#[cfg(test)]
mod tests {
    use super::AttemptFacts;

    #[test]
    fn facts_read_from_a_row_without_an_outcome_and_with_fields_of_later_versions() {
        let hash = "0".repeat(64);
        let row = format!(
            r#"{{"index":3,"suite":"s","case":"c","step":"answer","arm":"a","repeat":1,"try":0,
                "provenance":"local","started":"2026-01-01T00:00:00.000Z","seed":9,
                "colour":"new","capture":"{hash}"}}"#
        );
        let facts: AttemptFacts = serde_json::from_str(&row).unwrap();
        assert_eq!((facts.index, facts.key.repeat, facts.seed), (3, 1, 9));
        assert_eq!(facts.capture.as_str(), hash);
    }
}
