//! What is still to be started: in plan order, by the schedule of an open loop, past arms that are left alone.

use std::collections::{HashMap, VecDeque};

use gonogo_core::{Nanos, Pace, Planned};
use tokio::time::{Duration, Instant};

use crate::{
    OpenArm,
    breaker::{Change, Fuse, Sign, Way},
};

/// Attempts not yet started, and the breakers of their arms.
pub(crate) struct Queue<'a> {
    waiting: VecDeque<Waiting<'a>>,
    fuses: HashMap<&'a str, Fuse>,
    begun: Instant,
}

#[derive(Clone, Copy)]
struct Waiting<'a> {
    planned: &'a Planned,
    /// When it is meant to start, since `begun`; in an open loop.
    meant: Option<Nanos>,
}

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Next<'a> {
    /// Start this one, so long after its intended start where there is one.
    Start(&'a Planned, Option<Nanos>),
    /// Nothing before then.
    Until(Instant),
    /// Nothing before something comes back.
    Wait,
}

/// Whether there is room for one more attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// There is.
    Free,
    /// Not on its arm.
    ArmFull,
    /// Nowhere.
    Full,
}

impl<'a> Queue<'a> {
    /// A queue of `attempts`, begun now. Attempts of an arm that is not in `arms` have no breaker.
    pub(crate) fn new(
        attempts: impl Iterator<Item = &'a Planned>,
        arms: impl Iterator<Item = (&'a String, &'a OpenArm)>,
        pace: Option<Pace>,
        seed: u64,
    ) -> Self {
        let attempts: Vec<_> = attempts.collect();
        let starts = pace.map(|pace| pace.starts(attempts.len(), seed));
        let meant = |at: usize| starts.as_ref().and_then(|starts| starts.get(at).copied());
        let waiting = attempts.iter().enumerate().map(|(at, planned)| Waiting { planned, meant: meant(at) });
        Self {
            waiting: waiting.collect(),
            fuses: arms.map(|(name, arm)| (name.as_str(), Fuse::new(arm.conduct.breaker))).collect(),
            begun: Instant::now(),
        }
    }

    /// Whether nothing is left to start.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What to start next, and takes it out; `has_room` says whether there is a slot, and whether the arm can hold
    /// one more. Arms that are left alone for a while are passed over. In an open loop those without room are, too:
    /// a slow arm must not make another one late. In a closed one the order of the plan holds.
    pub(crate) fn next(&mut self, now: Instant, has_room: impl Fn(&Planned) -> Room) -> Next<'a> {
        let mut earliest: Option<Instant> = None;
        for at in 0..self.waiting.len() {
            let Waiting { planned, meant } = self.waiting[at];
            let due = meant.map(|meant| self.begun + Duration::from_nanos(meant.0));
            if let Some(due) = due.filter(|due| *due > now) {
                // Those behind it are due later still.
                return Next::Until(earliest.map_or(due, |earliest| earliest.min(due)));
            }
            let way = self.fuses.get(planned.key.arm.as_str()).map_or(Way::Free, |fuse| fuse.way(now));
            match (way, has_room(planned)) {
                (Way::Free, Room::Free) => {
                    self.waiting.remove(at);
                    self.sent(&planned.key.arm, planned.index);
                    return Next::Start(planned, due.map(|due| Nanos::from(now - due)));
                }
                (Way::Free, Room::ArmFull) if meant.is_some() => {}
                (Way::Free, Room::Full | Room::ArmFull) => return earliest.map_or(Next::Wait, Next::Until),
                (Way::Until(when), _) => {
                    earliest = Some(earliest.map_or(when, |earliest| earliest.min(when)));
                }
                (Way::AfterTrial | Way::Shut, _) => {}
            }
        }
        earliest.map_or(Next::Wait, Next::Until)
    }

    /// Whether the arm's breaker lets everything through.
    pub(crate) fn is_free(&self, arm: &str) -> bool {
        self.fuses.get(arm).is_none_or(Fuse::is_closed)
    }

    /// Whether an attempt that was begun before may be sent.
    pub(crate) fn way(&self, arm: &str, now: Instant) -> Way {
        self.fuses.get(arm).map_or(Way::Free, |fuse| fuse.way(now))
    }

    /// The server of `arm` asks to be left alone until then.
    pub(crate) fn asked(&mut self, arm: &str, until: Instant) {
        if let Some(fuse) = self.fuses.get_mut(arm) {
            fuse.asked(until);
        }
    }

    /// The attempt of this index came back from `arm`. When that ends the arm, its attempts leave the queue, and
    /// their number is the answer beside the change.
    pub(crate) fn note(&mut self, arm: &str, index: u32, sign: Sign, now: Instant) -> (Change, usize) {
        let change = self.fuses.get_mut(arm).map_or(Change::None, |fuse| fuse.note(index, sign, now));
        let before = self.waiting.len();
        if change == Change::GivenUp {
            self.waiting.retain(|waiting| waiting.planned.key.arm != arm);
        }
        (change, before - self.waiting.len())
    }

    /// The attempt of this index was sent to `arm`.
    pub(crate) fn sent(&mut self, arm: &str, index: u32) {
        if let Some(fuse) = self.fuses.get_mut(arm) {
            fuse.sent(index);
        }
    }
}
