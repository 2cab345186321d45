//! A policy as its author writes it: levels of thresholds, with the confidence they must hold at.

use std::collections::BTreeSet;

use gonogo_core::{Domain, Provenance};
use gonogo_stats::Confidence;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    format::{figure, percent},
    table::Unit,
};

/// A policy. It can only be had by deserialising, and only a sound one deserialises.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PolicyFile")]
pub struct Policy {
    name: String,
    why: String,
    confidence: f64,
    minimum_n: u64,
    minimum_cases: u64,
    suites: Vec<String>,
    provenance: Vec<Provenance>,
    infrastructure: Infrastructure,
    #[serde(skip_serializing_if = "Option::is_none")]
    attrition: Option<f64>,
    engine: EngineName,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    probes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    decide: String,
    #[serde(rename = "level")]
    levels: Vec<Level>,
}

/// The file behind a [`Policy`], before its parts are checked against each other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    name: String,
    why: String,
    confidence: f64,
    minimum_n: u64,
    #[serde(default)]
    minimum_cases: u64,
    #[serde(default)]
    suites: Vec<String>,
    provenance: Vec<Provenance>,
    #[serde(default)]
    infrastructure: Infrastructure,
    attrition: Option<f64>,
    #[serde(default)]
    engine: EngineName,
    #[serde(default)]
    probes: Vec<String>,
    baseline: Option<String>,
    currency: Option<String>,
    decide: String,
    level: Vec<Level>,
}

/// Whether attempts that infrastructure took count against an arm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Infrastructure {
    /// They are failures like any other: what a user of the backend sees.
    #[default]
    Count,
    /// They are left out of every rate: what the engine and the model do when they are reached.
    Exclude,
}

/// Whether a verdict is about the arm as it is set up, or about its engine by name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EngineName {
    /// The arm as it is set up: the engine's name may be its configuration's word.
    #[default]
    Claimed,
    /// The engine by name: a worker, the server or the channel must show that it is this one.
    Proven,
}

/// The share of attempts that may be left out without a limit in the policy.
const LEFT_OUT: f64 = 0.05;

/// Thresholds that go together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    name: String,
    thresholds: Vec<Threshold>,
}

/// What must hold, all of it at the policy's confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "metric", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Threshold {
    /// The share of first tries that pass is at least this.
    Success {
        /// A fraction of one.
        at_least: f64,
    },
    /// The share of first tries that end as somebody's fault is at most this.
    Fault {
        /// Whose.
        domain: Domain,
        /// A fraction of one.
        at_most: f64,
    },
    /// This quantile of the total time of first tries that passed, with those that a time limit cut off
    /// above them all, is at most this.
    Latency {
        /// Between 0 and 1.
        quantile: f64,
        /// Seconds.
        at_most_s: f64,
    },
    /// Likewise for the time to the first token.
    FirstToken {
        /// Between 0 and 1.
        quantile: f64,
        /// Seconds.
        at_most_s: f64,
    },
    /// On the attempts that both made, the arm passes at most so much less often than the policy's baseline.
    NoWorse {
        /// A fraction of one.
        margin: f64,
    },
    /// What all tries cost, divided by the attempts that passed in the end, is at most this.
    CostPerSuccess {
        /// In the policy's currency.
        at_most: f64,
    },
}

/// Why a policy cannot be applied.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PolicyError {
    /// The confidence is no probability worth the name.
    #[error("confidence is {0}: give a fraction of at least 0.5 and below 1, such as 0.95")]
    Confidence(f64),
    /// A single attempt can decide nothing.
    #[error("minimum_n is 0: a verdict needs at least one attempt")]
    MinimumN,
    /// Rows that are not evidence are named as evidence.
    #[error("provenance lists `{0}`, which is never evidence about a backend: list `live`, `local` or both")]
    Provenance(&'static str),
    /// No provenance at all.
    #[error("provenance is empty, so no row could count: list `live`, `local` or both")]
    NoProvenance,
    /// No level carries the deciding name.
    #[error("decide is `{decide}`, but the levels are {levels}: name one of them")]
    Decide {
        /// The name asked for.
        decide: String,
        /// The names there are.
        levels: String,
    },
    /// Two levels share a name.
    #[error("level `{0}` occurs twice: rename one")]
    Twice(String),
    /// A threshold compares with an arm that nobody named.
    #[error(
        "level `{0}` asks for `no-worse` and the policy names no `baseline`: name the arm it is held against"
    )]
    NoBaseline(String),
    /// An amount of nothing in particular.
    #[error(
        "level `{0}` asks for `cost-per-success` and the policy names no `currency`: name that of the price"
    )]
    NoCurrency(String),
    /// The limit of attrition is no share.
    #[error("attrition is {0}: give a fraction of at least 0 and below 1, such as 0.05")]
    Attrition(f64),
    /// A level asks for nothing.
    #[error("level `{0}` has no thresholds, so everything would meet it: add one or remove the level")]
    NoThresholds(String),
    /// A number is out of its range.
    #[error("level `{level}`: {name} is {value}, outside {range}")]
    OutOfRange {
        /// The level.
        level: String,
        /// The field.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
}

