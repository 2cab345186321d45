//! The labels, checked by the validator in each schema's own dialect.
//!
//! The judge of answers does the work, so that a text means here what it means in a run: patterns run
//! with a limit, nothing is fetched, a number beyond a double counts as the largest one.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use gonogo_core::{Enforcement, Family};
use gonogo_judge::{Draft as Dialect, Judge, Terms};
use serde::{Deserialize, Serialize};

use crate::{Corpus, Draft, Entry, text::check};

/// Stack of the thread that checks one entry: schemas may nest and refer deeply.
const STACK: usize = 256 * 1024 * 1024;

/// What the validator says of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Validity {
    /// It satisfies the schema.
    Valid,
    /// It does not.
    Invalid {
        /// The keyword it violates; `json` where the text is not JSON.
        keyword: String,
        /// JSON pointer to where it does, empty for the whole.
        instance_path: String,
        /// The violation in a sentence.
        message: String,
    },
    /// It could not be decided.
    Undecided {
        /// Why.
        cause: String,
    },
}

/// A label that the validator does not agree with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disagreement {
    /// The entry.
    pub entry: String,
    /// The instance in it.
    pub instance: String,
    /// What the corpus says.
    pub labelled: bool,
    /// What the validator says; never the same.
    pub found: Validity,
}

/// Whether `format` counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Formats {
    /// As the corpus' labels have it: [`Entry::formats`].
    #[default]
    AsLabelled,
    /// Asserted everywhere.
    Asserted,
    /// Asserted nowhere: an annotation.
    Ignored,
}

/// The validity of each instance of `entry`, in their order.
///
/// Takes as long as the schema makes it take; [`recheck_within`] has a limit.
#[must_use]
pub fn recheck(entry: &Entry, formats: Formats) -> Vec<Validity> {
    let terms = Terms {
        draft: Some(dialect(entry.draft)),
        formats: match formats {
            Formats::AsLabelled => entry.formats,
            Formats::Asserted => true,
            Formats::Ignored => false,
        },
    };
    let texts = entry.instances.iter().map(|instance| instance.text.as_str());
    match Judge::of_schema(&entry.schema, terms) {
        Ok(judge) => texts.map(|text| validity(&judge, text)).collect(),
        Err(error) => {
            let undecided = || Validity::Undecided { cause: error.to_string() };
            texts.map(|text| malformed(text).unwrap_or_else(undecided)).collect()
        }
    }
}

/// What is not JSON is invalid whatever the schema says.
fn malformed(text: &str) -> Option<Validity> {
    let message = format!("not JSON: {}", check(text).err()?);
    Some(Validity::Invalid { keyword: "json".to_owned(), instance_path: String::new(), message })
}

fn dialect(draft: Draft) -> Dialect {
    match draft {
        Draft::Draft4 => Dialect::Draft4,
        Draft::Draft6 => Dialect::Draft6,
        Draft::Draft7 => Dialect::Draft7,
        Draft::Draft201909 => Dialect::Draft201909,
        Draft::Draft202012 => Dialect::Draft202012,
    }
}

fn validity(judge: &Judge, text: &str) -> Validity {
    if let Some(invalid) = malformed(text) {
        return invalid;
    }
    let outcome = judge.judge_text(text, Enforcement::Unconstrained);
    let detail = outcome.detail;
    match outcome.family {
        Family::Passed => Validity::Valid,
        Family::SchemaViolation => Validity::Invalid {
            keyword: detail.keyword.unwrap_or_default(),
            instance_path: detail.pointer.unwrap_or_default(),
            message: detail.message,
        },
        // JSON that the judge cannot read: nested too deeply, or with a lone surrogate.
        Family::Malformed
        | Family::Harness
        | Family::Timeout
        | Family::Transport
        | Family::Rejected
        | Family::EngineFailure
        | Family::Truncation
        | Family::Refusal
        | Family::ValueFailure => {
            Validity::Undecided { cause: format!("{}: {}", outcome.kind.name(), detail.message) }
        }
    }
}

/// As [`recheck`], on a thread of its own with a large stack, and given up after `budget`.
///
/// The validator cannot be stopped: what is given up goes on in its thread until the process ends.
#[must_use]
pub fn recheck_within(entry: &Entry, formats: Formats, budget: Duration) -> Vec<Validity> {
    let (done, wait) = mpsc::sync_channel(1);
    let owned = entry.clone();
    let work = move || {
        let _ = done.send(recheck(&owned, formats));
    };
    let undecided = |cause: String| vec![Validity::Undecided { cause }; entry.instances.len()];
    if let Err(error) = thread::Builder::new().stack_size(STACK).spawn(work) {
        return undecided(format!("no thread to check it on: {error}"));
    }
    wait.recv_timeout(budget).unwrap_or_else(|error| match error {
        RecvTimeoutError::Timeout => undecided(format!("the validator took longer than {budget:?}")),
        RecvTimeoutError::Disconnected => undecided("the validator panicked".to_owned()),
    })
}

/// The labels of `corpus` that differ from what was found, entry by entry in its order. What is
/// undecided disagrees with nobody.
#[must_use]
pub fn disagreements(corpus: &Corpus, found: &[Vec<Validity>]) -> Vec<Disagreement> {
    let instances = corpus.entries.iter().zip(found).flat_map(|(entry, found)| {
        entry.instances.iter().zip(found).map(move |(instance, found)| (entry, instance, found))
    });
    let differing = instances.filter(|(_, instance, found)| match found {
        Validity::Valid => !instance.labelled,
        Validity::Invalid { .. } => instance.labelled,
        Validity::Undecided { .. } => false,
    });
    differing
        .map(|(entry, instance, found)| Disagreement {
            entry: entry.id.clone(),
            instance: instance.id.clone(),
            labelled: instance.labelled,
            found: found.clone(),
        })
        .collect()
}
