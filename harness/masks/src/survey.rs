//! A whole comparison as it is stored: what every table is made from.

use std::{collections::BTreeMap, time::Duration};

use gonogo_core::Nanos;
use gonogo_protocol::masks::Ready;
use serde::{Deserialize, Serialize};

use crate::{Arm, Difference, Record, Subject};

/// What a trial may take before it is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Compiling, first mask included.
    pub compile: Nanos,
    /// One step: a mask with its accept, or going back to the start.
    pub mask: Nanos,
    /// Everything after compiling, of one subject.
    pub walks: Nanos,
    /// Without a heartbeat.
    pub silence: Nanos,
    /// Resident memory of a worker, bytes.
    pub memory_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = |count| Nanos::from(Duration::from_secs(count));
        Self {
            compile: seconds(30),
            mask: seconds(10),
            walks: seconds(60),
            silence: seconds(5),
            memory_bytes: 4 << 30,
        }
    }
}

/// A whole comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// The arms, in the order they were asked for.
    pub arms: Vec<Arm>,
    /// What each arm's worker said of itself; by arm.
    pub ready: BTreeMap<String, Ready>,
    /// The corpus.
    pub subjects: Vec<Subject>,
    /// Every trial there is, at most one of each subject on each arm.
    pub records: Vec<Record>,
    /// Where masks differ.
    pub differences: Vec<Difference>,
}
