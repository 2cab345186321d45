//! The real model's vocabulary.

use std::sync::LazyLock;

use gonogo_engine::Vocabulary;
use gonogo_model::{Model, ModelOptions};

use crate::process::state;

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let options = ModelOptions {
        path: state("models/SmolLM2-135M-Instruct.Q4_1.gguf"),
        cache: state("cache"),
        threads: 1,
        context: 64,
    };
    let model = Model::open(&options).unwrap_or_else(|error| panic!("{error}; run `gonogo setup`"));
    model.vocabulary().clone()
});

/// SmolLM2's tokens and its way of cutting text.
pub(crate) fn vocabulary() -> &'static Vocabulary {
    &VOCABULARY
}
