//! The loop: start in plan order, write down whatever comes back, stop when told.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use gonogo_core::{AttemptKey, Event, Observer, ObserverError, Plan, Planned, Receipt};
use tokio::sync::watch;

use crate::{
    Clock, Defaults, Judges, OpenArm, RunError,
    flight::{Attempting, Flight, Landed},
    request,
    row::row,
};

/// What to run.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The attempts, in order, and the suites they draw on.
    pub plan: &'a Plan,
    /// The receipt as far as it is known when the run starts; observers get it first.
    pub receipt: &'a Receipt,
    /// The arms of the plan, open.
    pub arms: &'a BTreeMap<String, OpenArm>,
    /// Attempts that have their row already, from earlier sessions.
    pub done: &'a BTreeSet<AttemptKey>,
}

/// How to run it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunOptions {
    /// Attempts in flight at a time, on all arms together; at least 1. An arm that can hold
    /// fewer is given fewer, and the attempts behind it wait: the order of the plan holds.
    pub concurrency: u32,
    /// What holds for cases that do not say otherwise.
    pub defaults: Defaults,
    /// How long judging one answer may take.
    pub judge_limit: Duration,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Planned attempts that have a row now, those of earlier sessions included.
    pub rows: u32,
    /// Attempts planned.
    pub planned: u32,
    /// Whether it was told to stop before it was through.
    pub interrupted: bool,
}

/// Makes every planned attempt that is not done. Attempts start in plan order; the loop is
/// closed, which means that a slow answer delays the next start.
///
/// When `stop` turns true nothing new is started, attempts under way are dropped without a row,
/// and the run ends as interrupted; running it again with the rows as `done` finishes it.
///
/// Call it on a multi-threaded runtime: observers write and sync files between two polls.
///
/// # Errors
/// [`RunError`] where the plan cannot be run, before anything is asked; or where an observer
/// cannot go on, after which attempts under way are dropped.
pub async fn run(
    run: &Run<'_>,
    options: &RunOptions,
    clock: &dyn Clock,
    observers: &mut [&mut dyn Observer],
    stop: watch::Receiver<bool>,
) -> Result<Summary, RunError> {
    let judges = Judges::new(run.plan, options.judge_limit)?;
    run_judged_by(run, options, clock, observers, stop, judges).await
}

/// [`run`], with the judges given.
pub(crate) async fn run_judged_by(
    run: &Run<'_>,
    options: &RunOptions,
    clock: &dyn Clock,
    observers: &mut [&mut dyn Observer],
    mut stop: watch::Receiver<bool>,
    judges: Judges,
) -> Result<Summary, RunError> {
    if let Some(planned) = run.plan.attempts.iter().find(|planned| !run.arms.contains_key(&planned.key.arm)) {
        return Err(RunError::NoArm { arm: planned.key.arm.clone() });
    }
    let queue: VecDeque<_> =
        run.plan.attempts.iter().filter(|planned| !run.done.contains(&planned.key)).collect();
    let rows = run.plan.attempts.len() - queue.len();
    let mut loop_ = Loop {
        run,
        options,
        clock,
        judges: Arc::new(judges),
        watchers: Watchers(observers),
        queue,
        flight: Flight::default(),
        rows,
    };
    let ended = loop_.go(&mut stop).await;
    loop_.flight.abandon().await;
    loop_.close(ended)
}

/// The state of a run under way.
struct Loop<'a, 'o, 'b> {
    run: &'a Run<'a>,
    options: &'a RunOptions,
    clock: &'a dyn Clock,
    judges: Arc<Judges>,
    watchers: Watchers<'o, 'b>,
    queue: VecDeque<&'a Planned>,
    flight: Flight,
    rows: usize,
}

impl Loop<'_, '_, '_> {
    /// Runs until nothing is left or `stop` says so; true when stopped.
    async fn go(&mut self, stop: &mut watch::Receiver<bool>) -> Result<bool, RunError> {
        let receipt = Box::new(self.run.receipt.clone());
        self.watchers.tell(&Event::RunStarted { receipt, done: count(self.rows) })?;
        while !self.queue.is_empty() || self.flight.len() > 0 {
            if *stop.borrow() {
                return Ok(true);
            }
            self.start()?;
            tokio::select! {
                biased;
                () = stopped(stop) => return Ok(true),
                landed = self.flight.land() => self.settle(landed)?,
            }
        }
        Ok(false)
    }

    /// Starts what may be started, in plan order.
    fn start(&mut self) -> Result<(), RunError> {
        while let Some(planned) = self.queue.front().copied() {
            let name = &planned.key.arm;
            let Some(arm) = self.run.arms.get(name) else {
                return Err(RunError::NoArm { arm: name.clone() });
            };
            let capabilities = arm.backend.capabilities();
            let room = |taken: usize, limit: u32| count(taken) < limit.max(1);
            if !room(self.flight.len(), self.options.concurrency)
                || !room(self.flight.on_arm(name), capabilities.concurrency)
            {
                return Ok(());
            }
            let ask = request::ask(self.run.plan, planned, self.options.defaults, capabilities.constrains)?;
            let language = self.run.plan.suite(&planned.key.suite).and_then(|suite| suite.language.clone());
            self.queue.pop_front();
            self.watchers.tell(&Event::AttemptStarted { planned: planned.clone() })?;
            let started = self.clock.now();
            self.flight.ask(Attempting::new(planned.clone(), arm.clone(), language, started, ask));
        }
        Ok(())
    }

    /// Writes down what came back.
    fn settle(&mut self, landed: Option<Landed>) -> Result<(), RunError> {
        match landed {
            Some(Landed::Answered(attempting, capture)) => {
                let planned = attempting.planned.clone();
                let key = || Box::new(planned.key.clone());
                let (hash, _) = capture.encode().map_err(|source| RunError::Encode { key: key(), source })?;
                let event = Event::Captured { planned, hash: hash.clone(), capture };
                self.watchers.tell(&event)?;
                // Taken back out of the event: a capture can be large.
                if let Event::Captured { capture, .. } = event {
                    self.flight.judge(*attempting, &self.judges, hash, *capture);
                }
            }
            Some(Landed::Judged(facts, judged)) => {
                let attempt = Box::new(row(*facts, *judged));
                self.watchers.tell(&Event::AttemptFinished { attempt })?;
                self.rows += 1;
            }
            None => {}
        }
        Ok(())
    }

    /// Says that the run is over, whichever way.
    fn close(&mut self, ended: Result<bool, RunError>) -> Result<Summary, RunError> {
        let rows = count(self.rows);
        let planned = count(self.run.plan.attempts.len());
        let finished = |interrupted| Event::RunFinished { rows, planned, interrupted };
        match ended {
            Ok(interrupted) => {
                self.watchers.tell(&finished(interrupted))?;
                Ok(Summary { rows, planned, interrupted })
            }
            Err(error) => {
                // The others may still want to put things in order; the first error is the cause.
                let _ = self.watchers.tell(&finished(false));
                Err(error)
            }
        }
    }
}

/// The observers, told in order; the first that cannot go on ends the round.
struct Watchers<'o, 'b>(&'o mut [&'b mut dyn Observer]);

impl Watchers<'_, '_> {
    fn tell(&mut self, event: &Event) -> Result<(), ObserverError> {
        self.0.iter_mut().try_for_each(|observer| observer.on(event))
    }
}

/// Returns once `stop` is true; never when nobody can say so any more.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
