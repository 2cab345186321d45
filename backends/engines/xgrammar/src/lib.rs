//! The XGrammar engine: a Python extension module that a Python interpreter with the XGrammar
//! wheel loads and runs as a worker process.
//!
//! Defaults are those of XGrammar's Python interface: objects closed (`strict_mode`), any
//! whitespace between JSON tokens, keywords it does not know dropped in silence, eight
//! compile threads, and every compiled constraint kept.

mod engine;
mod error;
mod matcher;
mod wheel;

use std::fmt::Display;

use gonogo_engine::{Engine, EngineOptions, Vocabulary};
use pyo3::{exceptions::PyRuntimeError, prelude::*};

pub use engine::XGrammar;

/// The module as Python sees it.
#[pymodule]
mod gonogo_xgrammar {
    #[pymodule_export]
    use super::{masks, serve};
}

/// Answers the worker protocol on stdin and stdout until stdin closes.
#[pyfunction]
fn serve(py: Python<'_>) -> PyResult<()> {
    on_deep_stack(py, || gonogo_worker::serve(&open))
}

/// Answers the mask protocol on stdin and stdout until stdin closes: masks along given tokens,
/// without a model.
#[pyfunction]
fn masks(py: Python<'_>) -> PyResult<()> {
    on_deep_stack(py, || gonogo_masker::serve_masks(&open))
}

fn open(vocabulary: &Vocabulary, options: &EngineOptions) -> Result<Box<dyn Engine>, String> {
    Ok(Box::new(XGrammar::open(vocabulary, options)?))
}

/// Runs `work` attached to the interpreter on a thread of its own.
fn on_deep_stack<E: Display + Send + 'static>(py: Python<'_>, work: fn() -> Result<(), E>) -> PyResult<()> {
    // Attached once for good: no other thread needs the interpreter.
    let done = py.detach(|| gonogo_host::on_deep_stack(move || Python::attach(|_| work())));
    done?.map_err(|error| PyRuntimeError::new_err(format!("{error:#}")))
}
