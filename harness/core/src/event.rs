//! The only interface between the runner and everything that watches it.

use crate::{Attempt, Capture, ContentHash, Planned, Receipt};

/// Something that has happened in a run. Events carry facts, never display settings.
#[derive(Debug, Clone)]
pub enum Event {
    /// The plan is fixed and the arms are open.
    RunStarted {
        /// What runs where.
        receipt: Box<Receipt>,
        /// Attempts that already have a row, from the run being resumed.
        done: u32,
    },
    /// An attempt was handed to its backend.
    AttemptStarted {
        /// Which one.
        planned: Planned,
    },
    /// An answer is complete and about to be judged. Whoever keeps captures must have kept
    /// this one durably before returning.
    Captured {
        /// Which attempt.
        planned: Planned,
        /// Its address.
        hash: ContentHash,
        /// The answer.
        capture: Box<Capture>,
    },
    /// An attempt has its row.
    AttemptFinished {
        /// The row.
        attempt: Box<Attempt>,
    },
    /// The run ended.
    RunFinished {
        /// Rows in the journal, those of earlier sessions included.
        rows: u32,
        /// Attempts planned.
        planned: u32,
        /// Whether the user stopped it.
        interrupted: bool,
    },
}

/// Something that watches a run: the journal, a progress bar, a log.
pub trait Observer: Send {
    /// Takes note of `event`.
    ///
    /// # Errors
    /// [`ObserverError`] where the run must not go on without this observer: a full disk, a
    /// journal that cannot be written. The runner then stops.
    fn on(&mut self, event: &Event) -> Result<(), ObserverError>;
}

/// An observer that cannot do its work.
#[derive(Debug, thiserror::Error)]
#[error("{observer} cannot go on: {cause}")]
pub struct ObserverError {
    /// Which observer.
    pub observer: String,
    /// Why not.
    pub cause: Box<dyn std::error::Error + Send + Sync>,
}
