//! How far a trial has come, and until when it must move on. Pure: instants come in.

use std::time::{Duration, Instant};

use gonogo_core::Nanos;
use gonogo_masks::{Ending, Limits};
use gonogo_protocol::masks::{FromMasker, MaskPhase};

/// Eight missing heartbeats: a worker of which a limit finds no sign for that long does not compute, it is frozen.
const FROZEN: Duration = Duration::from_secs(2);

/// What a trial is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    /// The schema to be compiled, and its first mask.
    Compiled,
    /// Walks.
    Walked,
    /// The same schema to be compiled again.
    Recompiled,
}

/// How far a trial has come.
#[derive(Debug)]
pub(crate) struct Stage {
    limits: Limits,
    waiting: Waiting,
    since: Instant,
    heard: Instant,
    phase: MaskPhase,
    /// Since when one step lasts, by the last heartbeat.
    step: Option<Instant>,
    walks: usize,
    recompiles: u32,
}

/// What happens next if the worker says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadline {
    /// When.
    pub(crate) at: Instant,
    /// What.
    pub(crate) then: Then,
}

/// What a deadline means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// The phase has lasted too long.
    TooLong {
        /// By the worker's last word.
        phase: MaskPhase,
        /// The limit that passed.
        limit: Nanos,
    },
    /// Nothing was heard for so long that it has to be looked at whether the worker lives.
    Quiet,
}

impl Stage {
    /// A trial of so many walks and recompiles whose line was sent at `sent`.
    pub(crate) fn new(limits: Limits, sent: Instant, walks: usize, recompiles: u32) -> Self {
        Self {
            limits,
            waiting: Waiting::Compiled,
            since: sent,
            heard: sent,
            phase: MaskPhase::Compile,
            step: None,
            walks,
            recompiles,
        }
    }

    /// Takes note of a line that arrived at `at`; true when it was the trial's last one.
    pub(crate) fn take(&mut self, line: &FromMasker, at: Instant) -> bool {
        self.heard = at;
        self.step = None;
        match line {
            FromMasker::Heartbeat(heartbeat) => {
                self.phase = heartbeat.phase;
                let began = at.checked_sub(heartbeat.lasting.into()).unwrap_or(at).max(self.since);
                self.step = (heartbeat.phase == MaskPhase::Mask).then_some(began);
                false
            }
            FromMasker::Compiled(_) => {
                (self.waiting, self.since, self.phase) = (Waiting::Walked, at, MaskPhase::Mask);
                self.walks == 0 && self.recompile(at)
            }
            FromMasker::Walked(_) => {
                self.walks = self.walks.saturating_sub(1);
                self.walks == 0 && self.recompile(at)
            }
            FromMasker::Ready(_) | FromMasker::Seen(_) | FromMasker::Drawn(_) => false,
            FromMasker::Recompiled(_) | FromMasker::Failed(_) => true,
        }
    }

    /// The walks are over; true when nothing comes after them.
    fn recompile(&mut self, at: Instant) -> bool {
        (self.waiting, self.since, self.phase) = (Waiting::Recompiled, at, MaskPhase::Compile);
        self.recompiles == 0
    }

    /// The worker was looked at and lives, though nothing was heard of it.
    pub(crate) fn lives(&mut self, at: Instant) {
        self.heard = at;
    }

