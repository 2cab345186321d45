//! The mask worker: one engine, no model, behind the mask protocol.
//!
//! A program that brings an engine calls [`serve_masks`]; the binary of this crate calls
//! [`serve_any`] with every engine that is native Rust. The conversation, [`converse`], is generic
//! over the streams, so that tests and benches hold it without a process.
//!
//! `backends/PROTOCOL.md` is the contract of what is read and written here.

mod conversation;
mod draw;
mod faulty;
mod protocol;
mod refusal;
mod serve;
mod timer;
mod trial;
mod vocabulary;
mod walk;

pub use conversation::{Open, converse};
pub use faulty::Faulty;
pub use protocol::{Channel, MaskProtocol};
pub use serve::{serve_any, serve_masks};
pub use timer::empty_interval;
pub use vocabulary::load as load_vocabulary;
