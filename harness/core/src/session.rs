//! When a run was gone on with after it had stopped, and how busy its machine was.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Caveat, Receipt, RunStatus};

/// A run that had stopped and went on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resumption {
    /// When it went on: UTC, RFC 3339.
    pub at: String,
    /// When it had stopped, likewise; absent where it was killed and could not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// Attempts that were not concluded then and were to be made up for.
    pub left: u32,
    /// Of these, those that had been asked: their answers were lost, and they were asked again. Receipts of older
    /// versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_before: Option<u32>,
    /// Of those left, the ones left out of arms that had been given up.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub given_up: BTreeMap<String, u32>,
}

/// How busy the machine was: the system's average over one minute of how many processes ran or waited to run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct MachineLoad {
    /// When the run began, before anything of it had been started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<f64>,
    /// When it last stopped; its own work is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<f64>,
}

impl Receipt {
    /// Notes that the run goes on at `at` (UTC, RFC 3339) with `left` attempts, of which `asked_before` had been asked.
    pub fn resume(&mut self, at: String, left: u32, asked_before: u32) {
        let mut given_up = BTreeMap::new();
        for caveat in &self.caveats {
            if let Caveat::GivenUp { arm, left } = caveat {
                given_up.insert(arm.clone(), *left);
            }
        }
        self.status = RunStatus::Unfinished;
        let (stopped, asked_before) = (self.finished.take(), Some(asked_before));
        self.resumed.push(Resumption { at, stopped, left, asked_before, given_up });
    }
}
