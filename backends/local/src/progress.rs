//! How far an attempt has come, and until when it must move on. Pure: instants come in.

use std::time::{Duration, Instant};

use gonogo_core::Phase;
use gonogo_protocol::FromWorker;

use crate::Limits;

/// What an attempt is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The constraint to be compiled.
    Compiling,
    /// The first token: first mask, prefill, first draw.
    Starting,
    /// The next token, or the end.
    Streaming,
}

/// How far an attempt has come.
#[derive(Debug)]
pub(crate) struct Progress {
    limits: Limits,
    sent: Instant,
    stage: Stage,
    since: Instant,
    phase: Phase,
}

/// The next limit to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadline {
    /// When it passes.
    pub(crate) at: Instant,
    /// The phase it would be held against.
    pub(crate) phase: Phase,
    /// The limit itself.
    pub(crate) limit: Duration,
}

impl Progress {
    /// An attempt whose request was sent at `sent`.
    pub(crate) fn new(limits: Limits, sent: Instant) -> Self {
        Self { limits, sent, stage: Stage::Compiling, since: sent, phase: Phase::Compile }
    }

    /// Where the worker was last known to be.
    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    /// Takes note of a line that arrived at `at`; true when it was the last one.
    pub(crate) fn take(&mut self, line: &FromWorker, at: Instant) -> bool {
        match line {
            FromWorker::Heartbeat(heartbeat) => {
                let began = back(at, heartbeat.lasting.into()).max(self.sent);
                self.beat(heartbeat.phase, began);
                false
            }
            FromWorker::Compiled(compiled) => {
                if self.stage == Stage::Compiling {
                    let lasting = Duration::from(compiled.first_mask + compiled.prefill);
                    (self.stage, self.since) = (Stage::Starting, back(at, lasting).max(self.sent));
                }
                self.phase = Phase::FirstByte;
                false
            }
            FromWorker::Token(_) => {
                (self.stage, self.since, self.phase) = (Stage::Streaming, at, Phase::Decode);
                false
            }
            FromWorker::Ready(_) => false,
            FromWorker::Done(_) | FromWorker::Failed(_) => true,
        }
    }

    /// A heartbeat tells the phase, and with it that compiling has begun or is over.
    fn beat(&mut self, phase: Phase, began: Instant) {
        self.phase = phase;
        if self.stage == Stage::Streaming {
            return;
        }
        match phase {
            Phase::Compile if self.stage == Stage::Starting => {
                (self.stage, self.since) = (Stage::Compiling, began);
            }
            Phase::FirstByte | Phase::Mask | Phase::Decode if self.stage == Stage::Compiling => {
                (self.stage, self.since) = (Stage::Starting, began);
            }
            Phase::Compile
            | Phase::FirstByte
            | Phase::Mask
            | Phase::Decode
            | Phase::Queue
            | Phase::Connect
            | Phase::Load
            | Phase::Total => {}
        }
    }

    /// The limit that passes next.
    pub(crate) fn deadline(&self) -> Deadline {
        let (phase, limit) = match self.stage {
            Stage::Compiling => (Phase::Compile, self.limits.compile),
            Stage::Starting if self.phase == Phase::Mask => (Phase::Mask, self.limits.first_token),
            Stage::Starting => (Phase::FirstByte, self.limits.first_token),
            Stage::Streaming if self.phase == Phase::Mask => (Phase::Mask, self.limits.stall),
            Stage::Streaming => (Phase::Decode, self.limits.stall),
        };
        let next = Deadline { at: self.since + limit, phase, limit };
        let total =
            Deadline { at: self.sent + self.limits.total, phase: Phase::Total, limit: self.limits.total };
        if next.at <= total.at { next } else { total }
    }
}

