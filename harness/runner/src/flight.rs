//! The attempts under way: who is where, and whose slot is free.

use std::{
    collections::{BTreeMap, HashMap},
    num::NonZero,
    sync::{Arc, LazyLock},
    time::Duration,
};

use gonogo_backend::Ask;
use gonogo_core::{AttemptFacts, Capture, ContentHash, Kind, Nanos, Planned};
use gonogo_judge::Judged;
use tokio::task::{Id, JoinError, JoinSet};

use crate::{Judges, OpenArm, arm::fault_capture, verdict};

/// Answers that one thread judges at least before another one is woken.
const BUNCH: usize = 16;

/// Threads that can judge at a time. Asked once: the answer is read from the files of a control group, and took
/// longer than judging.
static THREADS: LazyLock<usize> =
    LazyLock::new(|| std::thread::available_parallelism().map_or(1, NonZero::get));

/// One attempt under way.
pub(crate) struct Attempting {
    /// Which one; its key names the step that is being asked.
    pub(crate) planned: Planned,
    /// From 0.
    pub(crate) r#try: u32,
    /// How long after its intended start it was first sent; in an open loop.
    pub(crate) late: Option<Nanos>,
    /// What the steps before took, each at its last try.
    pub(crate) before: Nanos,
    /// How often the try under way was asked before, in a session that stopped.
    pub(crate) asked_before: Option<u32>,
    /// Answers of the steps before, by name.
    pub(crate) answers: BTreeMap<String, String>,
    pub(crate) arm: OpenArm,
    pub(crate) language: Option<String>,
    /// When the try under way was started.
    pub(crate) started: String,
    /// What is being asked.
    pub(crate) ask: Arc<Ask>,
}

/// Something that came down.
pub(crate) enum Landed {
    /// An answer, to be captured and then judged.
    Answered(Box<Attempting>, Box<Capture>),
    /// A verdict on this answer.
    Judged(Box<Attempting>, Answer, Box<Judged>),
    /// It has waited before its next try.
    Rested(Box<Attempting>),
}

/// An answer that was kept.
pub(crate) struct Answer {
    pub(crate) hash: ContentHash,
    pub(crate) capture: Arc<Capture>,
}

/// What a task brings back.
enum Brought {
    Answer(Box<Capture>),
    /// On every answer of the bunch, in its order.
    Verdicts(Vec<Judged>),
    Rest,
}

/// What a task is running for.
enum Up {
    /// An attempt that is asked, or rests.
    Attempt(Box<Attempting>),
    /// Answers that are judged.
    Bunch(Vec<(Box<Attempting>, Answer)>),
}

/// Every attempt under way. Dropping it drops them.
#[derive(Default)]
pub(crate) struct Flight {
    tasks: JoinSet<Brought>,
    up: HashMap<Id, Up>,
    /// Attempts that have their slot and are asked next.
    lined_up: Vec<Attempting>,
    attempts: usize,
    by_arm: HashMap<String, u32>,
}

impl Flight {
    /// Attempts under way, on all arms.
    pub(crate) fn len(&self) -> usize {
        self.attempts
    }

    /// Attempts under way on this arm.
    pub(crate) fn on_arm(&self, arm: &str) -> u32 {
        self.by_arm.get(arm).copied().unwrap_or_default()
    }

    /// Gives the attempt its slot; its backend is asked at the next [`Self::launch`].
    pub(crate) fn line_up(&mut self, attempting: Attempting) {
        self.take_slot(&attempting);
        self.lined_up.push(attempting);
    }

    /// What is asked next.
    pub(crate) fn lined_up(&mut self) -> &mut [Attempting] {
        &mut self.lined_up
    }

    /// Asks the backend of every attempt that is lined up.
    pub(crate) fn launch(&mut self) {
        for attempting in self.lined_up.drain(..) {
            let (backend, ask) = (Arc::clone(&attempting.arm.backend), Arc::clone(&attempting.ask));
            let task = async move { Brought::Answer(Box::new(backend.answer(&ask).await)) };
            let id = self.tasks.spawn(task).id();
            self.up.insert(id, Up::Attempt(Box::new(attempting)));
        }
    }

    /// Lets the attempt wait before its next try. It keeps its slot: somebody who is told to come back
    /// later does not send another in his place.
    pub(crate) fn rest(&mut self, attempting: Attempting, wait: Duration) {
        let wait = if attempting.arm.instant { Duration::ZERO } else { wait };
        let task = async move {
            tokio::time::sleep(wait).await;
            Brought::Rest
        };
        let id = self.tasks.spawn(task).id();
        self.take_slot(&attempting);
        self.up.insert(id, Up::Attempt(Box::new(attempting)));
    }

    /// Has the answers judged, several on one thread: waking one for each costs more than judging. The attempts keep
    /// their slots until then: with one attempt at a time nothing of the harness runs beside the backend that is
    /// being measured.
    pub(crate) fn judge(&mut self, mut answered: Vec<(Box<Attempting>, Answer)>, judges: &Arc<Judges>) {
        let size = answered.len().div_ceil(*THREADS).max(BUNCH);
        while !answered.is_empty() {
            let rest = answered.split_off(size.min(answered.len()));
            self.judge_bunch(std::mem::replace(&mut answered, rest), judges);
        }
    }

