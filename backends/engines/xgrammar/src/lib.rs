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

use std::{io, panic, thread};

use gonogo_engine::{Engine, EngineOptions, Vocabulary, answer_walks};
use pyo3::{exceptions::PyRuntimeError, prelude::*};

use engine::XGrammar;

/// Stack of the thread the engine runs on. XGrammar's compiler recurses into schemas up to its
/// own limit of 10,000 levels, which a common 8 MiB stack does not hold.
const STACK_BYTES: usize = 256 << 20;

/// The module as Python sees it.
#[pymodule]
mod gonogo_xgrammar {
    #[pymodule_export]
    use super::{serve, walks};
}

/// Answers the worker protocol on stdin and stdout until stdin closes.
#[pyfunction]
fn serve(py: Python<'_>) -> PyResult<()> {
    on_deep_stack(py, || gonogo_worker::serve(&open).map_err(|error| format!("{error:#}")))
}

/// Answers walks on stdin and stdout: masks along given tokens, without a model.
#[pyfunction]
fn walks(py: Python<'_>) -> PyResult<()> {
    on_deep_stack(py, || {
        answer_walks(&open, io::stdin().lock(), io::BufWriter::new(io::stdout().lock()))
            .map_err(|error| error.to_string())
    })
}

fn open(vocabulary: &Vocabulary, options: &EngineOptions) -> Result<Box<dyn Engine>, String> {
    Ok(Box::new(XGrammar::open(vocabulary, options)?))
}

/// Runs `work` attached to the interpreter on a thread of its own.
fn on_deep_stack(py: Python<'_>, work: fn() -> Result<(), String>) -> PyResult<()> {
    let done = py.detach(|| {
        let thread = thread::Builder::new()
            .name("engine".into())
            .stack_size(STACK_BYTES)
            // Attached once for good: no other thread needs the interpreter.
            .spawn(move || Python::attach(|_| work()))
            .map_err(|error| format!("no thread with a stack of {STACK_BYTES} bytes: {error}"))?;
        thread.join().unwrap_or_else(|payload| panic::resume_unwind(payload))
    });
    done.map_err(PyRuntimeError::new_err)
}
