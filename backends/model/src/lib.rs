//! A language model on this machine's processors: any GGUF of the llama family.
//!
//! [`Model::open`] reads the file, [`Model::prompt`] turns messages into tokens as the file's
//! own chat template and tokenizer say, and [`Model::forward`] appends tokens and returns the
//! logits of the next. Sampling, masks and clocks are the caller's.

mod error;
mod gguf;
mod llama;
mod model;
mod requantise;
mod template;

pub use error::ModelError;
pub use model::{Model, ModelOptions};
