//! A model's tokens as bytes, with the control tokens marked.

use std::{fmt, sync::Arc};

/// Index of a token in its vocabulary.
pub type TokenId = u32;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Ordinary text: its bytes appear in the answer.
    Text,
    /// A control token (`<|im_start|>`, end of text): never part of the answer, and never to
    /// be allowed inside a string, whatever its name spells.
    Control,
}

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The bytes it stands for; for a control token, its name.
    pub bytes: Vec<u8>,
    /// What it is.
    pub kind: TokenKind,
}

/// Cuts text into tokens as the model's tokenizer does, without adding control tokens.
pub type Encode = Arc<dyn Fn(&str) -> Vec<TokenId> + Send + Sync>;

/// All tokens of a model.
#[derive(Clone)]
pub struct Vocabulary {
    tokens: Arc<[Token]>,
    end: Arc<[TokenId]>,
    encode: Option<Encode>,
}

impl Vocabulary {
    /// A vocabulary of `tokens`, of which `end` end an answer (the first is the preferred one).
    #[must_use]
    pub fn new(tokens: Vec<Token>, end: Vec<TokenId>, encode: Encode) -> Self {
        Self { tokens: tokens.into(), end: end.into(), encode: Some(encode) }
    }

    /// A vocabulary that cannot cut text.
    #[must_use]
    pub fn without_tokenizer(tokens: Vec<Token>, end: Vec<TokenId>) -> Self {
        Self { tokens: tokens.into(), end: end.into(), encode: None }
    }

    /// Every token, by id.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The tokens that end an answer.
    #[must_use]
    pub fn end(&self) -> &[TokenId] {
        &self.end
    }

    /// Whether `token` ends an answer.
    #[must_use]
    pub fn is_end(&self, token: TokenId) -> bool {
        self.end.contains(&token)
    }

    /// The bytes a token adds to the answer: none for a control token.
    #[must_use]
    pub fn text(&self, token: TokenId) -> &[u8] {
        match self.tokens.get(token as usize) {
            Some(Token { bytes, kind: TokenKind::Text }) => bytes,
            Some(Token { kind: TokenKind::Control, .. }) | None => &[],
        }
    }

    /// Cuts `text` into tokens; into none at all where the vocabulary cannot.
    #[must_use]
    pub fn encode(&self, text: &str) -> Vec<TokenId> {
        self.encode.as_ref().map_or_else(Vec::new, |encode| encode(text))
    }

    /// The tokenizer alone, for engines that keep one.
    #[must_use]
    pub fn encoder(&self) -> Option<Encode> {
        self.encode.clone()
    }
}

impl fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vocabulary({} tokens, end {:?})", self.tokens.len(), self.end)
    }
}
