//! Engines' errors as `failed` lines.

use gonogo_engine::{CompileError, StepError};
use gonogo_protocol::masks::{Failed, MaskFailure, MaskPhase};

/// A constraint that was not compiled.
pub(crate) fn of_compile(error: &CompileError) -> Failed {
    let class = match error {
        CompileError::Rejected(_) => MaskFailure::Rejected,
        CompileError::Failed(_) => MaskFailure::Engine,
        CompileError::OutOfMemory(_) => MaskFailure::OutOfMemory,
    };
    Failed { phase: MaskPhase::Compile, class, message: error.to_string() }
}

/// A matcher that cannot go on.
pub(crate) fn of_step(error: &StepError) -> Failed {
    Failed { phase: MaskPhase::Mask, class: class_of_step(error), message: error.to_string() }
}

/// What sort of failure a step's is.
pub(crate) fn class_of_step(error: &StepError) -> MaskFailure {
    match error {
        StepError::Refused(_) | StepError::Failed(_) => MaskFailure::Engine,
        StepError::OutOfMemory(_) => MaskFailure::OutOfMemory,
    }
}

/// A line that the worker itself cannot answer.
pub(crate) fn of_worker(phase: MaskPhase, message: String) -> Failed {
    Failed { phase, class: MaskFailure::Worker, message }
}
