//! Why a backend could not be opened.

use thiserror::Error;

/// A backend that could not be opened: the thing, the cause and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("cannot open arm `{arm}`: {cause}")]
pub struct OpenError {
    /// The arm.
    pub arm: String,
    /// What went wrong.
    pub cause: String,
    /// What to do.
    pub remedy: String,
}
