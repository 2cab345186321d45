//! Why a run could not start or go on.

use gonogo_core::{AttemptKey, ObserverError, Start};
use gonogo_judge::OracleError;
use thiserror::Error;

/// A run that cannot start or go on. A failing attempt is never one of these: it is a row.
#[derive(Debug, Error)]
pub enum RunError {
    /// The plan asks for an arm that is not open.
    #[error("the plan asks for arm `{arm}`, which is not open; pass it with --arm")]
    NoArm {
        /// The arm.
        arm: String,
    },
    /// The plan asks for a case that its own suites do not have.
    #[error("the plan asks for `{key}`, which is not in its suites; plan the run again")]
    NoCase {
        /// What was planned.
        key: Box<AttemptKey>,
    },
    /// A row is not of this plan.
    #[error("row `{key}` is not in the plan; the journal belongs to another run")]
    NotPlanned {
        /// What the row says.
        key: Box<AttemptKey>,
    },
    /// Something was asked that is not of this plan.
    #[error(
        "starts.jsonl says that attempt {} was asked, and the plan has none of this number: it belongs to another run; put \
         back this run's own",
        start.index
    )]
    Stray {
        /// What was asked.
        start: Start,
    },
    /// A case cannot be judged.
    #[error("case `{case}` cannot be judged: {source}; run `gonogo suites check`")]
    Oracle {
        /// Suite, case and rung.
        case: String,
        /// What is wrong with its oracle.
        source: OracleError,
    },
    /// An arm that says nothing cannot be probed.
    #[error(
        "arm `{arm}` does not answer even without a constraint: {cause}; check where it points and that it is up"
    )]
    Mute {
        /// The arm.
        arm: String,
        /// What came instead.
        cause: String,
    },
    /// An answer cannot be written down.
    #[error("the answer of `{key}` cannot be written as JSON: {source}")]
    Encode {
        /// The attempt.
        key: Box<AttemptKey>,
        /// What the serialiser said.
        source: serde_json::Error,
    },
    /// An answer to a probe cannot be written down.
    #[error("the answer to {label} cannot be written as JSON: {source}")]
    EncodeProbe {
        /// What was asked.
        label: String,
        /// What the serialiser said.
        source: serde_json::Error,
    },
    /// An observer, usually the journal, cannot go on.
    #[error(transparent)]
    Observer(#[from] ObserverError),
}
