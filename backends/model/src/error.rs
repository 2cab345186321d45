//! How a model fails to load or to go on.

use std::path::{Path, PathBuf};

use gonogo_engine::TokenId;
use thiserror::Error;

/// Why a model was not opened or cannot go on.
#[derive(Debug, Error)]
pub enum ModelError {
    /// The file is not there, or not readable.
    #[error("cannot read the model {}: {cause}; `gonogo setup` fetches the default one", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is not the GGUF it should be.
    #[error("the model {} is damaged: {cause}; fetch it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The model needs something that is not implemented here.
    #[error("{what} is not supported; {remedy}")]
    Unsupported {
        /// What the model asks for.
        what: String,
        /// What to do instead.
        remedy: String,
    },
    /// The options do not fit the model.
    #[error("{what}; {remedy}")]
    Options {
        /// What does not fit.
        what: String,
        /// What to do instead.
        remedy: String,
    },
    /// The folder for requantised weights cannot be used.
    #[error("cannot write requantised weights to {}: {cause}; make the folder writable or name another", path.display())]
    Cache {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// The chat template failed.
    #[error("the chat template of the model failed: {0}")]
    Template(String),
    /// The tokenizer failed.
    #[error("the tokenizer failed: {0}")]
    Tokenizer(String),
    /// No room for more tokens.
    #[error(
        "{held} tokens are held and {asked} more do not fit into a context of {context}; shorten the prompt or raise the context"
    )]
    ContextFull {
        /// Tokens held.
        held: usize,
        /// Tokens to append.
        asked: usize,
        /// The most that can be held.
        context: usize,
    },
    /// Nothing to compute logits from.
    #[error("no tokens were given")]
    NoTokens,
    /// A token the model does not have.
    #[error("token {0} is not in the vocabulary")]
    UnknownToken(TokenId),
}

/// Why something read from a file was refused, before the file's name is put to it.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The file is sound, and needs what is not here.
    Unsupported(ModelError),
    /// The file is not sound.
    Damaged(String),
}

impl Refusal {
    /// The error for the file at `path`.
    pub(crate) fn of(self, path: &Path) -> ModelError {
        match self {
            Self::Unsupported(error) => error,
            Self::Damaged(cause) => ModelError::Damaged { path: path.to_owned(), cause },
        }
    }
}

impl From<String> for Refusal {
    fn from(cause: String) -> Self {
        Self::Damaged(cause)
    }
}

impl From<gonogo_tokenizer::Refusal> for Refusal {
    fn from(refusal: gonogo_tokenizer::Refusal) -> Self {
        match refusal {
            gonogo_tokenizer::Refusal::Damaged(cause) => Self::Damaged(cause),
            gonogo_tokenizer::Refusal::Unsupported { what, remedy } => unsupported(what, &remedy),
            gonogo_tokenizer::Refusal::Silent { what, remedy } => {
                unsupported(format!("a file that does not say {what}"), &remedy)
            }
        }
    }
}

/// The refusal of a sound file that needs `what`.
pub(crate) fn unsupported(what: String, remedy: &str) -> Refusal {
    Refusal::Unsupported(ModelError::Unsupported { what, remedy: remedy.to_owned() })
}
