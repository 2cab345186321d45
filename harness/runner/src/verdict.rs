//! Judging that cannot take the run down: on a thread of its own, with a limit.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use gonogo_core::{Capture, Detail, Enforcement, Kind, Outcome, Timings, Tokens};
use gonogo_judge::{Evidence, Judged};

use crate::arm::panic_message;

/// What judges the answers of one case.
pub(crate) type Judging = Arc<dyn Fn(&Capture, Enforcement) -> Judged + Send + Sync>;

/// Answers nest as deep as a model likes, and judging them recurses.
const STACK_BYTES: usize = 16 << 20;

/// Judges `capture`, for `limit` at most. Blocks.
///
/// A judge that overruns cannot be stopped, only left behind: its thread goes on alone and ends
/// with the process. That is why this is not a thread of the runtime, which would wait for it.
pub(crate) fn judge_within(
    judging: &Judging,
    capture: &Arc<Capture>,
    enforcement: Enforcement,
    limit: Duration,
) -> Judged {
    let (sender, receiver) = mpsc::channel();
    let work = {
        let (judging, capture) = (Arc::clone(judging), Arc::clone(capture));
        move || {
            let verdict = catch_unwind(AssertUnwindSafe(|| judging(&capture, enforcement)));
            // Nobody listens any more once the limit has passed.
            let _ = sender.send(verdict.map_err(|payload| panic_message(payload.as_ref())));
        }
    };
    let spawned = thread::Builder::new().name("judge".into()).stack_size(STACK_BYTES).spawn(work);
    if let Err(error) = spawned {
        return fault(capture, Kind::HarnessError, format!("no thread to judge on: {error}"), enforcement);
    }
    let (kind, message) = match receiver.recv_timeout(limit) {
        Ok(Ok(judged)) => return judged,
        Ok(Err(said)) => (Kind::HarnessError, format!("the judge panicked: {said}")),
        Err(RecvTimeoutError::Timeout) => (Kind::JudgeTimeout, format!("no verdict within {limit:?}")),
        Err(RecvTimeoutError::Disconnected) => (Kind::HarnessError, "the judge left without a word".into()),
    };
    fault(capture, kind, message, enforcement)
}

/// The verdict on ourselves. Durations the capture knows are kept; nothing else was read.
pub(crate) fn fault(capture: &Capture, kind: Kind, message: String, enforcement: Enforcement) -> Judged {
    let timings = Timings { total: capture.elapsed, load: capture.load, ..Timings::default() };
    Judged {
        outcome: Outcome::new(kind, enforcement, Detail::message(message)),
        answer: Evidence { text: Vec::new(), finish_reason: None, timings, tokens: Tokens::default() },
    }
}
