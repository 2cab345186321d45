//! The worker protocol: JSON lines over stdin and stdout.
//!
//! A worker holds one model and one engine. It reads one [`ToWorker`] per line, writes one
//! [`FromWorker`] per line, and leaves when stdin closes. Anything it has to say to people goes
//! to stderr. `backends/PROTOCOL.md` shows a whole conversation.
//!
//! ```text
//! harness                                worker
//!   {"hello":{…}}                    ->
//!                                    <-  {"ready":{…}}
//!   {"attempt":{…}}                  ->
//!                                    <-  {"compiled":{…}}
//!                                    <-  {"token":{…}}  … one a token
//!                                    <-  {"done":{…}}   or {"failed":{…}}
//! ```

mod decode;
mod frames;
pub mod masks;

pub use decode::{Answer, DecodeError, Ending, decode};
pub use frames::{
    Compiled, Done, Failed, FailureClass, Fault, Finish, FromWorker, Heartbeat, Hello, Ready, Text, ToWorker,
    TokenFrame,
};

/// Name of this wire format, as captures carry it.
pub const DIALECT: &str = "gonogo-worker/1";

/// Version of the protocol; a worker refuses another one.
pub const VERSION: u32 = 1;
