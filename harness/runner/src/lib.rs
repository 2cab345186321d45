//! Carries out a plan: every planned attempt is asked, its answer captured before anything
//! judges it, and concluded by exactly one row.
//!
//! ```text
//! plan order ─► answer (backend) ─► Captured (observers) ─► judge (own thread) ─► AttemptFinished
//!   (queue)     ▲                                                                      │
//!               └── next step, or another try after a wait: a row each, the same slot ◄┘
//! ```
//!
//! Everything that can go wrong with a backend or a judge becomes a row. What remains an error is
//! a plan that cannot be run, and an observer (the journal) that cannot go on.

mod arm;
mod breaker;
mod clock;
mod earlier;
mod error;
mod flight;
mod judges;
mod probe;
mod queue;
mod rejudge;
mod request;
mod retry_after;
mod row;
mod run;
mod then;
mod verdict;
mod warm_up;

pub use arm::{Conduct, OpenArm};
pub use clock::{Clock, SystemClock};
pub use earlier::Earlier;
pub use error::RunError;
pub use judges::Judges;
pub use probe::{
    Asked, CanaryFinding, ChannelFinding, Finding, KeywordFinding, Keywords, Medians, ProbeOptions, Probed,
    SchemaLatency, Verdict, Watcher, Way, keywords, probe,
};
pub use rejudge::rejudge;
pub use request::Defaults;
pub use run::{Run, RunOptions, Summary, run};
pub use warm_up::{WarmUp, nonce, warm_up};
