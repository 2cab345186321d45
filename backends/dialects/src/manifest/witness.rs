//! Whose word an arm's engine is: the server's, the channel's, or only the configuration's.

use gonogo_core::{EngineEvidence, Witness, did_you_mean};
use thiserror::Error;

use super::{ENGINE, Manifest, Pinning, SOFTWARE, VERSION};
use crate::{
    channel::Channel,
    dialect::{Dialect, Target},
};

/// The name of the control engine, which computes no masks.
const CONTROL: &str = "none";

/// An arm names one engine, and what answers is another.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("its engine is `{claimed}`, but {said}")]
pub struct Contradiction {
    /// The engine that the arm names.
    pub claimed: String,
    /// What says otherwise, in words.
    pub said: String,
    /// The engine that it is.
    pub engine: String,
}

impl Dialect {
    /// Whose word it is that the engine is `claimed`; nothing for a control, which has none.
    ///
    /// # Errors
    /// [`Contradiction`] where channel or server name another engine.
    pub fn witness(
        &self,
        target: &Target,
        claimed: &str,
        manifest: &Manifest,
    ) -> Result<Option<EngineEvidence>, Contradiction> {
        let Some(http) = self.http.as_ref().filter(|_| claimed != CONTROL) else { return Ok(None) };
        let is = |engine: &str, by: Witness, said: String| {
            if canonical(engine) == canonical(claimed) {
                Ok(Some(EngineEvidence::new(by, said)))
            } else {
                Err(Contradiction { claimed: claimed.to_owned(), said, engine: canonical(engine) })
            }
        };
        let named = target.channel.as_deref();
        if let Some(Channel { name, reaches: Some(engine), .. }) =
            http.channels.iter().find(|channel| Some(channel.name) == named)
        {
            return is(
                engine,
                Witness::Channel,
                format!("no engine but {engine} reads the channel `{name}`"),
            );
        }
        let claim = |why: String| Ok(Some(EngineEvidence::new(Witness::Claimed, why)));
        match http.says.pinning {
            Pinning::Unsaid(why) => claim(why.to_owned()),
            Pinning::Only { engine, software }
                if manifest.facts.get(SOFTWARE).is_some_and(|is| is == software) =>
            {
                is(
                    engine,
                    Witness::Server,
                    format!("the server is {software}, which has no engine but {engine}"),
                )
            }
            Pinning::Only { software, .. } => claim(format!("nothing shows that the server is {software}")),
            Pinning::Said { place, open } => match manifest.facts.get(ENGINE) {
                None => claim(format!("the server does not say: {}", unsaid(manifest, place))),
                Some(word) => match open.iter().find(|(open, _)| open == word) {
                    Some((_, meaning)) => claim(format!("the server says `{word}`: {meaning}")),
                    None => {
                        is(word, Witness::Server, format!("the server says that it is pinned to `{word}`"))
                    }
                },
            },
        }
    }
}

/// Engines that people name in arms, whoever runs them.
const KNOWN: [&str; 6] = ["gbnf", "llguidance", "lm-format-enforcer", "none", "outlines", "xgrammar"];

impl Dialect {
    /// What is odd about an arm of this dialect that names the engine `claimed`, without asking any server: an engine
    /// that such servers do not have, or a name that is nearly a known one. A name that nobody knows may be right.
    #[must_use]
    pub fn odd_engine(&self, claimed: &str) -> Option<String> {
        let name = canonical(claimed);
        let engines = self.http.as_ref().map(|http| http.says.engines).unwrap_or_default();
        let has = |name: &str| engines.is_empty() || name == CONTROL || engines.contains(&name);
        if KNOWN.contains(&name.as_str()) {
            let known = engines.join(", ");
            return (!has(&name))
                .then(|| format!("a {} server has no engine `{claimed}`, only {known}", self.name));
        }
        let question = did_you_mean(&name, KNOWN)?;
        Some(format!("no engine is known as `{claimed}`: {question}"))
    }
}

/// Why the engine is not in the manifest.
fn unsaid(manifest: &Manifest, place: &str) -> String {
    match manifest.facts.get(VERSION) {
        Some(version) => format!("version {version} shows no {place}"),
        None => format!("no {place}"),
    }
}

/// One name for each engine, whatever servers and people call it.
fn canonical(engine: &str) -> String {
    let name = engine.trim().to_lowercase().replace('_', "-");
    match name.as_str() {
        "guidance" => "llguidance".into(),
        "outlines-core" => "outlines".into(),
        "lmfe" => "lm-format-enforcer".into(),
        _ => name,
    }
}
