//! The first line of a cassette: what was recorded, and what staleness is told by.

use std::collections::BTreeMap;

use gonogo_core::{ContentHash, EngineEvidence, Provenance, Retry, Revision};
use serde::{Deserialize, Serialize};

/// The first format whose answers are found by what was asked, and not by label alone.
const BY_REQUEST: u32 = 2;

/// Facts that do not say what answered: where it was, what the harness allowed it, how it was run.
const VOLATILE: [&str; 3] = ["endpoint", "threads", "tls"];
/// What other such facts begin with.
const VOLATILE_PREFIXES: [&str; 3] = ["cap.", "limit.", "worker."];

/// The first line of a cassette. Unknown fields are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`crate::FORMAT`] at the time of writing.
    pub format: u32,
    /// The cassette's name, which is the arm's where gonogo recorded it.
    pub name: String,
    /// The wire format of the frames, as an arm names it.
    pub dialect: String,
    /// When the answers were given: a date or an RFC 3339 time, UTC.
    pub recorded: String,
    /// Whether somebody wrote the answers down from what was reported, because nobody kept the
    /// bytes. Such a cassette shows how gonogo reads a failure, not what a server sent.
    #[serde(default)]
    pub reconstructed: bool,
    /// Whether an answer holds for every rung of its case; of use where answers are found by label.
    #[serde(default)]
    pub any_rung: bool,
    /// Where the answers came from when they were recorded: of several the one that proves least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// The engine manifest: everything known of the arm that says what answered. `engine`,
    /// `model.name`, `channel`, `stream`, versions, options. Sorted by name.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
    /// Whose word the engine's name was when the answers were given. Recordings of older versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine_evidence: Option<EngineEvidence>,
    /// The nonce of the canary, where one was sent. In older recordings it follows from the seed and the arm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// How the run was asked, where one was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// The suites that the requests were made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suites: Vec<RecordedSuite>,
    /// The gonogo that recorded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gonogo: Option<Revision>,
    /// What it is good for, where it comes from, and what is not known.
    pub why: String,
}

/// What the requests of an arm depended on beside its suites.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Seed of every draw.
    pub seed: u64,
    /// Tries of each case.
    pub repeat: u32,
    /// `--max-tokens`, where it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// `--temperature`, where it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Completion tokens at most, for cases of which nothing else says how many.
    pub default_max_tokens: u32,
    /// Temperature, likewise.
    pub default_temperature: f64,
    /// When the arm's attempts were tried again, where they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
}

/// A suite as it was when requests were made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedSuite {
    /// Name.
    pub name: String,
    /// Content hash.
    pub hash: ContentHash,
    /// Rungs that were asked; empty where the suite has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rungs: Vec<String>,
    /// Cases that were asked, where it was not all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases: Option<Vec<String>>,
}

impl Header {
    /// Whether answers are found by what is asked; else by label alone.
    #[must_use]
    pub fn by_request(&self) -> bool {
        self.format >= BY_REQUEST
    }

    /// The model's name, as far as it is known.
    #[must_use]
    pub fn model(&self) -> &str {
        self.facts.get("model.name").or_else(|| self.facts.get("model")).map_or("", String::as_str)
    }

    /// The engine, as far as it is known.
    #[must_use]
    pub fn engine(&self) -> &str {
        self.facts.get("engine").map_or("unknown", String::as_str)
    }
}

/// What of an arm's facts says what answered: versions, hashes, options, and how it was asked. Neither
/// addresses, limits nor the folders of files, which differ from machine to machine.
#[must_use]
pub fn manifest(engine: &str, facts: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let stays = |name: &str| {
        !VOLATILE.contains(&name) && !VOLATILE_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    };
    let mut kept: BTreeMap<_, _> = facts
        .iter()
        .filter(|(name, _)| stays(name))
        .map(|(name, fact)| (name.clone(), file_name(fact).to_owned()))
        .collect();
    kept.insert("engine".into(), engine.into());
    kept
}

/// Of a path from the root, its last part: the rest is where somebody keeps his files.
fn file_name(fact: &str) -> &str {
    fact.strip_prefix('/').and_then(|path| path.rsplit('/').next()).unwrap_or(fact)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::manifest;

    #[test]
    fn a_manifest_says_what_answered_and_not_where() {
        let facts = ["endpoint", "limit.total", "worker.sha256", "model.name", "threads", "engine.version"];
        let facts: BTreeMap<String, String> = facts.map(|name| (name.to_owned(), "x".to_owned())).into();
        let kept: Vec<String> = manifest("xgrammar", &facts).into_keys().collect();
        assert_eq!(kept, ["engine", "engine.version", "model.name"]);
        let model = BTreeMap::from([("server.model".to_owned(), "/home/me/models/m.gguf".to_owned())]);
        assert_eq!(manifest("gbnf", &model)["server.model"], "m.gguf");
    }
}
