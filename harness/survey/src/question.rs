//! Asking a worker something beside trials: one line out, one line back, within limits.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use gonogo_core::Nanos;
use gonogo_protocol::masks::{FromMasker, ToMasker};

use crate::worker::Worker;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(25);

/// Why there is no answer, in words.
pub(crate) enum Unanswered {
    /// The worker says that it cannot, and lives.
    Failed(String),
    /// The worker is of no more use.
    Lost(String),
}

/// Asks, and waits for the answer.
pub(crate) fn ask(
    worker: &mut Worker,
    line: &ToMasker,
    patience: Duration,
    memory_bytes: u64,
    stop: &AtomicBool,
) -> Result<FromMasker, Unanswered> {
    let lost = |message: String| Err(Unanswered::Lost(message));
    if let Err(error) = worker.pipe.send(line) {
        return lost(format!("the question could not be written down: {error}"));
    }
    let until = Instant::now() + patience;
    loop {
        while let Some(bytes) = worker.pipe.line() {
            match serde_json::from_slice(bytes) {
                Ok(FromMasker::Heartbeat(_)) => {}
                Ok(FromMasker::Failed(failed)) => return Err(Unanswered::Failed(failed.message)),
                Ok(answer @ (FromMasker::Seen(_) | FromMasker::Drawn(_))) => return Ok(answer),
                Ok(
                    FromMasker::Ready(_)
                    | FromMasker::Compiled(_)
                    | FromMasker::Walked(_)
                    | FromMasker::Recompiled(_),
                ) => return lost("it answered something else".into()),
                Err(error) => return lost(format!("it wrote a line that is not of the protocol: {error}")),
            }
        }
        let now = Instant::now();
        if worker.pipe.ended() {
            let how = worker.death().map(|death| death.how);
            return lost(how.map_or("it closed its stdout".into(), |how| format!("it died by {how}")));
        }
        if now >= until || stop.load(Ordering::Relaxed) {
            return lost(format!("no answer within {}", Nanos::from(patience)));
        }
        worker.pipe.wait(LOOK.min(until.saturating_duration_since(now)));
        if worker.vitals.memory().is_some_and(|memory| memory.now > memory_bytes) {
            return lost("it outgrew the memory limit".into());
        }
    }
}
