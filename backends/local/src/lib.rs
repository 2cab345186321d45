//! The local backend: the embedded model with an engine, in supervised worker processes.
//!
//! [`open`] starts one worker and asks it what it is; [`Local`] then answers requests with up to
//! as many workers as the arm allows. Every worker is watched from outside, by the supervisor's
//! own clock and by its resident memory, and replaced when it dies. What a worker writes is kept
//! line by line; nothing here judges it.

mod answer;
mod arm;
mod backend;
mod environment;
mod lines;
mod memory;
mod program;
mod progress;
mod start;
mod tail;
mod worker;

pub use arm::{Limits, LocalArm};
pub use backend::{Local, open};
pub use environment::{withhold_secrets, without_home};
pub use program::{Absent, Program, SETUP};
