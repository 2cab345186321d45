//! A look at what a server says of itself: health, version, models, settings.

use std::time::{Duration, Instant};

use gonogo_backend::OpenError;
use gonogo_core::{End, EngineEvidence, Frame};
use gonogo_dialects::{
    HttpRequest,
    manifest::{Manifest, Place, Seen},
};

use crate::{Caps, Endpoint, HttpArm, Limits, backend::redacted, exchange::exchange, secret};

/// Bytes of an answer to a look: thousands of models fit.
const BODY: u64 = 4 << 20;

/// What came back, secrets redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Got {
    /// The status, where a head came.
    pub status: Option<u16>,
    /// The body, as far as it came; what is not UTF-8 is replaced.
    pub body: String,
    /// How it ended.
    pub end: End,
}

/// One look and what came back.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Where.
    pub place: &'static Place,
    /// What came.
    pub got: Got,
}

impl Endpoint {
    /// Asks every place where the arm's dialect knows servers to say what they are, one after the
    /// other, and no further once nobody answers. Takes `limit` at most for each.
    pub async fn look_around(&self, limit: Duration) -> Vec<Look> {
        let mut looks = Vec::new();
        for place in self.arm.dialect.places() {
            let got = self.get(place.path, place.query, limit).await;
            let silent = got.status.is_none();
            looks.push(Look { place, got });
            if silent {
                break;
            }
        }
        looks
    }

    /// What is kept of the looks.
    #[must_use]
    pub fn manifest(&self, looks: &[Look]) -> Manifest {
        let whole = looks.iter().filter(|look| look.got.end == End::Complete);
        let seen: Vec<Seen<'_>> =
            whole.map(|Look { place, got }| Seen { place, status: got.status, body: &got.body }).collect();
        self.arm.dialect.manifest(&self.arm.target, &seen)
    }

    /// Whose word it is that the arm's engine is the one it names; nothing for a control.
    ///
    /// # Errors
    /// [`OpenError`] where the server, or the arm's own channel, name another.
    pub fn witness(&self, manifest: &Manifest) -> Result<Option<EngineEvidence>, OpenError> {
        let HttpArm { name, dialect, target, engine, .. } = &self.arm;
        dialect.witness(target, engine, manifest).map_err(|contradiction| OpenError {
            arm: name.clone(),
            cause: contradiction.to_string(),
            remedy: format!(
                "write `engine = \"{}\"` if that is what you mean to measure; else change the arm's channel or how the \
                 server is started",
                contradiction.engine
            ),
        })
    }

    /// A text that somebody wrote about the arm, without what is or looks like a key.
    #[must_use]
    pub fn without_secrets(&self, text: &str) -> String {
        secret::text(text, &self.secrets)
    }

    /// Asks `path`, relative to the base URL, with GET and the arm's key. Takes `limit` at most.
    pub async fn get(&self, path: &str, query: &[(&str, &str)], limit: Duration) -> Got {
        let limits = Limits { connect: limit, first_byte: limit, stall: limit, total: limit };
        let caps = Caps { body_bytes: BODY, ..self.arm.caps };
        let arm = HttpArm { limits, caps, ..self.arm.clone() };
        let request = HttpRequest {
            method: "GET",
            path: path.to_owned(),
            query: query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let (heard, end) = exchange(&self.clients, &arm, &self.secrets, &request, Instant::now()).await;
        let body: Vec<u8> = heard.frames.iter().flat_map(Frame::bytes).copied().collect();
        let body = secret::text(&String::from_utf8_lossy(&body), &self.secrets);
        Got { status: heard.status, body, end: redacted(end, &self.secrets) }
    }
}
