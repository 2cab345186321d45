//! The trait every constraint engine implements, and the values it trades in.
//!
//! An [`Engine`] compiles a constraint for a [`Vocabulary`] into a [`Matcher`]; a matcher fills
//! a [`Mask`] and accepts tokens. Nothing here knows a model, a process or a clock: whoever
//! calls does the timing.

mod closed;
mod error;
mod mask;
mod message;
mod none;
mod options;
mod registry;
mod vocabulary;
mod wire;

pub use closed::{closable_objects, close_objects};
pub use error::{CompileError, StepError};
pub use mask::Mask;
pub use message::summary;
pub use none::Unconstrained;
pub use options::{AdditionalProperties, EngineOptions, Unsupported, Whitespace};
pub use registry::{OpenEngine, Registered};
pub use vocabulary::{Encode, Token, TokenId, TokenKind, Vocabulary};
pub use wire::{WireToken, WireVocabulary};

use std::collections::BTreeMap;

use gonogo_core::Constraint;

/// Computes token masks for constraints.
pub trait Engine {
    /// The engine's stable name and probed version: the receipt that it loaded.
    fn identity(&self) -> Identity;

    /// Whatever else identifies the engine, beyond its version and options: the interpreter it
    /// runs in, libraries it found. Goes into the receipt.
    fn facts(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    /// Compiles a constraint: from scratch, unless the engine keeps what it has compiled, by
    /// default or because `compile_cache` asks for it.
    ///
    /// # Errors
    /// [`CompileError`] says whether the engine declined the constraint or failed.
    fn compile(&mut self, constraint: &Constraint) -> Result<Box<dyn Matcher>, CompileError>;
}

/// Follows one answer token by token.
pub trait Matcher {
    /// Writes which tokens may come next. An empty mask is a dead end, not an error.
    ///
    /// # Errors
    /// [`StepError`] when the engine cannot go on.
    fn fill(&mut self, mask: &mut Mask) -> Result<(), StepError>;

    /// Takes one token.
    ///
    /// # Errors
    /// [`StepError::Refused`] for a token outside the mask; anything else means that the
    /// engine cannot go on.
    fn accept(&mut self, token: TokenId) -> Result<(), StepError>;

    /// Goes back to where the matcher was when it was compiled, and says whether it is there. One
    /// that is not must be dropped and its constraint compiled again: engines that cannot go back
    /// leave this as it is, and those that cannot go back from everywhere say so each time.
    fn reset(&mut self) -> bool {
        false
    }
}

/// What an engine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Stable name: `llguidance`, `xgrammar`, `none`.
    pub name: String,
    /// Version as the library itself reports it.
    pub version: String,
}
