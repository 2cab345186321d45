//! A report as one HTML file: no network, no second file; the same text as the Markdown, and every attempt to
//! open down to its prompt, its schema, its raw answer and its clocks.
//!
//! Pure: report, rows and captures in, text out.

mod attempts;
mod document;
mod text;

pub use attempts::Shown;
pub use document::{Page, page};
