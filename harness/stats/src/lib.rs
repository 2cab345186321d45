//! Intervals, quantiles and exact tests: what a report may claim from a sample of a given size.
//!
//! Pure functions on numbers. Distributions come from `statrs`; nothing here knows what an
//! attempt is.

mod bootstrap;
mod bound;
mod cases;
mod change;
mod cluster;
mod confidence;
mod difference;
mod eprocess;
mod grouped;
mod harrell_davis;
mod multiplicity;
mod paired;
mod power;
mod quantile;
mod rank_sum;
mod rate;
mod survival;

pub use bootstrap::cluster_bootstrap;
pub use bound::{Need, clean_n, needed_n};
pub use cases::CaseDifferences;
pub use change::ChangeBet;
pub use cluster::{Clustered, ClusteredRate};
pub use confidence::{Confidence, ConfidenceError};
pub use difference::{NonInferiority, Pairs, newcombe, non_inferiority};
pub use eprocess::FallBet;
pub use grouped::{Grouped, GroupedQuantile, GroupedSample};
pub use multiplicity::{benjamini_hochberg, holm};
pub use paired::mcnemar_exact;
pub use power::{detectable_difference, needed_pairs};
pub use quantile::{Quantile, Sample};
pub use rank_sum::{mean_interval, rank_sum};
pub use rate::{Interval, Rate};
pub use survival::{Lifetime, Survival, kaplan_meier, survival_quantile};

/// Counts as reals, for formulas.
#[expect(clippy::cast_precision_loss, reason = "counts of attempts stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}
