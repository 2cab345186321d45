//! A circuit breaker for each arm: after so many failures of the infrastructure in a row, nothing is sent for a
//! while; then single attempts, and if those fail too the arm is given up.

use gonogo_core::Breaker;
use tokio::time::{Duration, Instant};

/// The breaker of one arm, in whatever state it is.
#[derive(Debug, Clone)]
pub(crate) struct Fuse {
    policy: Option<Breaker>,
    state: State,
    /// How long the server has asked to be left alone, counted from the time of asking.
    asked_until: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Everything goes through; so many failures in a row.
    Closed(u32),
    /// Nothing goes through until then; so many trials have failed.
    Open { until: Instant, trials: u32 },
    /// The attempt of this index is under way to see whether the arm is back.
    Trial { index: u32, trials: u32 },
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

/// What an answer says about whether the arm is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// It answered, well or badly.
    There,
    /// It is there and has enough to do: no reason to give it up, nor to think that it is well.
    Busy,
    /// Its infrastructure failed.
    Failed,
}

/// What an outcome did to the breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing worth telling.
    None,
    /// It opened, for so long.
    Opened { failures: u32, wait: Duration },
    /// It opened for good.
    GivenUp,
}

impl Fuse {
    /// A closed breaker; without a policy it never opens.
    pub(crate) fn new(policy: Option<Breaker>) -> Self {
        Self { policy, state: State::Closed(0), asked_until: None }
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

    /// The attempt of this index was sent.
    pub(crate) fn sent(&mut self, index: u32) {
        if let State::Open { trials, .. } = self.state {
            self.state = State::Trial { index, trials };
        }
    }

    /// The server asks to be left alone until then.
    pub(crate) fn asked(&mut self, until: Instant) {
        self.asked_until = Some(self.asked_until.map_or(until, |before| before.max(until)));
    }

    /// The attempt of this index came back with this sign. Attempts that were under way when the breaker opened
    /// can show that the arm is there; that it is not, only the trial can.
    pub(crate) fn note(&mut self, index: u32, sign: Sign, now: Instant) -> Change {
        let Some(policy) = self.policy else { return Change::None };
        let (trials, failures) = match (self.state, sign) {
            (State::GivenUp, _) | (State::Open { .. }, Sign::Failed | Sign::Busy) => return Change::None,
            (State::Closed(_), Sign::Busy) => return Change::None,
            (State::Trial { index: trial, .. }, Sign::Failed | Sign::Busy) if trial != index => {
                return Change::None;
            }
            (_, Sign::There) | (State::Trial { .. }, Sign::Busy) => {
                self.state = State::Closed(0);
                return Change::None;
            }
            (State::Closed(before), Sign::Failed) if before + 1 < policy.failures => {
                self.state = State::Closed(before + 1);
                return Change::None;
            }
            (State::Closed(before), Sign::Failed) => (0, before + 1),
            (State::Trial { trials, .. }, Sign::Failed) => (trials + 1, policy.failures + trials + 1),
        };
        if trials >= policy.trials {
            self.state = State::GivenUp;
            return Change::GivenUp;
        }
        let cooled = now + Duration::from_nanos(policy.cool_down.0);
        let until = self.asked_until.map_or(cooled, |asked| asked.max(cooled));
        self.state = State::Open { until, trials };
        Change::Opened { failures, wait: until - now }
    }
}

#[cfg(test)]
mod tests {
    use gonogo_core::{Breaker, Nanos};
    use tokio::time::{Duration, Instant};

    use super::{Change, Fuse, Sign, Way};

    const COOL: Duration = Duration::from_secs(30);

    fn fuse(trials: u32) -> Fuse {
        Fuse::new(Some(Breaker { failures: 3, cool_down: Nanos(COOL.as_nanos() as u64), trials }))
    }

    fn opened(trials: u32, now: Instant) -> Fuse {
        let mut fuse = fuse(trials);
        assert_eq!(fuse.note(0, Sign::Failed, now), Change::None);
        assert_eq!(fuse.note(1, Sign::Failed, now), Change::None);
        assert_eq!(fuse.note(2, Sign::Failed, now), Change::Opened { failures: 3, wait: COOL });
        fuse
    }

    #[test]
    fn only_failures_in_a_row_open_it() {
        let (mut fuse, now) = (fuse(1), Instant::now());
        for sign in [Sign::Failed, Sign::Failed, Sign::There, Sign::Failed, Sign::Busy, Sign::Failed] {
            assert_eq!(fuse.note(0, sign, now), Change::None);
        }
        assert_eq!(fuse.note(0, Sign::Failed, now), Change::Opened { failures: 3, wait: COOL });
        assert_eq!(fuse.way(now), Way::Until(now + COOL));
        assert_eq!(fuse.note(9, Sign::Failed, now), Change::None, "one that was under way");
    }

    #[test]
    fn one_trial_at_a_time_and_after_the_last_the_arm_is_given_up() {
        let start = Instant::now();
        let mut fuse = opened(2, start);
        let later = start + COOL;
        assert_eq!(fuse.way(later), Way::Free);
        fuse.sent(7);
        assert_eq!(fuse.way(later), Way::AfterTrial);
        assert_eq!(fuse.note(7, Sign::Failed, later), Change::Opened { failures: 4, wait: COOL });
        assert_eq!(fuse.way(later), Way::Until(later + COOL));
        fuse.sent(8);
        assert_eq!(fuse.note(8, Sign::Failed, later + COOL), Change::GivenUp);
        assert_eq!(fuse.way(later + COOL + COOL), Way::Shut);
        assert_eq!(fuse.note(3, Sign::There, later), Change::None, "a straggler brings it not back");
        assert_eq!(fuse.way(later), Way::Shut);
    }

    #[test]
    fn a_straggler_is_not_the_trial_but_can_show_that_the_arm_is_there() {
        let now = Instant::now();
        let mut fuse = opened(1, now);
        fuse.sent(7);
        assert_eq!(fuse.note(3, Sign::Failed, now), Change::None, "it was sent before the breaker opened");
        assert_eq!(fuse.way(now), Way::AfterTrial);
        assert_eq!(fuse.note(4, Sign::There, now), Change::None);
        assert!(fuse.is_closed());
    }

    #[test]
    fn a_trial_that_finds_the_arm_there_closes_it() {
        for sign in [Sign::There, Sign::Busy] {
            let now = Instant::now();
            let mut fuse = opened(2, now);
            fuse.sent(7);
            assert_eq!(fuse.note(7, sign, now), Change::None);
            assert!(fuse.is_closed());
        }
    }

    #[test]
    fn it_stays_open_for_as_long_as_the_server_asks() {
        let now = Instant::now();
        let mut fuse = fuse(2);
        fuse.asked(now + 2 * COOL);
        fuse.asked(now + COOL / 2);
        let last = (0..3).map(|index| fuse.note(index, Sign::Failed, now)).last();
        assert_eq!(last, Some(Change::Opened { failures: 3, wait: 2 * COOL }));
    }

    #[test]
    fn without_trials_it_opens_once_and_without_a_policy_never() {
        let (mut at_once, now) = (fuse(0), Instant::now());
        assert_eq!([0, 1, 2].map(|index| at_once.note(index, Sign::Failed, now))[2], Change::GivenUp);
        let mut never = Fuse::new(None);
        (0..100).for_each(|index| assert_eq!(never.note(index, Sign::Failed, now), Change::None));
        assert_eq!(never.way(now), Way::Free);
    }
}
