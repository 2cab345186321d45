//! An arm that is open and known: what it says of itself, and whose word its engine is.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use gonogo_backend::{Backend, OpenError};
use gonogo_core::{EngineEvidence, Witness};
use gonogo_http::{HttpArm, Look};
use gonogo_replay::{RECORDED_EVIDENCE, RECORDED_WITNESS};

use super::endpoint;
use crate::config::{ArmConfig, ArmKind, Config, ServerConfig};

/// How long one look at a server may take: vLLM looks at its whole machine the first time it is asked.
const LOOK: Duration = Duration::from_secs(30);
/// The name of the control engine.
pub(super) const CONTROL: &str = "none";

/// An open arm and what is known of it.
pub(crate) struct Known {
    /// What answers.
    pub(crate) backend: Arc<dyn Backend>,
    /// Whose word the engine is, absent for a control; an error where a server says that it runs another.
    pub(crate) evidence: Result<Option<EngineEvidence>, OpenError>,
    /// What the server says of itself, and what the configuration says in its place.
    pub(crate) facts: BTreeMap<String, String>,
    /// The looks behind it, for a server.
    pub(crate) looks: Vec<Look>,
}

impl Known {
    /// Whether the arm sends no constraint, whatever its server could do with one.
    pub(crate) fn is_control(&self) -> bool {
        self.backend.identity().engine == CONTROL
    }
}

/// Opens an arm and asks what it is.
///
/// # Errors
/// What opening can fail with.
pub(crate) async fn open(
    name: &str,
    arm: &ArmConfig,
    config: &Config,
    workers: u32,
) -> Result<Known, OpenError> {
    match arm.kind {
        ArmKind::Http | ArmKind::Sim => server(endpoint::endpoint(name, arm, workers)?, arm).await,
        ArmKind::Local | ArmKind::Replay => {
            let backend: Arc<dyn Backend> = Arc::from(super::open(name, arm, config, workers).await?);
            let evidence = Ok(local_evidence(arm.kind, backend.as_ref()));
            Ok(Known { backend, evidence, facts: BTreeMap::new(), looks: Vec::new() })
        }
    }
}

/// Opens a server and asks what it is. The sim is asked nothing: it says what it is told.
///
/// # Errors
/// What opening can fail with.
pub(super) async fn server(endpoint: HttpArm, arm: &ArmConfig) -> Result<Known, OpenError> {
    let endpoint = gonogo_http::open(endpoint)?;
    let looks = if arm.kind == ArmKind::Http { endpoint.look_around(LOOK).await } else { Vec::new() };
    let manifest = endpoint.manifest(&looks);
    let evidence = endpoint.witness(&manifest);
    let mut facts = manifest.facts;
    let given = arm.server.iter().flat_map(given);
    facts.extend(
        given.map(|(fact, text)| (fact.to_owned(), endpoint.without_secrets(&without_values(&text)))),
    );
    Ok(Known { backend: Arc::new(endpoint), evidence, facts, looks })
}

/// Whose word it was when the answers were recorded, where the recording says so.
fn recorded_evidence(facts: &BTreeMap<String, String>) -> EngineEvidence {
    let fact = |name: &str| facts.get(name).map(String::as_str);
    match fact(RECORDED_WITNESS).and_then(Witness::named).zip(fact(RECORDED_EVIDENCE)) {
        Some((by, why)) => EngineEvidence::new(by, format!("when it was recorded: {why}")),
        None => EngineEvidence::new(Witness::Claimed, "a recording does not show which engine made it"),
    }
}

/// A worker has loaded its engine; a recording has kept what was known of it.
fn local_evidence(kind: ArmKind, backend: &dyn Backend) -> Option<EngineEvidence> {
    let identity = backend.identity();
    let version = identity.facts.get("engine.version").map_or("", String::as_str);
    let evidence = if kind == ArmKind::Local {
        let loaded = format!("the worker has loaded {} {version}", identity.engine);
        EngineEvidence::new(Witness::Worker, loaded.trim_end())
    } else {
        recorded_evidence(&identity.facts)
    };
    (identity.engine != CONTROL).then_some(evidence)
}

/// What the configuration says of a server, as facts that say so.
fn given(server: &ServerConfig) -> impl Iterator<Item = (&'static str, String)> + use<> {
    let ServerConfig { version, flags } = server.clone();
    [("server.given.version", version), ("server.given.flags", flags)]
        .into_iter()
        .filter_map(|(fact, text)| Some((fact, text?)))
}

/// Flags without the values of those whose names speak of keys.
fn without_values(flags: &str) -> String {
    let secret = |name: &str| {
        let name = name.to_lowercase();
        ["key", "token", "secret", "password"].iter().any(|word| name.contains(word))
    };
    let mut shown: Vec<String> = Vec::new();
    let mut hide = false;
    for word in flags.split_whitespace() {
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        if std::mem::take(&mut hide) && !word.starts_with('-') {
            shown.push("[redacted]".into());
        } else if secret(name) && value.is_some() {
            shown.push(format!("{name}=[redacted]"));
        } else {
            hide = secret(name) && word.starts_with('-');
            shown.push(word.to_owned());
        }
    }
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::without_values;

    #[test]
    fn a_flag_that_holds_a_key_loses_its_value() {
        assert_eq!(
            without_values("--model m --api-key hunter2 --hf-token=abc HF_TOKEN=xyz --dtype auto"),
            "--model m --api-key [redacted] --hf-token=[redacted] HF_TOKEN=[redacted] --dtype auto"
        );
        assert_eq!(without_values("--api-key --port 80"), "--api-key --port 80");
    }
}
