//! The command line from outside: what it prints, how it ends, what it leaves on disk.

#![expect(clippy::unwrap_used, reason = "a test's helper fails by panicking")]

mod command_line;
mod dead_server;
mod examples;
mod killed;
mod llama_server;
mod manifest;
mod masks;
mod nightly;
mod pacing;
mod project;
mod real_engines;
mod replay;
mod secrets;
mod shards;
mod sim;
mod steps;
mod whatif;
