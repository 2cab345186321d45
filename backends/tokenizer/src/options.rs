//! What a tokenizer's file may leave open.

use gonogo_engine::TokenId;

use crate::Preset;

/// What is known of a tokenizer beside its file. The default takes everything from the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenizerOptions {
    /// Names of the tokens that end an answer, the preferred one first. Empty for those that the
    /// file and the files beside it name.
    pub end: Vec<String>,
    /// A tiktoken file's pattern and control tokens, by the name of the encoding. `None` goes by
    /// the number of ranks, which differs from one known encoding to the next.
    pub preset: Option<Preset>,
    /// The regular expression that cuts text into words before merging, for a tiktoken file; in
    /// place of the preset's.
    pub pattern: Option<String>,
    /// Control tokens that a tiktoken file does not hold, beside the preset's.
    pub control: Vec<(String, TokenId)>,
}
