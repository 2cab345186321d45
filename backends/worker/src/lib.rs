//! The worker: one model and one engine behind the worker protocol.
//!
//! Engines run in processes of their own, because an engine that crashes, hangs or eats memory
//! must cost one attempt and not the run. A program that brings an engine calls [`serve`]; the
//! binary of this crate calls [`serve_any`] with every engine that is native Rust. The loop
//! itself, [`converse`], is generic over the model and the streams, so that tests and benches
//! drive it without a process.
//!
//! `backends/PROTOCOL.md` is the contract of what is read and written here.

mod answer;
mod conversation;
mod draw;
mod facts;
mod faulty;
mod model;
mod protocol;
mod serve;

pub use answer::{NoAnswer, answer};
pub use conversation::{Loaded, Open, converse};
pub use draw::Draw;
pub use faulty::Faulty;
pub use model::LanguageModel;
pub use protocol::{Channel, WorkerProtocol};
pub use serve::{serve, serve_any};