impl TryFrom<PolicyFile> for Policy {
    type Error = PolicyError;

    fn try_from(file: PolicyFile) -> Result<Self, PolicyError> {
        if !(0.5..1.0).contains(&file.confidence) {
            return Err(PolicyError::Confidence(file.confidence));
        }
        if file.minimum_n == 0 {
            return Err(PolicyError::MinimumN);
        }
        if file.provenance.is_empty() {
            return Err(PolicyError::NoProvenance);
        }
        if let Some(other) = file.provenance.iter().find(|provenance| !provenance.is_evidence()) {
            return Err(PolicyError::Provenance(other.name()));
        }
        if let Some(attrition) = file.attrition.filter(|attrition| !(0.0..1.0).contains(attrition)) {
            return Err(PolicyError::Attrition(attrition));
        }
        check_levels(&file.level, &file.decide)?;
        for level in &file.level {
            let asks = |is: fn(&Threshold) -> bool| level.thresholds.iter().any(is);
            if file.baseline.is_none() && asks(|threshold| matches!(threshold, Threshold::NoWorse { .. })) {
                return Err(PolicyError::NoBaseline(level.name.clone()));
            }
            if file.currency.is_none()
                && asks(|threshold| matches!(threshold, Threshold::CostPerSuccess { .. }))
            {
                return Err(PolicyError::NoCurrency(level.name.clone()));
            }
        }
        Ok(Self {
            name: file.name,
            why: file.why,
            confidence: file.confidence,
            minimum_n: file.minimum_n,
            minimum_cases: file.minimum_cases,
            suites: file.suites,
            provenance: file.provenance,
            infrastructure: file.infrastructure,
            attrition: file.attrition,
            engine: file.engine,
            probes: file.probes,
            baseline: file.baseline,
            currency: file.currency,
            decide: file.decide,
            levels: file.level,
        })
    }
}

fn check_levels(levels: &[Level], decide: &str) -> Result<(), PolicyError> {
    let mut names = BTreeSet::new();
    for level in levels {
        if !names.insert(level.name.as_str()) {
            return Err(PolicyError::Twice(level.name.clone()));
        }
        if level.thresholds.is_empty() {
            return Err(PolicyError::NoThresholds(level.name.clone()));
        }
        level.thresholds.iter().try_for_each(|threshold| threshold.check(&level.name))?;
    }
    if names.contains(decide) {
        return Ok(());
    }
    let levels =
        if names.is_empty() { "none".into() } else { names.into_iter().collect::<Vec<_>>().join(", ") };
    Err(PolicyError::Decide { decide: decide.into(), levels })
}

impl Policy {
    /// Distinct cases an arm must have been tried on; 0 asks for none.
    #[must_use]
    pub fn minimum_cases(&self) -> u64 {
        self.minimum_cases
    }

    /// The suites it speaks about; empty for any.
    #[must_use]
    pub fn suites(&self) -> &[String] {
        &self.suites
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is for.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }

