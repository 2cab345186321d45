//! Answers from a cassette: recorded once, replayed byte for byte and chunk for chunk, as a backend and
//! over HTTP.
//!
//! A replayed row shows what gonogo makes of an answer, never what a backend does today: its
//! provenance is `replay`, and no GO can rest on it.

mod cassette;
mod difference;
mod error;
mod exchange;
mod header;
mod index;
mod label;
mod miss;
mod pace;
mod replay;
mod serve;
mod target;

pub use cassette::{Cassette, FORMAT, is_cassette};
pub use difference::differences;
pub use error::CassetteError;
pub use exchange::{Exchange, Sent, constraint_hash, key, request_hash};
pub use header::{Asked, Header, RecordedSuite, manifest};
pub use miss::{Lack, Miss};
pub use pace::Pace;
pub use replay::{RECORDED_ARM, RECORDED_EVIDENCE, RECORDED_NONCE, RECORDED_WITNESS, Replay};
pub use serve::{Served, Server};
pub use target::target;
