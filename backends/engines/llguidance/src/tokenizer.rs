//! A vocabulary as llguidance wants it: a trie of token bytes and a way to cut text.

use std::{panic, sync::Arc};

use gonogo_engine::{Encode, TokenKind, Vocabulary};
use toktrie::{TokEnv, TokRxInfo, TokTrie, TokenId, TokenizerEnv};

struct Environment {
    trie: TokTrie,
    encode: Option<Encode>,
    canonical: bool,
}

impl TokenizerEnv for Environment {
    fn tok_trie(&self) -> &TokTrie {
        &self.trie
    }

    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<TokenId> {
        match &self.encode {
            Some(encode) => self.trie.tokenize_with_greedy_fallback(bytes, |text| encode(text)),
            None => self.trie.greedy_tokenize(bytes),
        }
    }

    fn tokenize_is_canonical(&self) -> bool {
        self.canonical
    }
}

/// The token environment of `vocabulary`. With `canonical`, llguidance forces text that the
/// grammar leaves no choice about in the tokenizer's own cut.
pub(crate) fn environment(vocabulary: &Vocabulary, canonical: bool) -> Result<TokEnv, String> {
    let size = u32::try_from(vocabulary.tokens().len())
        .map_err(|_| "vocabulary has more tokens than fit 32 bits".to_owned())?;
    let end = vocabulary.end();
    let Some(&first) = end.first() else {
        return Err("vocabulary names no end token; llguidance needs one to end an answer".into());
    };
    if let Some(token) = end.iter().find(|token| **token >= size) {
        return Err(format!("end token {token} is outside the vocabulary of {size} tokens"));
    }
    let words: Vec<Vec<u8>> = vocabulary
        .tokens()
        .iter()
        .map(|token| match token.kind {
            TokenKind::Text => token.bytes.clone(),
            // The marker keeps the name of a control token from matching text.
            TokenKind::Control => [&[TokTrie::SPECIAL_TOKEN_MARKER], token.bytes.as_slice()].concat(),
        })
        .collect();
    let encode = vocabulary.encoder();
    if canonical && encode.is_none() {
        return Err(
            "llguidance cuts forced text as the tokenizer would, and this vocabulary brings no tokenizer; \
                    name the tokenizer's own file or set canonical-tokens to false"
                .into(),
        );
    }
    // The trie asserts what it needs of its input.
    let trie = panic::catch_unwind(|| TokTrie::from(&TokRxInfo::new(size, first), &words))
        .map_err(|_| "llguidance could not build a trie of this vocabulary".to_owned())?
        .with_eos_tokens(end);
    Ok(Arc::new(Environment { trie, encode, canonical }))
}
