//! The tokenizer and the chat template of the default model agree with llama.cpp.

use crate::reference::{model, record};
use gonogo_engine::{TokenKind, Vocabulary};
use proptest::{prelude::any, prop_assert_eq, proptest, test_runner::Config};

#[test]
fn the_record_is_of_this_model() {
    let facts = model(1, 16).facts();
    assert_eq!(facts["model.sha256"], record().model_sha256);
}

#[test]
fn text_is_cut_as_llama_cpp_cuts_it() {
    let model = model(1, 16);
    for (name, text) in record().texts {
        assert_eq!(model.vocabulary().encode(&text.text), text.plain, "{name}");
        assert_eq!(model.tokens(&text.text).unwrap(), text.special, "{name}, control tokens recognised");
    }
}

#[test]
fn conversations_become_the_prompts_of_llama_cpp() {
    let model = model(1, 16);
    for (name, conversation) in record().conversations {
        assert_eq!(model.render(&conversation.messages).unwrap(), conversation.prompt, "{name}");
        assert_eq!(model.prompt(&conversation.messages).unwrap(), conversation.tokens, "{name}");
    }
}

#[test]
fn the_tokens_that_end_an_answer_are_those_of_llama_cpp() {
    let model = model(1, 16);
    let vocabulary = model.vocabulary();
    assert_eq!(vocabulary.end()[0], 2, "<|im_end|> is what the model declares");
    let mut end = vocabulary.end().to_vec();
    end.sort_unstable();
    assert_eq!(end, record().end);
}

#[test]
fn control_tokens_are_no_text_and_every_text_token_is_its_bytes() {
    let model = model(1, 16);
    let vocabulary = model.vocabulary();
    let control = vocabulary.tokens().iter().filter(|token| token.kind == TokenKind::Control).count();
    assert_eq!(control, 17);
    let merged = (0..).zip(vocabulary.tokens()).filter(|(_, token)| token.kind == TokenKind::Text);
    for (id, token) in merged {
        assert_eq!(vocabulary.text(id), token.bytes);
        assert!(!token.bytes.is_empty(), "token {id} adds nothing");
    }
    assert_eq!(vocabulary.tokens()[504].bytes, b"The");
    assert_eq!(vocabulary.tokens()[198].bytes, b"\n");
}

fn bytes(vocabulary: &Vocabulary, text: &str) -> Vec<u8> {
    vocabulary.encode(text).into_iter().flat_map(|token| vocabulary.text(token).to_vec()).collect()
}

/// The vocabulary has no token for 21 bytes: 13 never occur in UTF-8, and 8 begin characters
/// its makers never saw. llama.cpp drops such a byte too, so a text with one cannot survive.
#[test]
fn the_bytes_without_a_token_are_known() {
    let model = model(1, 16);
    let tokens = model.vocabulary().tokens();
    let has = |byte: u8| tokens.iter().any(|token| token.kind == TokenKind::Text && token.bytes == [byte]);
    let lost: Vec<u8> = (0..=u8::MAX).filter(|byte| !has(*byte)).collect();
    let never = [0xC0, 0xC1, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF];
    assert!(never.iter().all(|byte| lost.contains(byte)));
    assert_eq!(lost.len(), 21, "{lost:x?}");
}

#[test]
fn encoding_keeps_every_byte_that_has_a_token() {
    let model = model(1, 16);
    let vocabulary = model.vocabulary();
    let mut spelled = [false; 256];
    for token in vocabulary.tokens() {
        if let ([byte], TokenKind::Text) = (token.bytes.as_slice(), token.kind) {
            spelled[usize::from(*byte)] = true;
        }
    }
    proptest!(Config::with_cases(2_000), |(text in any::<String>())| {
        let expected: Vec<u8> = text.bytes().filter(|byte| spelled[usize::from(*byte)]).collect();
        prop_assert_eq!(bytes(vocabulary, &text), expected);
    });
    proptest!(Config::with_cases(2_000), |(text in "[ -~\t\n\r<|>'éł中🙂]{0,80}")| {
        prop_assert_eq!(bytes(vocabulary, &text), text.as_bytes());
    });
}
