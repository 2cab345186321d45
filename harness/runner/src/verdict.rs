//! Judging that cannot take the run down: on a thread of its own, with a limit.
//!
//! Answers come in bunches, and so they are judged: a thread is woken once for all of a bunch, because waking it
//! for each cost more than judging.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Sender},
    },
    thread,
    time::{Duration, Instant},
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

/// One answer to be judged.
#[derive(Clone)]
pub(crate) struct Pending {
    pub(crate) judging: Judging,
    pub(crate) capture: Arc<Capture>,
    pub(crate) enforcement: Enforcement,
}

/// A thread that waits for something to judge.
struct Seat {
    bunches: Sender<Bunch>,
}

/// Answers that are judged one after the other.
struct Bunch {
    pending: Vec<Pending>,
    desk: Arc<Desk>,
}

/// Where the verdicts of a bunch are put down.
struct Desk {
    state: Mutex<State>,
    over: Condvar,
}

/// How far a bunch has got.
struct State {
    verdicts: Vec<Verdict>,
    /// When the one began that is being judged.
    began: Instant,
    /// Whether nobody waits for the rest.
    left_behind: bool,
}

/// A judgement, or what the judge's panic said.
type Verdict = Result<Judged, String>;

impl Bench {
    /// Judges every one of `pending`, each for `limit` at most; the verdicts are in their order. Blocks.
    pub(crate) fn judge(&self, pending: &[Pending], limit: Duration) -> Vec<Judged> {
        let mut judged = Vec::with_capacity(pending.len());
        while let Some(rest) = pending.get(judged.len()..).filter(|rest| !rest.is_empty()) {
            judged.extend(self.sit(rest, limit));
        }
        judged
    }

    /// Judges on one thread, until all is judged or the thread has to be left behind: at least one verdict.
    fn sit(&self, pending: &[Pending], limit: Duration) -> Vec<Judged> {
        let all =
            |message: &str| pending.iter().map(|one| one.fault(Kind::HarnessError, message.into())).collect();
        let free = locked(&self.idle).pop();
        let seat = match free.map_or_else(Seat::new, Ok) {
            Ok(seat) => seat,
            Err(error) => return all(&format!("no thread to judge on: {error}")),
        };
        let desk = Arc::new(Desk::new(pending.len()));
        if seat.bunches.send(Bunch { pending: pending.to_vec(), desk: Arc::clone(&desk) }).is_err() {
            return all("the judge left without a word");
        }
        let verdicts = desk.wait(pending.len(), limit);
        let mut judged: Vec<Judged> = verdicts
            .into_iter()
            .zip(pending)
            .map(|(verdict, one)| {
                let panicked = |said| one.fault(Kind::HarnessError, format!("the judge panicked: {said}"));
                verdict.unwrap_or_else(panicked)
            })
            .collect();
        match pending.get(judged.len()) {
            None => locked(&self.idle).push(seat),
            Some(one) => judged.push(one.fault(Kind::JudgeTimeout, format!("no verdict within {limit:?}"))),
        }
        judged
    }
}

impl Desk {
    fn new(verdicts: usize) -> Self {
        let verdicts = Vec::with_capacity(verdicts);
        let state = State { verdicts, began: Instant::now(), left_behind: false };
        Self { state: Mutex::new(state), over: Condvar::new() }
    }

    /// Puts a verdict down; whether anybody waits for another.
    fn put(&self, verdict: Verdict) -> bool {
        let mut state = locked(&self.state);
        state.verdicts.push(verdict);
        state.began = Instant::now();
        !state.left_behind
    }

    /// Waits until all of them are there, or one has taken the limit: then those before it.
    fn wait(&self, all: usize, limit: Duration) -> Vec<Verdict> {
        let mut state = locked(&self.state);
        while state.verdicts.len() < all {
            let left = limit.saturating_sub(state.began.elapsed());
            if left.is_zero() {
                state.left_behind = true;
                break;
            }
            state = self.over.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        std::mem::take(&mut state.verdicts)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pending {
    fn judge(&self) -> Verdict {
        catch_unwind(AssertUnwindSafe(|| (self.judging)(&self.capture, self.enforcement)))
            .map_err(|payload| panic_message(payload.as_ref()))
    }

    fn fault(&self, kind: Kind, message: String) -> Judged {
        fault(&self.capture, kind, message, self.enforcement)
    }
}

impl Seat {
    fn new() -> std::io::Result<Self> {
        let (bunches, next) = mpsc::channel::<Bunch>();
        let work = move || {
            // Ends when nobody has anything to judge any more, or nobody waits because the limit has passed.
            for Bunch { pending, desk } in next {
                if !pending.iter().all(|one| desk.put(one.judge())) {
                    break;
                }
                desk.over.notify_one();
            }
        };
        thread::Builder::new().name("judge".into()).stack_size(STACK_BYTES).spawn(work)?;
        Ok(Self { bunches })
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
