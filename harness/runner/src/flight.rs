//! The attempts under way: who is where, and whose slot is free.

use std::{collections::HashMap, sync::Arc};

use gonogo_backend::Ask;
use gonogo_core::{AttemptFacts, Capture, ContentHash, Planned, Provenance};
use gonogo_judge::Judged;
use tokio::task::{Id, JoinSet};

use crate::{Judges, OpenArm, arm::fault_capture, verdict};
use gonogo_core::Kind;

/// One attempt under way.
pub(crate) struct Attempting {
    pub(crate) planned: Planned,
    pub(crate) arm: OpenArm,
    pub(crate) language: Option<String>,
    pub(crate) started: String,
    ask: Arc<Ask>,
    /// Once there is an answer.
    answer: Option<(ContentHash, Arc<Capture>)>,
}

/// Something that came down.
pub(crate) enum Landed {
    /// An answer, to be captured and then judged.
    Answered(Box<Attempting>, Box<Capture>),
    /// A verdict.
    Judged(Box<AttemptFacts>, Box<Judged>),
}

/// What a task brings back.
enum Brought {
    Answer(Box<Capture>),
    Verdict(Box<Judged>),
}

/// Every attempt under way. Dropping it drops them.
#[derive(Default)]
pub(crate) struct Flight {
    tasks: JoinSet<Brought>,
    attempts: HashMap<Id, Attempting>,
}

impl Flight {
    /// Attempts under way, on all arms.
    pub(crate) fn len(&self) -> usize {
        self.attempts.len()
    }

    /// Attempts under way on this arm.
    pub(crate) fn on_arm(&self, arm: &str) -> usize {
        self.attempts.values().filter(|attempting| attempting.planned.key.arm == arm).count()
    }

    /// Asks the backend.
    pub(crate) fn ask(&mut self, attempting: Attempting) {
        let (backend, ask) = (Arc::clone(&attempting.arm.backend), Arc::clone(&attempting.ask));
        let task = async move { Brought::Answer(Box::new(backend.answer(&ask).await)) };
        let id = self.tasks.spawn(task).id();
        self.attempts.insert(id, attempting);
    }

    /// Has the answer judged. The attempt keeps its slot until then: with one attempt at a time
    /// nothing of the harness runs beside the backend that is being measured.
    pub(crate) fn judge(
        &mut self,
        mut attempting: Attempting,
        judges: &Arc<Judges>,
        hash: ContentHash,
        capture: Capture,
    ) {
        let capture = Arc::new(capture);
        attempting.answer = Some((hash, Arc::clone(&capture)));
        let (judges, key) = (Arc::clone(judges), attempting.planned.key.clone());
        let enforcement = attempting.arm.enforcement;
        let task = move || Brought::Verdict(Box::new(judges.judge(&key, &capture, enforcement)));
        let id = self.tasks.spawn_blocking(task).id();
        self.attempts.insert(id, attempting);
    }

    /// The next thing to come down; `None` when nothing is up.
    pub(crate) async fn land(&mut self) -> Option<Landed> {
        let (id, brought) = match self.tasks.join_next_with_id().await? {
            Ok((id, brought)) => (id, Ok(brought)),
            Err(error) => (error.id(), Err(error)),
        };
        let attempting = self.attempts.remove(&id)?;
        Some(match (brought, attempting.answer.clone()) {
            (Ok(Brought::Answer(capture)), _) => Landed::Answered(Box::new(attempting), capture),
            (Ok(Brought::Verdict(judged)), Some((hash, _))) => attempting.judged(hash, judged),
            (Err(error), Some((hash, capture))) => {
                let message = format!("judging broke: {error}");
                let fault = verdict::fault(&capture, Kind::HarnessError, message, attempting.arm.enforcement);
                attempting.judged(hash, Box::new(fault))
            }
            (Err(error), None) => {
                let capture = fault_capture(&attempting.ask, error);
                Landed::Answered(Box::new(attempting), Box::new(capture))
            }
            (Ok(Brought::Verdict(_)), None) => unreachable!("only what was captured is judged"),
        })
    }

    /// Drops every attempt under way and waits until their tasks are gone, so that backends have
    /// cleaned up before anyone goes on.
    pub(crate) async fn abandon(&mut self) {
        self.tasks.shutdown().await;
        self.attempts.clear();
    }
}

impl Attempting {
    pub(crate) fn new(
        planned: Planned,
        arm: OpenArm,
        language: Option<String>,
        started: String,
        ask: Ask,
    ) -> Self {
        Self { planned, arm, language, started, ask: Arc::new(ask), answer: None }
    }

    fn judged(self, hash: ContentHash, judged: Box<Judged>) -> Landed {
        let simulated = self.answer.as_ref().is_some_and(|(_, capture)| capture.is_simulated());
        let provenance = self.arm.backend.identity().provenance;
        let facts = AttemptFacts {
            index: self.planned.index,
            key: self.planned.key,
            r#try: 0,
            language: self.language,
            // An arm can be pointed at the sim by mistake; its answers are no evidence all the same.
            provenance: if simulated { Provenance::Simulated } else { provenance },
            started: self.started,
            seed: self.planned.seed,
            capture: hash,
        };
        Landed::Judged(Box::new(facts), judged)
    }
}
