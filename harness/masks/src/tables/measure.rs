//! What is measured of a trial, and which of it two arms have in common.

use gonogo_protocol::masks::{MaskPhase, Walked};
use serde::{Deserialize, Serialize};

use crate::{Ending, Limits, Record};

/// What is measured of a trial. Clocks are the worker's, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// From the schema's text to a matcher.
    Compile,
    /// The first mask of that matcher.
    FirstMask,
    /// Time to first mask: both.
    Ttfm,
    /// Time between masks: the mask before a token that was accepted, and accepting it. The subject's very
    /// first step is left out, because its mask is in `ttfm`.
    Tbm,
    /// Every mask but the subject's first: also those that refused a token or stood behind the last one.
    Mask,
    /// Accepting a token.
    Accept,
    /// Bringing the matcher back to its start between two instances.
    Reset,
    /// Compiling the same schema again, which a cache may answer.
    Recompile,
    /// Highest resident memory of the worker during the trial, bytes.
    Peak,
}

/// The unit of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Nanoseconds.
    Ns,
    /// Bytes.
    Bytes,
}

impl Unit {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ns => "ns",
            Self::Bytes => "bytes",
        }
    }
}

impl Measure {
    /// Every measure, in the order of the tables.
    pub const ALL: [Self; 9] = [
        Self::Compile,
        Self::FirstMask,
        Self::Ttfm,
        Self::Tbm,
        Self::Mask,
        Self::Accept,
        Self::Reset,
        Self::Recompile,
        Self::Peak,
    ];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Compile => "compile",
            Self::FirstMask => "first-mask",
            Self::Ttfm => "ttfm",
            Self::Tbm => "tbm",
            Self::Mask => "mask",
            Self::Accept => "accept",
            Self::Reset => "reset",
            Self::Recompile => "recompile",
            Self::Peak => "peak",
        }
    }

    /// The name as people read it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::FirstMask => "first mask",
            Self::Ttfm => "TTFM",
            Self::Tbm => "TBM",
            Self::Peak => "peak memory",
            Self::Compile | Self::Mask | Self::Accept | Self::Reset | Self::Recompile => self.name(),
        }
    }

    /// The unit of its values.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Self::Peak => Unit::Bytes,
            Self::Compile
            | Self::FirstMask
            | Self::Ttfm
            | Self::Tbm
            | Self::Mask
            | Self::Accept
            | Self::Reset
            | Self::Recompile => Unit::Ns,
        }
    }

    /// Calls `each` with the line, the step in it and the value of everything there is of this measure. A
    /// line is a walk, where the measure is of walks; two arms took the same step where line and step are
    /// equal, because all are led along the same tokens.
    pub(crate) fn visit(self, record: &Record, mut each: impl FnMut(usize, usize, u64)) {
        let first_step = |line: usize, step: usize| line == 0 && step == 0;
        let walks = record.walks.iter().enumerate();
        match self {
            Self::Compile | Self::FirstMask | Self::Ttfm | Self::Peak => {
                if let Some(value) = self.once(record) {
                    each(0, 0, value);
                }
            }
            Self::Tbm => walks.for_each(|(line, walk)| {
                for (step, (mask, accept)) in walk.masks.iter().zip(&walk.accepts).enumerate() {
                    if !first_step(line, step) {
                        each(line, step, mask.saturating_add(*accept));
                    }
                }
            }),
            Self::Mask => walks.for_each(|(line, walk)| {
                let masks = walk.masks.iter().enumerate().filter(|(step, _)| !first_step(line, *step));
                masks.for_each(|(step, mask)| each(line, step, *mask));
            }),
            Self::Accept => walks.for_each(|(line, walk)| {
                walk.accepts.iter().enumerate().for_each(|(step, accept)| each(line, step, *accept));
            }),
            Self::Reset => walks.for_each(|(line, walk)| {
                if let Some(reset) = walk.reset {
                    each(line, 0, reset.0);
                }
            }),
            Self::Recompile => {
                record.recompiles.iter().enumerate().for_each(|(step, compile)| each(0, step, compile.0));
            }
        }
    }

    /// Everything there is of this measure in a trial, in the order in which it was measured.
    #[must_use]
    pub fn values(self, record: &Record) -> Vec<u64> {
        let mut values = Vec::new();
        self.visit(record, |_, _, value| values.push(value));
        values
    }

    /// Steps of each line.
    pub(crate) fn lengths(self, record: &Record) -> Vec<usize> {
        let of_walks = |length: fn(&Walked) -> usize| record.walks.iter().map(length).collect();
        match self {
            Self::Compile | Self::FirstMask | Self::Ttfm | Self::Peak => {
                vec![usize::from(self.once(record).is_some())]
            }
            Self::Tbm => of_walks(|walk| walk.masks.len().min(walk.accepts.len())),
            Self::Mask => of_walks(|walk| walk.masks.len()),
            Self::Accept => of_walks(|walk| walk.accepts.len()),
            Self::Reset => of_walks(|walk| usize::from(walk.reset.is_some())),
            Self::Recompile => vec![record.recompiles.len()],
        }
    }

    /// The value of a measure that a trial has one of.
    fn once(self, record: &Record) -> Option<u64> {
        match self {
            Self::Compile => Some(record.compiled?.compile.0),
            Self::FirstMask => Some(record.compiled?.first_mask.0),
            Self::Ttfm => Some((record.compiled?.compile + record.compiled?.first_mask).0),
            Self::Peak => record.peak_bytes,
            Self::Tbm | Self::Mask | Self::Accept | Self::Reset | Self::Recompile => None,
        }
    }

    /// The time that this measure is known to exceed, where the trial was ended while waiting for it.
    pub(crate) fn beyond(self, record: &Record, limits: &Limits) -> Option<u64> {
        let (waited, phase) = match &record.ending {
            Ending::TimedOut { phase, limit } => (*limit, Some(*phase)),
            Ending::Silent { lasting } => (*lasting, None),
            Ending::Complete
            | Ending::Failed(_)
            | Ending::Died { .. }
            | Ending::Outgrew { .. }
            | Ending::Broken(_) => return None,
        };
        let compiled = record.compiled.is_some();
        let ended = match self {
            Self::Ttfm => !compiled && phase != Some(MaskPhase::Load),
            Self::Compile => !compiled && phase == Some(MaskPhase::Compile),
            // The limit of all walks together says nothing about one step.
            Self::Tbm => compiled && (phase.is_none() || waited == limits.mask),
            Self::FirstMask | Self::Mask | Self::Accept | Self::Reset | Self::Recompile | Self::Peak => false,
        };
        ended.then_some(waited.0)
    }
}
