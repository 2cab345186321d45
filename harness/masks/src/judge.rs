//! Subject and record to class: one oracle for every engine.
//!
//! An instance is *accepted* when each of its tokens was in the mask at its step and an end was allowed
//! after the last; it is *refused* at the first token that was not, or at the end. Nothing an engine
//! says of itself counts, and every instance of a subject is judged before the class is chosen.

use gonogo_protocol::masks::{MaskFailure, MaskPhase, WalkEnd, Walked};
use serde::{Deserialize, Serialize};

use crate::{Class, Ending, Record, Subject, SubjectInstance, Truth};

/// How an engine treated an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Treatment {
    /// Every token was in its mask, and an end was allowed after the last.
    Accepted,
    /// This token was not in its mask.
    Refused {
        /// Tokens accepted before it.
        at: u32,
        /// Whether the mask allowed nothing at all.
        dead_end: bool,
    },
    /// Every token was in its mask, and no end was allowed after the last.
    Unended,
    /// The engine reported an error.
    GaveUp {
        /// Tokens accepted before it.
        at: u32,
        /// In its own words.
        message: String,
    },
    /// The trial was over before its turn.
    Unwalked,
}

/// What is to be said of one instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceVerdict {
    /// How it was treated.
    pub treatment: Treatment,
    /// What was wrong with that, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
}

/// What is to be said of one trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// The class of the trial.
    pub class: Class,
    /// Why, in one line, for every class but `ok`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Each instance, in the subject's order.
    pub instances: Vec<InstanceVerdict>,
}

/// Judges one trial. Every instance is judged, whatever the class.
#[must_use]
pub fn judge(subject: &Subject, record: &Record) -> Judged {
    let treatments: Vec<Treatment> =
        (0..subject.instances.len()).map(|index| treatment(record.walks.get(index))).collect();
    let instances: Vec<InstanceVerdict> = subject
        .instances
        .iter()
        .enumerate()
        .map(|(index, instance)| InstanceVerdict {
            class: fault(subject, record, &treatments, index, instance),
            treatment: treatments.get(index).cloned().unwrap_or(Treatment::Unwalked),
        })
        .collect();
    let (class, detail) = match of_ending(&record.ending).or_else(|| of_walks(&record.walks)) {
        Some((class, detail)) => (class, Some(detail)),
        None => of_instances(subject, record, &instances),
    };
    Judged { class, detail, instances }
}

fn treatment(walked: Option<&Walked>) -> Treatment {
    let Some(walked) = walked else { return Treatment::Unwalked };
    match &walked.end {
        WalkEnd::Refused { at, allowed } => Treatment::Refused { at: *at, dead_end: *allowed == 0 },
        WalkEnd::Failed { at, message, .. } => Treatment::GaveUp { at: *at, message: message.clone() },
        WalkEnd::Through => {
            let taken = u32::try_from(walked.accepts.len()).unwrap_or(u32::MAX);
            if walked.may_end.last() == Some(&taken) { Treatment::Accepted } else { Treatment::Unended }
        }
    }
}

/// What was wrong with how one instance was treated.
fn fault(
    subject: &Subject,
    record: &Record,
    treatments: &[Treatment],
    index: usize,
    instance: &SubjectInstance,
) -> Option<Class> {
    if record.walks.get(index).is_some_and(|walked| is_unsound(instance, walked)) {
        return Some(Class::Unsound);
    }
    if instance.reorders.is_some() {
        return None; // a copy decides nothing by itself
    }
    match (treatments.get(index)?, instance.valid()) {
        (Treatment::GaveUp { .. }, _) => Some(Class::GaveUp),
        (Treatment::Refused { .. } | Treatment::Unended, Some(true)) => {
            let copy = subject.instances.iter().position(|copy| copy.reorders == Some(index));
            let without = record.respelled.iter().find(|respelled| respelled.instance == index);
            if copy.and_then(|copy| treatments.get(copy)) == Some(&Treatment::Accepted) {
                Some(Class::OrderBound)
            } else if without.is_some_and(|copy| treatment(Some(&copy.walked)) == Treatment::Accepted) {
                Some(Class::WhitespaceBound)
            } else {
                Some(Class::OverConstrained)
            }
        }
        (Treatment::Accepted, Some(false)) => Some(Class::UnderConstrained),
        (Treatment::Accepted, Some(true) | None)
        | (Treatment::Refused { .. } | Treatment::Unended, Some(false) | None)
        | (Treatment::Unwalked, _) => None,
    }
}

/// Whether a mask allowed an end where the text is no whole JSON value, or a control token.
fn is_unsound(instance: &SubjectInstance, walked: &Walked) -> bool {
    walked.control.is_some() || walked.may_end.iter().any(|at| !instance.whole_at.contains(at))
}

