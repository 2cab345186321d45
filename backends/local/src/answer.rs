//! One attempt on one worker, watched from outside.

use std::time::{Duration, Instant};

use gonogo_core::{Capture, Death, End, FORMAT, Frame, Nanos, Phase, Request};
use gonogo_protocol::{DIALECT, FromWorker, ToWorker};
use tokio::time::{MissedTickBehavior, interval, sleep_until};

use crate::{LocalArm, lines::Line, progress::Progress, worker::Worker};

/// How often resident memory is looked at.
const LOOK: Duration = Duration::from_millis(25);

/// How long lines may still come from a worker that has exited; longer than that, somebody else
/// holds its stdout open.
const GRACE: Duration = Duration::from_millis(200);

/// Bytes of one answer at most; a worker that writes more is broken.
const CAPTURE_LIMIT: usize = 64 << 20;

/// What came of one attempt on one worker.
pub(crate) struct Answered {
    /// The capture.
    pub(crate) capture: Capture,
    /// Whether the worker may answer again.
    pub(crate) reusable: bool,
}

/// Sends `request` and watches until the answer is over, a limit passes or the worker dies.
pub(crate) async fn answer(worker: &mut Worker, arm: &LocalArm, request: &Request) -> Answered {
    worker.stderr.clear();
    let load = worker.load.take();
    let sent = Instant::now();
    let mut frames = Vec::new();
    let end = watch(worker, arm, request, sent, &mut frames).await;
    let elapsed = Nanos::from(sent.elapsed());
    let reusable = end == End::Complete;
    if !reusable {
        worker.kill().await;
    }
    let capture = Capture {
        format: FORMAT,
        dialect: DIALECT.to_owned(),
        request: request.clone(),
        status: None,
        headers: Vec::new(),
        frames,
        end,
        elapsed,
        phases: None,
        load,
        stderr: worker.stderr.text(),
    };
    Answered { capture, reusable }
}

/// The capture of a request that never reached a worker.
pub(crate) fn unanswered(request: &Request, end: End, elapsed: Nanos) -> Capture {
    Capture {
        format: FORMAT,
        dialect: DIALECT.to_owned(),
        request: request.clone(),
        status: None,
        headers: Vec::new(),
        frames: Vec::new(),
        end,
        elapsed,
        phases: None,
        load: None,
        stderr: String::new(),
    }
}

async fn watch(
    worker: &mut Worker,
    arm: &LocalArm,
    request: &Request,
    sent: Instant,
    frames: &mut Vec<Frame>,
) -> End {
    let mut progress = Progress::new(arm.limits, sent);
    let line = ToWorker::Attempt(request.clone());
    // Bounded like everything else: a worker that does not read leaves a long request in the pipe.
    match tokio::time::timeout(arm.limits.compile, worker.send(&line)).await {
        Ok(Ok(())) => {}
        // Why it does not read is told by how it ends.
        Ok(Err(_)) => return ended(worker, progress.phase()).await,
        Err(_) => return End::TimedOut { phase: Phase::Compile, limit: arm.limits.compile.into() },
    }
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Heard { sent, size: 0, frames };
    let mut exited = None;
    loop {
        let deadline = progress.deadline();
        if Instant::now() >= deadline.at {
            // What is in the pipe already was said in time.
            if let Some(end) = heard.rest(worker, &mut progress) {
                return end;
            }
            let deadline = progress.deadline();
            if Instant::now() >= deadline.at {
                return End::TimedOut { phase: deadline.phase, limit: deadline.limit.into() };
            }
            continue;
        }
        tokio::select! {
            biased;
            line = worker.lines.next() => {
                let Some(line) = line else { return ended(worker, progress.phase()).await };
                if let Some(end) = heard.take(&mut progress, line) {
                    return end;
                }
            }
            _ = look.tick() => {
                if !worker.is_alive() && exited.get_or_insert_with(Instant::now).elapsed() > GRACE {
                    return ended(worker, progress.phase()).await;
                }
                let resident_bytes = worker.memory.resident_bytes();
                let limit_bytes = arm.memory_limit_bytes;
                if resident_bytes > limit_bytes {
                    if let Some(end) = heard.rest(worker, &mut progress) {
                        return end;
                    }
                    let death = Death::MemoryLimit { resident_bytes, limit_bytes };
                    return End::Died { phase: progress.phase(), death };
                }
            }
            () = sleep_until(deadline.at.into()) => {}
        }
    }
}

/// What a worker has said of one attempt.
struct Heard<'a> {
    sent: Instant,
    size: usize,
    frames: &'a mut Vec<Frame>,
}

impl Heard<'_> {
    /// Keeps a line and says whether it ends the exchange.
    fn take(&mut self, progress: &mut Progress, line: Line) -> Option<End> {
        self.size += line.bytes.len();
        let parsed = serde_json::from_slice::<FromWorker>(&line.bytes);
        self.frames.push(Frame::new(Nanos::from(line.at.saturating_duration_since(self.sent)), line.bytes));
        match parsed {
            Ok(parsed) if progress.take(&parsed, line.at) => Some(End::Complete),
            Ok(_) if self.size > CAPTURE_LIMIT => Some(End::Broken {
                phase: progress.phase(),
                message: format!("the answer is longer than {CAPTURE_LIMIT} bytes"),
            }),
            Ok(_) => None,
            Err(error) => Some(End::Broken {
                phase: progress.phase(),
                message: format!("the worker wrote a line that is not of the protocol: {error}"),
            }),
        }
    }

    /// Keeps what is in the pipe already.
    fn rest(&mut self, worker: &mut Worker, progress: &mut Progress) -> Option<End> {
        while let Some(line) = worker.lines.now() {
            if let Some(end) = self.take(progress, line) {
                return Some(end);
            }
        }
        None
    }
}

/// How a worker whose stdout ended has ended itself.
async fn ended(worker: &mut Worker, phase: Phase) -> End {
    match worker.death().await {
        Some(death) => End::Died { phase, death },
        None => End::Broken { phase, message: "the worker closed its stdout and lives on".into() },
    }
}
