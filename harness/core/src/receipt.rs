//! What a result cannot be read without: what ran, on what, when, with which versions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Breaker, Caveat, ContentHash, Enforcement, EngineEvidence, MachineLoad, Nanos, Pace, Price, Provenance,
    Resumption, Retry, Shard, Witness,
};

/// `run.json`: the receipt of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// [`crate::FORMAT`] at the time of writing.
    pub format: u32,
    /// Name of the run's directory.
    pub run: String,
    /// Whether every planned attempt has its row.
    pub status: RunStatus,
    /// When it was started: UTC, RFC 3339.
    pub started: String,
    /// When it last stopped, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// The command line, word by word.
    pub command: Vec<String>,
    /// gonogo itself.
    pub gonogo: Revision,
    /// The machine the harness ran on.
    pub machine: Machine,
    /// How busy the machine was. Receipts of older versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<MachineLoad>,
    /// Seed of the plan and of every draw.
    pub seed: u64,
    /// Attempts in flight at a time.
    pub concurrency: u32,
    /// The schedule of an open loop; without one the loop was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<Pace>,
    /// Completion tokens at most, of the case that may have most.
    pub max_tokens: u32,
    /// The same of the case that may have fewest, where they differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens_least: Option<u32>,
    /// Sampling temperature, of the case that has the highest.
    pub temperature: f64,
    /// The same of the case that has the lowest, where they differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_least: Option<f64>,
    /// When it was gone on with after it had stopped, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resumed: Vec<Resumption>,
    /// Attempts planned, of the whole plan where this is a shard of it.
    pub planned: u32,
    /// SHA-256 of the whole plan; shards of one plan agree in it. Receipts of older versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<ContentHash>,
    /// Which part of the plan this run is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The receipts of the runs that were merged into this one, each with its own machine, times and canaries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Receipt>,
    /// The suites.
    pub suites: Vec<SuiteReceipt>,
    /// The arms, in the order given.
    pub arms: Vec<ArmReceipt>,
    /// Doubts about the measurement.
    #[serde(default)]
    pub caveats: Vec<Caveat>,
}

impl Receipt {
    /// The receipt of this arm.
    #[must_use]
    pub fn arm(&self, name: &str) -> Option<&ArmReceipt> {
        self.arms.iter().find(|arm| arm.name == name)
    }
}

/// Whether a run has a row for every planned attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunStatus {
    /// Rows are still missing: running, interrupted or killed.
    Unfinished,
    /// Every planned attempt has its row.
    Complete,
}

/// The version of gonogo that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Package version.
    pub version: String,
    /// Git commit the program was built from, with `-dirty` behind it where its sources differed;
    /// absent for a program built outside a repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub built_from: Option<String>,
    /// SHA-256 of the program: two builds of one dirty commit differ in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<ContentHash>,
    /// Git commit of the folder that suites and configuration came from, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Whether that folder differed from its commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dirty: Option<bool>,
    /// Cargo profile: `release` or `dev`.
    pub profile: String,
}

/// The machine the harness ran on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Operating system and version.
    pub os: String,
    /// Processor's name.
    pub cpu: String,
    /// Logical cores.
    pub cores: u32,
    /// Memory, bytes.
    pub memory_bytes: u64,
    /// Monotonic clock's cost per reading, nanoseconds.
    pub clock_ns: u64,
}

/// A suite as it was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuiteReceipt {
    /// Name.
    pub name: String,
    /// Content hash of the whole suite, also where only some of its cases were planned.
    pub hash: ContentHash,
    /// Cases planned.
    pub cases: u32,
    /// Cases the suite has. Receipts of older versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_cases: Option<u32>,
}

/// An arm as it was run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmReceipt {
    /// Name.
    pub name: String,
    /// `local`, `http`, `replay` or `sim`.
    pub kind: String,
    /// The engine that computes masks; `none` for a control.
    pub engine: String,
    /// Whose word that is. Receipts of older versions do not say, and a control has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine_evidence: Option<EngineEvidence>,
    /// Where its rows come from.
    pub provenance: Provenance,
    /// What is known about its constraint.
    pub enforcement: Enforcement,
    /// The canary's evidence, where one was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<Canary>,
    /// Cold start: starting the backend and loading model and engine, where that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Nanos>,
    /// The raw answers of the warm-up, in the order asked: the evidence behind `enforcement`. Receipts of older
    /// versions do not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warm_up: Vec<ContentHash>,
    /// Everything probed or configured: engine version, model hash, options. Sorted by name.
    pub facts: BTreeMap<String, String>,
    /// When its attempts were tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// When it was to be given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<Breaker>,
    /// What it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}

