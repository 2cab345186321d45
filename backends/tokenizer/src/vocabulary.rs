//! Tokens put in their places.

use gonogo_engine::{Token, TokenId, TokenKind};

/// Ids from here on are damage rather than a vocabulary.
const TOO_HIGH: TokenId = 1 << 24;

/// Every token by id. Where no token was given, there is a control token that says so: masks have
/// a bit for it, and it must never be allowed.
pub(crate) fn fill(tokens: impl Iterator<Item = (TokenId, Token)>) -> Result<Vec<Token>, String> {
    let mut places: Vec<Option<Token>> = Vec::new();
    for (id, token) in tokens {
        if id >= TOO_HIGH {
            return Err(format!("it has a token {id}"));
        }
        let place = id as usize;
        if places.len() <= place {
            places.resize(place + 1, None);
        }
        match &places[place] {
            Some(other) if other.bytes != token.bytes => {
                let text = |token: &Token| String::from_utf8_lossy(&token.bytes).into_owned();
                return Err(format!("token {id} is both {:?} and {:?}", text(other), text(&token)));
            }
            Some(_) | None => places[place] = Some(token),
        }
    }
    let unused = |id| Token { bytes: format!("<no token {id}>").into_bytes(), kind: TokenKind::Control };
    Ok((0..).zip(places).map(|(id, place): (TokenId, _)| place.unwrap_or_else(|| unused(id))).collect())
}

/// A token of text.
pub(crate) fn text(bytes: Vec<u8>) -> Token {
    Token { bytes, kind: TokenKind::Text }
}

/// A control token.
pub(crate) fn control(name: &str) -> Token {
    Token { bytes: name.as_bytes().to_vec(), kind: TokenKind::Control }
}
