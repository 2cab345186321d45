//! What a client does about an attempt: data, as people write it down.

use std::collections::BTreeSet;

use gonogo_core::{Family, Kind, Nanos};
use serde::{Deserialize, Serialize};

/// Every strategy of a file, in its order; the first one is what the others are measured against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strategies {
    /// `[[strategy]]`.
    pub strategy: Vec<Strategy>,
}

/// What the client does. `ask` holds for every question; `route` for the questions that it names, the first
/// that fits, and `ask` for the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strategy {
    /// Its name.
    pub name: String,
    /// Why anybody argues for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Whom it asks, one after another, until an answer passes.
    #[serde(default)]
    pub ask: Vec<Call>,
    /// Whom it asks instead where something holds of the question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub route: Vec<Route>,
}

/// Another way for some questions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Which ones.
    pub when: When,
    /// Whom to ask.
    pub ask: Vec<Call>,
}

/// What must hold of a question; what is absent may be anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct When {
    /// The suite's language.
    pub language: Option<String>,
    /// The suite.
    pub suite: Option<String>,
    /// The step of the case.
    pub step: Option<String>,
}

/// An arm to be asked, once or several times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Its name in the run.
    pub arm: String,
    /// How often at most, the first time included.
    #[serde(default = "once")]
    pub times: u32,
    /// Outcomes after which the strategy goes on: to the next time, and then to the next arm.
    #[serde(default)]
    pub on: Outcomes,
    /// The longest wait before the second time; it doubles with each further one (full jitter: half of it is
    /// what is waited on average). Seconds.
    #[serde(default)]
    pub backoff_s: f64,
    /// The longest wait before any time. Seconds.
    #[serde(default = "half_a_minute")]
    pub cap_s: f64,
}

fn once() -> u32 {
    1
}

fn half_a_minute() -> f64 {
    30.0
}

/// Names of kinds and of families.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Outcomes(pub BTreeSet<String>);

impl Default for Outcomes {
    /// Whatever a client sees that validates answers against their schema. That a program computes something
    /// else it does not see.
    fn default() -> Self {
        let seen = Family::ALL.into_iter().filter(|family| match family {
            Family::Timeout
            | Family::Transport
            | Family::Rejected
            | Family::EngineFailure
            | Family::Truncation
            | Family::Refusal
            | Family::Malformed
            | Family::SchemaViolation => true,
            Family::Passed | Family::ValueFailure | Family::Harness => false,
        });
        Self(seen.map(|family| family.name().to_owned()).collect())
    }
}

impl Outcomes {
    /// Whether this kind, or its family, is among them.
    #[must_use]
    pub fn contain(&self, kind: Kind) -> bool {
        self.0.contains(kind.name()) || self.0.contains(kind.family().name())
    }
}

impl Call {
    /// What is waited on average before this time, counted from 0: half the longest wait of exponential
    /// backoff with full jitter (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a wait, checked to be finite"
    )]
    pub fn mean_wait(&self, time: u32) -> Nanos {
        let doublings = time.checked_sub(1).map(|after| i32::try_from(after).unwrap_or(i32::MAX));
        let longest = doublings.map_or(0.0, |after| (self.backoff_s * 2.0_f64.powi(after)).min(self.cap_s));
        Nanos((longest / 2.0 * 1e9) as u64)
    }
}

impl Strategy {
    /// Whom it asks this step of this suite.
    pub(crate) fn calls(&self, language: Option<&str>, suite: &str, step: &str) -> &[Call] {
        let fits = |route: &&Route| {
            let When { language: of, suite: named, step: at } = &route.when;
            of.as_deref().is_none_or(|of| Some(of) == language)
                && named.as_deref().is_none_or(|named| named == suite)
                && at.as_deref().is_none_or(|at| at == step)
        };
        self.route.iter().find(fits).map_or(&self.ask, |route| &route.ask)
    }

    /// Every call that it may make.
    pub fn every_call(&self) -> impl Iterator<Item = &Call> {
        self.ask.iter().chain(self.route.iter().flat_map(|route| &route.ask))
    }
}

/// Why strategies mean nothing for a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// There is none.
    NoStrategy,
    /// Two have this name.
    Twice(String),
    /// It asks nobody.
    AsksNobody(String),
    /// It asks an arm that the run does not have.
    UnknownArm(String),
    /// It goes on after an outcome that there is not.
    UnknownOutcome(String),
    /// It asks an arm no times, or waits for what is no time.
    NoNumber(String),
}

impl Strategies {
    /// The first fault, for a run with these arms.
    #[must_use]
    pub fn fault(&self, arms: &[&str]) -> Option<Fault> {
        if self.strategy.is_empty() {
            return Some(Fault::NoStrategy);
        }
        self.strategy.iter().enumerate().find_map(|(at, strategy)| {
            let name = || strategy.name.clone();
            let twice = self.strategy[..at].iter().any(|other| other.name == strategy.name);
            let nobody = (strategy.ask.is_empty() && strategy.route.is_empty())
                || strategy.route.iter().any(|route| route.ask.is_empty());
            match () {
                () if twice => Some(Fault::Twice(name())),
                () if nobody => Some(Fault::AsksNobody(name())),
                () => strategy.every_call().find_map(|call| call.fault(arms, &strategy.name)),
            }
        })
    }
}

impl Call {
    fn fault(&self, arms: &[&str], strategy: &str) -> Option<Fault> {
        if !arms.contains(&self.arm.as_str()) {
            return Some(Fault::UnknownArm(self.arm.clone()));
        }
        let known = |name: &str| {
            Kind::named(name).is_some() || Family::ALL.iter().any(|family| family.name() == name)
        };
        if let Some(unknown) = self.on.0.iter().find(|name| !known(name)) {
            return Some(Fault::UnknownOutcome(unknown.clone()));
        }
        let time = |seconds: f64| (0.0..=1e6).contains(&seconds);
        let sound = self.times > 0 && time(self.backoff_s) && time(self.cap_s);
        (!sound).then(|| Fault::NoNumber(strategy.to_owned()))
    }
}
