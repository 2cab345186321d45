//! The nouns of gonogo and the pure functions over them.
//!
//! Nothing here reads a file, a clock or a random device; time and seeds come in as
//! values. Every other crate depends on this one and this one on none of them.

mod attempt;
mod capture;
mod case;
mod caveat;
mod constraint;
mod event;
mod evidence;
mod explain;
mod hash;
mod kind;
mod merge;
mod nanos;
mod near;
mod outcome;
mod pace;
mod plan;
pub mod pointer;
mod price;
mod receipt;
mod request;
mod retry;
mod session;
mod shard;
mod start;
mod step;
mod timing;

pub use attempt::{Attempt, AttemptFacts, AttemptKey, Provenance, Then};
pub use capture::{Capture, Death, End, Frame, FrameBytes, Phase, Phases, REPLAY_HEADER, SIM_HEADER};
pub use case::{Answer, Assertion, Case, Expectation, KnownBad, LADDER, Oracle, Rung, Suite, SuiteSampling};
pub use caveat::Caveat;
pub use constraint::Constraint;
pub use event::{Event, Observer, ObserverError};
pub use evidence::{EngineEvidence, Witness};
pub use hash::{ContentHash, Hasher};
pub use kind::{Domain, Enforcement, Family, Kind};
pub use merge::{MergeError, Merged, Part, merge};
pub use nanos::Nanos;
pub use near::{did_you_mean, near};
pub use outcome::{Detail, Outcome};
pub use pace::{Arrivals, Pace};
pub use plan::{Plan, PlanOptions, Planned};
pub use price::Price;
pub use receipt::{ArmReceipt, COMPILE_CACHE, Canary, Machine, Receipt, Revision, RunStatus, SuiteReceipt};
pub use request::{Message, Request, Role, Sampling};
pub use retry::{Breaker, Retry};
pub use session::{MachineLoad, Resumption};
pub use shard::{NoShard, Shard};
pub use start::Start;
pub use step::{ANSWER_STEP, Step, StepView, mentioned_steps};
pub use timing::{Clocks, ServerTimings, Timings, Tokens};

/// Version of the run format (`run.json`, `plan.json`, `attempts.jsonl`, captures).
///
/// A reader accepts this and every older version; a newer one is an error that says so.
pub const FORMAT: u32 = 1;
