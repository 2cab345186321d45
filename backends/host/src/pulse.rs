//! Where a worker is, readable from another thread without a lock.

use std::{
    marker::PhantomData,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use crate::Protocol;

/// No phase: the worker waits for a request.
const RESTING: u64 = 0;

/// The current phase and when it began, in one word: microseconds since `epoch` above the lowest
/// four bits, the phase in them. One store per change keeps the loop's share small.
#[derive(Debug)]
pub struct Pulse<P> {
    epoch: Instant,
    state: AtomicU64,
    // A function, so that a pulse is shared between threads whatever the protocol is.
    protocol: PhantomData<fn() -> P>,
}

impl<P> Default for Pulse<P> {
    fn default() -> Self {
        Self { epoch: Instant::now(), state: AtomicU64::new(RESTING), protocol: PhantomData }
    }
}

impl<P: Protocol> Pulse<P> {
    /// Notes that `phase` begins at `now`.
    pub fn enter(&self, phase: P::Phase, now: Instant) {
        let micros = u64::try_from(now.saturating_duration_since(self.epoch).as_micros()).unwrap_or_default();
        self.state.store(micros << 4 | (P::index(phase) as u64 + 1), Ordering::Release);
    }

    /// Notes that nothing is under way.
    pub fn rest(&self) {
        self.state.store(RESTING, Ordering::Release);
    }

    /// The current phase and how long it has lasted; `None` while resting.
    #[must_use]
    pub fn current(&self) -> Option<(P::Phase, Duration)> {
        let state = self.state.load(Ordering::Acquire);
        let index = usize::try_from(state & 0xF).ok()?.checked_sub(1)?;
        let phase = P::PHASES.get(index).copied()?;
        let began = Duration::from_micros(state >> 4);
        Some((phase, self.epoch.elapsed().saturating_sub(began)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::Pulse;
    use crate::protocol::{Protocol, tests::Forecast};

    #[test]
    fn every_phase_comes_back_as_it_went_in() {
        let pulse = Pulse::<Forecast>::default();
        assert_eq!(pulse.current(), None);
        for phase in Forecast::PHASES {
            pulse.enter(*phase, Instant::now());
            assert_eq!(pulse.current().map(|(phase, _)| phase), Some(*phase));
        }
        pulse.rest();
        assert_eq!(pulse.current(), None);
    }
}
