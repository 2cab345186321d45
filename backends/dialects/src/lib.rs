//! Wire formats: how each server is asked, and what its bytes say.
//!
//! Pure: no socket, no clock. A [`Dialect`] is a name, [`Dialect::encode`] from a request to an
//! HTTP request, and [`Dialect::decode`] from a stored [`Capture`] to a [`Reading`]. A reading is
//! what the peer said and what is wrong with how it was said; it never looks at a schema, and it
//! never decides what a timeout or a dead process means, because the judge does that for all
//! dialects alike.
//!
//! A new dialect is one file in `dialects/` and its line in [`DIALECTS`].

mod answer;
mod channel;
mod dialect;
mod dialects;
mod error;
mod exchange;
mod extra;
pub mod manifest;
mod openai;
mod parts;
mod piece;
mod reading;
mod said;
mod server;
pub mod shorten;
mod sse;
mod status;

pub use channel::{Channel, Form};
pub use dialect::{Auth, Dialect, Http, HttpRequest, Streaming, Target};
pub use dialects::DIALECTS;
pub use error::EncodeError;
use gonogo_core::{Capture, Kind};
pub use reading::{Finish, Reading, ToolCall};

/// The dialect of this name.
#[must_use]
pub fn dialect(name: &str) -> Option<&'static Dialect> {
    DIALECTS.iter().find(|dialect| dialect.name == name)
}

/// Reads `capture` in its own dialect; what stands behind a `#` in its name is the dialect's to
/// read.
#[must_use]
pub fn read(capture: &Capture) -> Reading {
    let name = capture.dialect.split_once('#').map_or(capture.dialect.as_str(), |(name, _)| name);
    match dialect(name) {
        Some(dialect) => dialect.decode(capture),
        None => Reading::trouble(Kind::HarnessError, unknown(&capture.dialect)),
    }
}

fn unknown(dialect: &str) -> String {
    let known = shorten::list(DIALECTS.iter().map(|dialect| dialect.name.to_owned()), ", ");
    format!(
        "the capture's dialect {} is unknown to this judge, which knows {known}: use the gonogo that recorded it",
        shorten::quoted(dialect)
    )
}
