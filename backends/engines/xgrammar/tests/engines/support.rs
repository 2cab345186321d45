//! Matched options, and finding one's way in JSON text.

use gonogo_core::Constraint;
use gonogo_engine::{AdditionalProperties, EngineOptions, TokenId, Unsupported, Whitespace};
use serde_json::Value;

/// Options under which the engines ought to agree: the same for both.
pub(crate) fn matched() -> EngineOptions {
    EngineOptions {
        additional_properties: Some(AdditionalProperties::Closed),
        whitespace: Some(Whitespace::Fixed),
        unsupported: Some(Unsupported::Ignore),
        canonical_tokens: Some(false),
        compile_threads: Some(1),
        compile_cache: Some(false),
    }
}

/// A schema's constraint.
pub(crate) fn schema(schema: &Value) -> Constraint {
    Constraint::JsonSchema(schema.to_string())
}

/// The positions inside a JSON text's strings, as a flag per byte: whether the byte comes
/// after an opening quote and before its closing one.
pub(crate) fn inside_strings(text: &str) -> Vec<bool> {
    let (mut inside, mut escaped) = (false, false);
    text.bytes()
        .map(|byte| {
            let before = inside;
            match byte {
                b'"' if !escaped => inside = !inside,
                _ => {}
            }
            escaped = inside && byte == b'\\' && !escaped;
            before
        })
        .collect()
}

/// Byte offset before each token, and after the last.
pub(crate) fn offsets(vocabulary: &gonogo_engine::Vocabulary, tokens: &[TokenId]) -> Vec<usize> {
    let lengths = tokens.iter().map(|token| vocabulary.text(*token).len());
    std::iter::once(0)
        .chain(lengths.scan(0, |sum, length| {
            *sum += length;
            Some(*sum)
        }))
        .collect()
}