impl ArmReceipt {
    /// Whether nobody but the configuration says which engine it is. A local worker of an older
    /// version had said it as well: it was refused where it named another engine than its arm.
    #[must_use]
    pub fn engine_is_claimed(&self) -> bool {
        match &self.engine_evidence {
            Some(evidence) => evidence.by == Witness::Claimed,
            None => self.engine != "none" && self.kind != "local",
        }
    }
}

/// The fact by which an engine says whether it keeps compiled constraints: `on` or `off`.
pub const COMPILE_CACHE: &str = "engine.compile-cache";

/// Evidence that a constraint is enforced: an answer that could not occur by chance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    /// The only legal answer, of a nonce that is drawn at random for each run: a JSON value, or a text where the
    /// channel takes no schema.
    pub nonce: String,
    /// The answer under the constraint.
    pub constrained: String,
    /// The answer to the same prompt without it.
    pub unconstrained: String,
}

impl Canary {
    /// Proven means: the constrained answer is the nonce and the free one is not.
    #[must_use]
    pub fn enforcement(&self) -> Enforcement {
        if self.is_nonce(&self.constrained) && !self.is_nonce(&self.unconstrained) {
            Enforcement::Proven
        } else {
            Enforcement::Unproven
        }
    }

    /// The nonce without the object that a schema puts around it.
    #[must_use]
    pub fn bare_nonce(&self) -> String {
        let value = serde_json::from_str::<serde_json::Value>(&self.nonce).ok();
        let inside = value.as_ref().and_then(|value| value.as_object()?.values().next()?.as_str());
        inside.unwrap_or(&self.nonce).to_owned()
    }

    /// Whether an answer is the nonce: the same text, or the same JSON value in whatever spacing.
    fn is_nonce(&self, answer: &str) -> bool {
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
        let (nonce, answer) = (self.nonce.trim(), answer.trim());
        nonce == answer || value(nonce).is_some_and(|nonce| value(answer) == Some(nonce))
    }
}

#[cfg(test)]
mod tests {
    use super::Canary;
    use crate::Enforcement;

    fn canary(nonce: &str, constrained: &str, unconstrained: &str) -> Enforcement {
        let [nonce, constrained, unconstrained] = [nonce, constrained, unconstrained].map(str::to_owned);
        Canary { nonce, constrained, unconstrained }.enforcement()
    }

    #[test]
    fn a_nonce_is_the_same_in_every_form_of_constraint() {
        for nonce in [r#"{"nonce":"zq-a"}"#, "zq-a"] {
            let canary =
                Canary { nonce: nonce.into(), constrained: String::new(), unconstrained: String::new() };
            assert_eq!(canary.bare_nonce(), "zq-a");
        }
    }

    #[test]
    fn an_answer_is_compared_by_its_value_and_not_by_its_spacing() {
        let nonce = r#"{"nonce":"zq-a"}"#;
        assert_eq!(canary(nonce, "{\n  \"nonce\": \"zq-a\"\n}\n", "hello"), Enforcement::Proven);
        assert_eq!(canary("zq-a", " zq-a", "hello"), Enforcement::Proven);
        // As canaries were before they were objects.
        assert_eq!(canary("\"zq-a\"", "\"zq-a\"", "hello"), Enforcement::Proven);
        for (constrained, free) in [
            ("{\"nonce\":\"zq-b\"}", "hello"),
            ("{\"nonce\":\"zq-a\"", "hello"),
            ("Sure: {\"nonce\":\"zq-a\"}", "hello"),
            ("zq-a", "hello"),
            ("", ""),
            (nonce, "{ \"nonce\": \"zq-a\" }"),
        ] {
            assert_eq!(canary(nonce, constrained, free), Enforcement::Unproven, "{constrained} {free}");
        }
    }
}
