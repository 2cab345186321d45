//! Tokenizers read from files: what they say, and what they make of any text.

#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

mod formats;
mod hugging_face;
mod refusals;
mod vocabularies;
mod wire;
mod written;