    fn judge_bunch(&mut self, bunch: Vec<(Box<Attempting>, Answer)>, judges: &Arc<Judges>) {
        let pending = |(attempting, answer): &(Box<Attempting>, Answer)| {
            judges.pending(&attempting.planned.key, &answer.capture, attempting.arm.enforcement)
        };
        let pending: Vec<_> = bunch.iter().map(pending).collect();
        bunch.iter().for_each(|(attempting, _)| self.take_slot(attempting));
        let judges = Arc::clone(judges);
        let id = self.tasks.spawn_blocking(move || Brought::Verdicts(judges.judge_all(&pending))).id();
        self.up.insert(id, Up::Bunch(bunch));
    }

    /// What comes down next, all that came together; `None` when nothing is up.
    pub(crate) async fn land(&mut self) -> Option<Vec<Landed>> {
        let joined = self.tasks.join_next_with_id().await?;
        let mut landed = self.landed(joined);
        while let Some(joined) = self.tasks.try_join_next_with_id() {
            landed.extend(self.landed(joined));
        }
        Some(landed)
    }

    fn landed(&mut self, joined: Result<(Id, Brought), JoinError>) -> Vec<Landed> {
        let id = joined.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let Some(up) = self.up.remove(&id) else { return Vec::new() };
        match up {
            Up::Attempt(attempting) => {
                self.leave_slot(&attempting);
                vec![attempt_landed(attempting, joined)]
            }
            Up::Bunch(bunch) => {
                bunch.iter().for_each(|(attempting, _)| self.leave_slot(attempting));
                bunch_landed(bunch, joined)
            }
        }
    }

    /// Drops every attempt under way and waits until their tasks are gone, so that backends have
    /// cleaned up before anyone goes on.
    pub(crate) async fn abandon(&mut self) {
        self.tasks.shutdown().await;
        self.up.clear();
        self.lined_up.clear();
        self.attempts = 0;
        self.by_arm.clear();
    }

    fn take_slot(&mut self, attempting: &Attempting) {
        self.attempts += 1;
        match self.by_arm.get_mut(&attempting.planned.key.arm) {
            Some(count) => *count += 1,
            None => drop(self.by_arm.insert(attempting.planned.key.arm.clone(), 1)),
        }
    }

    fn leave_slot(&mut self, attempting: &Attempting) {
        self.attempts -= 1;
        if let Some(count) = self.by_arm.get_mut(&attempting.planned.key.arm) {
            *count -= 1;
        }
    }
}

/// What came of asking or of resting.
fn attempt_landed(attempting: Box<Attempting>, joined: Result<(Id, Brought), JoinError>) -> Landed {
    match joined {
        Ok((_, Brought::Answer(capture))) => Landed::Answered(attempting, capture),
        Ok((_, Brought::Rest)) => Landed::Rested(attempting),
        Ok((_, Brought::Verdicts(_))) => unreachable!("only what was captured is judged"),
        Err(error) => {
            let capture = fault_capture(&attempting.ask, error);
            Landed::Answered(attempting, Box::new(capture))
        }
    }
}

/// What came of judging a bunch.
fn bunch_landed(
    bunch: Vec<(Box<Attempting>, Answer)>,
    joined: Result<(Id, Brought), JoinError>,
) -> Vec<Landed> {
    let (verdicts, message) = match joined {
        Ok((_, Brought::Verdicts(verdicts))) => (verdicts, "the judge left without a word".to_owned()),
        Ok((_, Brought::Answer(_) | Brought::Rest)) => unreachable!("what was captured is only judged"),
        Err(error) => (Vec::new(), format!("judging broke: {error}")),
    };
    let mut verdicts = verdicts.into_iter();
    let landed = |(attempting, answer): (Box<Attempting>, Answer)| {
        let enforcement = attempting.arm.enforcement;
        let fault = || verdict::fault(&answer.capture, Kind::HarnessError, message.clone(), enforcement);
        let judged = Box::new(verdicts.next().unwrap_or_else(fault));
        Landed::Judged(attempting, answer, judged)
    };
    bunch.into_iter().map(landed).collect()
}

impl Attempting {
    /// What of its row is known without a judge, once `answer` is in.
    pub(crate) fn facts(&self, answer: &Answer) -> AttemptFacts {
        AttemptFacts {
            index: self.planned.index,
            key: self.planned.key.clone(),
            r#try: self.r#try,
            then: None,
            late: self.late,
            before: Some(self.before).filter(|before| before.0 > 0),
            asked_before: self.asked_before,
            language: self.language.clone(),
            provenance: answer.capture.provenance(self.arm.backend.identity().provenance),
            started: self.started.clone(),
            seed: self.planned.seed,
            capture: answer.hash.clone(),
        }
    }
}
