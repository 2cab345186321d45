//! What a backend is: something that answers a request.
//!
//! The trait is three methods. A backend never fails an attempt: whatever goes wrong while
//! answering is in the [`Capture`] it returns, because a backend's failure is a row and not an
//! error of the run. Only opening one can fail, with [`OpenError`].

mod error;

use std::{collections::BTreeMap, future::Future, pin::Pin};

pub use error::OpenError;
use gonogo_core::{ANSWER_STEP, AttemptKey, Capture, Provenance, Request};

/// A future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that answers requests.
pub trait Backend: Send + Sync {
    /// What it is, as probed when it was opened.
    fn identity(&self) -> &Identity;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Whether there is another try of `ask` after this one. A recording has no more of them than were made; a peer
    /// can always be asked again.
    fn can_try_again(&self, _ask: &Ask) -> bool {
        true
    }

    /// Answers one request. Takes as long as the backend's own limits allow, and always returns.
    fn answer<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Capture>;
}

/// One request, and what it is for.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// Suite, case, step, rung and repeat, as [`Ask::label_for`] has it: recorded answers are found by
    /// it; live backends ignore it.
    pub label: String,
    /// From 0: recorded answers to one label are told apart by it.
    pub r#try: u32,
    /// What to answer.
    pub request: Request,
}

impl Ask {
    /// The label of an attempt: `suite/case[/step][@rung]#repeat`, the step where the case has several. The arm is
    /// not part of it, because a recording belongs to one arm and may be replayed on another.
    #[must_use]
    pub fn label_for(key: &AttemptKey) -> String {
        let step = Some(&key.step).filter(|step| *step != ANSWER_STEP);
        let step = step.map(|step| format!("/{step}")).unwrap_or_default();
        let rung = key.rung.as_ref().map(|rung| format!("@{rung}")).unwrap_or_default();
        format!("{}/{}{step}{rung}#{}", key.suite, key.case, key.repeat)
    }
}

/// What a backend is: goes into the receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `local`, `http`, `replay` or `sim`.
    pub kind: &'static str,
    /// The engine that computes masks, as far as it is known; `none` for a control.
    pub engine: String,
    /// Where its answers come from.
    pub provenance: Provenance,
    /// Everything else worth knowing: versions, hashes, options. Sorted by name.
    pub facts: BTreeMap<String, String>,
}

/// What a backend can do, as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether it enforces constraints at all; a control does not.
    pub constrains: bool,
    /// Whether a canary can be sent: false for cassettes, which answer only what was recorded.
    pub canary: bool,
    /// Attempts it can hold at a time.
    pub concurrency: u32,
}
