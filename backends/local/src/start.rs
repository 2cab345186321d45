//! Starting a worker: from nothing to ready.

use std::time::{Duration, Instant};

use gonogo_backend::OpenError;
use gonogo_core::{Death, End, Nanos, Phase};
use gonogo_protocol::{FromWorker, Ready, ToWorker};
use thiserror::Error;
use tokio::time::timeout;

use crate::{LocalArm, program::SETUP, worker::Worker};

/// Bytes that a worker may write before it is ready: heartbeats and one line of facts.
const GREETING_LIMIT: usize = 1 << 20;

/// Why a worker did not become ready.
#[derive(Debug, Error)]
pub(crate) enum StartError {
    /// Something it needs is not there.
    #[error("{}", .0.cause)]
    Missing(OpenError),
    /// The system would not start it, or it closed its streams.
    #[error("the worker {0}")]
    Broken(String),
    /// It was not ready in time.
    #[error("the worker was not ready within {}", Nanos::from(*.0))]
    TimedOut(Duration),
    /// It died.
    #[error("the worker died while loading ({death:?}){}", said(stderr))]
    Died {
        /// How.
        death: Death,
        /// Its last words.
        stderr: String,
    },
    /// It said why it cannot.
    #[error("{0}")]
    Refused(String),
}

impl StartError {
    /// As an error of opening an arm.
    pub(crate) fn into_open_error(self, arm: &LocalArm) -> OpenError {
        let remedy = match &self {
            Self::Missing(error) => return error.clone(),
            Self::Broken(_) | Self::Died { .. } => {
                "run `gonogo setup`; if it stays, start the worker by hand as backends/PROTOCOL.md shows"
            }
            Self::TimedOut(_) => "raise the load limit, or see what else keeps the machine busy",
            Self::Refused(_) => {
                "change the arm as the message says, or run `gonogo setup` if it names a file"
            }
        };
        arm.error(self.to_string(), remedy)
    }

    /// As the end of the attempt that needed the worker.
    pub(crate) fn into_end(self) -> End {
        let phase = Phase::Load;
        match self {
            Self::TimedOut(limit) => End::TimedOut { phase, limit: limit.into() },
            Self::Died { death, .. } => End::Died { phase, death },
            Self::Missing(error) => End::Broken { phase, message: format!("{}; {SETUP}", error.cause) },
            Self::Broken(_) | Self::Refused(_) => End::Broken { phase, message: self.to_string() },
        }
    }
}

fn said(stderr: &str) -> String {
    let last = stderr.trim_end().lines().next_back().unwrap_or_default();
    if last.is_empty() { String::new() } else { format!(": {last}") }
}

/// Starts a worker for `arm` and waits until it is ready.
pub(crate) async fn start(arm: &LocalArm) -> Result<(Worker, Ready), StartError> {
    let began = Instant::now();
    let command = arm.command().map_err(StartError::Missing)?;
    let mut worker = Worker::start(command, &arm.key_variables)
        .map_err(|error| StartError::Broken(format!("could not be started: {error}")))?;
    let Ok(greeted) = timeout(arm.limits.load, greet(&mut worker, arm)).await else {
        worker.kill().await;
        return Err(StartError::TimedOut(arm.limits.load));
    };
    match greeted {
        Ok(ready) => {
            worker.load = Some(began.elapsed().into());
            Ok((worker, ready))
        }
        Err(error) => {
            worker.kill().await;
            Err(error)
        }
    }
}

async fn greet(worker: &mut Worker, arm: &LocalArm) -> Result<Ready, StartError> {
    // A worker that is gone already is noticed, and explained, when its stdout ends.
    let _ = worker.send(&ToWorker::Hello(arm.hello())).await;
    let mut size = 0;
    while let Some(line) = worker.lines.next().await {
        size += line.bytes.len();
        if size > GREETING_LIMIT {
            return Err(StartError::Broken(format!(
                "wrote more than {GREETING_LIMIT} bytes before it was ready"
            )));
        }
        match serde_json::from_slice(&line.bytes) {
            Ok(FromWorker::Ready(ready)) if ready.engine == arm.engine => return Ok(ready),
            Ok(FromWorker::Ready(ready)) => {
                return Err(StartError::Refused(format!("the worker brings the engine `{}`", ready.engine)));
            }
            Ok(FromWorker::Failed(failed)) => return Err(StartError::Refused(failed.message)),
            Ok(FromWorker::Heartbeat(_)) => {}
            Ok(FromWorker::Compiled(_) | FromWorker::Token(_) | FromWorker::Done(_)) => {
                return Err(StartError::Broken("answered before it was asked".into()));
            }
            Err(error) => {
                let text = String::from_utf8_lossy(&line.bytes).into_owned();
                return Err(StartError::Broken(format!(
                    "said `{text}`, which is not of the protocol: {error}"
                )));
            }
        }
    }
    match worker.death().await {
        Some(death) => Err(StartError::Died { death, stderr: worker.stderr.text() }),
        None => Err(StartError::Broken("closed its stdout and lives on".into())),
    }
}
