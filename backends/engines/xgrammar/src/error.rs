//! Python's exceptions as an engine's errors.

use gonogo_engine::{CompileError, StepError, summary};
use pyo3::{
    exceptions::{PyMemoryError, PyRuntimeError},
    prelude::*,
};

/// What an exception amounts to.
enum Class {
    /// XGrammar's own verdict: it raises nothing more specific for what it declines.
    Verdict,
    /// An allocation failed.
    OutOfMemory,
    /// Anything else.
    Fault,
}

fn class(py: Python<'_>, error: &PyErr, message: &str) -> Class {
    // A failed C++ allocation arrives as a runtime error that names the C++ exception.
    if error.is_instance_of::<PyMemoryError>(py) || message.contains("std::bad_alloc") {
        Class::OutOfMemory
    } else if error.is_instance_of::<PyRuntimeError>(py) {
        Class::Verdict
    } else {
        Class::Fault
    }
}

/// The exception's text without positions and tracebacks; its type where it has no text.
pub(crate) fn message(py: Python<'_>, error: &PyErr) -> String {
    let text = summary(&error.value(py).to_string());
    if text.is_empty() { error.get_type(py).to_string() } else { text }
}

/// An exception while compiling.
pub(crate) fn compile(py: Python<'_>, error: &PyErr) -> CompileError {
    let message = message(py, error);
    match class(py, error, &message) {
        Class::Verdict => CompileError::Rejected(message),
        Class::OutOfMemory => CompileError::OutOfMemory(message),
        Class::Fault => CompileError::Failed(message),
    }
}

/// An exception while following an answer.
pub(crate) fn step(py: Python<'_>, error: &PyErr) -> StepError {
    let message = message(py, error);
    match class(py, error, &message) {
        Class::OutOfMemory => StepError::OutOfMemory(message),
        Class::Verdict | Class::Fault => StepError::Failed(message),
    }
}
