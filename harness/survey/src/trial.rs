//! One trial on one worker, watched from outside.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use gonogo_core::Constraint;
use gonogo_masks::{Ending, Limits, Record, Subject};
use gonogo_protocol::masks::{FromMasker, ToMasker, Trial};

use crate::{stage::Stage, worker::Worker};

/// How often memory is looked at, and whether the worker is there.
const LOOK: Duration = Duration::from_millis(25);

/// How long lines may still come from a worker that has exited; longer than that, somebody else holds its stdout
/// open.
const GRACE: Duration = Duration::from_millis(200);

/// What is asked of a worker.
pub(crate) struct Asked<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) arm: &'a str,
    pub(crate) limits: Limits,
    pub(crate) recompiles: u32,
    pub(crate) sums: bool,
    /// Turns true when nobody wants an answer any more.
    pub(crate) stop: &'a AtomicBool,
}

/// Makes one trial. `None` when it was stopped: then it was not made.
pub(crate) fn make(worker: &mut Worker, asked: &Asked<'_>) -> Option<Record> {
    worker.trials += 1;
    worker.forget_stderr();
    let rest = worker.vitals.memory().filter(|_| worker.vitals.reset_peak());
    let walks: Vec<Vec<u32>> =
        asked.subject.instances.iter().map(|instance| instance.tokens.clone()).collect();
    let line = ToMasker::Trial(Trial {
        id: worker.trials,
        constraint: Constraint::JsonSchema(asked.subject.schema.clone()),
        walks,
        recompiles: asked.recompiles,
        sums: asked.sums,
    });
    let mut heard = Heard {
        record: Record {
            subject: asked.subject.id.clone(),
            arm: asked.arm.to_owned(),
            compiled: None,
            recompiles: Vec::new(),
            walks: Vec::with_capacity(asked.subject.instances.len()),
            respelled: Vec::new(),
            ending: Ending::Complete,
            peak_bytes: None,
            rest_bytes: rest.map(|memory| memory.now),
            earlier: Vec::new(),
        },
        stage: Stage::new(asked.limits, Instant::now(), asked.subject.instances.len(), asked.recompiles),
        id: worker.trials,
    };
    let ending = match worker.pipe.send(&line) {
        Ok(()) => heard.watch(worker, asked)?,
        Err(error) => Ending::Broken(format!("the trial could not be written down: {error}")),
    };
    let mut record = heard.record;
    record.ending = ending;
    // What was polled stands where the process is gone.
    if let Some(memory) = rest.and_then(|_| worker.vitals.memory()) {
        record.peak_bytes = record.peak_bytes.max(Some(memory.peak));
    }
    let limit = asked.limits.memory_bytes;
    if let (Ending::Complete | Ending::Failed(_), Some(bytes)) = (&record.ending, record.peak_bytes)
        && bytes > limit
    {
        record.ending = Ending::Outgrew { bytes, limit };
    }
    Some(record)
}

/// Whether the worker can be asked again after such an ending; else it is to be killed.
pub(crate) fn leaves_worker(ending: &Ending) -> bool {
    match ending {
        Ending::Complete | Ending::Failed(_) => true,
        Ending::TimedOut { .. }
        | Ending::Silent { .. }
        | Ending::Died { .. }
        | Ending::Outgrew { .. }
        | Ending::Broken(_) => false,
    }
}

/// Whether such an ending may be the fault of what the worker had behind it, so that the trial is made again.
pub(crate) fn may_be_of_earlier_trials(ending: &Ending) -> bool {
    match ending {
        Ending::Silent { .. } | Ending::Died { .. } | Ending::Outgrew { .. } => true,
        Ending::Complete | Ending::Failed(_) | Ending::TimedOut { .. } | Ending::Broken(_) => false,
    }
}

/// What a worker has said of one trial.
struct Heard {
    record: Record,
    stage: Stage,
    id: u64,
}

