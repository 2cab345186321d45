//! `tokenizer.json`: bytes, control tokens, end tokens, and text as it is in the middle of an
//! answer.

use gonogo_engine::{TokenId, TokenKind};
use gonogo_tokenizer::{Tokenizer, TokenizerOptions};
use proptest::{prelude::any, prop_assert_eq, proptest, test_runner::Config};
use serde_json::{Value, json};

use crate::{
    vocabularies::{every_token_is_what_the_library_decodes, no_text_becomes_a_control_token},
    written::{Folder, byte_level, pieces},
};

fn open(json: &Value) -> Tokenizer {
    let (_folder, path) = Folder::with("tokenizer.json", json.to_string().as_bytes());
    Tokenizer::open(&path).unwrap()
}

fn cut(tokenizer: &Tokenizer, text: &str) -> Vec<String> {
    let tokens = tokenizer.encode(text).unwrap();
    tokens.iter().map(|token| String::from_utf8_lossy(&tokenizer.decode(&[*token])).into_owned()).collect()
}

#[test]
fn any_text_survives_byte_level_spelling_and_byte_fallback() {
    for tokenizer in [open(&byte_level()), open(&pieces())] {
        proptest!(Config::with_cases(2_000), |(text in any::<String>())| {
            let tokens = tokenizer.encode(&text).unwrap();
            prop_assert_eq!(tokenizer.decode(&tokens), text.as_bytes());
        });
        proptest!(Config::with_cases(2_000), |(text in "[the {\"}:éa<|/s▁ \t\n]{0,40}")| {
            let tokens = tokenizer.encode(&text);
            // The one text that SentencePiece cannot tell from another: its own sign for a space.
            if !text.contains('▁') || tokenizer.vocabulary().tokens().len() < 280 && tokens.is_ok() {
                prop_assert_eq!(tokenizer.decode(&tokens.unwrap()), text.as_bytes());
            }
        });
    }
}

#[test]
fn text_is_cut_as_in_the_middle_of_an_answer() {
    let bytes = open(&byte_level());
    assert_eq!(cut(&bytes, "the the"), ["the", " the"], "no space is put first");
    assert_eq!(cut(&bytes, "e\u{301}"), ["e", "\u{fffd}", "\u{fffd}"], "no normal form is made");
    let pieces = open(&pieces());
    assert_eq!(cut(&pieces, "the the"), ["the", " the"]);
    assert_eq!(cut(&pieces, "{  \n"), ["{", "  ", "\n"]);
}

#[test]
fn a_literal_token_is_text_and_takes_no_blanks_with_it() {
    let tokenizer = open(&byte_level());
    let tokens = tokenizer.encode("a <tool call> ").unwrap();
    assert_eq!(tokens[2], 266);
    assert_eq!(tokenizer.vocabulary().tokens()[266].kind, TokenKind::Text);
    assert_eq!(tokenizer.decode(&tokens), b"a <tool call> ");
}

#[test]
fn bytes_and_control_tokens_are_those_of_the_library() {
    for json in [byte_level(), pieces()] {
        let tokenizer = open(&json);
        every_token_is_what_the_library_decodes(&tokenizer, &json);
        no_text_becomes_a_control_token(&tokenizer);
    }
}

#[test]
fn a_token_that_no_merge_may_make_is_not_made_by_taking_words_whole() {
    let mut json = pieces();
    json["model"]["ignore_merges"] = true.into();
    let tokenizer = open(&json);
    assert_eq!(tokenizer.vocabulary().end(), [2]);
    assert_eq!(cut(&tokenizer, "</s>"), ["</s", ">"]);
    assert_eq!(cut(&tokenizer, "<unk>").concat(), "<unk>");
}

/// The end tokens found with these files beside the tokenizer.
fn end(files: &[(&str, Value)], options: &TokenizerOptions) -> Result<Vec<TokenId>, String> {
    let folder = Folder::new();
    let mut tokenizer = byte_level();
    // A name that says nothing, so that only the files beside it do.
    tokenizer["added_tokens"][2]["content"] = "<|stop|>".into();
    let path = folder.write("tokenizer.json", tokenizer.to_string().as_bytes());
    for (name, json) in files {
        folder.write(name, json.to_string().as_bytes());
    }
    let tokenizer = Tokenizer::open_with(&path, options).map_err(|error| error.to_string())?;
    for token in tokenizer.vocabulary().end() {
        assert_eq!(tokenizer.vocabulary().tokens()[*token as usize].kind, TokenKind::Control);
    }
    Ok(tokenizer.vocabulary().end().to_vec())
}

#[test]
fn the_files_beside_it_name_the_end_in_their_order() {
    let files = [
        ("config.json", json!({"eos_token_id": 7})),
        ("tokenizer_config.json", json!({"eos_token": {"content": "<|stop|>", "lstrip": false}})),
        ("generation_config.json", json!({"eos_token_id": [265, 9]})),
        ("special_tokens_map.json", json!({"eos_token": "<|start|>", "pad_token": "<|start|>"})),
    ];
    let found = |files: &[(&str, Value)]| end(files, &TokenizerOptions::default()).unwrap();
    assert_eq!(found(&files), [265, 9, 267, 7]);
    assert_eq!(found(&files[1..2]), [267]);
    assert_eq!(found(&files[3..]), [265]);
    assert_eq!(found(&[("tokenizer_config.json", json!({"eos_token": null})), files[0].clone()]), [7]);
}

#[test]
fn an_end_that_is_asked_for_by_name_is_the_only_one() {
    let options =
        TokenizerOptions { end: vec!["<tool call>".into(), "th".into()], ..TokenizerOptions::default() };
    let beside = [("generation_config.json", json!({"eos_token_id": 265}))];
    assert_eq!(end(&beside, &options).unwrap(), [266, 256]);
}

#[test]
fn an_end_is_asked_for_where_no_file_names_one() {
    let nothing = end(&[], &TokenizerOptions::default()).unwrap_err();
    assert!(nothing.contains("does not say which token ends an answer; "), "{nothing}");
    for (file, json, named) in [
        ("generation_config.json", json!({"eos_token_id": 268}), "token 268 is to end answers"),
        ("generation_config.json", json!({"eos_token_id": -1}), "an eos_token_id -1"),
        ("tokenizer_config.json", json!({"eos_token": "<nowhere>"}), "\"<nowhere>\", which is no token"),
        ("config.json", json!("x").clone(), "which token ends"),
    ] {
        let error = end(&[(file, json)], &TokenizerOptions::default()).unwrap_err();
        assert!(error.contains(named), "{error}");
    }
    let options = TokenizerOptions { end: vec!["<nowhere>".into()], ..TokenizerOptions::default() };
    let error = end(&[], &options).unwrap_err();
    assert!(error.contains("`<nowhere>`"), "{error}");
}
