//! One failure per arm to look at: the class that fails most, with its evidence.

use std::collections::BTreeMap;

use gonogo_core::{Attempt, ContentHash, Kind};
use serde::Serialize;

use crate::rows::{Arm, Rows};

/// A failed attempt worth reading.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Example {
    /// Label of the arm.
    pub arm: String,
    /// The attempt.
    pub attempt: String,
    /// Its class.
    pub kind: Kind,
    /// How many first tries of the arm ended likewise.
    pub count: u64,
    /// First tries of the arm.
    pub n: u64,
    /// Why, in the judge's words.
    pub message: String,
    /// Address of the raw answer.
    pub capture: ContentHash,
}

/// For each arm, in order, the first attempt of the kind that fails most.
pub(crate) fn examples(rows: &Rows<'_>) -> Vec<Example> {
    rows.arms.iter().filter_map(example).collect()
}

fn example(arm: &Arm<'_>) -> Option<Example> {
    let (kind, count) = most_frequent(arm.first.iter().copied())?;
    let attempt = arm.first.iter().find(|attempt| attempt.outcome.kind == kind)?;
    Some(Example {
        arm: arm.label(),
        attempt: attempt.key.to_string(),
        kind,
        count,
        n: arm.n(),
        message: attempt.outcome.detail.message.clone(),
        capture: attempt.capture.clone(),
    })
}

/// The kind of failure that occurs most often, the earlier in taxonomy order among equals.
pub(crate) fn most_frequent<'a>(attempts: impl Iterator<Item = &'a Attempt>) -> Option<(Kind, u64)> {
    let mut counts: BTreeMap<Kind, u64> = BTreeMap::new();
    for attempt in attempts.filter(|attempt| !attempt.outcome.passed()) {
        *counts.entry(attempt.outcome.kind).or_default() += 1;
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count)
}
