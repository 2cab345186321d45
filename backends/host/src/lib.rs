//! What makes a process a good worker, whatever it works on: a stdout of its own, limits, a stack
//! that holds what engines recurse into, lines with a heartbeat behind them, and leaving with its
//! harness.
//!
//! What the lines say is a [`Protocol`]'s: the workers under a model and under masks alone have
//! their own.

mod channel;
mod facts;
mod panics;
mod process;
mod protocol;
mod pulse;

pub use channel::Channel;
pub use facts::build_facts;
pub use panics::panic_words;
pub use process::{limit, lines, on_deep_stack, private_stdout, stop};
pub use protocol::Protocol;
pub use pulse::Pulse;
