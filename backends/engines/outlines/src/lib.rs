//! outlines-core, in process: a schema becomes a regular expression, and that a table of states and
//! tokens.
//!
//! Defaults are its own: at most one space between JSON tokens, objects with declared properties
//! closed and in the schema's order, recursion unrolled three times, keywords it does not know
//! dropped in silence. Whitespace is optional only where its expressions have room for it: never
//! before the comma of an array.

mod engine;
mod matcher;
mod regex;
mod settings;

pub use engine::Outlines;
