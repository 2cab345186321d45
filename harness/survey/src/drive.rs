//! A whole survey: opens the arms, lets the lanes run, and writes down what they say.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use gonogo_masks::{Arm, Configuration, Limits, Record, Subject, SurveyPlan};
use gonogo_protocol::masks::Ready;
use gonogo_store::StoreError;
use gonogo_tokenizer::Tokenizer;
use thiserror::Error;

use crate::{
    ArmReady, Entrant, Journals, StartError, SurveyDir,
    compare::Sums,
    lane::{Common, Lane, Said, Todo},
    order::shuffle,
    worker::Worker,
};

/// How long what is written may wait for the disk, together with what comes meanwhile.
const BUNCH: Duration = Duration::from_millis(200);

/// A survey that is to be made, or gone on with.
#[derive(Debug)]
pub struct Drive<'a> {
    /// Where it is kept.
    pub dir: &'a SurveyDir,
    /// What is to be tried.
    pub plan: &'a SurveyPlan,
    /// On what.
    pub subjects: &'a [Subject],
    /// With whom, in the order of the plan's arms.
    pub entrants: &'a [Entrant],
    /// What cut the subjects' instances.
    pub tokenizer: &'a Tokenizer,
    /// Turns true when it is to stop.
    pub stop: &'a AtomicBool,
}

/// What happens.
#[derive(Debug)]
pub enum News<'a> {
    /// An arm was opened.
    Opened(&'a Arm, &'a Ready),
    /// Trials begin: so many are done, of so many.
    Begins {
        /// Made earlier.
        done: usize,
        /// In all.
        planned: usize,
    },
    /// A trial was made and is in the journal.
    Trial(&'a Record),
}

/// Why a survey did not go on.
#[derive(Debug, Error)]
pub enum DriveError {
    /// An arm cannot be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The journal cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An arm is another than it was.
    #[error("arm `{arm}` was {was} when the survey was begun, and is {is}")]
    Changed {
        /// The arm.
        arm: String,
        /// Engine version or fact as it was.
        was: String,
        /// As it is.
        is: String,
    },
}

/// One worker of each arm, ready for a first trial.
#[derive(Debug)]
pub struct Opened {
    workers: Vec<(Worker, Ready)>,
}

/// Opens every arm: starts a worker of each and asks it what it is.
///
/// # Errors
/// The first arm that cannot be opened.
pub fn open(
    entrants: &[Entrant],
    limits: &Limits,
    tell: &mut dyn FnMut(News<'_>),
) -> Result<Opened, StartError> {
    let open = |entrant: &Entrant| {
        let (worker, ready) = entrant.launch.start(&entrant.arm, limits)?;
        tell(News::Opened(&entrant.arm, &ready));
        Ok((worker, ready))
    };
    Ok(Opened { workers: entrants.iter().map(open).collect::<Result<_, _>>()? })
}

/// How far a survey has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Come {
    /// Trials that have a record.
    pub done: usize,
    /// Trials in all.
    pub planned: usize,
    /// Whether everything was done, comparisons included.
    pub complete: bool,
}

