//! The real model's vocabulary.

use std::{
    collections::HashMap,
    fs::File,
    sync::{Arc, LazyLock},
};

use candle_core::quantized::gguf_file::{Content, Value};
use gonogo_engine::{Token, TokenId, TokenKind, Vocabulary};

use super::process::state;

const MODEL: &str = "models/SmolLM2-135M-Instruct.Q4_1.gguf";
/// GGUF's token type of ordinary text.
const NORMAL: i32 = 1;

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(load);

/// SmolLM2's tokens; text is cut by the longest match, which every engine must allow.
pub fn vocabulary() -> &'static Vocabulary {
    &VOCABULARY
}

fn load() -> Vocabulary {
    let path = state(MODEL);
    let mut file =
        File::open(&path).unwrap_or_else(|error| panic!("{}: {error}; run `gonogo setup`", path.display()));
    let metadata = Content::read(&mut file).unwrap().metadata;
    let list = |key: &str| -> &Vec<Value> { metadata[key].to_vec().unwrap() };
    let byte = byte_of_char();
    let kinds = list("tokenizer.ggml.token_type").iter().map(|kind| kind.to_i32().unwrap());
    let tokens: Vec<Token> = list("tokenizer.ggml.tokens")
        .iter()
        .zip(kinds)
        .map(|(name, kind)| {
            let name = name.to_string().unwrap();
            match kind {
                NORMAL => Token { bytes: name.chars().map(|c| byte[&c]).collect(), kind: TokenKind::Text },
                _ => Token { bytes: name.clone().into_bytes(), kind: TokenKind::Control },
            }
        })
        .collect();
    let end = metadata["tokenizer.ggml.eos_token_id"].to_u32().unwrap();
    let ids: HashMap<Vec<u8>, TokenId> = tokens
        .iter()
        .zip(0..)
        .filter(|(token, _)| token.kind == TokenKind::Text)
        .map(|(token, id)| (token.bytes.clone(), id))
        .collect();
    Vocabulary::new(tokens, vec![end], Arc::new(move |text| longest_match(&ids, text.as_bytes())))
}

/// GPT-2 writes bytes as printable characters: most as themselves, the others from U+0100 on.
fn byte_of_char() -> HashMap<char, u8> {
    let mut shifted = 0x100_u32..;
    (0..=u8::MAX)
        .map(|byte| {
            let printable = matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..);
            let code = if printable { u32::from(byte) } else { shifted.next().unwrap() };
            (char::from_u32(code).unwrap(), byte)
        })
        .collect()
}

fn longest_match(ids: &HashMap<Vec<u8>, TokenId>, text: &[u8]) -> Vec<TokenId> {
    let mut cut = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (length, id) = (1..=rest.len().min(64))
            .rev()
            .find_map(|length| ids.get(&rest[..length]).map(|id| (length, *id)))
            .expect("every byte is a token");
        cut.push(id);
        rest = &rest[length..];
    }
    cut
}
