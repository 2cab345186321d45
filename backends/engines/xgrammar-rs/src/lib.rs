//! The pure-Rust port of XGrammar, in process: a cross-check of the wheel.
