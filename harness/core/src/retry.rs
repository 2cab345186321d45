//! When an attempt is tried again, and when an arm is given up: policy as data, decisions as functions of
//! values. Nothing here waits.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Kind, Nanos};

/// When a failed attempt is tried again. Every try is a row; tables count first tries and show what came of
/// retries beside them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Tries of an attempt at most, the first included; 1 means that nothing is retried.
    pub tries: u32,
    /// Retries of the whole arm at most in one session: a dead endpoint must not be asked `tries` times as
    /// often as a healthy one.
    pub budget: u32,
    /// The longest wait before the first retry; it doubles with each further one.
    pub base: Nanos,
    /// The longest wait before any retry that is not the server's own wish.
    pub cap: Nanos,
    /// The longest `Retry-After` that is waited for; a server that asks for more is not asked again.
    pub patience: Nanos,
    /// Outcomes that are tried again.
    pub on: BTreeSet<Kind>,
}

impl Default for Retry {
    /// No retries; 0.5 s doubling to 30 s where somebody asks for some.
    fn default() -> Self {
        Self {
            tries: 1,
            budget: 100,
            base: Nanos(500_000_000),
            cap: Nanos(30_000_000_000),
            patience: Nanos(120_000_000_000),
            on: BTreeSet::from([
                Kind::TimeoutConnect,
                Kind::TimeoutGateway,
                Kind::TimeoutQueue,
                Kind::ConnectionFailed,
                Kind::RateLimited,
                Kind::Overloaded,
            ]),
        }
    }
}

impl Retry {
    /// How long to wait before the retry that follows try number `after` (from 0): exponential backoff with full
    /// jitter, `draw · min(cap, base · 2^after)` with `draw` uniform in `[0, 1)` (M. Brooker, "Exponential Backoff
    /// And Jitter", AWS Architecture Blog, 2015), and never less than the server asked for. `None` when it asked
    /// for more than `patience`.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a wait, not a measurement"
    )]
    pub fn wait(&self, after: u32, draw: f64, asked: Option<Nanos>) -> Option<Nanos> {
        let doubled = self.base.0.saturating_mul(1_u64.checked_shl(after).unwrap_or(u64::MAX));
        let longest = doubled.min(self.cap.0);
        let jittered = Nanos((longest as f64 * draw.clamp(0.0, 1.0)) as u64);
        match asked {
            Some(asked) if asked > self.patience => None,
            Some(asked) => Some(asked.max(jittered)),
            None => Some(jittered),
        }
    }
}

/// When an arm is left alone, so that a dead endpoint costs neither money nor the night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// Failures of the infrastructure in a row that open it.
    pub failures: u32,
    /// How long an open breaker lets nothing through.
    pub cool_down: Nanos,
    /// Single attempts let through after cooling down, one each time, before the arm is given up.
    pub trials: u32,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { failures: 5, cool_down: Nanos(30_000_000_000), trials: 2 }
    }
}

#[cfg(test)]
mod tests {
    use super::Retry;
    use crate::Nanos;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn waits_double_up_to_the_cap_and_the_draw_scales_them() {
        let retry = Retry { base: Nanos(SECOND), cap: Nanos(5 * SECOND), ..Retry::default() };
        let longest = |after| retry.wait(after, 1.0, None).unwrap().0 / SECOND;
        assert_eq!([0, 1, 2, 3, 63, 64, u32::MAX].map(longest), [1, 2, 4, 5, 5, 5, 5]);
        assert_eq!(retry.wait(1, 0.25, None), Some(Nanos(SECOND / 2)));
        assert_eq!(retry.wait(9, 0.0, None), Some(Nanos(0)));
    }

    #[test]
    fn what_the_server_asks_for_is_the_least_up_to_our_patience() {
        let retry = Retry { base: Nanos(SECOND), patience: Nanos(10 * SECOND), ..Retry::default() };
        assert_eq!(retry.wait(0, 0.5, Some(Nanos(3 * SECOND))), Some(Nanos(3 * SECOND)));
        assert_eq!(retry.wait(0, 0.5, Some(Nanos(0))), Some(Nanos(SECOND / 2)));
        assert_eq!(retry.wait(0, 0.5, Some(Nanos(11 * SECOND))), None);
    }
}
