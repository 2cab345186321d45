//! A circuit breaker for each arm: after so many failures of the infrastructure in a row, nothing is sent for a
//! while; then single attempts, and if those fail too the arm is given up.

use gonogo_core::Breaker;
use tokio::time::{Duration, Instant};

/// The breaker of one arm, in whatever state it is.
#[derive(Debug, Clone)]
pub(crate) struct Fuse {
    policy: Option<Breaker>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Everything goes through; so many failures in a row.
    Closed(u32),
    /// Nothing goes through until then; so many trials have failed.
    Open { until: Instant, trials: u32 },
    /// One attempt is under way to see whether the arm is back.
    Trial { trials: u32 },
    /// Nothing goes through any more.
    GivenUp,
}

/// Whether an attempt may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// It may.
    Free,
    /// Not before then.
    Until(Instant),
    /// Not before the trial under way has come back.
    AfterTrial,
    /// Never.
    Shut,
}

/// What an outcome did to the breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing worth telling.
    None,
    /// It opened, for so long.
    Opened { failures: u32, cool_down: Duration },
    /// It opened for good.
    GivenUp,
}

impl Fuse {
    /// A closed breaker; without a policy it never opens.
    pub(crate) fn new(policy: Option<Breaker>) -> Self {
        Self { policy, state: State::Closed(0) }
    }

    pub(crate) fn way(&self, now: Instant) -> Way {
        match self.state {
            State::Closed(_) => Way::Free,
            State::Open { until, .. } if now < until => Way::Until(until),
            State::Open { .. } => Way::Free,
            State::Trial { .. } => Way::AfterTrial,
            State::GivenUp => Way::Shut,
        }
    }

    /// Whether nothing speaks against asking as often as one likes: retries are for such times.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed(_))
    }

    /// An attempt was sent.
    pub(crate) fn sent(&mut self) {
        if let State::Open { trials, .. } = self.state {
            self.state = State::Trial { trials };
        }
    }

    /// An attempt came back; `failed` by a fault of the infrastructure.
    pub(crate) fn note(&mut self, failed: bool, now: Instant) -> Change {
        let Some(policy) = self.policy else { return Change::None };
        let cool_down = Duration::from_nanos(policy.cool_down.0);
        let (trials, failures) = match (self.state, failed) {
            (State::GivenUp, _) | (State::Open { .. }, true) => return Change::None,
            (State::Closed(_) | State::Open { .. } | State::Trial { .. }, false) => {
                self.state = State::Closed(0);
                return Change::None;
            }
            (State::Closed(before), true) if before + 1 < policy.failures => {
                self.state = State::Closed(before + 1);
                return Change::None;
            }
            (State::Closed(before), true) => (0, before + 1),
            (State::Trial { trials }, true) => (trials + 1, policy.failures + trials + 1),
        };
        if trials >= policy.trials {
            self.state = State::GivenUp;
            return Change::GivenUp;
        }
        self.state = State::Open { until: now + cool_down, trials };
        Change::Opened { failures, cool_down }
    }
}

#[cfg(test)]
mod tests {
    use gonogo_core::{Breaker, Nanos};
    use tokio::time::{Duration, Instant};

    use super::{Change, Fuse, Way};

    const COOL: Duration = Duration::from_secs(30);

    fn fuse(trials: u32) -> Fuse {
        Fuse::new(Some(Breaker { failures: 3, cool_down: Nanos(COOL.as_nanos() as u64), trials }))
    }

    #[test]
    fn only_failures_in_a_row_open_it() {
        let (mut fuse, now) = (fuse(1), Instant::now());
        for failed in [true, true, false, true, true] {
            assert_eq!(fuse.note(failed, now), Change::None);
        }
        assert_eq!(fuse.note(true, now), Change::Opened { failures: 3, cool_down: COOL });
        assert_eq!(fuse.way(now), Way::Until(now + COOL));
        assert_eq!(fuse.note(true, now), Change::None, "one that was under way");
    }

    #[test]
    fn one_trial_at_a_time_and_after_the_last_the_arm_is_given_up() {
        let (mut fuse, start) = (fuse(2), Instant::now());
        (0..2).for_each(|_| assert_eq!(fuse.note(true, start), Change::None));
        assert_eq!(fuse.note(true, start), Change::Opened { failures: 3, cool_down: COOL });
        let later = start + COOL;
        assert_eq!(fuse.way(later), Way::Free);
        fuse.sent();
        assert_eq!(fuse.way(later), Way::AfterTrial);
        assert_eq!(fuse.note(true, later), Change::Opened { failures: 4, cool_down: COOL });
        assert_eq!(fuse.way(later), Way::Until(later + COOL));
        fuse.sent();
        assert_eq!(fuse.note(true, later + COOL), Change::GivenUp);
        assert_eq!(fuse.way(later + COOL + COOL), Way::Shut);
        assert_eq!(fuse.note(false, later), Change::None, "a straggler brings it not back");
        assert_eq!(fuse.way(later), Way::Shut);
    }

    #[test]
    fn a_trial_that_succeeds_closes_it() {
        let (mut fuse, now) = (fuse(2), Instant::now());
        for _ in 0..3 {
            let _ = fuse.note(true, now);
        }
        fuse.sent();
        assert_eq!(fuse.note(false, now), Change::None);
        assert!(fuse.is_closed());
    }

    #[test]
    fn without_trials_it_opens_once_and_without_a_policy_never() {
        let (mut at_once, now) = (fuse(0), Instant::now());
        assert_eq!([true, true, true].map(|failed| at_once.note(failed, now))[2], Change::GivenUp);
        let mut never = Fuse::new(None);
        (0..100).for_each(|_| assert_eq!(never.note(true, now), Change::None));
        assert_eq!(never.way(now), Way::Free);
    }
}
