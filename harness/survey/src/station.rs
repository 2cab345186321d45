//! One arm's worker: started when it is first needed, and again when it is gone.

use std::{sync::atomic::AtomicBool, time::Duration};

use gonogo_masks::{
    Arm, Ending, Limits, Record, Respelled, Subject, SubjectInstance, Treatment, Truth, Try, judge,
};
use gonogo_protocol::masks::{FromMasker, ToMasker};
use gonogo_tokenizer::Tokenizer;

use crate::{
    launch::{Launch, StartError},
    question::{Unanswered, ask},
    respell,
    trial::{self, Asked, leaves_worker, may_be_of_earlier_trials},
    worker::Worker,
};

/// An arm, and how its workers are started.
#[derive(Debug, Clone)]
pub struct Entrant {
    /// The arm.
    pub arm: Arm,
    /// Its workers.
    pub launch: Launch,
}

/// Where trials of one arm are made, one at a time.
#[derive(Debug)]
pub struct Station<'a> {
    entrant: &'a Entrant,
    limits: Limits,
    recompiles: u32,
    tokenizer: &'a Tokenizer,
    stop: &'a AtomicBool,
    worker: Option<Worker>,
}

impl<'a> Station<'a> {
    /// A station without a worker yet. `tokenizer` is what cut the subjects; `stop` turns true when nobody wants an
    /// answer any more.
    #[must_use]
    pub fn new(
        entrant: &'a Entrant,
        limits: Limits,
        recompiles: u32,
        tokenizer: &'a Tokenizer,
        stop: &'a AtomicBool,
    ) -> Self {
        Self { entrant, limits, recompiles, tokenizer, stop, worker: None }
    }

    /// The same with this worker.
    pub(crate) fn with(self, worker: Option<Worker>) -> Self {
        Self { worker, ..self }
    }

    /// The arm.
    #[must_use]
    pub fn arm(&self) -> &'a Arm {
        &self.entrant.arm
    }

    /// One trial, made again in a fresh worker where the first one took the worker down; what is valid and was
    /// refused is then walked without whitespace. `None` when it was stopped: then it was not made.
    pub fn trial(&mut self, subject: &Subject, sums: bool) -> Option<Record> {
        let record = self.settled(subject, sums)?;
        self.respelled(subject, record)
    }

    fn settled(&mut self, subject: &Subject, sums: bool) -> Option<Record> {
        let (first, after) = self.once(subject, self.recompiles, sums)?;
        if !may_be_of_earlier_trials(&first.ending) {
            return Some(first);
        }
        let (second, _) = self.once(subject, self.recompiles, sums)?;
        Some(Record { earlier: vec![Try { ending: first.ending, after }], ..second })
    }

    /// The record with what became of refused instances without whitespace, as far as that can be said.
    fn respelled(&mut self, subject: &Subject, mut record: Record) -> Option<Record> {
        if record.ending != Ending::Complete {
            return Some(record);
        }
        let copies = respell::refused(subject, &record, |text| self.tokenizer.encode(text).ok());
        if copies.is_empty() {
            return Some(record);
        }
        let (again, _) = self.once(&respell::subject_of(subject, &copies), 0, false)?;
        let walked = copies.into_iter().zip(again.walks);
        record.respelled = walked
            .map(|(of, walked)| Respelled { instance: of.instance, text: of.copy.text, walked })
            .collect();
        Some(record)
    }

    /// Whether the arm accepts a text, cut as the tokenizer would; `None` where that cannot be said.
    pub(crate) fn accepts(&mut self, subject: &Subject, text: &str) -> Option<bool> {
        let instance = SubjectInstance {
            id: String::new(),
            text: text.to_owned(),
            tokens: self.tokenizer.encode(text).ok()?,
            labelled: true,
            truth: Truth::Valid,
            reorders: None,
            whole_at: Vec::new(),
        };
        let alone = Subject { instances: vec![instance], ..subject.clone() };
        let (record, _) = self.once(&alone, 0, false)?;
        let verdict = judge(&alone, &record).instances.into_iter().next()?;
        match verdict.treatment {
            Treatment::Accepted => Some(true),
            Treatment::Refused { .. } | Treatment::Unended => Some(false),
            Treatment::GaveUp { .. } | Treatment::Unwalked => None,
        }
    }

    /// One trial, and how many its worker had behind it.
    fn once(&mut self, subject: &Subject, recompiles: u32, sums: bool) -> Option<(Record, u64)> {
        let mut worker = match self.worker() {
            Ok(worker) => worker,
            Err(error) => return Some((unstarted(subject, &error), 0)),
        };
        let after = worker.trials;
        let asked = Asked {
            subject,
            arm: &self.entrant.arm.name,
            limits: self.limits,
            recompiles,
            sums,
            stop: self.stop,
        };
        // A worker that is not put back is killed.
        let record = trial::make(&mut worker, &asked)?;
        if leaves_worker(&record.ending) {
            self.worker = Some(worker);
        }
        Some((record, after))
    }

    fn worker(&mut self) -> Result<Worker, StartError> {
        match self.worker.take() {
            Some(worker) => Ok(worker),
            None => Ok(self.entrant.launch.start(&self.entrant.arm, &self.limits)?.0),
        }
    }

    /// Asks the worker something beside trials.
    ///
    /// # Errors
    /// Why there is no answer, in words.
    pub(crate) fn ask(&mut self, line: &ToMasker) -> Result<FromMasker, String> {
        let mut worker = self.worker().map_err(|error| error.to_string())?;
        let patience = Duration::from(self.limits.compile + self.limits.walks);
        match ask(&mut worker, line, patience, self.limits.memory_bytes, self.stop) {
            Ok(answer) => {
                self.worker = Some(worker);
                Ok(answer)
            }
            Err(Unanswered::Failed(message)) => {
                self.worker = Some(worker);
                Err(message)
            }
            Err(Unanswered::Lost(message)) => Err(message),
        }
    }
}

/// The record of a trial whose worker could not be started.
fn unstarted(subject: &Subject, error: &StartError) -> Record {
    Record {
        subject: subject.id.clone(),
        arm: error.arm.clone(),
        compiled: None,
        recompiles: Vec::new(),
        walks: Vec::new(),
        respelled: Vec::new(),
        ending: Ending::Broken(format!("no worker could be started again: {}", error.cause)),
        peak_bytes: None,
        rest_bytes: None,
        earlier: Vec::new(),
    }
}