    /// For how long nothing was heard.
    pub(crate) fn quiet(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.heard)
    }

    /// What a trial has come to whose deadline passed, at `at`. A limit shorter than the one for silence must not
    /// call a worker slow that is frozen.
    pub(crate) fn passed(&self, then: Then, at: Instant) -> Ending {
        let quiet = self.quiet(at);
        match then {
            Then::TooLong { phase, limit } if quiet < FROZEN => Ending::TimedOut { phase, limit },
            Then::TooLong { .. } | Then::Quiet => Ending::Silent { lasting: quiet.into() },
        }
    }

    /// What happens next.
    pub(crate) fn deadline(&self) -> Deadline {
        let Limits { compile, mask, walks, silence, .. } = self.limits;
        let after = |since: Instant, limit: Nanos| Deadline {
            at: since + Duration::from(limit),
            then: Then::TooLong { phase: self.phase, limit },
        };
        let whole = match self.waiting {
            Waiting::Compiled => after(self.since, compile),
            Waiting::Walked => after(self.since, walks),
            Waiting::Recompiled => {
                after(self.since, Nanos(compile.0.saturating_mul(u64::from(self.recompiles))))
            }
        };
        let step = self.step.filter(|_| self.waiting == Waiting::Walked).map(|since| after(since, mask));
        let quiet = Deadline { at: self.heard + Duration::from(silence), then: Then::Quiet };
        [Some(whole), step].into_iter().flatten().fold(quiet, |first, next| {
            // Of two at the same moment a limit says more than silence.
            if next.at <= first.at { next } else { first }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use gonogo_core::Nanos;
    use gonogo_masks::{Ending, Limits};
    use gonogo_protocol::masks::{Compiled, FromMasker, Heartbeat, MaskPhase, WalkEnd, Walked};

    use super::{Stage, Then};

    fn seconds(count: u64) -> Nanos {
        Nanos(count * 1_000_000_000)
    }

    fn limits() -> Limits {
        Limits {
            compile: seconds(30),
            mask: seconds(10),
            walks: seconds(60),
            silence: seconds(5),
            memory_bytes: 0,
        }
    }

    fn beat(phase: MaskPhase, lasting: u64) -> FromMasker {
        FromMasker::Heartbeat(Heartbeat { phase, lasting: seconds(lasting) })
    }

    fn compiled() -> FromMasker {
        FromMasker::Compiled(Compiled { id: 1, compile: Nanos(1), first_mask: Nanos(1) })
    }

    fn walked() -> FromMasker {
        FromMasker::Walked(Walked {
            id: 1,
            walk: 0,
            reset: None,
            end: WalkEnd::Through,
            masks: Vec::new(),
            accepts: Vec::new(),
            may_end: Vec::new(),
            control: None,
            sums: Vec::new(),
        })
    }

    /// Seconds after `sent`, and the phase and limit that would be named.
    fn next(stage: &Stage, sent: Instant) -> (u64, Option<(MaskPhase, u64)>) {
        let deadline = stage.deadline();
        let named = match deadline.then {
            Then::TooLong { phase, limit } => Some((phase, limit.0 / 1_000_000_000)),
            Then::Quiet => None,
        };
        ((deadline.at - sent).as_secs(), named)
    }

    #[test]
    fn each_stage_has_its_limit_and_heartbeats_keep_silence_away() {
        let sent = Instant::now();
        let after = |count| sent + Duration::from_secs(count);
        let mut stage = Stage::new(limits(), sent, 2, 0);
        assert_eq!(next(&stage, sent), (5, None));
        for second in (4..28).step_by(4) {
            assert!(!stage.take(&beat(MaskPhase::Compile, second), after(second)));
        }
        assert_eq!(next(&stage, sent), (29, None));
        stage.take(&beat(MaskPhase::Compile, 28), after(28));
        assert_eq!(next(&stage, sent), (30, Some((MaskPhase::Compile, 30))));
        assert!(!stage.take(&compiled(), after(29)));
        stage.take(&beat(MaskPhase::Mask, 3), after(33));
        assert_eq!(next(&stage, sent), (38, None), "the step has until 40");
        stage.take(&beat(MaskPhase::Mask, 7), after(37));
        assert_eq!(next(&stage, sent), (40, Some((MaskPhase::Mask, 10))));
        assert!(!stage.take(&walked(), after(39)));
        stage.lives(after(85));
        assert_eq!(next(&stage, sent), (89, Some((MaskPhase::Mask, 60))));
        assert!(stage.take(&walked(), after(86)), "the last walk ends the trial");
    }

    #[test]
    fn a_limit_calls_slow_what_shows_life_and_silent_what_does_not() {
        let sent = Instant::now();
        let short = Limits { compile: seconds(3), ..limits() };
        let mut stage = Stage::new(short, sent, 1, 0);
        let at_the_limit = |stage: &Stage| {
            let deadline = stage.deadline();
            stage.passed(deadline.then, deadline.at)
        };
        assert_eq!(at_the_limit(&stage), Ending::Silent { lasting: seconds(3) });
        stage.lives(sent + Duration::from_secs(2));
        let slow = Ending::TimedOut { phase: MaskPhase::Compile, limit: seconds(3) };
        assert_eq!(at_the_limit(&stage), slow);
        let hasty = Stage::new(Limits { compile: seconds(1), ..limits() }, sent, 1, 0);
        let slow = Ending::TimedOut { phase: MaskPhase::Compile, limit: seconds(1) };
        assert_eq!(at_the_limit(&hasty), slow, "too short to tell");
    }

    #[test]
    fn a_first_mask_that_hangs_is_held_against_the_mask() {
        let sent = Instant::now();
        let mut stage = Stage::new(limits(), sent, 1, 0);
        stage.take(&beat(MaskPhase::Mask, 1), sent + Duration::from_secs(29));
        assert_eq!(next(&stage, sent), (30, Some((MaskPhase::Mask, 30))));
    }

    #[test]
    fn recompiles_have_the_time_of_as_many_compiles_and_end_the_trial() {
        let sent = Instant::now();
        let mut stage = Stage::new(limits(), sent, 1, 3);
        assert!(!stage.take(&compiled(), sent));
        assert!(!stage.take(&walked(), sent));
        stage.lives(sent + Duration::from_secs(86));
        assert_eq!(next(&stage, sent), (90, Some((MaskPhase::Compile, 90))));
        let last = FromMasker::Recompiled(gonogo_protocol::masks::Recompiled { id: 1, compiles: Vec::new() });
        assert!(stage.take(&last, sent));
    }

    #[test]
    fn a_schema_without_instances_is_over_when_it_is_compiled() {
        assert!(Stage::new(limits(), Instant::now(), 0, 0).take(&compiled(), Instant::now()));
    }
}
