//! Answers from a cassette: recorded once, replayed byte for byte and chunk for chunk.
//!
//! A replayed row shows what gonogo makes of an answer, never what a backend does today: its
//! provenance is `replay`, and no GO can rest on it.

mod cassette;
mod error;
mod label;
mod replay;

pub use cassette::{Cassette, Exchange, FORMAT, Header};
pub use error::CassetteError;
pub use replay::Replay;