    /// The level at which every bound must hold.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        // Checked on the way in; the fallback is the stricter reading of a level that cannot occur.
        Confidence::new(self.confidence).unwrap_or(Confidence::P95)
    }

    /// Fewer first tries than this per arm decide nothing.
    #[must_use]
    pub fn minimum_n(&self) -> u64 {
        self.minimum_n
    }

    /// The provenances that count as evidence; never replayed or simulated ones.
    #[must_use]
    pub fn provenance(&self) -> &[Provenance] {
        &self.provenance
    }

    /// Whether infrastructure failures count against an arm.
    #[must_use]
    pub fn infrastructure(&self) -> Infrastructure {
        self.infrastructure
    }

    /// The largest share of first tries that may have failed before they reached engine and model. Where they are
    /// left out there is always one: of what is left nobody can say what it is a sample of.
    #[must_use]
    pub fn attrition(&self) -> Option<f64> {
        self.attrition.or(match self.infrastructure {
            Infrastructure::Count => None,
            Infrastructure::Exclude => Some(LEFT_OUT),
        })
    }

    /// What `gonogo probe` must have found enforced on an arm: `channel`, `uncompilable`, or a keyword of its table.
    #[must_use]
    pub fn probes(&self) -> &[String] {
        &self.probes
    }

    /// The arm that others must be no worse than.
    #[must_use]
    pub fn baseline(&self) -> Option<&str> {
        self.baseline.as_deref()
    }

    /// The currency of its amounts.
    #[must_use]
    pub fn currency(&self) -> Option<&str> {
        self.currency.as_deref()
    }

    /// Whether the engine's name needs proof.
    #[must_use]
    pub fn engine(&self) -> EngineName {
        self.engine
    }

    /// Name of the level that decides the verdict.
    #[must_use]
    pub fn decide(&self) -> &str {
        &self.decide
    }

    /// The levels, in the order written.
    #[must_use]
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// Whether some threshold is on how long things take.
    #[must_use]
    pub fn is_about_time(&self) -> bool {
        let timed = |threshold: &Threshold| match threshold {
            Threshold::Latency { .. } | Threshold::FirstToken { .. } => true,
            Threshold::Success { .. }
            | Threshold::Fault { .. }
            | Threshold::NoWorse { .. }
            | Threshold::CostPerSuccess { .. } => false,
        };
        self.levels.iter().flat_map(Level::thresholds).any(timed)
    }
}

impl Level {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What must hold.
    #[must_use]
    pub fn thresholds(&self) -> &[Threshold] {
        &self.thresholds
    }
}

impl Threshold {
    /// What it measures, in words.
    #[must_use]
    pub fn measures(&self) -> String {
        match self {
            Self::Success { .. } => "success".into(),
            Self::Fault { domain, .. } => format!("{} faults", domain.name()),
            Self::Latency { quantile, .. } => format!("latency p{}", nth(*quantile)),
            Self::FirstToken { quantile, .. } => format!("first token p{}", nth(*quantile)),
            Self::NoWorse { .. } => "success less the baseline's".into(),
            Self::CostPerSuccess { .. } => "cost per success".into(),
        }
    }

    /// The bound, in words.
    #[must_use]
    pub fn asks(&self) -> String {
        match self {
            Self::Success { at_least } => format!("≥ {} %", percent(*at_least)),
            Self::Fault { at_most, .. } => format!("≤ {} %", percent(*at_most)),
            Self::Latency { at_most_s, .. } | Self::FirstToken { at_most_s, .. } => {
                format!("≤ {at_most_s} s")
            }
            Self::NoWorse { margin } => format!("≥ −{} points", percent(*margin)),
            Self::CostPerSuccess { at_most } => format!("≤ {}", figure(*at_most, Unit::Money)),
        }
    }

    fn check(&self, level: &str) -> Result<(), PolicyError> {
        let share = |name, value: f64| within(level, name, value, (0.0..=1.0).contains(&value), "0 to 1");
        let inside = |value: f64| {
            within(level, "quantile", value, value > 0.0 && value < 1.0, "0 to 1, both excluded")
        };
        let seconds = |value: f64| {
            within(level, "at_most_s", value, value > 0.0 && value.is_finite(), "the positive numbers")
        };
        match *self {
            Self::Success { at_least } => share("at_least", at_least),
            Self::Fault { at_most, .. } => share("at_most", at_most),
            Self::Latency { quantile, at_most_s } | Self::FirstToken { quantile, at_most_s } => {
                inside(quantile)?;
                seconds(at_most_s)
            }
            Self::NoWorse { margin } => {
                within(level, "margin", margin, (0.0..1.0).contains(&margin), "0 to 1, 1 excluded")
            }
            Self::CostPerSuccess { at_most } => within(
                level,
                "at_most",
                at_most,
                at_most > 0.0 && at_most.is_finite(),
                "the positive numbers",
            ),
        }
    }
}

/// A quantile as the number after "p"; 0.29 · 100 is a hair below 29 in binary.
fn nth(quantile: f64) -> f64 {
    (quantile * 1e4).round() / 1e2
}

fn within(
    level: &str,
    name: &'static str,
    value: f64,
    holds: bool,
    range: &'static str,
) -> Result<(), PolicyError> {
    if holds { Ok(()) } else { Err(PolicyError::OutOfRange { level: level.into(), name, value, range }) }
}
