//! Two arms on the same attempts, in one run or in two: what differs, how surely, and whether the
//! question can be asked of these runs at all.
//!
//! [`compare`] pairs first tries by suite, case, rung, repeat and seed, and refuses, with every reason,
//! where something else than the arm changed between the two. Pure: rows and receipts in, tables out.

mod attrition;
mod blocks;
mod comparable;
mod comparison;
mod families;
mod latency;
mod many;
mod pairs;
mod plot;
mod render;
mod strata;
mod success;

pub use attrition::Attrition;
pub use blocks::{Drift, Halves};
pub use comparable::{Obstacle, Weight, obstacles};
pub use comparison::{Comparison, Options, Refusal, compare};
pub use families::FamilyDifference;
pub use latency::{Measure, RatioQuantile, RatioQuantiles, Speed};
pub use many::{Many, compare_many};
pub use pairs::{CaseDifference, Pair, Paired, Side};
pub use plot::plots;
pub use strata::Stratum;
pub use success::Difference;

/// Version of the JSON document.
pub const FORMAT: u32 = 1;
