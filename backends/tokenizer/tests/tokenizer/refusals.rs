//! What is said of files that cannot be taken.

use gonogo_tokenizer::{Preset, Tokenizer, TokenizerOptions};
use serde_json::{Value, json};

use crate::{
    formats::{ranks, tekken},
    written::{Folder, byte_level, pieces},
};

/// The error for a file of this content, with its folder left out.
fn refused(content: &[u8]) -> String {
    let (folder, path) = Folder::with("given", content);
    let error = Tokenizer::open(&path).unwrap_err().to_string();
    error.replace(&format!("{}/", folder.path().display()), "")
}

/// Compares the errors, a line each, with the snapshot of this name.
fn compare(name: &str, errors: &[String]) {
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!(name, errors.join("\n"));
    });
}

/// The error for JSON that one change turned bad.
fn changed(mut json: Value, change: impl FnOnce(&mut Value)) -> String {
    change(&mut json);
    refused(json.to_string().as_bytes())
}

#[test]
fn a_file_of_no_known_format_is_described() {
    compare(
        "unknown",
        &[
            refused(b""),
            refused(b"hello world\n"),
            refused(b"\x0a\xff\x00"),
            refused(b"{\"a\": "),
            refused(b"{\"a\": 1, \"b\": 2}"),
        ],
    );
}

#[test]
fn what_is_not_there_is_said_with_the_path() {
    let error = Tokenizer::open("nowhere/x.json".as_ref()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read the tokenizer nowhere/x.json: No such file or directory (os error 2); check the path"
    );
}

#[test]
fn ranks_and_tekken_files_that_are_damaged_or_silent() {
    let bad = |change: fn(&mut Value)| changed(tekken(), change);
    compare(
        "ranks",
        &[
            refused(ranks(&["ab"]).as_bytes()),
            refused(format!("{}and so on\n", ranks(&[])).as_bytes()),
            without_a_byte(),
            bad(|json| json["config"]["default_vocab_size"] = 3.into()),
            bad(|json| json["config"]["default_vocab_size"] = 300.into()),
            bad(|json| json["vocab"][7]["rank"] = 9.into()),
            bad(|json| json["vocab"][7]["token_bytes"] = "?".into()),
            bad(|json| json["config"]["pattern"] = "(".into()),
            bad(|json| json["special_tokens"][1]["rank"] = 4.into()),
            bad(|json| json["special_tokens"][1]["token_str"] = "<x>".into()),
            bad(|json| drop(json["config"].as_object_mut().unwrap().remove("pattern"))),
        ],
    );
}

#[test]
fn tokenizers_whose_tokens_do_not_spell_their_text() {
    let bad = |change: fn(&mut Value)| changed(byte_level(), change);
    compare(
        "spelling",
        &[
            bad(|json| json["model"]["type"] = "WordPiece".into()),
            bad(|json| json["model"]["end_of_word_suffix"] = "</w>".into()),
            bad(|json| json["normalizer"] = json!({"type": "Lowercase"})),
            bad(|json| {
                json["normalizer"] = json!({"type": "Sequence", "normalizers": [{"type": "StripAccents"}]})
            }),
            bad(|json| json["decoder"] = json!({"type": "WordPiece", "prefix": "##", "cleanup": true})),
            bad(|json| json["decoder"] = Value::Null),
            bad(|json| json["model"]["vocab"]["x y"] = 3.into()),
            bad(|json| json["model"]["vocab"]["x y"] = 4_000_000_000_u32.into()),
            bad(|json| json["model"]["merges"][0] = "th".into()),
            bad(|json| json["model"]["merges"][0] = "the the".into()),
            bad(|json| json["added_tokens"][1]["id"] = 3.into()),
            bad(|json| json["added_tokens"][2]["special"] = false.into()),
            bad(|json| json["pre_tokenizer"] = json!({"type": "Split"})),
        ],
    );
}

#[test]
fn a_file_beside_it_that_is_damaged_is_named() {
    let (folder, path) = Folder::with("tokenizer.json", pieces().to_string().as_bytes());
    folder.write("generation_config.json", b"{");
    let error = Tokenizer::open_with(&path, &TokenizerOptions::default()).unwrap_err().to_string();
    assert!(error.contains("generation_config.json beside it: EOF"), "{error}");
}

/// The error for ranks that lack the byte 0.
fn without_a_byte() -> String {
    let all = ranks(&[]);
    let (_, rest) = all.split_once('\n').unwrap();
    let (_folder, path) = Folder::with("given", rest.as_bytes());
    let options = TokenizerOptions { preset: Some(Preset::Qwen), ..TokenizerOptions::default() };
    let error = Tokenizer::open_with(&path, &options).unwrap_err();
    error.to_string().split_once("given").unwrap().1.to_owned()
}

/// A GGUF header of these pairs: key, value type, value.
fn gguf(pairs: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut file = b"GGUF\x03\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend((pairs.len() as u64).to_le_bytes());
    for (key, kind, value) in pairs {
        file.extend((key.len() as u64).to_le_bytes());
        file.extend(key.as_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(*value);
    }
    file
}

#[test]
fn gguf_files_that_are_damaged_or_of_another_kind() {
    let text = |text: &str| [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat();
    let (llama, gpt2) = (text("llama"), text("gpt2"));
    let huge = [8_u32.to_le_bytes().as_slice(), &u64::MAX.to_le_bytes()].concat();
    let nested = [9_u32.to_le_bytes().as_slice(), &1_u64.to_le_bytes()].concat().repeat(9);
    let model = "tokenizer.ggml.model";
    let mut old = gguf(&[]);
    old[4] = 1;
    compare(
        "gguf",
        &[
            refused(b"GGUF"),
            refused(&old),
            refused(&gguf(&[])),
            refused(&gguf(&[(model, 8, &llama)])),
            refused(&gguf(&[(model, 4, &[1, 0, 0, 0])])),
            refused(&gguf(&[(model, 8, &gpt2)])),
            refused(&gguf(&[(model, 13, &gpt2)])),
            refused(&gguf(&[(model, 8, &u64::MAX.to_le_bytes())])),
            refused(&gguf(&[(model, 9, &huge)])),
            refused(&gguf(&[(model, 9, &nested)])),
            refused(&gguf(&[(model, 8, &[1, 0, 0, 0, 0, 0, 0, 0, 0xFF])])),
        ],
    );
}