impl Heard {
    /// Watches until the trial is over; `None` when it was stopped.
    fn watch(&mut self, worker: &mut Worker, asked: &Asked<'_>) -> Option<Ending> {
        let mut look = Look { next: Instant::now() + LOOK, ticks: None, exited: None };
        loop {
            if let Some(ending) = self.lines(worker) {
                return Some(ending);
            }
            if worker.pipe.ended() {
                return Some(ended(worker));
            }
            let now = Instant::now();
            let deadline = self.stage.deadline();
            if now >= deadline.at {
                // What is in the pipe already was said in time.
                worker.pipe.read();
                let last = self.lines(worker);
                let passed = self.stage.deadline().at <= now;
                return match last {
                    Some(ending) => Some(ending),
                    None if !passed => continue,
                    None => Some(self.stage.passed(deadline.then, now)),
                };
            }
            worker.pipe.wait(deadline.at.min(look.next).saturating_duration_since(now));
            if Instant::now() >= look.next {
                if asked.stop.load(Ordering::Relaxed) {
                    return None;
                }
                if let Some(ending) = self.look(&mut look, worker, asked.limits.memory_bytes) {
                    return Some(ending);
                }
            }
        }
    }

    /// Takes every line that is there; the ending where one of them is the last.
    fn lines(&mut self, worker: &mut Worker) -> Option<Ending> {
        while let Some(bytes) = worker.pipe.line() {
            let line: FromMasker = match serde_json::from_slice(bytes) {
                Ok(line) => line,
                Err(error) => {
                    let message = format!("the worker wrote a line that is not of the protocol: {error}");
                    return Some(Ending::Broken(message));
                }
            };
            let last = self.stage.take(&line, Instant::now());
            if let Err(message) = self.keep(line) {
                return Some(message);
            }
            if last {
                return Some(Ending::Complete);
            }
        }
        None
    }

    /// Puts a line into the record.
    fn keep(&mut self, line: FromMasker) -> Result<(), Ending> {
        let out_of_order =
            |what: &str| Err(Ending::Broken(format!("the worker answered {what} out of order")));
        match line {
            FromMasker::Heartbeat(_) => Ok(()),
            FromMasker::Compiled(compiled) if compiled.id == self.id && self.record.compiled.is_none() => {
                self.record.compiled = Some(compiled);
                Ok(())
            }
            FromMasker::Walked(walked)
                if walked.id == self.id
                    && self.record.compiled.is_some()
                    && usize::try_from(walked.walk) == Ok(self.record.walks.len()) =>
            {
                self.record.walks.push(walked);
                Ok(())
            }
            FromMasker::Recompiled(recompiled) if recompiled.id == self.id => {
                self.record.recompiles = recompiled.compiles;
                Ok(())
            }
            FromMasker::Failed(failed) => Err(Ending::Failed(failed)),
            FromMasker::Compiled(_) => out_of_order("`compiled`"),
            FromMasker::Walked(_) => out_of_order("`walked`"),
            FromMasker::Recompiled(_) => out_of_order("`recompiled`"),
            FromMasker::Ready(_) => out_of_order("`ready`"),
            FromMasker::Seen(_) => out_of_order("`seen`"),
            FromMasker::Drawn(_) => out_of_order("`drawn`"),
        }
    }

    /// Looks at the process itself.
    fn look(&mut self, look: &mut Look, worker: &mut Worker, limit: u64) -> Option<Ending> {
        let now = Instant::now();
        look.next = now + LOOK;
        if !worker.is_alive() && look.exited.get_or_insert(now).elapsed() > GRACE {
            return Some(ended(worker));
        }
        // An engine that takes many short steps says nothing and computes: that is no silence.
        let ticks = worker.vitals.ticks();
        if ticks.is_some() && look.ticks != ticks {
            look.ticks = ticks;
            self.stage.lives(now);
        }
        let memory = worker.vitals.memory()?;
        self.record.peak_bytes = self.record.peak_bytes.max(Some(memory.peak));
        let bytes = memory.now;
        (bytes > limit).then_some(Ending::Outgrew { bytes, limit })
    }
}

/// When the process is looked at, and what was seen.
struct Look {
    next: Instant,
    ticks: Option<u64>,
    exited: Option<Instant>,
}

/// How a worker whose stdout ended has ended itself.
fn ended(worker: &mut Worker) -> Ending {
    match worker.death() {
        Some(death) => Ending::Died { how: death.how, stderr: death.stderr },
        None => Ending::Broken("the worker closed its stdout and lives on".into()),
    }
}
