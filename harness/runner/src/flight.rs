//! The attempts under way: who is where, and whose slot is free.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use gonogo_backend::Ask;
use gonogo_core::{AttemptFacts, Capture, ContentHash, Kind, Nanos, Planned};
use gonogo_judge::Judged;
use tokio::task::{Id, JoinError, JoinSet};

use crate::{Judges, OpenArm, arm::fault_capture, verdict};

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
    Verdict(Box<Judged>),
    Rest,
}

/// An attempt whose task is running, with its answer once there is one.
type Up = (Attempting, Option<Answer>);

/// Every attempt under way. Dropping it drops them.
#[derive(Default)]
pub(crate) struct Flight {
    tasks: JoinSet<Brought>,
    attempts: HashMap<Id, Up>,
    by_arm: HashMap<String, u32>,
}

impl Flight {
    /// Attempts under way, on all arms.
    pub(crate) fn len(&self) -> usize {
        self.attempts.len()
    }

    /// Attempts under way on this arm.
    pub(crate) fn on_arm(&self, arm: &str) -> u32 {
        self.by_arm.get(arm).copied().unwrap_or_default()
    }

    /// Asks the backend.
    pub(crate) fn ask(&mut self, attempting: Attempting) {
        let (backend, ask) = (Arc::clone(&attempting.arm.backend), Arc::clone(&attempting.ask));
        let task = async move { Brought::Answer(Box::new(backend.answer(&ask).await)) };
        let id = self.tasks.spawn(task).id();
        self.keep(id, attempting, None);
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
        self.keep(id, attempting, None);
    }

    /// Has the answer judged. The attempt keeps its slot until then: with one attempt at a time
    /// nothing of the harness runs beside the backend that is being measured.
    pub(crate) fn judge(
        &mut self,
        attempting: Attempting,
        judges: &Arc<Judges>,
        hash: ContentHash,
        capture: Capture,
    ) {
        let answer = Answer { hash, capture: Arc::new(capture) };
        let capture = Arc::clone(&answer.capture);
        let (judges, key) = (Arc::clone(judges), attempting.planned.key.clone());
        let enforcement = attempting.arm.enforcement;
        let task = move || Brought::Verdict(Box::new(judges.judge(&key, &capture, enforcement)));
        let id = self.tasks.spawn_blocking(task).id();
        self.keep(id, attempting, Some(answer));
    }

    /// The next thing to come down; `None` when nothing is up.
    pub(crate) async fn land(&mut self) -> Option<Landed> {
        let joined = self.tasks.join_next_with_id().await?;
        self.landed(joined)
    }

    /// Something that has come down already, without waiting for more.
    pub(crate) fn land_now(&mut self) -> Option<Landed> {
        let joined = self.tasks.try_join_next_with_id()?;
        self.landed(joined)
    }

    fn landed(&mut self, joined: Result<(Id, Brought), JoinError>) -> Option<Landed> {
        let (id, brought) = match joined {
            Ok((id, brought)) => (id, Ok(brought)),
            Err(error) => (error.id(), Err(error)),
        };
        let (attempting, answer) = self.take(id)?;
        let attempting = Box::new(attempting);
        Some(match (brought, answer) {
            (Ok(Brought::Answer(capture)), _) => Landed::Answered(attempting, capture),
            (Ok(Brought::Rest), _) => Landed::Rested(attempting),
            (Ok(Brought::Verdict(judged)), Some(answer)) => Landed::Judged(attempting, answer, judged),
            (Err(error), Some(answer)) => {
                let message = format!("judging broke: {error}");
                let enforcement = attempting.arm.enforcement;
                let fault = verdict::fault(&answer.capture, Kind::HarnessError, message, enforcement);
                Landed::Judged(attempting, answer, Box::new(fault))
            }
            (Err(error), None) => {
                let capture = fault_capture(&attempting.ask, error);
                Landed::Answered(attempting, Box::new(capture))
            }
            (Ok(Brought::Verdict(_)), None) => unreachable!("only what was captured is judged"),
        })
    }

    /// Drops every attempt under way and waits until their tasks are gone, so that backends have
    /// cleaned up before anyone goes on.
    pub(crate) async fn abandon(&mut self) {
        self.tasks.shutdown().await;
        self.attempts.clear();
        self.by_arm.clear();
    }

    fn keep(&mut self, id: Id, attempting: Attempting, answer: Option<Answer>) {
        match self.by_arm.get_mut(&attempting.planned.key.arm) {
            Some(count) => *count += 1,
            None => drop(self.by_arm.insert(attempting.planned.key.arm.clone(), 1)),
        }
        self.attempts.insert(id, (attempting, answer));
    }

    fn take(&mut self, id: Id) -> Option<Up> {
        let up = self.attempts.remove(&id)?;
        if let Some(count) = self.by_arm.get_mut(&up.0.planned.key.arm) {
            *count -= 1;
        }
        Some(up)
    }
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
            language: self.language.clone(),
            provenance: answer.capture.provenance(self.arm.backend.identity().provenance),
            started: self.started.clone(),
            seed: self.planned.seed,
            capture: answer.hash.clone(),
        }
    }
}
