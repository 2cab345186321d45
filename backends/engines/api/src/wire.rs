//! Vocabularies as text, so that an engine in another process can be told of them.

use serde::{Deserialize, Serialize};

use crate::{Token, TokenId, TokenKind, Vocabulary};

/// A vocabulary without its tokenizer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireVocabulary {
    /// Every token, by id.
    pub tokens: Vec<WireToken>,
    /// The tokens that end an answer.
    pub end: Vec<TokenId>,
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireToken {
    /// Its bytes in hexadecimal.
    pub hex: String,
    /// Whether it is a control token.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub control: bool,
}

impl From<&Vocabulary> for WireVocabulary {
    fn from(vocabulary: &Vocabulary) -> Self {
        let wire = |token: &Token| WireToken {
            hex: to_hex(&token.bytes),
            control: match token.kind {
                TokenKind::Text => false,
                TokenKind::Control => true,
            },
        };
        Self { tokens: vocabulary.tokens().iter().map(wire).collect(), end: vocabulary.end().to_vec() }
    }
}

impl TryFrom<&WireVocabulary> for Vocabulary {
    type Error = String;

    /// A vocabulary that cannot cut text: enough for engines that keep no tokenizer.
    ///
    /// # Errors
    /// Naming a token that is not hexadecimal.
    fn try_from(wire: &WireVocabulary) -> Result<Self, String> {
        let token = |token: &WireToken| {
            let bytes = from_hex(&token.hex).ok_or_else(|| format!("{:?} is not hexadecimal", token.hex))?;
            Ok(Token { bytes, kind: if token.control { TokenKind::Control } else { TokenKind::Text } })
        };
        let tokens = wire.tokens.iter().map(token).collect::<Result<_, String>>()?;
        Ok(Self::without_tokenizer(tokens, wire.end.clone()))
    }
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    rest.is_empty().then_some(())?;
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::WireVocabulary;
    use crate::{Token, TokenKind, Vocabulary};
    use std::sync::Arc;

    #[test]
    fn a_vocabulary_survives_the_wire() {
        let token = |bytes: &[u8], kind| Token { bytes: bytes.to_vec(), kind };
        let tokens = vec![token(b"<end>", TokenKind::Control), token(&[0xC3, 0x0A], TokenKind::Text)];
        let vocabulary = Vocabulary::new(tokens, vec![0], Arc::new(|_| vec![]));
        let text = serde_json::to_string(&WireVocabulary::from(&vocabulary)).unwrap();
        let back: WireVocabulary = serde_json::from_str(&text).unwrap();
        let back = Vocabulary::try_from(&back).unwrap();
        assert_eq!(back.tokens(), vocabulary.tokens());
        assert_eq!(back.end(), vocabulary.end());
    }
}
