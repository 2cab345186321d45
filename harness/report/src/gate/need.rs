//! What it would take to decide a threshold, in cases: repeats of one are no evidence of their own.

use gonogo_stats::{ClusteredRate, clean_n, needed_n};
use serde::Serialize;

use super::{Policy, Threshold, Verdict};

/// What it would take to decide a threshold that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Need {
    /// Distinct cases in all at which it would be decided if further ones went as those so far:
    /// [`gonogo_stats::needed_n`] at one trial a case.
    pub cases: u64,
    /// How many of them are still to be found.
    pub more: u64,
    /// Whether the threshold would then be met; else it would be missed.
    pub in_favour: bool,
}

/// What it would take to decide about `observed`, of which each case counts once. `floor` says that the
/// share must be at least `bound` and not at most. `None` when it is decided, or no number would do.
pub(super) fn need(
    policy: &Policy,
    verdict: Verdict,
    observed: ClusteredRate,
    bound: f64,
    floor: bool,
) -> Option<Need> {
    if verdict != Verdict::Inconclusive {
        return None;
    }
    let need = needed_n(observed, bound, policy.confidence())?;
    // Discreteness can leave a threshold open at a size that the smooth formula calls enough.
    let cases = need.n.max(observed.clusters + 1);
    Some(Need { cases, more: cases - observed.clusters, in_favour: need.in_favour == floor })
}

/// The fewest cases that can meet a threshold, which they do when nothing goes wrong in any of them:
/// [`gonogo_stats::clean_n`]. `None` when no number can.
pub(super) fn clean_cases(policy: &Policy, threshold: Threshold) -> Option<u64> {
    let share = match threshold {
        Threshold::Success { at_least } => at_least,
        Threshold::Fault { at_most, .. } => 1.0 - at_most,
        Threshold::Latency { quantile, .. } | Threshold::FirstToken { quantile, .. } => quantile,
        Threshold::NoWorse { margin } => return super::baseline::clean_cases(policy, margin),
        Threshold::CostPerSuccess { .. } => return None,
    };
    clean_n(share, policy.confidence())
}
