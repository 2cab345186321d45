//! A survey arranged for counting: every trial judged, by arm and subject.

use std::collections::{BTreeSet, HashMap};

use crate::{Arm, Configuration, Judged, Record, Subject, Survey, judge};

/// The trials of a survey.
pub(crate) struct Trials<'a> {
    pub(crate) survey: &'a Survey,
    /// Names of the splits, sorted.
    pub(crate) splits: Vec<&'a str>,
    /// The split of each subject.
    pub(crate) split_of: Vec<usize>,
    /// By arm, then by subject.
    grid: Vec<Vec<Option<Trial<'a>>>>,
}

/// A trial that was made.
pub(crate) struct Trial<'a> {
    pub(crate) record: &'a Record,
    pub(crate) judged: Judged,
}

impl<'a> Trials<'a> {
    /// Judges every record of an arm and a subject that the survey knows; of several of one trial the first
    /// counts.
    pub(crate) fn new(survey: &'a Survey) -> Self {
        let arms: HashMap<&str, usize> = survey.arms.iter().map(|arm| arm.name.as_str()).zip(0..).collect();
        let subjects: HashMap<&str, usize> =
            survey.subjects.iter().map(|subject| subject.id.as_str()).zip(0..).collect();
        let mut grid: Vec<Vec<Option<Trial<'a>>>> = Vec::new();
        grid.resize_with(survey.arms.len(), || {
            let mut row = Vec::new();
            row.resize_with(survey.subjects.len(), || None);
            row
        });
        for record in &survey.records {
            let place = arms.get(record.arm.as_str()).zip(subjects.get(record.subject.as_str()));
            let Some((&arm, &subject)) = place else { continue };
            if grid[arm][subject].is_none() {
                grid[arm][subject] = Some(Trial { record, judged: judge(&survey.subjects[subject], record) });
            }
        }
        let splits: BTreeSet<&str> = survey.subjects.iter().map(|subject| subject.split.as_str()).collect();
        let splits: Vec<&str> = splits.into_iter().collect();
        let split_of = survey
            .subjects
            .iter()
            .map(|subject| splits.binary_search(&subject.split.as_str()).unwrap_or_default())
            .collect();
        Self { survey, splits, split_of, grid }
    }

    /// Trials that were made.
    pub(crate) fn made(&self) -> u64 {
        self.grid.iter().flatten().flatten().count() as u64
    }

    /// The trial of a subject on an arm, by their places.
    pub(crate) fn get(&self, arm: usize, subject: usize) -> Option<&Trial<'a>> {
        self.grid.get(arm)?.get(subject)?.as_ref()
    }

    /// Every subject with its place and its trial on this arm.
    pub(crate) fn on(&self, arm: usize) -> impl Iterator<Item = (usize, &'a Subject, Option<&Trial<'a>>)> {
        let subjects = self.survey.subjects.iter().enumerate();
        subjects.map(move |(place, subject)| (place, subject, self.get(arm, place)))
    }

    /// The arms of a configuration, by their places.
    pub(crate) fn of(&self, configuration: Configuration) -> Vec<usize> {
        let arms = self.survey.arms.iter().enumerate();
        arms.filter(|(_, arm)| arm.configuration == configuration).map(|(place, _)| place).collect()
    }

    /// Pairs of arms that are compared: those of one configuration, in the survey's order.
    pub(crate) fn pairs(&self) -> Vec<[usize; 2]> {
        let arms = &self.survey.arms;
        let later = |first: usize| (first + 1..arms.len()).map(move |second| [first, second]);
        let pairs = (0..arms.len()).flat_map(later);
        pairs.filter(|[a, b]| arms[*a].configuration == arms[*b].configuration).collect()
    }

    pub(crate) fn arm(&self, place: usize) -> &'a Arm {
        &self.survey.arms[place]
    }
}
