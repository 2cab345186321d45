//! How engines fail, as the worker needs to tell it apart.

use thiserror::Error;

/// Why a constraint was not compiled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CompileError {
    /// The engine declined it: unsupported, invalid or unsatisfiable, in its own words.
    #[error("{0}")]
    Rejected(String),
    /// The engine itself failed.
    #[error("{0}")]
    Failed(String),
    /// An allocation failed.
    #[error("{0}")]
    OutOfMemory(String),
}

/// Why a matcher cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StepError {
    /// The token is not in the mask.
    #[error("token {0} was refused")]
    Refused(u32),
    /// The engine itself failed.
    #[error("{0}")]
    Failed(String),
    /// An allocation failed.
    #[error("{0}")]
    OutOfMemory(String),
}
