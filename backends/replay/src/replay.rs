//! A cassette as a backend.

use std::{collections::BTreeMap, path::Path};

use gonogo_backend::{Ask, Backend, BoxFuture, Capabilities, Identity, OpenError};
use gonogo_core::{Capture, ContentHash, End, Nanos, Phase, Provenance, near};

use crate::{Cassette, CassetteError, Exchange};

/// Answers from a cassette, at once: recorded times are in the capture, nobody waits for them.
#[derive(Debug, Clone)]
pub struct Replay {
    cassette: Cassette,
    /// Exchange by key.
    by_key: BTreeMap<String, usize>,
    identity: Identity,
}

impl Replay {
    /// Opens the cassette at `path` for `arm`.
    ///
    /// # Errors
    /// [`OpenError`] saying what is wrong with the file.
    pub fn open(arm: &str, path: &Path) -> Result<Self, OpenError> {
        let refused = |error: CassetteError| OpenError {
            arm: arm.to_owned(),
            cause: error.to_string(),
            remedy: "name a cassette under fixtures/cassettes in the arm's `cassette`".into(),
        };
        Cassette::load(path).and_then(Self::new).map_err(refused)
    }

    /// A backend that answers from `cassette`.
    ///
    /// # Errors
    /// [`CassetteError::Duplicate`].
    pub fn new(cassette: Cassette) -> Result<Self, CassetteError> {
        let hash = ContentHash::of(&cassette.encode()?);
        let keys = cassette.exchanges.iter().map(|exchange| cassette.key(&exchange.label));
        let by_key = keys.zip(0..).collect();
        let identity = identity(&cassette, &hash);
        Ok(Self { cassette, by_key, identity })
    }

    /// The cassette.
    #[must_use]
    pub fn cassette(&self) -> &Cassette {
        &self.cassette
    }

    fn find(&self, label: &str) -> Option<&Exchange> {
        self.by_key.get(&self.cassette.key(label)).and_then(|index| self.cassette.exchanges.get(*index))
    }

    /// The recorded answer, with the request that was answered now: the recording answers by
    /// label, and whether the request has changed since is the business of `fixtures check`.
    fn recorded(&self, ask: &Ask) -> Capture {
        match self.find(&ask.label) {
            Some(exchange) => Capture { request: ask.request.clone(), ..exchange.capture.clone() },
            None => self.miss(ask),
        }
    }

    fn miss(&self, ask: &Ask) -> Capture {
        let labels = self.cassette.exchanges.iter().map(|exchange| exchange.label.as_str());
        let nearest = match near(&ask.label, labels).first() {
            Some(label) => format!("the nearest is `{label}`"),
            None => format!("none of its {} recordings is near", self.cassette.exchanges.len()),
        };
        let name = &self.cassette.header.name;
        let message = format!("no recording for `{}` in cassette `{name}`; {nearest}", ask.label);
        Capture {
            format: gonogo_core::FORMAT,
            dialect: self.cassette.header.dialect.clone(),
            request: ask.request.clone(),
            status: None,
            headers: Vec::new(),
            frames: Vec::new(),
            end: End::Broken { phase: Phase::Connect, message },
            elapsed: Nanos::default(),
            load: None,
            stderr: String::new(),
        }
    }
}

impl Backend for Replay {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    /// A cassette constrains unless it was recorded from a control; it knows no nonces.
    fn capabilities(&self) -> Capabilities {
        Capabilities { constrains: self.identity.engine != "none", canary: false, concurrency: u32::MAX }
    }

    fn answer<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Capture> {
        Box::pin(async move { self.recorded(ask) })
    }
}

fn identity(cassette: &Cassette, hash: &ContentHash) -> Identity {
    let header = &cassette.header;
    let mut facts = header.facts.clone();
    facts.insert("cassette".into(), header.name.clone());
    facts.insert("cassette_sha256".into(), hash.to_string());
    facts.insert("dialect".into(), header.dialect.clone());
    facts.insert("recorded".into(), header.recorded.clone());
    facts.insert("reconstructed".into(), header.reconstructed.to_string());
    let engine = header.facts.get("engine").map_or("unknown", String::as_str).to_owned();
    Identity { kind: "replay", engine, provenance: Provenance::Replay, facts }
}
