//! Tests that need the default model: `gonogo setup` fetches it.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test says what it measured, and stops where it cannot go on"
)]

mod decode;
mod open;
mod reference;
mod tokenizer;
