//! The pure-Rust port of XGrammar, in process: a cross-check of the wheel, which it follows version
//! by version.
//!
//! It has the options and the defaults of the wheel's Python interface, [`Settings`], and wants them
//! from here, so that the two cannot drift apart. Its compiler recurses as the wheel's does: give it
//! a thread with a deep stack.

mod ebnf;
mod engine;
mod matcher;
mod settings;

pub use ebnf::one_of;
pub use engine::XGrammarRs;
pub use settings::Settings;
