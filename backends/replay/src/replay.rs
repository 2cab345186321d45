//! A cassette as a backend.

use std::path::Path;

use gonogo_backend::{Ask, Backend, BoxFuture, Capabilities, Identity, OpenError};
use gonogo_core::{Capture, ContentHash, End, EngineEvidence, Nanos, Phase, Provenance, REPLAY_HEADER};
use gonogo_dialects::dialect;
use tokio::time::sleep;

use crate::{Cassette, CassetteError, Exchange, Miss, Pace, index::Index, target::target};

/// The fact that names the arm that was recorded.
pub const RECORDED_ARM: &str = "recorded_arm";

/// The fact that names who said which engine it is, when the answers were recorded; the name of a witness.
pub const RECORDED_WITNESS: &str = "recorded_engine_by";
/// The fact that holds what was said then.
pub const RECORDED_EVIDENCE: &str = "recorded_engine_why";
/// The fact that holds the nonce of the canary that was recorded: the same is sent to the recording.
pub const RECORDED_NONCE: &str = "recorded_nonce";

/// Answers from a cassette, with the times that it recorded.
#[derive(Debug, Clone)]
pub struct Replay {
    cassette: Cassette,
    index: Index,
    pace: Pace,
    identity: Identity,
}

impl Replay {
    /// Opens the cassette at `path` for `arm`.
    ///
    /// # Errors
    /// [`OpenError`] saying what is wrong with the file.
    pub fn open(arm: &str, path: &Path, pace: Pace) -> Result<Self, OpenError> {
        let refused = |error: CassetteError| OpenError {
            arm: arm.to_owned(),
            cause: error.to_string(),
            remedy: "name a cassette in the arm's `cassette`; `gonogo fixtures check` lists them".into(),
        };
        Cassette::load(path).and_then(|cassette| Self::new(cassette, pace)).map_err(refused)
    }

    /// A backend that answers from `cassette`.
    ///
    /// # Errors
    /// [`CassetteError::Duplicate`].
    pub fn new(cassette: Cassette, pace: Pace) -> Result<Self, CassetteError> {
        let hash = ContentHash::of(&cassette.encode()?);
        let (index, identity) = (Index::new(&cassette), identity(&cassette, &hash, pace));
        Ok(Self { cassette, index, pace, identity })
    }

    /// The cassette.
    #[must_use]
    pub fn cassette(&self) -> &Cassette {
        &self.cassette
    }

    /// The recording that answers `ask`.
    ///
    /// # Errors
    /// [`Miss`] where there is none.
    pub fn find(&self, ask: &Ask) -> Result<&Exchange, Miss> {
        self.index.find(&self.cassette, ask)
    }

    /// The recorded answer, as an answer to what is asked now, and marked as recorded; a miss says what it misses.
    async fn recorded(&self, ask: &Ask) -> Capture {
        match self.find(ask) {
            Ok(exchange) => {
                if self.pace == Pace::RealTime {
                    sleep(exchange.capture.elapsed.into()).await;
                }
                let recorded = exchange.capture.clone();
                self.marked(Capture { request: ask.request.clone(), ..recorded })
            }
            Err(miss) => {
                let capture = self.marked(self.missed(ask, miss));
                if let End::Broken { message, .. } = &capture.end {
                    tracing::warn!("{message}");
                }
                capture
            }
        }
    }

    /// A capture that says what it is, wherever it is copied to.
    fn marked(&self, mut capture: Capture) -> Capture {
        capture.headers.push((REPLAY_HEADER.into(), self.cassette.header.name.clone()));
        capture
    }

    /// The capture of a miss. What the recorded arm could not have said either was never sent.
    #[must_use]
    pub fn missed(&self, ask: &Ask, miss: Miss) -> Capture {
        let header = &self.cassette.header;
        let dialect =
            dialect(&header.dialect).filter(|dialect| dialect.http.is_some() && header.by_request());
        let end = match dialect.map(|dialect| dialect.encode(&ask.request, &target(&header.facts))) {
            Some(Err(error)) => error.end(),
            Some(Ok(_)) | None => End::Broken { phase: Phase::Connect, message: miss.message },
        };
        Capture {
            format: gonogo_core::FORMAT,
            dialect: header.dialect.clone(),
            request: ask.request.clone(),
            status: None,
            headers: Vec::new(),
            frames: Vec::new(),
            end,
            elapsed: Nanos::default(),
            phases: None,
            load: None,
            stderr: String::new(),
        }
    }
}

impl Backend for Replay {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    /// A cassette constrains unless it was recorded from a control. It can be sent a canary where one was
    /// recorded: with the seed of the recording, it is the same one.
    fn capabilities(&self) -> Capabilities {
        let canary = self.cassette.exchanges.iter().any(|exchange| exchange.warm_up);
        Capabilities { constrains: self.identity.engine != "none", canary, concurrency: u32::MAX }
    }

    /// Where a breaker stopped the recorded run from trying again, there is nothing to try.
    fn can_try_again(&self, ask: &Ask) -> bool {
        self.find(&Ask { r#try: ask.r#try + 1, ..ask.clone() }).is_ok()
    }

    fn answer<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Capture> {
        Box::pin(self.recorded(ask))
    }
}

fn identity(cassette: &Cassette, hash: &ContentHash, pace: Pace) -> Identity {
    let header = &cassette.header;
    let mut facts = header.facts.clone();
    facts.insert("cassette".into(), header.name.clone());
    facts.insert("cassette_sha256".into(), hash.to_string());
    facts.insert("dialect".into(), header.dialect.clone());
    facts.insert("pace".into(), pace.name().into());
    facts.insert("recorded".into(), header.recorded.clone());
    facts.insert("reconstructed".into(), header.reconstructed.to_string());
    if let Some(provenance) = header.provenance {
        facts.insert("recorded_provenance".into(), provenance.name().into());
    }
    if let Some(EngineEvidence { by, why }) = &header.engine_evidence {
        facts.insert(RECORDED_WITNESS.into(), by.name().into());
        facts.insert(RECORDED_EVIDENCE.into(), why.clone());
    }
    facts.extend(header.nonce.clone().map(|nonce| (RECORDED_NONCE.to_owned(), nonce)));
    if header.by_request() {
        facts.insert(RECORDED_ARM.into(), header.name.clone());
    }
    let engine = header.engine().to_owned();
    Identity { kind: "replay", engine, provenance: Provenance::Replay, facts }
}
