//! Live endpoints: a request in some dialect goes out over HTTP, and everything that comes back is
//! kept, chunk by chunk, with its time.
//!
//! What the bytes mean is the dialect's business (`gonogo-dialects`), what an ending means the
//! judge's. Here are the socket, the clock, the limits and the secrets.

mod arm;
mod backend;
mod client;
mod clock;
mod exchange;
mod get;
mod handshake;
mod held;
mod hop;
mod looks;
mod secret;
mod tls;

pub use arm::{Caps, Connections, HttpArm, KeyPlace, Limits};
pub use backend::{Endpoint, open};
pub use get::{Got, Look};
pub use secret::{Secret, Secrets};
