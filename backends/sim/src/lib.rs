//! A hostile server on loopback that serves scripted truth: the classifier is tested against it.
//!
//! A [`Fault`] is data: what the server does with a request, and the one kind that an attempt which
//! meets it must end as. [`zoo`] has them all; `tests/zoo.rs` asks every one through the real transport
//! and has the real judge judge what comes back. A [`Mix`] serves several at known rates, with seeded
//! delays and cuts.
//!
//! The server is plain TCP and HTTP/1.1 by hand, because a library would refuse to send most of
//! this. Whatever answers with a head says `x-gonogo-sim: NAME` in it ([`HEADER`]), so that no row
//! of it can be taken for a real server's.

mod connection;
mod fault;
mod message;
mod mix;
mod oracle;
mod path;
mod request;
mod script;
mod server;
mod zoo;

pub use fault::{Fault, Place};
pub use gonogo_core::SIM_HEADER as HEADER;
pub use mix::{Mix, MixError};
pub(crate) use oracle::long;
pub use oracle::{GOOD, SCHEMA};
pub use script::Step;
pub use server::{Served, Sim};
pub use zoo::{fault, zoo};
