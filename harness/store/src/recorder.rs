//! The observer that writes everything down.

use std::collections::BTreeSet;

use gonogo_core::{Caveat, Event, Observer, ObserverError, Provenance, Receipt, RunStatus, Start};

use crate::{Journal, StoreError};

/// Writes a run as it happens: the receipt when it starts, what is asked before it is sent, each capture before it is judged,
/// each row when it is known. Put it before any observer that shows things to people, so that
/// nothing is shown that is not kept.
#[derive(Debug)]
pub struct Recorder {
    journal: Journal,
    receipt: Receipt,
    /// Attempts of the journal that are concluded.
    concluded: BTreeSet<u32>,
}

impl Recorder {
    /// Records into `journal`, starting from the receipt it holds.
    ///
    /// # Errors
    /// [`StoreError`] where the receipt or the rows cannot be read.
    pub fn new(journal: Journal) -> Result<Self, StoreError> {
        let receipt = journal.dir().receipt()?;
        let rows = journal.dir().facts()?.rows;
        let concluded = rows.iter().filter(|row| row.then.is_none()).map(|row| row.index).collect();
        Ok(Self { journal, receipt, concluded })
    }

    /// Closes the run at `finished` (UTC, RFC 3339): complete when every planned attempt is
    /// concluded, unfinished otherwise. Returns the receipt as written, and lets the lock go.
    ///
    /// # Errors
    /// [`StoreError`] where rows cannot be kept, the plan cannot be read or the receipt cannot be written.
    pub fn finish(mut self, finished: &str) -> Result<Receipt, StoreError> {
        self.journal.sync()?;
        let plan = self.journal.dir().plan()?;
        let missing = plan.attempts.iter().any(|planned| !self.concluded.contains(&planned.index));
        self.receipt.status = if missing { RunStatus::Unfinished } else { RunStatus::Complete };
        self.receipt.finished = Some(finished.to_owned());
        self.journal.set_receipt(&self.receipt)?;
        Ok(self.receipt)
    }

    /// Notes how busy the machine is as the run stops; [`Recorder::finish`] writes it down.
    pub fn note_load(&mut self, load: Option<f64>) {
        self.receipt.load.iter_mut().for_each(|known| known.end = load);
    }

    /// Whether somebody answers for this arm. Of a recording nothing is asked, however often it is played.
    fn is_asked(&self, arm: &str) -> bool {
        self.receipt.arm(arm).is_none_or(|arm| arm.provenance != Provenance::Replay)
    }

    fn record(&mut self, event: &Event) -> Result<(), StoreError> {
        match event {
            Event::RunStarted { receipt, done: _ } => {
                self.receipt = Receipt { run: self.journal.dir().name(), ..(**receipt).clone() };
                // What an earlier session has left out is made up for now, or left out again.
                self.receipt.caveats.retain(|caveat| !matches!(caveat, Caveat::GivenUp { .. }));
                self.journal.set_receipt(&self.receipt)
            }
            Event::Captured { hash, json, .. } => self.journal.stage(hash, json),
            Event::AttemptFinished { attempt } => {
                if attempt.then.is_none() {
                    self.concluded.insert(attempt.index);
                }
                self.journal.write(attempt)
            }
            Event::ArmGivenUp { arm, left } => {
                self.receipt.caveats.push(Caveat::GivenUp { arm: arm.clone(), left: *left });
                self.journal.set_receipt(&self.receipt)
            }
            Event::AttemptStarted { planned, r#try, started } if self.is_asked(&planned.key.arm) => {
                self.journal.start(&Start::of(planned, *r#try, started))
            }
            Event::AttemptStarted { .. } | Event::ArmPaused { .. } | Event::RunFinished { .. } => Ok(()),
        }
    }
}

impl Observer for Recorder {
    fn on(&mut self, event: &Event) -> Result<(), ObserverError> {
        self.record(event).map_err(observer_error)
    }

    fn flush(&mut self) -> Result<(), ObserverError> {
        self.journal.flush_starts().map_err(observer_error)
    }

    fn sync(&mut self) -> Result<(), ObserverError> {
        self.journal.sync().map_err(observer_error)
    }
}

fn observer_error(error: StoreError) -> ObserverError {
    ObserverError { observer: "the journal".into(), cause: Box::new(error) }
}
