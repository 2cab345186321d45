//! What the loop needs of a language model.

use std::collections::BTreeMap;

use gonogo_core::Message;
use gonogo_engine::{TokenId, Vocabulary};

/// A causal language model with a cache of what it has read.
pub trait LanguageModel {
    /// What identifies model and tokenizer, for the receipt.
    fn facts(&self) -> BTreeMap<String, String>;

    /// Its tokens.
    fn vocabulary(&self) -> &Vocabulary;

    /// Tokens it can hold, prompt and answer together.
    fn context(&self) -> usize;

    /// The conversation as the model was trained to see it, ready for the answer.
    ///
    /// # Errors
    /// In the model's own words: a chat template that fails, a tokenizer that cannot.
    fn prompt(&self, messages: &[Message]) -> Result<Vec<TokenId>, String>;

    /// Forgets everything it has read.
    fn restart(&mut self);

    /// Reads `tokens` and returns the logits of what comes next, by token id.
    ///
    /// # Errors
    /// In the model's own words.
    fn forward(&mut self, tokens: &[TokenId]) -> Result<&[f32], String>;
}

impl LanguageModel for gonogo_model::Model {
    fn facts(&self) -> BTreeMap<String, String> {
        self.facts()
    }

    fn vocabulary(&self) -> &Vocabulary {
        self.vocabulary()
    }

    fn context(&self) -> usize {
        self.context()
    }

    fn prompt(&self, messages: &[Message]) -> Result<Vec<TokenId>, String> {
        self.prompt(messages).map_err(|error| error.to_string())
    }

    fn restart(&mut self) {
        self.restart();
    }

    fn forward(&mut self, tokens: &[TokenId]) -> Result<&[f32], String> {
        self.forward(tokens).map_err(|error| error.to_string())
    }
}
