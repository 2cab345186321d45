//! Following one answer with XGrammar.

use gonogo_engine::{Mask, Matcher, StepError, TokenId};
use pyo3::{
    prelude::*,
    types::{PyByteArray, PyTuple},
};

use crate::{error, wheel::Room};

/// A matcher, as the methods it is asked for: looking one up costs more than calling it.
pub(crate) struct XMatcher {
    fill: Py<PyAny>,
    /// Tensor, row and no debug output: the same for every mask.
    fill_arguments: Py<PyTuple>,
    accept: Py<PyAny>,
    reset: Py<PyAny>,
    bytes: Py<PyByteArray>,
    end: Vec<TokenId>,
    /// An end token was taken.
    ended: bool,
}

impl XMatcher {
    pub(crate) fn new(matcher: &Bound<'_, PyAny>, room: Room, end: Vec<TokenId>) -> PyResult<Self> {
        let (row, debug) = (0, false);
        Ok(Self {
            fill: matcher.getattr("fill_next_token_bitmask")?.unbind(),
            fill_arguments: (room.tensor, row, debug).into_pyobject(matcher.py())?.unbind(),
            accept: matcher.getattr("accept_token")?.unbind(),
            reset: matcher.getattr("reset")?.unbind(),
            bytes: room.bytes,
            end,
            ended: false,
        })
    }

    /// Copies the mask out of Python's memory, which nothing else writes while we are attached.
    fn copy(&self, py: Python<'_>, mask: &mut Mask) -> Result<(), StepError> {
        let bytes = self.bytes.bind(py).to_vec();
        let (filled, _) = bytes.as_chunks::<4>();
        if filled.len() != mask.words().len() {
            return Err(StepError::Failed("mask is not of the vocabulary the engine was opened with".into()));
        }
        for (word, filled) in mask.words_mut().iter_mut().zip(filled) {
            *word = u32::from_ne_bytes(*filled);
        }
        mask.clear_tail();
        Ok(())
    }
}

impl Matcher for XMatcher {
    fn fill(&mut self, mask: &mut Mask) -> Result<(), StepError> {
        if self.ended {
            // XGrammar raises here; nothing but an end can follow an end.
            mask.words_mut().fill(0);
            for token in &self.end {
                mask.allow(*token);
            }
            return Ok(());
        }
        Python::attach(|py| {
            self.fill
                .bind(py)
                .call1(self.fill_arguments.bind(py))
                .map_err(|error| error::step(py, &error))?;
            self.copy(py, mask)
        })
    }

    fn accept(&mut self, token: TokenId) -> Result<(), StepError> {
        let is_end = self.end.contains(&token);
        if self.ended {
            return if is_end { Ok(()) } else { Err(StepError::Refused(token)) };
        }
        let debug = false;
        let taken = Python::attach(|py| {
            let taken = self.accept.bind(py).call1((token, debug)).and_then(|taken| taken.is_truthy());
            taken.map_err(|error| error::step(py, &error))
        })?;
        self.ended = taken && is_end;
        if taken { Ok(()) } else { Err(StepError::Refused(token)) }
    }

    fn reset(&mut self) -> bool {
        self.ended = false;
        Python::attach(|py| self.reset.bind(py).call0().is_ok())
    }
}
