//! The real model's vocabulary.

use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

use gonogo_engine::{Mask, Vocabulary};
use gonogo_tokenizer::{Tokenizer, write_wire};

use crate::process::state;

static TOKENIZER: LazyLock<(Tokenizer, PathBuf)> = LazyLock::new(|| {
    let path = state("models/SmolLM2-135M-Instruct.Q4_1.gguf");
    let tokenizer = Tokenizer::open(&path).unwrap_or_else(|error| panic!("{error}; run `gonogo setup`"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = write_wire(tokenizer.vocabulary(), folder).unwrap_or_else(|error| panic!("{error}"));
    (tokenizer, file)
});

/// SmolLM2's tokens and its way of cutting text.
pub(crate) fn vocabulary() -> &'static Vocabulary {
    TOKENIZER.0.vocabulary()
}

/// The same in a file.
pub(crate) fn vocabulary_file() -> &'static Path {
    &TOKENIZER.1
}

/// Whether a mask allows an end.
pub(crate) fn may_end(mask: &Mask) -> bool {
    vocabulary().end().iter().any(|end| mask.allows(*end))
}
