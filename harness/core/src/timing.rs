//! What was measured of one attempt.

use serde::{Deserialize, Serialize};

use crate::Nanos;

/// Durations of an attempt. `None` is "not measured here", never zero.
///
/// `total` is seen from the harness, and `ttft` too for a server; the rest is measured where the
/// work is done (the worker, or a server that reports its own timings).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Timings {
    /// From sending the request to the last byte of the answer.
    pub total: Nanos,
    /// Time to first token: from sending the request to the first content frame; for a worker,
    /// from reading the request to having accepted the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttft: Option<Nanos>,
    /// Starting the worker and loading model and engine; only on the attempt that caused it,
    /// and not part of `total`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<Nanos>,
    /// Compiling the constraint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compile: Option<Nanos>,
    /// Computing the first mask after compiling; TTFM is `compile + first_mask`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_mask: Option<Nanos>,
    /// The forward pass over the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefill: Option<Nanos>,
    /// Inter-token latency, median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub itl_p50: Option<Nanos>,
    /// Inter-token latency, 99th percentile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub itl_p99: Option<Nanos>,
    /// Sum of forward passes after the prompt's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forward: Option<Nanos>,
    /// Sum of mask computations and accepts (TBM), the first mask included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask: Option<Nanos>,
    /// The slowest single mask plus accept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask_max: Option<Nanos>,
    /// Sum of drawing tokens from masked logits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<Nanos>,
    /// The harness' own work per attempt: everything in the token loop that is neither
    /// forward, mask nor sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overhead: Option<Nanos>,
}

/// Token counts of an attempt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tokens {
    /// Tokens of the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<u32>,
    /// Tokens generated, the end token not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion: Option<u32>,
}