/// The class of a trial that was not finished.
fn of_ending(ending: &Ending) -> Option<(Class, String)> {
    let class = match ending {
        Ending::Complete => return None,
        Ending::Failed(failed) => (of_failure(failed.class, failed.phase), failed.message.clone()),
        Ending::TimedOut { phase: MaskPhase::Load, limit } => {
            (Class::Broken, format!("the worker was not ready within {limit}"))
        }
        Ending::TimedOut { phase: MaskPhase::Compile, limit } => {
            (Class::CompileTimeout, format!("not compiled within {limit}"))
        }
        Ending::TimedOut { phase: MaskPhase::Mask, limit } => {
            (Class::MaskTimeout, format!("masks were not done within {limit}"))
        }
        Ending::Silent { lasting } => (Class::Hung, format!("no sign of life for {lasting}")),
        Ending::Died { how, stderr } => {
            let last = stderr.trim_end().lines().next_back().unwrap_or_default();
            let said = if last.is_empty() { String::new() } else { format!(": {last}") };
            (Class::Crashed, format!("the worker died by {how}{said}"))
        }
        Ending::Outgrew { bytes, limit } => (
            Class::OutOfMemory,
            format!("{} MiB resident, and the limit is {} MiB", bytes >> 20, limit >> 20),
        ),
        Ending::Broken(message) => (Class::Broken, message.clone()),
    };
    Some(class)
}

/// The class of a trial in which a walk failed by no word of the engine's.
fn of_walks(walks: &[Walked]) -> Option<(Class, String)> {
    walks.iter().find_map(|walked| {
        let WalkEnd::Failed { class, message, .. } = &walked.end else { return None };
        let class = match class {
            MaskFailure::OutOfMemory => Class::OutOfMemory,
            MaskFailure::Worker => Class::Broken,
            MaskFailure::Rejected | MaskFailure::Engine => return None,
        };
        Some((class, message.clone()))
    })
}

fn of_failure(failure: MaskFailure, phase: MaskPhase) -> Class {
    match (failure, phase) {
        (MaskFailure::OutOfMemory, _) => Class::OutOfMemory,
        (MaskFailure::Worker, _) | (_, MaskPhase::Load) => Class::Broken,
        (MaskFailure::Rejected, _) => Class::Rejected,
        // An error that the engine reports while compiling is its word that it will not.
        (MaskFailure::Engine, MaskPhase::Compile) => Class::Rejected,
        (MaskFailure::Engine, MaskPhase::Mask) => Class::GaveUp,
    }
}

/// The class of a trial in which every instance had its turn: the gravest fault of any.
fn of_instances(subject: &Subject, record: &Record, verdicts: &[InstanceVerdict]) -> (Class, Option<String>) {
    let example = |class| {
        let index = verdicts.iter().position(|verdict| verdict.class == Some(class))?;
        let instance = subject.instances.get(index)?;
        let unsound = record.walks.get(index).filter(|_| class == Class::Unsound);
        let what = unsound.and_then(|walked| unsound_at(instance, walked));
        let what = what.or_else(|| Some(sentence(instance, &verdicts.get(index)?.treatment)))?;
        Some(format!("{} instance {}: {what}", label(instance), instance.id))
    };
    let worst = verdicts.iter().filter_map(|verdict| verdict.class).min().unwrap_or(Class::Ok);
    let over = (worst == Class::UnderConstrained).then(|| example(Class::OverConstrained)).flatten();
    match (example(worst), over) {
        (Some(under), Some(over)) => (Class::OverAndUnder, Some(format!("{under}; {over}"))),
        (example, _) => (worst, example),
    }
}

fn label(instance: &SubjectInstance) -> &'static str {
    match instance.valid() {
        Some(true) => "valid",
        Some(false) => "invalid",
        None => "disputed",
    }
}

fn sentence(instance: &SubjectInstance, treatment: &Treatment) -> String {
    let tokens = instance.tokens.len();
    match treatment {
        Treatment::Accepted => match &instance.truth {
            Truth::Invalid(breach) => format!("accepted, against `{}` at \"{}\"", breach.keyword, breach.at),
            Truth::Valid | Truth::Undecided(_) => "accepted".into(),
        },
        Treatment::Refused { at, dead_end: false } => format!("refused at token {at} of {tokens}"),
        Treatment::Refused { at, dead_end: true } => format!("nothing was allowed at token {at} of {tokens}"),
        Treatment::Unended => "no end allowed after the last token".into(),
        Treatment::GaveUp { at, message } => format!("error at token {at} of {tokens}: {message}"),
        Treatment::Unwalked => "not walked".into(),
    }
}

/// Where a mask allowed what is no JSON.
fn unsound_at(instance: &SubjectInstance, walked: &Walked) -> Option<String> {
    let early = walked.may_end.iter().find(|at| !instance.whole_at.contains(at));
    let early = early.map(|at| format!("an end was allowed after {at} tokens, in the middle of a value"));
    let control =
        walked.control.map(|token| format!("control token {} was allowed after {}", token.token, token.at));
    early.or(control)
}
