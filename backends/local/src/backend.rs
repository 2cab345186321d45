//! The backend over a pool of workers.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use gonogo_backend::{Ask, Backend, BoxFuture, Capabilities, Identity, OpenError};
use gonogo_core::{Capture, ContentHash, End, Phase, Provenance, Request};
use gonogo_protocol::{DIALECT, Ready};
use tokio::sync::Semaphore;

use crate::{
    LocalArm,
    answer::{answer, unanswered},
    start::start,
    worker::Worker,
};

/// The name of the control engine, which enforces nothing.
const CONTROL: &str = "none";

/// An opened local arm.
pub struct Local {
    arm: LocalArm,
    identity: Identity,
    slots: Semaphore,
    idle: Mutex<Vec<Worker>>,
}

/// Opens `arm`: starts one worker, waits until it is ready and asks it what it is. Must be
/// called inside a Tokio runtime, and the arm used inside the same one.
///
/// # Errors
/// [`OpenError`] when a file is missing, the worker dies or is late, or the engine declines its
/// options.
pub async fn open(arm: LocalArm) -> Result<Local, OpenError> {
    let arm = LocalArm { workers: arm.workers.max(1), ..arm };
    let (worker, ready) = start(&arm).await.map_err(|error| error.into_open_error(&arm))?;
    let identity = identity(&arm, ready);
    let slots = Semaphore::new(usize::try_from(arm.workers).unwrap_or(Semaphore::MAX_PERMITS));
    Ok(Local { arm, identity, slots, idle: Mutex::new(vec![worker]) })
}

fn identity(arm: &LocalArm, ready: Ready) -> Identity {
    let mut facts: BTreeMap<String, String> = ready.facts;
    facts.insert("dialect".into(), DIALECT.into());
    facts.insert("engine.version".into(), ready.engine_version);
    for (phase, limit) in [
        ("load", arm.limits.load),
        ("compile", arm.limits.compile),
        ("first-token", arm.limits.first_token),
        ("stall", arm.limits.stall),
        ("total", arm.limits.total),
    ] {
        facts.insert(format!("limit.{phase}"), format!("{limit:?}"));
    }
    // Rows of one receipt come from one build of the worker, whatever its version says.
    if let Ok(program) = std::fs::read(arm.program.file()) {
        facts.insert("worker.sha256".into(), ContentHash::of(&program).to_string());
    }
    facts.insert("worker.memory-limit-bytes".into(), arm.memory_limit_bytes.to_string());
    let provenance = if arm.fault.is_some() { Provenance::Simulated } else { Provenance::Local };
    Identity { kind: "local", engine: ready.engine, provenance, facts }
}

impl Backend for Local {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            constrains: self.identity.engine != CONTROL,
            canary: true,
            concurrency: self.arm.workers,
        }
    }

    fn answer<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Capture> {
        Box::pin(self.answer_request(&ask.request))
    }
}

impl Local {
    async fn answer_request(&self, request: &Request) -> Capture {
        let began = Instant::now();
        let Ok(_slot) = self.slots.acquire().await else {
            let end = End::Broken { phase: Phase::Queue, message: "the arm is closed".into() };
            return unanswered(request, end, began.elapsed().into());
        };
        let began = Instant::now();
        let mut worker = match self.idle_worker() {
            Some(worker) => worker,
            None => match start(&self.arm).await {
                Ok((worker, _)) => worker,
                Err(error) => return unanswered(request, error.into_end(), began.elapsed().into()),
            },
        };
        let answered = answer(&mut worker, &self.arm, request).await;
        if answered.reusable {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        }
        answered.capture
    }

    /// A worker that waits for a request; those that died waiting are dropped.
    fn idle_worker(&self) -> Option<Worker> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(mut worker) = idle.pop() {
            if worker.is_alive() {
                return Some(worker);
            }
        }
        None
    }
}
