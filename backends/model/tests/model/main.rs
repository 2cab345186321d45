//! Tests that need the default model: `gonogo setup` fetches it.

mod common;
mod decode;
mod open;
mod tokenizer;
