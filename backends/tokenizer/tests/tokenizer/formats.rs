//! A file's format is told by what is in it.

use base64::{Engine, engine::general_purpose::STANDARD};
use gonogo_tokenizer::{Format, Preset, Tokenizer, TokenizerOptions};
use serde_json::json;

use crate::written::{Folder, byte_level};

/// Ranks of the 256 bytes and of a few pairs, as tiktoken writes them.
pub(crate) fn ranks(tokens: &[&str]) -> String {
    let bytes = (0..=u8::MAX).map(|byte| vec![byte]);
    let tokens = bytes.chain(tokens.iter().map(|token| token.as_bytes().to_vec()));
    tokens.zip(0..).map(|(token, rank): (_, u32)| format!("{} {rank}\n", STANDARD.encode(token))).collect()
}

/// A tekken file of 256 bytes and `the`, with 4 control tokens and room for one rank less.
pub(crate) fn tekken() -> serde_json::Value {
    let tokens =
        (0..=u8::MAX).map(|byte| vec![byte]).chain([b"th".to_vec(), b"the".to_vec(), b"too".to_vec()]);
    let entry = |(bytes, rank): (Vec<u8>, u32)| json!({"rank": rank, "token_bytes": STANDARD.encode(bytes)});
    json!({
        "config": {"pattern": r"\p{L}+|\P{L}+", "num_vocab_tokens": 259, "default_vocab_size": 262,
                   "default_num_special_tokens": 4, "version": "v3"},
        "vocab": tokens.zip(0..).map(entry).collect::<Vec<_>>(),
        "special_tokens": [
            {"rank": 0, "token_str": "<unk>", "is_control": true},
            {"rank": 2, "token_str": "</s>", "is_control": true},
        ],
    })
}

#[test]
fn the_name_of_a_file_says_nothing_about_its_format() {
    let folder = Folder::new();
    let hugging_face = folder.write("a.bin", byte_level().to_string().as_bytes());
    let tekken = folder.write("tokenizer.json", tekken().to_string().as_bytes());
    for (path, format, name) in
        [(hugging_face, Format::HuggingFace, "a"), (tekken, Format::Tekken, "tokenizer")]
    {
        let tokenizer = Tokenizer::open(&path).unwrap();
        assert_eq!(tokenizer.format(), format);
        let folder = folder.path().file_name().unwrap().to_str().unwrap();
        assert_eq!(tokenizer.name(), if name == "tokenizer" { folder } else { name });
    }
}

#[test]
fn a_tokenizer_carries_the_hash_of_its_file() {
    let (_folder, path) = Folder::with("x", ranks(&["th"]).as_bytes());
    let options = TokenizerOptions { preset: Some(Preset::Cl100k), ..TokenizerOptions::default() };
    let tokenizer = Tokenizer::open_with(&path, &options).unwrap();
    let sum = std::process::Command::new("sha256sum").arg(&path).output().unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap();
    assert_eq!(sum.split(' ').next(), Some(tokenizer.sha256()));
}

#[test]
fn ranks_merge_the_lowest_first_and_whole_words_are_taken_whole() {
    let text = ranks(&["he", "th", "the", "aa", " the", "hex"]);
    let (_folder, path) = Folder::with("x", text.as_bytes());
    let options = TokenizerOptions { preset: Some(Preset::Cl100k), ..TokenizerOptions::default() };
    let tokenizer = Tokenizer::open_with(&path, &options).unwrap();
    let cut = |text: &str| -> Vec<String> {
        let pieces = tokenizer.encode(text).unwrap();
        pieces.iter().map(|token| String::from_utf8(tokenizer.decode(&[*token])).unwrap()).collect()
    };
    assert_eq!(cut("then"), ["the", "n"], "t he, then the");
    assert_eq!(cut("the"), ["the"]);
    assert_eq!(cut("aaaaa"), ["aa", "aa", "a"]);
    assert_eq!(cut("a the"), ["a", " the"]);
    assert_eq!(cut("1234"), ["1", "2", "3", "4"]);
}

#[test]
fn a_file_of_ranks_may_be_of_no_known_encoding() {
    let (_folder, path) = Folder::with("mine.tiktoken", ranks(&["ab", "<e"]).as_bytes());
    let options = TokenizerOptions {
        pattern: Some("ab?|.".into()),
        control: vec![("<stop>".into(), 300), ("<go>".into(), 299)],
        end: vec!["<stop>".into()],
        ..TokenizerOptions::default()
    };
    let tokenizer = Tokenizer::open_with(&path, &options).unwrap();
    assert_eq!((tokenizer.name(), tokenizer.vocabulary().tokens().len()), ("mine", 301));
    assert_eq!(tokenizer.vocabulary().end(), [300]);
    assert_eq!(tokenizer.encode("ab<stop>").unwrap(), [256, 60, 115, 116, 111, 112, 62]);
    let unused = &tokenizer.vocabulary().tokens()[260];
    assert_eq!(String::from_utf8_lossy(&unused.bytes), "<no token 260>");
    assert_eq!(tokenizer.decode(&[260, 300, 65]), b"A");
}

#[test]
fn every_encoding_is_found_by_its_name() {
    for preset in Preset::ALL {
        assert_eq!(preset.name().parse(), Ok(preset));
    }
    let error = "gpt9".parse::<Preset>().unwrap_err();
    assert_eq!(error, "there is no encoding `gpt9`; there are cl100k, o200k, qwen, llama3");
}

#[test]
fn tekken_keeps_the_first_ids_for_control_tokens_and_holds_more_ranks_than_tokens() {
    let (_folder, path) = Folder::with("tekken.json", tekken().to_string().as_bytes());
    let tokenizer = Tokenizer::open(&path).unwrap();
    let tokens = tokenizer.vocabulary().tokens();
    let name = |id: usize| String::from_utf8_lossy(&tokens[id].bytes).into_owned();
    assert_eq!(tokens.len(), 262);
    assert_eq!([name(0), name(1), name(2), name(261)], ["<unk>", "<SPECIAL_1>", "</s>", "the"]);
    assert_eq!(tokenizer.vocabulary().end(), [2]);
    assert_eq!(tokenizer.encode("the too").unwrap(), [261, 36, 120, 115, 115]);
}
