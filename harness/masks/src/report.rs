//! A comparison as it is read: every figure computed once, then written as Markdown, JSON, CSV and SVG.

mod csv;
mod findings;
mod head;
mod markdown;
mod plots;
mod rows;
mod sections;
mod words;

use std::collections::BTreeMap;

use gonogo_core::Nanos;
use serde::{Deserialize, Serialize};

use crate::{
    Class, Configuration, Survey, SurveyPlan, SurveyReceipt,
    tables::{
        self, Counts, Crossed, Curve, Differences, Disputed, Example, Keyword, Measure, Moved, Pair,
        Quantiles, Reason, SplitCounts, Subset,
    },
    trials::Trials,
};

pub use csv::records;
pub use head::Headline;
pub use rows::{BetweenMasks, Row, rows};

/// Version of the JSON document. It changes when a field changes its meaning or goes away, not when one is
/// added.
pub const FORMAT: u32 = 1;

/// Everything that is to be read about a comparison. Its serialisation is the JSON document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`FORMAT`].
    pub format: u32,
    /// What was asked for, of what.
    pub plan: SurveyPlan,
    /// When, by what and on what machine.
    pub receipt: SurveyReceipt,
    /// Subjects times arms.
    pub planned: u64,
    /// Trials that were made.
    pub trials: u64,
    /// Each arm, in the order it was asked for.
    pub arms: Vec<ArmReport>,
    /// How far the arms of each configuration agree.
    pub agreement: Vec<Agreement>,
    /// Instances on which the corpus' label and the validator disagree.
    pub disputed: Vec<Disputed>,
    /// Quantiles of what was measured.
    pub quantiles: Vec<Quantiles>,
    /// How many times as long one arm takes as another.
    pub pairs: Vec<Pair>,
    /// What two arms of one configuration treat rightly, and one alone.
    #[serde(default)]
    pub crossed: Vec<Crossed>,
    /// What each engine does otherwise under matched options.
    #[serde(default)]
    pub moved: Vec<Moved>,
    /// What each arm does with each keyword.
    pub keywords: Vec<Keyword>,
    /// Where masks differ.
    pub differences: Vec<Differences>,
    /// What is plotted; not part of the document.
    #[serde(skip)]
    curves: Vec<Curve>,
}

/// One arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmReport {
    /// Its name.
    pub name: String,
    /// Its engine.
    pub engine: String,
    /// Whose settings it has.
    pub configuration: Configuration,
    /// The engine's options.
    pub options: serde_json::Value,
    /// The engine's version, as the library reports it; `None` where no worker was ready.
    pub version: Option<String>,
    /// What else the worker said of vocabulary, engine and build.
    pub facts: BTreeMap<String, String>,
    /// Loading vocabulary and engine; in no other figure.
    pub load: Option<Nanos>,
    /// Median cost of one timed interval without anything in it: what every clock holds on top.
    pub timer: Option<Nanos>,
    /// What became of its subjects.
    pub counts: Counts,
    /// The same of those subjects that have no instances, so that compiling is all that is asked.
    pub without_instances: Counts,
    /// The same of each split.
    pub splits: Vec<SplitCounts>,
    /// The first trial of each class but `ok`.
    pub examples: Vec<Example>,
    /// What it said of the schemas that it declined when they were compiled, the most frequent first.
    pub declined: Vec<Reason>,
    /// The subjects with the highest peaks of memory.
    pub peaks: Vec<Peak>,
    /// Trials that took a worker down and were made again, alone in a fresh one.
    pub made_again: u64,
}

/// A subject and the memory it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peak {
    /// The subject's id.
    pub subject: String,
    /// Highest resident memory of the worker during the trial, bytes.
    pub peak: u64,
    /// The same before the trial, bytes.
    pub rest: Option<u64>,
}

/// How far the arms of one configuration agree on subjects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Their configuration.
    pub configuration: Configuration,
    /// Subjects with a trial on every arm.
    pub subjects: u64,
    /// Those that every arm treated rightly.
    pub every: u64,
    /// Those that no arm did.
    pub none: u64,
    /// Those that one arm alone did; by arm.
    pub only: BTreeMap<String, u64>,
}

