//! The loop: start in plan order, write down whatever comes back, stop when told.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use gonogo_backend::Ask;
use gonogo_core::{
    AttemptFacts, Capture, Event, Nanos, Observer, ObserverError, Pace, Plan, Planned, Receipt,
};
use gonogo_judge::Judged;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::{
    Clock, Defaults, Earlier, Judges, OpenArm, RunError,
    breaker::{Change, Way},
    earlier::Begun,
    flight::{Answer, Attempting, Flight, Landed},
    queue::{Next, Queue, Room},
    request,
    retry_after::retry_after,
    row::row,
    then::{Following, Retries, sign},
};

/// Attempts that are asked together at most: the first waits while the others are prepared.
const BUNCH: usize = 64;

/// What to run.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The attempts, in order, and the suites they draw on.
    pub plan: &'a Plan,
    /// The receipt as far as it is known when the run starts; observers get it first.
    pub receipt: &'a Receipt,
    /// The arms of the plan, open.
    pub arms: &'a BTreeMap<String, OpenArm>,
    /// What earlier sessions have left of it.
    pub earlier: &'a Earlier,
}

/// How to run it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunOptions {
    /// Attempts in flight at a time, on all arms together; at least 1. An arm that can hold
    /// fewer is given fewer, and the attempts behind it wait: the order of the plan holds.
    pub concurrency: u32,
    /// When attempts are meant to start; in a closed loop as soon as there is room.
    pub pace: Option<Pace>,
    /// What holds for cases that do not say otherwise.
    pub defaults: Defaults,
    /// How long judging one answer may take.
    pub judge_limit: Duration,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Planned attempts that are concluded now, in earlier sessions too.
    pub rows: u32,
    /// Attempts planned.
    pub planned: u32,
    /// Whether it was told to stop before it was through.
    pub interrupted: bool,
    /// Arms that were given up, with the attempts left out for that.
    pub given_up: BTreeMap<String, u32>,
}

/// Makes every planned attempt that is not concluded. Attempts start in plan order: in a closed loop a slow answer
/// delays the next start, in an open one ([`RunOptions::pace`]) they start by the clock as long as there is room.
///
/// An arm whose breaker opens is passed over until it has cooled down, and may be given up; its attempts then have
/// no row, so that running it again with [`Earlier`] makes up for them.
///
/// When `stop` turns true nothing new is started, attempts under way are dropped without a row,
/// and the run ends as interrupted; running it again finishes it.
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
    mut stop: watch::Receiver<bool>,
) -> Result<Summary, RunError> {
    let judges = Judges::new(run.plan, options.judge_limit)?;
    if let Some(planned) = run.plan.attempts.iter().find(|planned| !run.arms.contains_key(&planned.key.arm)) {
        return Err(RunError::NoArm { arm: planned.key.arm.clone() });
    }
    let left = run.plan.attempts.iter().filter(|planned| !run.earlier.is_concluded(planned));
    let mut loop_ = Loop {
        run,
        options,
        clock,
        judges: Arc::new(judges),
        watchers: Watchers(observers),
        queue: Queue::new(left, run.arms.iter(), options.pace, run.plan.seed),
        flight: Flight::default(),
        parked: Vec::new(),
        retries: Retries::default(),
        rows: run.earlier.concluded(),
        given_up: BTreeMap::new(),
    };
    let ended = loop_.go(&mut stop).await;
    loop_.flight.abandon().await;
    loop_.close(ended)
}

/// What was written down of something that came back, and waits until it is kept.
enum Written<'a> {
    /// An answer, to be judged.
    Capture(Box<Attempting>, Answer),
    /// A row, what follows it, the answer's text, and how long that took.
    Row(Box<Attempting>, Following<'a>, String, Nanos),
    /// Nothing: it has waited, and is asked again.
    Nothing(Box<Attempting>),
}

