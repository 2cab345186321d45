//! The only interface between the runner and everything that watches it.

use crate::{Attempt, Capture, ContentHash, Nanos, Planned, Receipt};

/// Something that has happened in a run. Events carry facts, never display settings.
#[derive(Debug, Clone)]
pub enum Event {
    /// The plan is fixed and the arms are open.
    RunStarted {
        /// What runs where.
        receipt: Box<Receipt>,
        /// Attempts that were concluded before, in the run being resumed.
        done: u32,
    },
    /// A try of an attempt is about to be handed to its backend: as soon as [`Observer::flush`] has returned.
    AttemptStarted {
        /// Which one; its key names the step.
        planned: Planned,
        /// From 0.
        r#try: u32,
        /// When: UTC, RFC 3339 with milliseconds.
        started: String,
    },
    /// An answer is complete and about to be judged. Whoever keeps captures must have kept
    /// this one durably when [`Observer::sync`] returns, which is before it is judged.
    Captured {
        /// Which attempt; its key names the step.
        planned: Planned,
        /// From 0.
        r#try: u32,
        /// Its address.
        hash: ContentHash,
        /// Its stored form, of which that is the hash.
        json: Vec<u8>,
        /// The answer.
        capture: Box<Capture>,
    },
    /// A try has its row. The attempt is concluded unless the row says what follows.
    AttemptFinished {
        /// The row.
        attempt: Box<Attempt>,
    },
    /// An arm is left alone for a while.
    ArmPaused {
        /// Which one.
        arm: String,
        /// Failures of the infrastructure in a row.
        failures: u32,
        /// For how long.
        wait: Nanos,
    },
    /// An arm is given up for the rest of this session; its attempts that have not begun are left out.
    ArmGivenUp {
        /// Which one.
        arm: String,
        /// Attempts left out.
        left: u32,
    },
    /// The run ended.
    RunFinished {
        /// Attempts concluded, those of earlier sessions included.
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

    /// The starts that it was told of are about to happen: whoever keeps them has them where they outlive this
    /// process when this returns, though perhaps not the machine. Nothing may wait for a disk here.
    ///
    /// # Errors
    /// [`ObserverError`], as above.
    fn flush(&mut self) -> Result<(), ObserverError> {
        Ok(())
    }

    /// What it was told since the last time counts from now on: whoever keeps things has them durably when this
    /// returns. Events come in bunches, and waiting for a disk once for each would be most of a run's time.
    ///
    /// # Errors
    /// [`ObserverError`], as above.
    fn sync(&mut self) -> Result<(), ObserverError> {
        Ok(())
    }
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
