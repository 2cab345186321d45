//! Walking an engine along a given answer without a model: the ground of mask comparisons.

use std::io::{self, BufRead, Write};

use gonogo_core::Constraint;
use serde::{Deserialize, Serialize};

use crate::{
    CompileError, Engine, EngineOptions, Mask, OpenEngine, StepError, TokenId, Vocabulary, WireVocabulary,
};

/// A walk to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Walk {
    /// Options of the engine.
    #[serde(default)]
    pub options: EngineOptions,
    /// What it compiles.
    pub constraint: Constraint,
    /// The tokens it is led through.
    pub tokens: Vec<TokenId>,
}

/// What the engine said at one point of a walk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkStep {
    /// The tokens that may come next.
    pub mask: Mask,
    /// Whether the text so far may end here.
    pub complete: bool,
}

/// Why a walk ended early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum WalkError {
    /// The engine could not be opened with these options.
    #[error("{0}")]
    Open(String),
    /// The constraint was not compiled.
    #[error("{0}")]
    Compile(CompileError),
    /// A step failed.
    #[error("at step {at}: {error}")]
    Step {
        /// Tokens taken before it.
        at: usize,
        /// Why.
        error: StepError,
    },
}

/// An answer to a [`Walk`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WalkReply {
    /// One step before every token and one after the last.
    Steps(Vec<WalkStep>),
    /// The walk ended early.
    Failed(WalkError),
}

/// Compiles `constraint` and follows it along `answer`: a step before every token and one
/// after the last, for a vocabulary of `size` tokens.
///
/// # Errors
/// [`WalkError`] says where the engine gave up.
pub fn walk(
    engine: &mut dyn Engine,
    size: usize,
    constraint: &Constraint,
    answer: &[TokenId],
) -> Result<Vec<WalkStep>, WalkError> {
    let mut matcher = engine.compile(constraint).map_err(WalkError::Compile)?;
    let mut mask = Mask::none(size);
    let mut steps = Vec::with_capacity(answer.len() + 1);
    for at in 0..=answer.len() {
        let step = |error| WalkError::Step { at, error };
        matcher.fill(&mut mask).map_err(step)?;
        steps.push(WalkStep { mask: mask.clone(), complete: matcher.is_complete() });
        if let Some(token) = answer.get(at) {
            matcher.accept(*token).map_err(step)?;
        }
    }
    Ok(steps)
}

/// Serves walks line by line: first a [`WireVocabulary`], then any number of [`Walk`]s, each
/// answered by one [`WalkReply`].
///
/// # Errors
/// When a line cannot be read, understood or written.
pub fn answer_walks(open: OpenEngine<'_>, input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let mut lines = input.lines();
    let Some(first) = lines.next().transpose()? else { return Ok(()) };
    let wire: WireVocabulary = serde_json::from_str(&first)?;
    let vocabulary = Vocabulary::try_from(&wire).map_err(io::Error::other)?;
    let mut opened: Option<(EngineOptions, Box<dyn Engine>)> = None;
    for line in lines {
        let request: Walk = serde_json::from_str(&line?)?;
        if opened.as_ref().is_none_or(|(options, _)| *options != request.options) {
            opened = None; // engines are large: the old one goes before the new one comes
        }
        let engine = match opened.take() {
            Some((_, engine)) => Ok(engine),
            None => open(&vocabulary, &request.options),
        };
        let reply = match engine {
            Err(message) => WalkReply::Failed(WalkError::Open(message)),
            Ok(mut engine) => {
                let size = vocabulary.tokens().len();
                let steps = walk(engine.as_mut(), size, &request.constraint, &request.tokens);
                opened = Some((request.options, engine));
                steps.map_or_else(WalkReply::Failed, WalkReply::Steps)
            }
        };
        serde_json::to_writer(&mut output, &reply)?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(())
}