/// The state of a run under way.
struct Loop<'a, 'o, 'b> {
    run: &'a Run<'a>,
    options: &'a RunOptions,
    clock: &'a dyn Clock,
    judges: Arc<Judges>,
    watchers: Watchers<'o, 'b>,
    queue: Queue<'a>,
    flight: Flight,
    /// Attempts that have rested and whose arm is left alone meanwhile.
    parked: Vec<Attempting>,
    retries: Retries,
    rows: usize,
    given_up: BTreeMap<String, u32>,
}

impl<'a> Loop<'a, '_, '_> {
    /// Runs until nothing is left or `stop` says so; true when stopped.
    async fn go(&mut self, stop: &mut watch::Receiver<bool>) -> Result<bool, RunError> {
        let receipt = Box::new(self.run.receipt.clone());
        self.watchers.tell(&Event::RunStarted { receipt, done: count(self.rows) })?;
        while !self.queue.is_empty() || self.flight.len() > 0 || !self.parked.is_empty() {
            if *stop.borrow() {
                return Ok(true);
            }
            let wake = earlier(self.unpark()?, self.start()?);
            self.launch()?;
            let due = sleep_until(wake.unwrap_or_else(Instant::now));
            tokio::select! {
                biased;
                () = stopped(stop) => return Ok(true),
                Some(bunch) = self.flight.land() => self.settle(bunch)?,
                () = due, if wake.is_some() => {}
            }
        }
        Ok(false)
    }

    /// Starts what may be started; returns when there may be more, where the clock alone decides that.
    fn start(&mut self) -> Result<Option<Instant>, RunError> {
        loop {
            let Self { run, options, flight, .. } = self;
            let room = |planned: &Planned| room(run, options, flight, &planned.key.arm);
            match self.queue.next(Instant::now(), room) {
                Next::Start(planned, late) => self.begin(planned, late)?,
                Next::Until(when) => return Ok(Some(when)),
                Next::Wait => return Ok(None),
            }
        }
    }

    /// Goes on with attempts whose arm may be asked again; returns when there may be more of them.
    fn unpark(&mut self) -> Result<Option<Instant>, RunError> {
        let (now, mut wake) = (Instant::now(), None);
        for attempting in std::mem::take(&mut self.parked) {
            let planned = &attempting.planned;
            let room = room(self.run, self.options, &self.flight, &planned.key.arm);
            match self.queue.way(&planned.key.arm, now) {
                Way::Free if room != Room::Free => self.parked.push(attempting),
                Way::Free => {
                    self.queue.sent(&planned.key.arm, planned.index);
                    self.ask(attempting)?;
                }
                Way::Until(when) => {
                    wake = earlier(wake, Some(when));
                    self.parked.push(attempting);
                }
                Way::AfterTrial => self.parked.push(attempting),
                // Its next try is made up for when the run is resumed.
                Way::Shut => *self.given_up.entry(planned.key.arm.clone()).or_default() += 1,
            }
        }
        Ok(wake)
    }

