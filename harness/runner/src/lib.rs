//! Carries out a plan: every planned attempt is asked once, its answer captured before anything
//! judges it, and ends as exactly one row.
//!
//! ```text
//! plan order ─► answer (backend) ─► Captured (observers) ─► judge (own thread) ─► AttemptFinished
//!               └──────────────── one slot of `concurrency` ────────────────────┘
//! ```
//!
//! Everything that can go wrong with a backend or a judge becomes a row. What remains an error is
//! a plan that cannot be run, and an observer (the journal) that cannot go on.

mod arm;
mod clock;
mod error;
mod flight;
mod judges;
mod probe;
mod rejudge;
mod request;
mod row;
mod run;
mod verdict;
mod warm_up;

pub use arm::OpenArm;
pub use clock::{Clock, SystemClock};
pub use error::RunError;
pub use judges::Judges;
pub use probe::{
    CanaryFinding, ChannelFinding, Finding, KeywordFinding, ProbeOptions, Probed, Verdict, Way, probe,
};
pub use rejudge::rejudge;
pub use request::Defaults;
pub use run::{Run, RunOptions, Summary, run};
pub use warm_up::{WarmUp, warm_up};
