//! How a tokenizer fails to be read, or to spell a text.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a tokenizer was not opened, or cannot do what was asked.
#[derive(Debug, Error)]
pub enum TokenizerError {
    /// The file is not there, or not readable.
    #[error("cannot read the tokenizer {}: {cause}; check the path", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is of no known format.
    #[error(
        "{} is no tokenizer that is known here: {found}; give a GGUF, a tokenizer.json, a tekken.json or a \
         tiktoken file of ranks",
        path.display()
    )]
    Unrecognised {
        /// The file.
        path: PathBuf,
        /// What it looks like instead.
        found: String,
    },
    /// The file is not the tokenizer that it begins as.
    #[error("the tokenizer {} is damaged: {cause}; fetch it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The file is sound, and needs what is not implemented here.
    #[error("the tokenizer {} needs {what}, which is not supported; {remedy}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What it needs.
        what: String,
        /// What to do instead.
        remedy: String,
    },
    /// The file is sound, and does not say all that is needed.
    #[error("the tokenizer {} does not say {what}; {remedy}", path.display())]
    Silent {
        /// The file.
        path: PathBuf,
        /// What it does not say.
        what: String,
        /// How to say it.
        remedy: String,
    },
    /// The tokens cannot spell a text.
    #[error(
        "{name} has no tokens for the text from byte {at} on ({near:?}); leave the text out or take another vocabulary"
    )]
    Unspellable {
        /// The tokenizer's name.
        name: String,
        /// Byte at which the tokens part from the text.
        at: usize,
        /// The text from the character before it on, cut short.
        near: String,
    },
    /// A file that is to hold the vocabulary was not written.
    #[error("cannot write the vocabulary {}: {cause}; make its folder writable or name another", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
}

/// Why something read from a file was refused, before the file's name is put to it.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The file is not sound.
    Damaged(String),
    /// The file is sound, and needs what is not here.
    Unsupported {
        /// What it needs.
        what: String,
        /// What to do instead.
        remedy: String,
    },
    /// The file is sound, and does not say all that is needed.
    Silent {
        /// What it does not say.
        what: String,
        /// How to say it.
        remedy: String,
    },
}

impl Refusal {
    /// The error for the file at `path`.
    pub(crate) fn of(self, path: &Path) -> TokenizerError {
        let path = path.to_owned();
        match self {
            Self::Damaged(cause) => TokenizerError::Damaged { path, cause },
            Self::Unsupported { what, remedy } => TokenizerError::Unsupported { path, what, remedy },
            Self::Silent { what, remedy } => TokenizerError::Silent { path, what, remedy },
        }
    }
}

impl From<String> for Refusal {
    fn from(cause: String) -> Self {
        Self::Damaged(cause)
    }
}

/// The refusal of a sound file that needs `what`.
pub(crate) fn unsupported(what: impl Into<String>, remedy: impl Into<String>) -> Refusal {
    Refusal::Unsupported { what: what.into(), remedy: remedy.into() }
}

/// The refusal of a sound file that does not say `what`.
pub(crate) fn silent(what: impl Into<String>, remedy: impl Into<String>) -> Refusal {
    Refusal::Silent { what: what.into(), remedy: remedy.into() }
}
