//! A small vocabulary and an engine for it.

use std::sync::Arc;

use gonogo_engine::{EngineOptions, Token, TokenId, TokenKind, Vocabulary};
use gonogo_llguidance::LlGuidance;

/// Control tokens; the first two end an answer.
pub(crate) const CONTROL: [&str; 3] = ["<|end|>", "<|im_end|>", "<|im_start|>"];
/// Tokens of several bytes, as a tokenizer would have merged them.
const MERGED: [&str; 12] =
    ["{\"", "\": ", "\", \"", "\"}", "true", "false", "null", "answer", "an", "é", "12", "[]"];

/// Control tokens, every single byte, and some merged ones.
pub(crate) fn vocabulary() -> Vocabulary {
    let token = |bytes: &[u8], kind| Token { bytes: bytes.to_vec(), kind };
    let control = CONTROL.iter().map(|name| token(name.as_bytes(), TokenKind::Control));
    let bytes = (0..=u8::MAX).map(|byte| token(&[byte], TokenKind::Text));
    let merged = MERGED.iter().map(|text| token(text.as_bytes(), TokenKind::Text));
    let tokens: Vec<Token> = control.chain(bytes).chain(merged).collect();
    let table = tokens.clone();
    Vocabulary::new(tokens, vec![0, 1], Arc::new(move |text| longest_match(&table, text)))
}

/// Cuts text by always taking the longest token that fits.
fn longest_match(tokens: &[Token], text: &str) -> Vec<TokenId> {
    let mut rest = text.as_bytes();
    let mut cut = Vec::new();
    while !rest.is_empty() {
        let fits = tokens
            .iter()
            .zip(0..)
            .filter(|(token, _)| token.kind == TokenKind::Text && rest.starts_with(&token.bytes));
        let (token, id) = fits.max_by_key(|(token, _)| token.bytes.len()).expect("every byte is a token");
        cut.push(id);
        rest = &rest[token.bytes.len()..];
    }
    cut
}

/// llguidance over [`vocabulary`].
pub(crate) fn engine(options: &EngineOptions) -> LlGuidance {
    LlGuidance::open(&vocabulary(), options).expect("the options are llguidance's own")
}
