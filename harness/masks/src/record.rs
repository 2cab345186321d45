//! What a worker said in one trial, and how the trial ended: kept before anything judges it.

use gonogo_core::Nanos;
use gonogo_protocol::masks::{Compiled, Failed, MaskPhase, Walked};
use serde::{Deserialize, Serialize};

/// One trial: one line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The subject's id.
    pub subject: String,
    /// The arm's name.
    pub arm: String,
    /// Compile and first mask, where it came so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compiled: Option<Compiled>,
    /// Compiling the same schema again, where that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recompiles: Vec<Nanos>,
    /// The walks that came, in the order of the subject's instances.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub walks: Vec<Walked>,
    /// What became of valid instances that were refused, without whitespace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub respelled: Vec<Respelled>,
    /// How it ended.
    pub ending: Ending,
    /// Highest resident memory of the worker during the trial, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_bytes: Option<u64>,
    /// The same before the trial, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest_bytes: Option<u64>,
    /// Earlier tries of the trial that took the worker down: a trial that ends so is made again, once, in
    /// a fresh worker, lest the remains of an earlier one are held against it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Try>,
}

/// A valid instance that was refused, walked again without whitespace outside its strings: after the trial, with
/// the schema compiled once more, so that no clock of the trial holds any of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Respelled {
    /// Index of the instance.
    pub instance: usize,
    /// What was walked: the instance, its members in the schema's order, without whitespace.
    pub text: String,
    /// The walk.
    pub walked: Walked,
}

/// An earlier try of a trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// How it ended.
    pub ending: Ending,
    /// Trials that the worker had behind it.
    pub after: u64,
}

/// How a trial ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Everything that was asked for came.
    Complete,
    /// The worker said that it cannot go on.
    Failed(Failed),
    /// It took longer than a limit, and the worker was killed.
    TimedOut {
        /// Where it was, by its last heartbeat.
        phase: MaskPhase,
        /// The limit that passed.
        limit: Nanos,
    },
    /// The worker fell silent and was killed.
    Silent {
        /// For how long.
        lasting: Nanos,
    },
    /// The worker died by itself.
    Died {
        /// Its signal or exit code, in words: `signal 11`, `exit 1`.
        how: String,
        /// The end of what it wrote on stderr.
        stderr: String,
    },
    /// The worker outgrew the memory limit and was killed.
    Outgrew {
        /// Resident memory, bytes.
        bytes: u64,
        /// The limit, bytes.
        limit: u64,
    },
    /// The worker did not keep to the protocol, or could not be started again.
    Broken(String),
}
