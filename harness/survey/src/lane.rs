//! A lane: one thread with a worker for each arm, at one trial at a time.

use std::sync::{
    atomic::{AtomicBool, AtomicUsize, Ordering},
    mpsc::Sender,
};

use gonogo_masks::{Configuration, Record, Subject, SurveyPlan};
use gonogo_protocol::masks::{FromMasker, ToMasker};
use gonogo_tokenizer::Tokenizer;

use crate::{
    Comparison, Entrant, Station,
    compare::{Compare, Sums},
    order::{seed_of, shuffle},
    worker::Worker,
};

/// What is left to do with one subject.
#[derive(Debug)]
pub(crate) struct Todo {
    /// Index of the subject.
    pub(crate) subject: usize,
    /// Indices of the arms that it was not tried on.
    pub(crate) arms: Vec<usize>,
    /// Checksums of the masks on those that it was tried on earlier, where they are wanted.
    pub(crate) earlier: Vec<(usize, Sums)>,
    /// Configurations in which masks are to be compared.
    pub(crate) compare: Vec<Configuration>,
}

/// What lanes have to say.
#[derive(Debug)]
pub(crate) enum Said {
    /// A trial was made.
    Trial(Record),
    /// Masks were compared.
    Compared(Comparison),
}

/// What all lanes share.
pub(crate) struct Common<'a> {
    pub(crate) plan: &'a SurveyPlan,
    pub(crate) subjects: &'a [Subject],
    pub(crate) entrants: &'a [Entrant],
    pub(crate) tokenizer: &'a Tokenizer,
    pub(crate) todo: &'a [Todo],
    pub(crate) next: AtomicUsize,
    pub(crate) stop: &'a AtomicBool,
}

/// A station for each arm.
pub(crate) struct Lane<'a> {
    common: &'a Common<'a>,
    stations: Vec<Station<'a>>,
}

impl<'a> Lane<'a> {
    /// A lane that has these workers already, in the arms' order.
    pub(crate) fn new(common: &'a Common<'a>, workers: Vec<Worker>) -> Self {
        let mut workers = workers.into_iter();
        let station = |entrant| {
            let Common { plan, tokenizer, stop, .. } = common;
            Station::new(entrant, plan.limits, plan.recompiles, tokenizer, stop).with(workers.next())
        };
        Self { common, stations: common.entrants.iter().map(station).collect() }
    }

    /// Takes subjects until there are none, or until it is told to stop.
    pub(crate) fn run(mut self, said: &Sender<Said>) {
        while !self.common.stop.load(Ordering::Relaxed) {
            let index = self.common.next.fetch_add(1, Ordering::Relaxed);
            let Some(todo) = self.common.todo.get(index) else { return };
            if self.subject(todo, said).is_none() {
                return;
            }
        }
    }

    /// Everything that is left to do with one subject; `None` when it was stopped, or nobody listens.
    fn subject(&mut self, todo: &Todo, said: &Sender<Said>) -> Option<()> {
        let subject = self.common.subjects.get(todo.subject)?;
        let mut sums: Vec<(usize, Sums)> = todo.earlier.clone();
        let mut arms = todo.arms.clone();
        shuffle(&mut arms, seed_of(self.common.plan.seed, todo.subject));
        for arm in arms {
            let station = self.stations.get_mut(arm)?;
            let wanted = todo.compare.contains(&station.arm().configuration);
            let record = station.trial(subject, wanted)?;
            if wanted {
                sums.push((arm, Sums::of(&record)));
            }
            said.send(Said::Trial(record)).ok()?;
        }
        sums.sort_by_key(|(arm, _)| *arm);
        for configuration in &todo.compare {
            let is_of = |arm: usize| {
                self.stations.get(arm).is_some_and(|station| station.arm().configuration == *configuration)
            };
            let of: Vec<&(usize, Sums)> = sums.iter().filter(|(arm, _)| is_of(*arm)).collect();
            let draws = seed_of(self.common.plan.seed ^ 1, todo.subject);
            let differences = Compare::new(self, subject, draws).pairs(&of);
            if self.common.stop.load(Ordering::Relaxed) {
                return None;
            }
            let comparison =
                Comparison { subject: subject.id.clone(), configuration: *configuration, differences };
            said.send(Said::Compared(comparison)).ok()?;
        }
        Some(())
    }

    /// Asks the worker of an arm something beside trials.
    ///
    /// # Errors
    /// Why there is no answer, in words.
    pub(crate) fn ask(&mut self, arm: usize, line: &ToMasker) -> Result<FromMasker, String> {
        let station = self.stations.get_mut(arm).ok_or_else(|| "there is no such arm".to_owned())?;
        station.ask(line)
    }

    /// Whether an arm accepts a text, cut as the tokenizer would; `None` where that cannot be said.
    pub(crate) fn accepts(&mut self, arm: usize, subject: &Subject, text: &str) -> Option<bool> {
        self.stations.get_mut(arm)?.accepts(subject, text)
    }

    /// The tokenizer.
    pub(crate) fn tokenizer(&self) -> &'a Tokenizer {
        self.common.tokenizer
    }

    /// An arm's name.
    pub(crate) fn name(&self, arm: usize) -> String {
        self.stations.get(arm).map(|station| station.arm().name.clone()).unwrap_or_default()
    }
}
