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
    /// The way to the answer and back, for an answer over HTTP.
    #[serde(skip_serializing_if = "Clocks::is_empty")]
    pub clocks: Clocks,
    /// What a server says of itself, by its own clock. Never mixed with what is measured here.
    #[serde(skip_serializing_if = "ServerTimings::is_empty")]
    pub server: ServerTimings,
}

/// What the transport's clocks show of an exchange over HTTP. `None` is "not measured here".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Clocks {
    /// Whether the connection was one that an earlier attempt had opened, so that nothing was connected.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reused: bool,
    /// Whether a kept connection broke before a byte came and the request was sent again over a new one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sent_again: bool,
    /// Name lookup and TCP. Also TLS where `tls` could not be told apart, and a proxy's tunnel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<Nanos>,
    /// The TLS handshake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Nanos>,
    /// From sending the request, connecting included, to the end of the response's head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Nanos>,
    /// From sending the request to the first byte of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte: Option<Nanos>,
    /// From sending the request to the last byte of the body; `total` also has the wait for the server
    /// to end the exchange after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_byte: Option<Nanos>,
}

impl Clocks {
    /// Whether there is nothing to say, as for a worker.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Durations that a server reports of itself, by its own clock. `None` is "not reported". What each
/// server includes is its own affair: they do not add up, and two servers' do not compare.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerTimings {
    /// Waiting for a slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<Nanos>,
    /// Loading the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<Nanos>,
    /// The forward pass over the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Nanos>,
    /// To the first token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttft: Option<Nanos>,
    /// Everything after the prompt: forward passes, masks and drawing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decode: Option<Nanos>,
    /// The whole request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Nanos>,
}

impl ServerTimings {
    /// Whether the server said nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Timings {
    /// Sets the inter-token latencies of pieces that came at these times, in order: median and
    /// 99th percentile of the gaps, by nearest rank; none of fewer than two pieces.
    pub fn set_inter_token(&mut self, at: &[Nanos]) {
        let mut gaps: Vec<Nanos> = at.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
        gaps.sort_unstable();
        let percentile = |percent: usize| {
            let rank = (gaps.len() * percent).div_ceil(100).max(1);
            gaps.get(rank - 1).copied()
        };
        (self.itl_p50, self.itl_p99) = (percentile(50), percentile(99));
    }
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

#[cfg(test)]
mod tests {
    use super::Timings;
    use crate::Nanos;

    #[test]
    fn gaps_are_between_neighbours_and_need_two_pieces() {
        let of = |at: &[u64]| {
            let mut timings = Timings::default();
            timings.set_inter_token(&at.iter().copied().map(Nanos).collect::<Vec<_>>());
            (timings.itl_p50.map(|gap| gap.0), timings.itl_p99.map(|gap| gap.0))
        };
        assert_eq!(of(&[]), (None, None));
        assert_eq!(of(&[7]), (None, None));
        assert_eq!(of(&[10, 13, 14, 24]), (Some(3), Some(10)));
    }
}
