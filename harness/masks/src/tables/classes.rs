//! How many trials came out how: exclusive, and always all of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Class, Treatment, Truth, trials::Trials};

/// What became of the subjects on one arm. Classes and `missing` sum to `n`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Subjects.
    pub n: u64,
    /// Subjects without a trial on this arm: the run is not finished.
    pub missing: u64,
    /// Trials of each class; a class that did not occur is absent.
    pub classes: BTreeMap<Class, u64>,
}

/// The same of one split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitCounts {
    /// Its name.
    pub split: String,
    /// What became of its subjects.
    pub counts: Counts,
    /// The same of those without instances.
    #[serde(default)]
    pub without_instances: Counts,
}

/// The first trial of a class on an arm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The class.
    pub class: Class,
    /// The subject's id.
    pub subject: String,
    /// Why, in one line.
    pub detail: String,
}

/// In whose words an arm declined schemas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The engine's message: its first line, with `#` for every number.
    pub message: String,
    /// How many schemas it was said of.
    pub schemas: u64,
    /// The first of them.
    pub subject: String,
}

/// An instance on which the corpus' label and the validator disagree. It decides nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disputed {
    /// The subject's id.
    pub subject: String,
    /// The instance's.
    pub instance: String,
    /// What the corpus says: valid or not.
    pub labelled: bool,
    /// The keyword that the validator finds violated; `None` where it finds the instance valid.
    pub breach: Option<String>,
    /// How many arms accepted it.
    pub accepted: u64,
    /// How many arms refused it.
    pub refused: u64,
}

impl Counts {
    /// Trials of this class.
    #[must_use]
    pub fn of(&self, class: Class) -> u64 {
        self.classes.get(&class).copied().unwrap_or_default()
    }

    /// Trials of any of these classes.
    #[must_use]
    pub fn any(&self, classes: &[Class]) -> u64 {
        classes.iter().map(|class| self.of(*class)).sum()
    }

    /// What is left without those, which are some of these.
    #[must_use]
    pub fn without(&self, those: &Self) -> Self {
        let left = |class: &Class| (*class, self.of(*class).saturating_sub(those.of(*class)));
        Self {
            n: self.n.saturating_sub(those.n),
            missing: self.missing.saturating_sub(those.missing),
            classes: self.classes.keys().map(left).filter(|(_, count)| *count > 0).collect(),
        }
    }

    /// Subjects with a trial.
    #[must_use]
    pub fn tried(&self) -> u64 {
        self.n.saturating_sub(self.missing)
    }

    fn add(&mut self, class: Option<Class>) {
        self.n += 1;
        match class {
            Some(class) => *self.classes.entry(class).or_default() += 1,
            None => self.missing += 1,
        }
    }
}

/// The subjects of an arm: all of them, those without instances, and each split's.
pub(crate) fn counts(trials: &Trials<'_>, arm: usize) -> (Counts, Counts, Vec<SplitCounts>) {
    let (mut all, mut bare) = (Counts::default(), Counts::default());
    let mut splits = vec![(Counts::default(), Counts::default()); trials.splits.len()];
    for (place, subject, trial) in trials.on(arm) {
        let class = trial.map(|trial| trial.judged.class);
        all.add(class);
        let split = &mut splits[trials.split_of[place]];
        split.0.add(class);
        if subject.instances.is_empty() {
            split.1.add(class);
            bare.add(class);
        }
    }
    let named = trials.splits.iter().zip(splits);
    let splits = named.map(|(name, (counts, without_instances))| SplitCounts {
        split: (*name).to_owned(),
        counts,
        without_instances,
    });
    (all, bare, splits.collect())
}

/// The first trial of each class on an arm, by precedence; `ok` needs none.
pub(crate) fn examples(trials: &Trials<'_>, arm: usize) -> Vec<Example> {
    let mut first: BTreeMap<Class, Example> = BTreeMap::new();
    for (_, subject, trial) in trials.on(arm) {
        let Some(judged) = trial.map(|trial| &trial.judged).filter(|judged| judged.class != Class::Ok) else {
            continue;
        };
        first.entry(judged.class).or_insert_with(|| Example {
            class: judged.class,
            subject: subject.id.clone(),
            detail: judged.detail.clone().unwrap_or_default(),
        });
    }
    first.into_values().collect()
}

/// What an arm said of the schemas that it declined, the most frequent first.
pub(crate) fn reasons(trials: &Trials<'_>, arm: usize) -> Vec<Reason> {
    let mut found: BTreeMap<String, Reason> = BTreeMap::new();
    for (_, subject, trial) in trials.on(arm) {
        let declined = trial.filter(|trial| trial.judged.class == Class::Rejected);
        let Some(detail) = declined.and_then(|trial| trial.judged.detail.as_deref()) else { continue };
        let message = without_numbers(detail.lines().next().unwrap_or_default());
        let reason = found.entry(message.clone());
        let reason = reason.or_insert_with(|| Reason { message, schemas: 0, subject: subject.id.clone() });
        reason.schemas += 1;
    }
    let mut reasons: Vec<Reason> = found.into_values().collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.schemas));
    reasons
}

/// The text with `#` for every number, so that what differs in a position alone is one message.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '0'..='9' if out.ends_with('#') => {}
            '0'..='9' => out.push('#'),
            other => out.push(other),
        }
    }
    out
}

/// Every disputed instance, in the corpus' order.
pub(crate) fn disputed(trials: &Trials<'_>) -> Vec<Disputed> {
    let mut disputed = Vec::new();
    for (place, subject) in trials.survey.subjects.iter().enumerate() {
        for (index, instance) in subject.instances.iter().enumerate() {
            if instance.valid().is_some() || instance.reorders.is_some() {
                continue;
            }
            let on = |arm| trials.get(arm, place).and_then(|trial| trial.judged.instances.get(index));
            let treatments: Vec<&Treatment> =
                (0..trials.survey.arms.len()).filter_map(on).map(|verdict| &verdict.treatment).collect();
            let count = |is: fn(&Treatment) -> bool| {
                treatments.iter().filter(|treatment| is(treatment)).count() as u64
            };
            disputed.push(Disputed {
                subject: subject.id.clone(),
                instance: instance.id.clone(),
                labelled: instance.labelled,
                breach: match &instance.truth {
                    Truth::Invalid(breach) => Some(breach.keyword.clone()),
                    Truth::Valid | Truth::Undecided(_) => None,
                },
                accepted: count(|treatment| matches!(treatment, Treatment::Accepted)),
                refused: count(|treatment| {
                    matches!(treatment, Treatment::Refused { .. } | Treatment::Unended)
                }),
            });
        }
    }
    disputed
}
