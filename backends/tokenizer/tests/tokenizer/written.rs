//! Small tokenizers, written by the tests.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder of files that is gone when it is dropped.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with one file in it.
    pub(crate) fn with(name: &str, content: &[u8]) -> (Self, PathBuf) {
        let folder = Self::new();
        let path = folder.write(name, content);
        (folder, path)
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

/// GPT-2's spelling of a byte, found by counting rather than by the crate's table.
pub(crate) fn spelled(byte: u8) -> char {
    let itself = |byte: u8| byte.is_ascii_graphic() || (byte > 0xA0 && byte != 0xAD);
    let before = (0..byte).filter(|byte| !itself(*byte)).count();
    if itself(byte) {
        char::from(byte)
    } else {
        char::from_u32(0x100 + u32::try_from(before).unwrap()).unwrap()
    }
}

/// A byte-level `tokenizer.json` of 256 bytes and a few merges, with a control token, a literal
/// one and, last, one that ends answers.
pub(crate) fn byte_level() -> Value {
    let mut tokens: Vec<String> = (0..=u8::MAX).map(|byte| spelled(byte).to_string()).collect();
    let merges = [
        ("t", "h"),
        ("th", "e"),
        ("Ġ", "the"),
        ("\"", ":"),
        ("Ã", "©"),
        ("a", "a"),
        ("aa", "a"),
        ("<", "|"),
        ("|", ">"),
    ];
    tokens.extend(merges.map(|(left, right)| format!("{left}{right}")));
    let vocab: serde_json::Map<_, _> = tokens.iter().cloned().zip((0..).map(Value::from)).collect();
    let added = |id: usize, content: &str, special: bool| {
        json!({"id": id, "content": content, "special": special, "normalized": false, "single_word": false,
               "lstrip": true, "rstrip": true})
    };
    let next = tokens.len();
    json!({
        "version": "1.0",
        "added_tokens": [
            added(next, "<|start|>", true),
            added(next + 1, "<tool call>", false),
            added(next + 2, "<|end|>", true),
        ],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "post_processor": null,
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {"type": "BPE", "vocab": vocab, "merges": merges.map(|(left, right)| format!("{left} {right}")),
                  "unk_token": null, "dropout": null, "byte_fallback": false},
    })
}

/// A `tokenizer.json` after SentencePiece: the space is `▁`, bytes without a token are `<0x0A>`,
/// and a space is put before every text.
pub(crate) fn pieces() -> Value {
    let mut tokens: Vec<String> = ["<unk>", "<s>", "</s>"].map(str::to_owned).into();
    tokens.extend((0..=u8::MAX).map(|byte| format!("<0x{byte:02X}>")));
    tokens.extend(["▁", "t", "h", "e", "a", "{", "}", "\"", ":", "é", "<", "/", "s", ">"].map(str::to_owned));
    let merges = [
        ("t", "h"),
        ("th", "e"),
        ("▁", "the"),
        ("▁", "▁"),
        ("▁", "{"),
        ("\"", ":"),
        ("<", "/"),
        ("</", "s"),
        ("</s", ">"),
    ];
    for (left, right) in merges {
        let whole = format!("{left}{right}");
        if !tokens.contains(&whole) {
            tokens.push(whole);
        }
    }
    let vocab: serde_json::Map<_, _> = tokens.iter().cloned().zip((0..).map(Value::from)).collect();
    let added = |id: usize, content: &str| {
        json!({"id": id, "content": content, "special": true, "normalized": false, "single_word": false,
               "lstrip": false, "rstrip": false})
    };
    json!({
        "added_tokens": [added(0, "<unk>"), added(1, "<s>"), added(2, "</s>")],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Prepend", "prepend": "▁"},
            {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        ]},
        "pre_tokenizer": null,
        "post_processor": null,
        "decoder": {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
            {"type": "ByteFallback"},
            {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0},
        ]},
        "model": {"type": "BPE", "vocab": vocab, "merges": merges.map(|(left, right)| [left, right]),
                  "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true},
    })
}