impl Drive<'_> {
    /// Does what is not done yet, with arms that are open already or are opened now. Everything is written down
    /// before anybody is told.
    ///
    /// # Errors
    /// [`DriveError`]; what was written is safe.
    pub fn run(&self, opened: Option<Opened>, tell: &mut dyn FnMut(News<'_>)) -> Result<Come, DriveError> {
        let mut journals = self.dir.journals()?;
        let records = self.dir.records()?;
        let planned = self.subjects.len() * self.entrants.len();
        let todo = self.todo(&records)?;
        let mut come = Come { done: records.len(), planned, complete: todo.is_empty() };
        drop(records);
        if todo.is_empty() {
            return Ok(come);
        }
        let opened = match opened {
            Some(opened) => opened,
            None => open(self.entrants, &self.plan.limits, tell)?,
        };
        self.settle(&opened, &mut journals)?;
        let workers = opened.workers.into_iter().map(|(worker, _)| worker).collect();
        tell(News::Begins { done: come.done, planned });
        self.lanes(&todo, workers, &mut journals, &mut come, tell)?;
        Ok(come)
    }

    /// That each arm is what it was when the survey was begun; what a new one says of itself is kept.
    fn settle(&self, opened: &Opened, journals: &mut Journals) -> Result<(), DriveError> {
        let earlier = self.dir.ready()?;
        for (entrant, (_, ready)) in self.entrants.iter().zip(&opened.workers) {
            let name = &entrant.arm.name;
            match earlier.iter().find(|row| row.arm == *name) {
                Some(row) => same(name, &row.ready, ready)?,
                None => journals.ready.push(&ArmReady { arm: name.clone(), ready: ready.clone() })?,
            }
        }
        Ok(journals.sync()?)
    }

    /// What is left, in the seed's order.
    fn todo(&self, records: &[Record]) -> Result<Vec<Todo>, StoreError> {
        let made: HashMap<(&str, &str), &Record> =
            records.iter().map(|record| ((record.subject.as_str(), record.arm.as_str()), record)).collect();
        let comparisons = self.dir.comparisons()?;
        let compared: HashSet<(&str, Configuration)> =
            comparisons.iter().map(|row| (row.subject.as_str(), row.configuration)).collect();
        let shared = self.shared_configurations();
        let deep = usize::try_from(self.plan.compared).unwrap_or(usize::MAX);
        let mut order: Vec<usize> = (0..self.subjects.len()).collect();
        shuffle(&mut order, self.plan.seed);
        let todo = order.into_iter().enumerate().filter_map(|(place, index)| {
            let subject = self.subjects.get(index)?;
            let compare: Vec<Configuration> = shared
                .iter()
                .copied()
                .filter(|of| place < deep && !compared.contains(&(subject.id.as_str(), *of)))
                .collect();
            let mut left = Todo { subject: index, arms: Vec::new(), earlier: Vec::new(), compare };
            for (at, Entrant { arm, .. }) in self.entrants.iter().enumerate() {
                match made.get(&(subject.id.as_str(), arm.name.as_str())) {
                    None => left.arms.push(at),
                    Some(record) if left.compare.contains(&arm.configuration) => {
                        left.earlier.push((at, Sums::of(record)));
                    }
                    Some(_) => {}
                }
            }
            (!left.arms.is_empty() || !left.compare.is_empty()).then_some(left)
        });
        Ok(todo.collect())
    }

    /// The configurations that at least two arms have.
    fn shared_configurations(&self) -> Vec<Configuration> {
        let arms = |of: Configuration| {
            self.entrants.iter().filter(|entrant| entrant.arm.configuration == of).count()
        };
        Configuration::ALL.into_iter().filter(|of| arms(*of) > 1).collect()
    }

    fn lanes(
        &self,
        todo: &[Todo],
        workers: Vec<Worker>,
        journals: &mut Journals,
        come: &mut Come,
        tell: &mut dyn FnMut(News<'_>),
    ) -> Result<(), DriveError> {
        let common = Common {
            plan: self.plan,
            subjects: self.subjects,
            entrants: self.entrants,
            tokenizer: self.tokenizer,
            todo,
            next: AtomicUsize::new(0),
            stop: self.stop,
        };
        let (say, said) = mpsc::channel();
        let mut workers = Some(workers);
        thread::scope(|scope| {
            for _ in 0..self.plan.lanes.max(1) {
                let lane = Lane::new(&common, workers.take().unwrap_or_default());
                let say = say.clone();
                scope.spawn(move || lane.run(&say));
            }
            drop(say);
            let written = write_down(&said, journals, come, tell);
            if written.is_err() {
                self.stop.store(true, Ordering::Relaxed);
            }
            written
        })?;
        come.complete = !self.stop.load(Ordering::Relaxed) && come.done == come.planned;
        Ok(())
    }
}

/// Writes down what lanes say, until none is left.
fn write_down(
    said: &Receiver<Said>,
    journals: &mut Journals,
    come: &mut Come,
    tell: &mut dyn FnMut(News<'_>),
) -> Result<(), StoreError> {
    let mut untold: Vec<Record> = Vec::new();
    let mut next = Instant::now() + BUNCH;
    loop {
        let heard = said.recv_timeout(next.saturating_duration_since(Instant::now()));
        let over = matches!(heard, Err(RecvTimeoutError::Disconnected));
        match heard {
            Ok(Said::Trial(record)) => {
                journals.records.push(&record)?;
                come.done += 1;
                untold.push(Record { walks: Vec::new(), respelled: Vec::new(), ..record });
            }
            Ok(Said::Compared(comparison)) => journals.differences.push(&comparison)?,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        if over || Instant::now() >= next {
            journals.sync()?;
            untold.drain(..).for_each(|record| tell(News::Trial(&record)));
            next = Instant::now() + BUNCH;
        }
        if over {
            return Ok(());
        }
    }
}

/// That an arm is what it was: rows of different engines must not end up under one name.
fn same(arm: &str, was: &Ready, is: &Ready) -> Result<(), DriveError> {
    let changed = |was: String, is: String| Err(DriveError::Changed { arm: arm.to_owned(), was, is });
    if was.engine_version != is.engine_version {
        return changed(was.engine_version.clone(), is.engine_version.clone());
    }
    let names: HashSet<&String> = was.facts.keys().chain(is.facts.keys()).collect();
    let differing = names.into_iter().filter(|name| was.facts.get(*name) != is.facts.get(*name)).min();
    let shown = |ready: &Ready, name: &String| {
        format!("{name} {}", ready.facts.get(name).map_or("unknown", String::as_str))
    };
    differing.map_or(Ok(()), |name| changed(shown(was, name), shown(is, name)))
}
