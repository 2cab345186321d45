//! Judging that cannot take the run down: on a thread of its own, with a limit.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
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

/// Threads to judge on. Each judges one answer at a time and is used again.
///
/// A judge that overruns cannot be stopped, only left behind: its thread goes on alone and ends with the process.
/// That is why these are not threads of the runtime, which would wait for it.
#[derive(Default)]
pub(crate) struct Bench {
    idle: Mutex<Vec<Seat>>,
}

/// A thread that waits for something to judge.
struct Seat {
    cases: Sender<Box<dyn FnOnce() -> Verdict + Send>>,
    verdicts: Receiver<Verdict>,
}

/// A judgement, or what the judge's panic said.
type Verdict = Result<Judged, String>;

impl Bench {
    /// Judges `capture`, for `limit` at most. Blocks.
    pub(crate) fn judge(
        &self,
        judging: &Judging,
        capture: &Arc<Capture>,
        enforcement: Enforcement,
        limit: Duration,
    ) -> Judged {
        let case = {
            let (judging, capture) = (Arc::clone(judging), Arc::clone(capture));
            move || {
                catch_unwind(AssertUnwindSafe(|| judging(&capture, enforcement)))
                    .map_err(|payload| panic_message(payload.as_ref()))
            }
        };
        let free = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let seat = match free.map_or_else(Seat::new, Ok) {
            Ok(seat) => seat,
            Err(error) => {
                let message = format!("no thread to judge on: {error}");
                return fault(capture, Kind::HarnessError, message, enforcement);
            }
        };
        // A thread that is gone says nothing, which the next line sees.
        let _ = seat.cases.send(Box::new(case));
        let (kind, message) = match seat.verdicts.recv_timeout(limit) {
            Ok(verdict) => {
                self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(seat);
                match verdict {
                    Ok(judged) => return judged,
                    Err(said) => (Kind::HarnessError, format!("the judge panicked: {said}")),
                }
            }
            Err(RecvTimeoutError::Timeout) => (Kind::JudgeTimeout, format!("no verdict within {limit:?}")),
            Err(RecvTimeoutError::Disconnected) => {
                (Kind::HarnessError, "the judge left without a word".into())
            }
        };
        fault(capture, kind, message, enforcement)
    }
}

impl Seat {
    fn new() -> std::io::Result<Self> {
        let (cases, next) = mpsc::channel::<Box<dyn FnOnce() -> Verdict + Send>>();
        let (tell, verdicts) = mpsc::channel();
        let work = move || {
            // Ends when nobody has a case any more, or nobody listens because the limit has passed.
            while let Ok(case) = next.recv() {
                if tell.send(case()).is_err() {
                    break;
                }
            }
        };
        thread::Builder::new().name("judge".into()).stack_size(STACK_BYTES).spawn(work)?;
        Ok(Self { cases, verdicts })
    }
}

/// The verdict on ourselves. Durations the capture knows are kept; nothing else was read.
pub(crate) fn fault(capture: &Capture, kind: Kind, message: String, enforcement: Enforcement) -> Judged {
    let timings = Timings { total: capture.elapsed, load: capture.load, ..Timings::default() };
    Judged {
        outcome: Outcome::new(kind, enforcement, Detail::message(message)),
        answer: Evidence { text: Vec::new(), finish_reason: None, timings, tokens: Tokens::default() },
    }
}
