//! An arm that is ready to be asked.

use std::{fmt, sync::Arc};

use gonogo_backend::{Ask, Backend};
use gonogo_core::{Breaker, Capture, End, Enforcement, FORMAT, Nanos, Phase, Retry};
use tokio::task::JoinError;

/// The dialect of a capture that stands for a backend's own fault: no bytes came back, because
/// the code that should have fetched them broke. Judged as a harness error, also by a rejudge.
pub(crate) const FAULT_DIALECT: &str = "gonogo-fault/1";

/// An open backend, and what is known about its constraint.
#[derive(Clone)]
pub struct OpenArm {
    /// What answers.
    pub backend: Arc<dyn Backend>,
    /// What is known about its constraint; [`crate::warm_up`] finds out.
    pub enforcement: Enforcement,
    /// How its failures are met.
    pub conduct: Conduct,
    /// Whether nobody waits before a retry: a recording is ready at once.
    pub instant: bool,
}

/// How the failures of an arm are met. The default is to retry nothing and to give up nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conduct {
    /// When its attempts are tried again.
    pub retry: Retry,
    /// When it is left alone.
    pub breaker: Option<Breaker>,
}

impl OpenArm {
    /// An arm nobody has sent a canary to yet.
    #[must_use]
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        let enforcement = if backend.capabilities().constrains {
            Enforcement::Unproven
        } else {
            Enforcement::Unconstrained
        };
        Self { backend, enforcement, conduct: Conduct::default(), instant: false }
    }
}

impl fmt::Debug for OpenArm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { backend, enforcement, conduct, instant } = self;
        f.debug_struct("OpenArm")
            .field("identity", backend.identity())
            .field("enforcement", enforcement)
            .field("conduct", conduct)
            .field("instant", instant)
            .finish()
    }
}

/// The capture of a backend whose own code panicked: it has a row like any other failure.
pub(crate) fn fault_capture(ask: &Ask, error: JoinError) -> Capture {
    let message = if error.is_panic() {
        format!("the backend panicked: {}", panic_message(error.into_panic().as_ref()))
    } else {
        format!("the backend's task ended without an answer: {error}")
    };
    Capture {
        format: FORMAT,
        dialect: FAULT_DIALECT.into(),
        request: ask.request.clone(),
        status: None,
        headers: Vec::new(),
        frames: Vec::new(),
        end: End::Broken { phase: Phase::Total, message },
        elapsed: Nanos::default(),
        phases: None,
        load: None,
        stderr: String::new(),
    }
}

/// What a panic said, as far as it said it in words.
pub(crate) fn panic_message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it did not say why".into())
}