    /// Begins an attempt, or goes on with one that an earlier session has begun.
    fn begin(&mut self, planned: &Planned, late: Option<Nanos>) -> Result<(), RunError> {
        let Some(arm) = self.run.arms.get(&planned.key.arm).cloned() else {
            return Err(RunError::NoArm { arm: planned.key.arm.clone() });
        };
        let (suite, case) = request::find(self.run.plan, planned)?;
        let Begun { step, r#try, answers, before, late: begun_late, asked_before } =
            self.run.earlier.begun(planned);
        let step_is_first = step.is_none();
        let step = step.or_else(|| Some(case.all_steps().next()?.name.to_owned()));
        let mut planned = planned.clone();
        planned.key.step = step.unwrap_or(planned.key.step);
        let ask = Arc::new(self.request(&planned, r#try, &answers, &arm)?);
        let (language, started) = (suite.language.clone(), String::new());
        let late = if step_is_first { late } else { begun_late };
        let attempting =
            Attempting { planned, r#try, late, before, asked_before, answers, arm, language, started, ask };
        self.ask(attempting)
    }

    /// What to ask at this point of an attempt.
    fn request(
        &self,
        planned: &Planned,
        r#try: u32,
        answers: &BTreeMap<String, String>,
        arm: &OpenArm,
    ) -> Result<Ask, RunError> {
        let constrains = arm.backend.capabilities().constrains;
        request::ask(self.run.plan, planned, r#try, answers, self.options.defaults, constrains)
    }

    fn ask(&mut self, attempting: Attempting) -> Result<(), RunError> {
        self.flight.line_up(attempting);
        if self.flight.lined_up().len() < BUNCH { Ok(()) } else { self.launch() }
    }

    /// Asks what is lined up. That it is asked is written down first: a session that is killed is to leave behind
    /// what it had asked, for it may have to be paid for.
    fn launch(&mut self) -> Result<(), RunError> {
        if self.flight.lined_up().is_empty() {
            return Ok(());
        }
        for attempting in self.flight.lined_up() {
            attempting.started = self.clock.now();
            let (planned, r#try, started) =
                (attempting.planned.clone(), attempting.r#try, attempting.started.clone());
            self.watchers.tell(&Event::AttemptStarted { planned, r#try, started })?;
        }
        self.watchers.flush()?;
        self.flight.launch();
        Ok(())
    }

    /// Writes down what came back, waits once until all of it is kept, and goes on with each: nothing is judged
    /// before its capture is durable, and nothing follows a row before the row is.
    fn settle(&mut self, bunch: Vec<Landed>) -> Result<(), RunError> {
        let written: Vec<_> =
            bunch.into_iter().map(|landed| self.write(landed)).collect::<Result<_, RunError>>()?;
        self.watchers.sync()?;
        let mut captured = Vec::new();
        for written in written {
            match written {
                Written::Capture(attempting, answer) => captured.push((attempting, answer)),
                Written::Row(attempting, following, text, took) => {
                    self.follow(*attempting, following, text, took)?;
                }
                Written::Nothing(attempting) => self.parked.push(*attempting),
            }
        }
        self.flight.judge(captured, &self.judges);
        Ok(())
    }

    fn write(&mut self, landed: Landed) -> Result<Written<'a>, RunError> {
        match landed {
            Landed::Answered(attempting, capture) => {
                let planned = attempting.planned.clone();
                let key = || Box::new(planned.key.clone());
                let (hash, json) =
                    capture.encode().map_err(|source| RunError::Encode { key: key(), source })?;
                let r#try = attempting.r#try;
                let event = Event::Captured { planned, r#try, hash: hash.clone(), json, capture };
                self.watchers.tell(&event)?;
                // Taken back out of the event: a capture can be large.
                let Event::Captured { capture, .. } = event else {
                    unreachable!("it is the event of two lines above")
                };
                Ok(Written::Capture(attempting, Answer { hash, capture: Arc::from(capture) }))
            }
            Landed::Judged(attempting, answer, judged) => self.conclude(*attempting, &answer, *judged),
            Landed::Rested(attempting) => Ok(Written::Nothing(attempting)),
        }
    }

    /// Writes the row, and says what follows it.
    fn conclude(
        &mut self,
        attempting: Attempting,
        answer: &Answer,
        judged: Judged,
    ) -> Result<Written<'a>, RunError> {
        self.note(&attempting, &answer.capture, &judged)?;
        let (_, case) = request::find(self.run.plan, &attempting.planned)?;
        let calm = self.queue.is_free(&attempting.planned.key.arm);
        let following = self.retries.following(&attempting, case, &answer.capture, &judged, calm);
        let text = String::from_utf8_lossy(&judged.answer.text).into_owned();
        let facts = AttemptFacts { then: following.then(), ..attempting.facts(answer) };
        self.watchers.tell(&Event::AttemptFinished { attempt: Box::new(row(facts, judged)) })?;
        Ok(Written::Row(Box::new(attempting), following, text, answer.capture.elapsed))
    }

    /// Goes on as `following` says, after an answer of this `text` that `took` so long.
    fn follow(
        &mut self,
        mut attempting: Attempting,
        following: Following<'_>,
        text: String,
        took: Nanos,
    ) -> Result<(), RunError> {
        attempting.asked_before = None;
        match following {
            Following::Step(next) => {
                let asked = std::mem::replace(&mut attempting.planned.key.step, next.to_owned());
                attempting.answers.insert(asked, text);
                attempting.before = attempting.before + took;
            }
            Following::Retry(_) => {
                attempting.r#try += 1;
                attempting.late = None;
            }
            Following::Nothing => {
                self.rows += 1;
                return Ok(());
            }
        }
        let Attempting { planned, r#try, answers, arm, .. } = &attempting;
        attempting.ask = Arc::new(self.request(planned, *r#try, answers, arm)?);
        match following {
            Following::Retry(wait) => {
                self.flight.rest(attempting, wait);
                Ok(())
            }
            Following::Step(_) | Following::Nothing => self.ask(attempting),
        }
    }

    /// Tells the arm's breaker, and everybody what it did.
    fn note(&mut self, attempting: &Attempting, capture: &Capture, judged: &Judged) -> Result<(), RunError> {
        let (now, planned) = (Instant::now(), &attempting.planned);
        let arm = planned.key.arm.clone();
        let asked = retry_after(capture).filter(|asked| *asked <= attempting.arm.conduct.retry.patience);
        if let Some(asked) = asked {
            self.queue.asked(&arm, now + Duration::from_nanos(asked.0));
        }
        let (change, left) = self.queue.note(&arm, planned.index, sign(judged), now);
        match change {
            Change::None => Ok(()),
            Change::Opened { failures, wait } => {
                let wait = wait.into();
                Ok(self.watchers.tell(&Event::ArmPaused { arm, failures, wait })?)
            }
            Change::GivenUp => {
                let parked = self.parked.iter().filter(|parked| parked.planned.key.arm == arm).count();
                self.parked.retain(|parked| parked.planned.key.arm != arm);
                let left = count(left + parked);
                self.given_up.insert(arm.clone(), left);
                Ok(self.watchers.tell(&Event::ArmGivenUp { arm, left })?)
            }
        }
    }

    /// Says that the run is over, whichever way.
    fn close(&mut self, ended: Result<bool, RunError>) -> Result<Summary, RunError> {
        let rows = count(self.rows);
        let planned = count(self.run.plan.attempts.len());
        let finished = |interrupted| Event::RunFinished { rows, planned, interrupted };
        match ended {
            Ok(interrupted) => {
                self.watchers.tell(&finished(interrupted))?;
                let given_up = std::mem::take(&mut self.given_up);
                Ok(Summary { rows, planned, interrupted, given_up })
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

    fn flush(&mut self) -> Result<(), ObserverError> {
        self.0.iter_mut().try_for_each(|observer| observer.flush())
    }

    fn sync(&mut self) -> Result<(), ObserverError> {
        self.0.iter_mut().try_for_each(|observer| observer.sync())
    }
}

/// Whether one more attempt may be in flight on this arm.
fn room(run: &Run<'_>, options: &RunOptions, flight: &Flight, arm: &str) -> Room {
    let holds = run.arms.get(arm).map_or(1, |arm| arm.backend.capabilities().concurrency);
    if count(flight.len()) >= options.concurrency.max(1) {
        Room::Full
    } else if flight.on_arm(arm) >= holds.max(1) {
        Room::ArmFull
    } else {
        Room::Free
    }
}

/// The earlier of two times, of which either may not be known.
fn earlier(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    a.into_iter().chain(b).min()
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
