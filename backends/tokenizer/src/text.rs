//! From a model's pieces to the function that cuts text.
//!
//! Control tokens are not in the model that cuts: no text can become one, whatever it spells.

use std::{collections::HashSet, sync::Arc};

use gonogo_engine::{Encode, TokenId};
use tokenizers::{
    AddedToken, NormalizerWrapper, PreTokenizerWrapper, Tokenizer as Pipeline,
    models::bpe::{BPE, Merges, Vocab},
};

use crate::words::Words;

/// A BPE as its file spells it.
#[derive(Clone)]
pub(crate) struct Bpe {
    /// Tokens by spelling.
    pub(crate) tokens: Vocab,
    /// Pairs to merge, the first first.
    pub(crate) merges: Merges,
    /// A word that is a token is taken whole, whatever the merges say.
    pub(crate) takes_whole_words: bool,
    /// A character without a token becomes its bytes, spelled `<0x0A>`.
    pub(crate) falls_back_to_bytes: bool,
}

impl Bpe {
    /// The same without the tokens of these names, nor the merges that lead to or from them.
    pub(crate) fn without(mut self, names: &HashSet<&str>) -> Self {
        let Self { tokens, merges, .. } = &mut self;
        tokens.retain(|name, _| !names.contains(name.as_str()));
        let has = |name: &str| !names.contains(name);
        merges.retain(|(left, right)| has(left) && has(right) && has(&format!("{left}{right}")));
        self
    }

    pub(crate) fn build(self) -> Result<BPE, String> {
        BPE::builder()
            .vocab_and_merges(self.tokens, self.merges)
            .ignore_merges(self.takes_whole_words)
            .byte_fallback(self.falls_back_to_bytes)
            .build()
            .map_err(|error| error.to_string())
    }
}

/// Everything that cuts a text: `literal` tokens are found before anything else.
pub(crate) fn pipeline(
    model: BPE,
    normalizer: Option<NormalizerWrapper>,
    cutter: Option<PreTokenizerWrapper>,
    literal: Vec<AddedToken>,
) -> Result<Pipeline, String> {
    let mut pipeline = Pipeline::new(model);
    pipeline.with_normalizer(normalizer).map_err(|error| error.to_string())?;
    pipeline.with_pre_tokenizer(cutter);
    pipeline.add_tokens(literal).map_err(|error| error.to_string())?;
    Ok(pipeline)
}

/// The function that cuts text. What the model has no token for is left out.
pub(crate) fn encoder(pipeline: Pipeline) -> Encode {
    let words = Words::of(&pipeline);
    Arc::new(move |text| {
        let cut = words.as_ref().and_then(|words| words.cut(&pipeline, text));
        cut.or_else(|| encode(&pipeline, text).ok()).unwrap_or_default()
    })
}

/// Cuts text as the library does.
pub(crate) fn encode(pipeline: &Pipeline, text: &str) -> Result<Vec<TokenId>, String> {
    pipeline.encode_fast(text, false).map(|cut| cut.get_ids().to_vec()).map_err(|error| error.to_string())
}
