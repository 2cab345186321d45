//! A vocabulary on disk is the one in memory.

use std::fs;

use gonogo_engine::{Vocabulary, WireVocabulary};
use gonogo_tokenizer::{Tokenizer, TokenizerOptions, write_wire};

use crate::written::{Folder, byte_level};

#[test]
fn what_is_written_is_read_again_and_written_once() {
    let (folder, path) = Folder::with("tokenizer.json", byte_level().to_string().as_bytes());
    let named = |end: &str| TokenizerOptions { end: vec![end.into()], ..TokenizerOptions::default() };
    let open = |end| Tokenizer::open_with(&path, &named(end)).unwrap();
    let (tokenizer, other) = (open("<|end|>"), open("<|start|>"));
    let cache = folder.path().join("made/when/needed");

    let written = write_wire(tokenizer.vocabulary(), &cache).unwrap();
    let wire: WireVocabulary = serde_json::from_slice(&fs::read(&written).unwrap()).unwrap();
    let read = Vocabulary::try_from(&wire).unwrap();
    assert_eq!(read.tokens(), tokenizer.vocabulary().tokens());
    assert_eq!(read.end(), tokenizer.vocabulary().end());

    let touched = || fs::metadata(&written).unwrap().modified().unwrap();
    let before = touched();
    assert_eq!(write_wire(tokenizer.vocabulary(), &cache).unwrap(), written);
    assert_eq!(touched(), before, "it was there");
    fs::write(&written, "cut").unwrap();
    assert_eq!(write_wire(tokenizer.vocabulary(), &cache).unwrap(), written);
    assert!(fs::read(&written).unwrap().len() > 3, "a damaged one is written anew");
    assert_ne!(write_wire(other.vocabulary(), &cache).unwrap(), written, "another vocabulary, another file");
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 2, "nothing else is left lying about");
}

#[test]
fn a_folder_that_cannot_be_is_said() {
    let (folder, path) = Folder::with("tokenizer.json", byte_level().to_string().as_bytes());
    let tokenizer = Tokenizer::open(&path).unwrap();
    let error = write_wire(tokenizer.vocabulary(), &path.join("below")).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("cannot write the vocabulary {}", folder.path().display())),
        "{error}"
    );
}
