//! Every trial as a row, for whoever makes tables of their own.

use crate::{Judged, Record, Subject, Survey, tables::Measure, trials::Trials};

/// One trial, judged.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// What was tried.
    pub subject: &'a Subject,
    /// What the worker said.
    pub record: &'a Record,
    /// What that means.
    pub judged: Judged,
}

/// The time between masks of one trial, nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BetweenMasks {
    /// Steps.
    pub n: u64,
    /// All of them together.
    pub sum: u64,
    /// The median, by nearest rank.
    pub p50: Option<u64>,
    /// The 99th percentile, likewise.
    pub p99: Option<u64>,
    /// The longest.
    pub max: Option<u64>,
}

/// Every trial that was made, in the order of the corpus and of the arms.
#[must_use]
pub fn rows(survey: &Survey) -> Vec<Row<'_>> {
    let trials = Trials::new(survey);
    let places =
        (0..survey.subjects.len()).flat_map(|subject| (0..survey.arms.len()).map(move |arm| (arm, subject)));
    let row = |(arm, subject): (usize, usize)| {
        let trial = trials.get(arm, subject)?;
        Some(Row {
            subject: survey.subjects.get(subject)?,
            record: trial.record,
            judged: trial.judged.clone(),
        })
    };
    places.filter_map(row).collect()
}

impl Row<'_> {
    /// Instances of the subject, without copies in the schema's order.
    #[must_use]
    pub fn instances(&self) -> usize {
        self.subject.instances.iter().filter(|instance| instance.reorders.is_none()).count()
    }

    /// Tokens that were accepted.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.record.walks.iter().map(|walk| walk.accepts.len()).sum()
    }

    /// How often the trial was made.
    #[must_use]
    pub fn tries(&self) -> usize {
        self.record.earlier.len() + 1
    }

    /// Time between masks.
    #[must_use]
    pub fn tbm(&self) -> BetweenMasks {
        let mut sorted = Measure::Tbm.values(self.record);
        sorted.sort_unstable();
        // By nearest rank, as every quantile here.
        let rank = |percent: usize| sorted.get((sorted.len() * percent).div_ceil(100).max(1) - 1).copied();
        BetweenMasks {
            n: sorted.len() as u64,
            sum: sorted.iter().fold(0, |sum: u64, value| sum.saturating_add(*value)),
            p50: rank(50),
            p99: rank(99),
            max: sorted.last().copied(),
        }
    }
}
