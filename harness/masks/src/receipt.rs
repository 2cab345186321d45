//! What a survey cannot be read without: what was asked for, of what, on what machine.

use gonogo_core::{Machine, Revision, RunStatus};
use serde::{Deserialize, Serialize};

use crate::{Arm, Limits};

/// `plan.json` of a survey: what was to be tried. With the subjects it is all that going on needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyPlan {
    /// [`gonogo_core::FORMAT`] at the time of writing.
    pub format: u32,
    /// Seed of the order of subjects and arms, of the sample, and of every draw.
    pub seed: u64,
    /// The arms, in the order they were asked for.
    pub arms: Vec<Arm>,
    /// What a trial may take.
    pub limits: Limits,
    /// How often each schema is compiled again.
    pub recompiles: u32,
    /// Of how many subjects, the first in the seed's order, masks are compared between engines.
    pub compared: u32,
    /// Trials at a time.
    pub lanes: u32,
    /// The corpora, in the order they were named.
    pub corpora: Vec<CorpusFacts>,
    /// What narrowed them, where anything did: `--only 'GitHub_*'`, `--sample 100`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub narrowed: Vec<String>,
    /// Subjects there are to try.
    pub subjects: u32,
    /// Instances of all subjects, copies in the schema's order not counted.
    pub instances: u32,
    /// What cut them into tokens.
    pub tokenizer: TokenizerFacts,
}

/// A corpus as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorpusFacts {
    /// Its name.
    pub name: String,
    /// SHA-256 of the file, or of the list that `sha256sum` prints of a folder's files.
    pub sha256: String,
    /// Schemas it holds.
    pub schemas: u32,
    /// What was found in it and not taken up, with the cause.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Left>,
}

/// Something that was not taken up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// What.
    pub what: String,
    /// Why.
    pub cause: String,
}

/// A tokenizer as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenizerFacts {
    /// Its name.
    pub name: String,
    /// `gguf`, `tokenizer.json`, `tiktoken` or `tekken`.
    pub format: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// Tokens it has.
    pub tokens: u32,
}

/// `survey.json`: the receipt of a survey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurveyReceipt {
    /// [`gonogo_core::FORMAT`] at the time of writing.
    pub format: u32,
    /// Name of its folder.
    pub survey: String,
    /// Whether every trial has its record.
    pub status: RunStatus,
    /// When it was started: UTC, RFC 3339.
    pub started: String,
    /// When it last stopped, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// The command line, word by word.
    pub command: Vec<String>,
    /// gonogo itself.
    pub gonogo: Revision,
    /// The machine it ran on.
    pub machine: Machine,
}