fn back(at: Instant, lasting: Duration) -> Instant {
    at.checked_sub(lasting).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use gonogo_core::{Nanos, Phase};
    use gonogo_protocol::{Compiled, FromWorker, Heartbeat, Text, TokenFrame};

    use super::Progress;
    use crate::Limits;

    const LIMITS: Limits = Limits {
        load: Duration::from_secs(1),
        compile: Duration::from_secs(2),
        first_token: Duration::from_secs(3),
        stall: Duration::from_secs(4),
        total: Duration::from_secs(60),
    };

    fn heartbeat(phase: Phase, millis: u64) -> FromWorker {
        FromWorker::Heartbeat(Heartbeat { phase, lasting: Nanos(millis * 1_000_000) })
    }

    fn token() -> FromWorker {
        let zero = Nanos::default();
        FromWorker::Token(TokenFrame {
            id: 1,
            text: Text::Text("a".into()),
            at: zero,
            forward: zero,
            mask: zero,
            sample: zero,
        })
    }

    /// Seconds after `sent` and the phase of the next limit.
    fn next(progress: &Progress, sent: Instant) -> (f64, Phase) {
        let deadline = progress.deadline();
        ((deadline.at - sent).as_secs_f64(), deadline.phase)
    }

    #[test]
    fn each_stage_has_its_limit_and_heartbeats_tell_the_stage() {
        let sent = Instant::now();
        let after = |millis| sent + Duration::from_millis(millis);
        let mut progress = Progress::new(LIMITS, sent);
        assert_eq!(next(&progress, sent), (2.0, Phase::Compile));
        progress.take(&heartbeat(Phase::Compile, 500), after(500));
        assert_eq!(next(&progress, sent), (2.0, Phase::Compile));
        // In its first mask since 1.0 s.
        progress.take(&heartbeat(Phase::Mask, 250), after(1250));
        assert_eq!(next(&progress, sent), (4.0, Phase::Mask));
        progress.take(&heartbeat(Phase::FirstByte, 250), after(2000));
        assert_eq!(next(&progress, sent), (4.0, Phase::FirstByte));
        progress.take(&token(), after(2500));
        assert_eq!(next(&progress, sent), (6.5, Phase::Decode));
        progress.take(&heartbeat(Phase::Mask, 250), after(3000));
        assert_eq!(next(&progress, sent), (6.5, Phase::Mask));
        progress.take(&token(), after(3100));
        assert_eq!(next(&progress, sent), (7.1, Phase::Decode));
    }

    #[test]
    fn a_slow_tokenizer_does_not_hide_compiling() {
        let sent = Instant::now();
        let mut progress = Progress::new(LIMITS, sent);
        progress.take(&heartbeat(Phase::FirstByte, 500), sent + Duration::from_millis(500));
        assert_eq!(next(&progress, sent), (3.0, Phase::FirstByte));
        progress.take(&heartbeat(Phase::Compile, 250), sent + Duration::from_millis(1250));
        assert_eq!(next(&progress, sent), (3.0, Phase::Compile));
        assert_eq!(progress.phase(), Phase::Compile);
    }

    #[test]
    fn the_compiled_line_starts_the_clock_of_the_first_token_where_compiling_ended() {
        let sent = Instant::now();
        let mut progress = Progress::new(LIMITS, sent);
        let compiled = Compiled {
            prompt_tokens: 1,
            tokenize: Nanos::default(),
            compile: Nanos::default(),
            first_mask: Nanos::default(),
            prefill: Nanos(1_000_000_000),
        };
        progress.take(&FromWorker::Compiled(compiled), sent + Duration::from_millis(1500));
        assert_eq!(next(&progress, sent), (3.5, Phase::FirstByte));
    }

    #[test]
    fn the_total_caps_a_stream_that_never_stalls() {
        let sent = Instant::now();
        let mut progress = Progress::new(LIMITS, sent);
        progress.take(&token(), sent + Duration::from_secs(58));
        assert_eq!(next(&progress, sent), (60.0, Phase::Total));
    }
}