impl Report {
    /// The report of a survey.
    #[must_use]
    pub fn new(survey: &Survey, plan: &SurveyPlan, receipt: &SurveyReceipt) -> Self {
        let trials = Trials::new(survey);
        let (quantiles, curves) = tables::quantiles(&trials, &plan.limits);
        Self {
            format: FORMAT,
            plan: plan.clone(),
            receipt: receipt.clone(),
            planned: (survey.arms.len() * survey.subjects.len()) as u64,
            trials: trials.made(),
            arms: (0..survey.arms.len()).map(|arm| ArmReport::new(&trials, arm)).collect(),
            agreement: Configuration::ALL
                .into_iter()
                .filter_map(|configuration| agreement(&trials, configuration))
                .collect(),
            disputed: tables::disputed(&trials),
            quantiles,
            pairs: tables::pairs(&trials, &plan.limits),
            crossed: tables::crossed(&trials),
            moved: tables::moved(&trials),
            keywords: tables::keywords(&trials),
            differences: tables::differences(&trials),
            curves,
        }
    }

    /// The document as JSON; [`Report`]'s fields say what is in it.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        // Of plain fields, string keys and finite numbers nothing can fail; nothing is what there would be.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The quantiles of a measure on an arm, over all splits.
    #[must_use]
    pub fn quantiles(&self, arm: &str, measure: Measure, subset: Subset) -> Option<&Quantiles> {
        self.quantiles.iter().find(|quantiles| {
            quantiles.split.is_none()
                && quantiles.arm == arm
                && quantiles.measure == measure
                && quantiles.subset == subset
        })
    }

    /// Over what the times of a measure are compared: what all arms of a configuration took, where several took anything.
    pub(crate) fn fair(&self, configuration: Configuration, measure: Measure) -> Subset {
        let arms = self.arms.iter().filter(|arm| arm.configuration == configuration);
        let timed = arms.filter(|arm| self.quantiles(&arm.name, measure, Subset::Own).is_some());
        if timed.count() > 1 { Subset::Common } else { Subset::Own }
    }

    /// Subjects, those without a trial included.
    #[must_use]
    pub fn subjects(&self) -> u64 {
        self.arms.first().map_or(0, |arm| arm.counts.n)
    }
}

impl ArmReport {
    /// What became of the subjects that have instances.
    #[must_use]
    pub fn with_instances(&self) -> Counts {
        self.counts.without(&self.without_instances)
    }

    fn new(trials: &Trials<'_>, place: usize) -> Self {
        let arm = trials.arm(place);
        let ready = trials.survey.ready.get(&arm.name);
        let (counts, without_instances, splits) = tables::counts(trials, place);
        let made_again = trials.on(place).filter_map(|(_, _, trial)| trial);
        Self {
            name: arm.name.clone(),
            engine: arm.engine.clone(),
            configuration: arm.configuration,
            options: arm.options.clone(),
            version: ready.map(|ready| ready.engine_version.clone()),
            facts: ready.map(|ready| ready.facts.clone()).unwrap_or_default(),
            load: ready.map(|ready| ready.load),
            timer: ready.map(|ready| ready.timer),
            counts,
            without_instances,
            splits,
            examples: tables::examples(trials, place),
            declined: tables::reasons(trials, place),
            peaks: peaks(trials, place),
            made_again: made_again.filter(|trial| !trial.record.earlier.is_empty()).count() as u64,
        }
    }
}

/// The five highest peaks of an arm, the highest first.
fn peaks(trials: &Trials<'_>, arm: usize) -> Vec<Peak> {
    let peaks = trials.on(arm).filter_map(|(_, subject, trial)| {
        let record = trial?.record;
        Some(Peak { subject: subject.id.clone(), peak: record.peak_bytes?, rest: record.rest_bytes })
    });
    let mut peaks: Vec<Peak> = peaks.collect();
    peaks.sort_by_key(|peak| std::cmp::Reverse(peak.peak));
    peaks.truncate(5);
    peaks
}

/// `None` while there are fewer than two arms to agree.
fn agreement(trials: &Trials<'_>, configuration: Configuration) -> Option<Agreement> {
    let arms = trials.of(configuration);
    if arms.len() < 2 {
        return None;
    }
    let mut agreement = Agreement { configuration, subjects: 0, every: 0, none: 0, only: BTreeMap::new() };
    for place in 0..trials.survey.subjects.len() {
        let class = |arm: &usize| trials.get(*arm, place).map(|trial| trial.judged.class);
        let Some(classes) = arms.iter().map(class).collect::<Option<Vec<Class>>>() else { continue };
        agreement.subjects += 1;
        let rightly = arms.iter().zip(classes).filter(|(_, class)| *class == Class::Ok);
        match &rightly.collect::<Vec<_>>()[..] {
            [] => agreement.none += 1,
            every if every.len() == arms.len() => agreement.every += 1,
            [(only, _)] => *agreement.only.entry(trials.arm(**only).name.clone()).or_default() += 1,
            _ => {}
        }
    }
    Some(agreement)
}
