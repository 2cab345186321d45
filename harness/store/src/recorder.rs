//! The observer that writes everything down.

use gonogo_core::{Event, Observer, ObserverError, Receipt, RunStatus};

use crate::{Journal, StoreError};

/// Writes a run as it happens: the receipt when it starts, each capture before it is judged,
/// each row when it is known. Put it before any observer that shows things to people, so that
/// nothing is shown that is not kept.
#[derive(Debug)]
pub struct Recorder {
    journal: Journal,
    receipt: Receipt,
}

impl Recorder {
    /// Records into `journal`, starting from the receipt it holds.
    ///
    /// # Errors
    /// [`StoreError`] where the receipt cannot be read.
    pub fn new(journal: Journal) -> Result<Self, StoreError> {
        let receipt = journal.dir().receipt()?;
        Ok(Self { journal, receipt })
    }

    /// Closes the run at `finished` (UTC, RFC 3339): complete when every planned attempt has its
    /// row, unfinished otherwise. Returns the receipt as written, and lets the lock go.
    ///
    /// # Errors
    /// [`StoreError`] where rows cannot be counted or the receipt cannot be written.
    pub fn finish(mut self, finished: &str) -> Result<Receipt, StoreError> {
        let rows = self.journal.dir().facts()?.rows;
        let keys: std::collections::BTreeSet<_> = rows.iter().map(|row| &row.key).collect();
        let missing = self.journal.dir().plan()?.attempts.iter().any(|planned| !keys.contains(&planned.key));
        self.receipt.status = if missing { RunStatus::Unfinished } else { RunStatus::Complete };
        self.receipt.finished = Some(finished.to_owned());
        self.journal.set_receipt(&self.receipt)?;
        Ok(self.receipt)
    }

    fn record(&mut self, event: &Event) -> Result<(), StoreError> {
        match event {
            Event::RunStarted { receipt, done: _ } => {
                self.receipt = Receipt { run: self.journal.dir().name(), ..(**receipt).clone() };
                self.journal.set_receipt(&self.receipt)
            }
            Event::Captured { capture, .. } => self.journal.keep(capture).map(drop),
            Event::AttemptFinished { attempt } => self.journal.append(attempt),
            Event::AttemptStarted { .. } | Event::RunFinished { .. } => Ok(()),
        }
    }
}

impl Observer for Recorder {
    fn on(&mut self, event: &Event) -> Result<(), ObserverError> {
        self.record(event)
            .map_err(|error| ObserverError { observer: "the journal".into(), cause: Box::new(error) })
    }
}
