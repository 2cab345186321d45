//! Tokenizers as the engines need them: every token as bytes, which tokens are control, which
//! end an answer, and how text is cut.
//!
//! [`Tokenizer::open`] reads a GGUF file, a Hugging Face `tokenizer.json`, a tiktoken file of
//! ranks or Mistral's `tekken.json`, and tells them apart by what is in them. Whatever the
//! format, text is cut as it would be in the middle of an answer, byte for byte: no space is put
//! before it, no Unicode normalisation is done to it, and a control token that it spells stays
//! text. [`write_wire`] writes a vocabulary down for an engine in another process.

mod byte_level;
mod end;
mod error;
mod gguf;
mod hugging_face;
mod options;
mod ranks;
mod text;
mod tokenizer;
mod vocabulary;
mod wire;
mod words;

pub use error::{Refusal, TokenizerError};
pub use gguf::{GgufTokenizer, Metadata, Value};
pub use options::TokenizerOptions;
pub use ranks::Preset;
pub use tokenizer::{Format, Tokenizer};
pub use wire::write_wire;
