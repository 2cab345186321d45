//! Intervals, quantiles and exact tests: what a report may claim from a sample of a given size.
//!
//! Pure functions on numbers. Distributions come from `statrs`; nothing here knows what an
//! attempt is.

mod bound;
mod cluster;
mod confidence;
mod paired;
mod quantile;
mod rate;

pub use bound::{Need, clean_n, needed_n};
pub use cluster::{Clustered, ClusteredRate};
pub use confidence::{Confidence, ConfidenceError};
pub use paired::{holm, mcnemar_exact};
pub use quantile::{Quantile, Sample};
pub use rate::{Interval, Rate};

/// Counts as reals, for formulas.
#[expect(clippy::cast_precision_loss, reason = "counts of attempts stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}
