//! How tokens spell their bytes, as the file's decoder says.

use serde_json::Value;

use crate::{
    byte_level,
    error::{Refusal, unsupported},
};

/// A way to spell bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// GPT-2's table.
    ByteLevel,
    /// Text with some things replaced, as SentencePiece replaces the space.
    Pieces {
        /// What is replaced by what, one after the other.
        replaced: Vec<(String, String)>,
        /// `<0x0A>` is a byte.
        bytes: bool,
    },
}

impl Spelling {
    /// The spelling that a decoder undoes. What a decoder does at the beginning of a text only,
    /// like taking off a space, is no part of a token's bytes.
    pub(super) fn of(decoder: Option<&Value>) -> Result<Self, Refusal> {
        const CHOOSE: &str = "choose a tokenizer that spells every byte (ByteLevel or ByteFallback)";
        let Some(decoder) = decoder.filter(|decoder| !decoder.is_null()) else {
            return Err(unsupported("a guess at how tokens spell their bytes (it has no decoder)", CHOOSE));
        };
        let (mut replaced, mut bytes) = (Vec::new(), false);
        for step in flat(decoder) {
            let text = |pointer| step.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            match step["type"].as_str().unwrap_or_default() {
                "ByteLevel" => return Ok(Self::ByteLevel),
                "ByteFallback" => bytes = true,
                "Fuse" | "Strip" => {}
                "Replace" => {
                    replaced.push(text("/pattern/String").zip(text("/content")).ok_or_else(|| {
                        unsupported("a decoder that replaces by a regular expression", CHOOSE)
                    })?)
                }
                "Metaspace" => {
                    replaced.push((text("/replacement").unwrap_or_else(|| "▁".into()), " ".into()));
                }
                other => return Err(unsupported(format!("the decoder `{other}`"), CHOOSE)),
            }
        }
        Ok(Self::Pieces { replaced, bytes })
    }

    /// The bytes of the token of this name.
    pub(super) fn bytes(&self, name: &str) -> Vec<u8> {
        match self {
            // As the library: what is not in the table's spelling spells itself.
            Self::ByteLevel => byte_level::decode(name).unwrap_or_else(|| name.into()),
            Self::Pieces { replaced, bytes } => {
                if let (true, Some(byte)) = (bytes, byte_level::hexadecimal(name)) {
                    return vec![byte];
                }
                let replace = |text: String, (from, to): &(String, String)| text.replace(from, to);
                replaced.iter().fold(name.to_owned(), replace).into()
            }
        }
    }
}

/// The steps of a sequence of sequences.
fn flat(decoder: &Value) -> Vec<&Value> {
    match decoder["decoders"].as_array() {
        Some(steps) => steps.iter().flat_map(flat).collect(),
        None => vec![decoder],
    }
}
