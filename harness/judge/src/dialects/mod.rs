//! Wire formats: one file each, and one line here.
//!
//! A dialect turns a capture into a [`Reading`]. It reports what the peer said and what is wrong
//! with how it was said; it never looks at a schema, and it never decides what a timeout or a dead
//! process means, because [`crate::transport`] does that for all dialects alike.

mod custom_json;
mod status;
mod worker;

use gonogo_core::{Capture, Kind};

use crate::{reading::Reading, shorten};

/// Reads captures of one wire format.
struct Dialect {
    /// As captures carry it.
    name: &'static str,
    read: fn(&Capture) -> Reading,
}

/// Every dialect.
const DIALECTS: &[Dialect] = &[
    Dialect { name: gonogo_protocol::DIALECT, read: worker::read },
    Dialect { name: custom_json::NAME, read: custom_json::read },
];

/// Reads `capture` in its own dialect.
pub(crate) fn read(capture: &Capture) -> Reading {
    match DIALECTS.iter().find(|dialect| dialect.name == capture.dialect) {
        Some(dialect) => (dialect.read)(capture),
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
