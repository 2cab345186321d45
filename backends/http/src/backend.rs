//! The backend over one endpoint.

use std::{collections::BTreeMap, time::Instant};

use gonogo_backend::{Ask, Backend, BoxFuture, Capabilities, Identity, OpenError};
use gonogo_core::{Capture, End, FORMAT, Nanos, Provenance, Request};
use reqwest::{Client, Url, redirect};

use crate::{
    HttpArm,
    exchange::{Heard, exchange},
    secret,
};

/// The name of the control engine, which enforces nothing.
const CONTROL: &str = "none";

/// An opened endpoint.
pub struct Endpoint {
    arm: HttpArm,
    client: Client,
    identity: Identity,
}

/// Opens `arm`: makes a client and asks nothing yet, because a request may cost money.
///
/// # Errors
/// [`OpenError`] when the dialect is not HTTP, a certificate store cannot be read, or the arm
/// streams in a dialect that does not.
pub fn open(arm: HttpArm) -> Result<Endpoint, OpenError> {
    let wrong =
        |cause: String, remedy: &str| OpenError { arm: arm.name.clone(), cause, remedy: remedy.into() };
    // A second call finds the provider in place, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .connect_timeout(arm.limits.connect)
        .tls_danger_accept_invalid_certs(arm.insecure)
        .user_agent(concat!("gonogo/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| {
            wrong(error.to_string(), "check the system's certificate store and proxy settings")
        })?;
    arm.dialect.encode(&probe(), &arm.target).map_err(|error| {
        wrong(
            error.to_string(),
            "change `dialect`, `channel`, `stream` or `settings` of the arm in gonogo.toml",
        )
    })?;
    let identity = identity(&arm);
    Ok(Endpoint { arm, client, identity })
}

/// A request that every dialect that is HTTP can say.
fn probe() -> Request {
    let sampling = gonogo_core::Sampling { max_tokens: 1, temperature: 0.0, seed: 0 };
    Request { messages: Vec::new(), constraint: None, sampling }
}

fn identity(arm: &HttpArm) -> Identity {
    let limits = arm.limits;
    let mut facts = BTreeMap::from([
        ("dialect".to_owned(), arm.dialect.name.to_owned()),
        ("endpoint".to_owned(), shown(&arm.base_url)),
        ("model.name".to_owned(), arm.target.model.clone()),
        ("stream".to_owned(), arm.target.stream.to_string()),
        ("channel".to_owned(), arm.target.channel.clone().unwrap_or_else(|| "default".into())),
        ("cap.body-bytes".to_owned(), arm.caps.body_bytes.to_string()),
        ("cap.redirects".to_owned(), arm.caps.redirects.to_string()),
        ("tls".to_owned(), if arm.insecure { "NOT VERIFIED" } else { "verified" }.to_owned()),
    ]);
    for (phase, limit) in [
        ("connect", limits.connect),
        ("first-byte", limits.first_byte),
        ("stall", limits.stall),
        ("total", limits.total),
    ] {
        facts.insert(format!("limit.{phase}"), format!("{limit:?}"));
    }
    if !arm.target.extra.is_empty() {
        let extra = serde_json::Value::Object(arm.target.extra.clone()).to_string();
        facts.insert("extra".into(), secret::text(&extra, arm.key.as_ref()));
    }
    Identity { kind: "http", engine: arm.engine.clone(), provenance: Provenance::Live, facts }
}

/// A URL without what may be a secret: user, password, query.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail only for URLs that cannot have them.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if url.query().is_some() {
        url.set_query(Some(secret::REDACTED));
    }
    url.into()
}

impl Backend for Endpoint {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            constrains: self.arm.engine != CONTROL,
            canary: true,
            concurrency: self.arm.concurrency,
        }
    }

    fn answer<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Capture> {
        Box::pin(self.answer_request(&ask.request))
    }
}

impl Endpoint {
    async fn answer_request(&self, request: &Request) -> Capture {
        let sent = Instant::now();
        let (heard, end) = match self.arm.dialect.encode(request, &self.arm.target) {
            Ok(encoded) => exchange(&self.client, &self.arm, &encoded, sent).await,
            Err(error) => (Heard::default(), End::Unsent { message: error.to_string() }),
        };
        let elapsed = Nanos::from(sent.elapsed());
        let key = self.arm.key.as_ref();
        let headers = heard.headers.into_iter().map(|(name, value)| {
            let value = secret::header(&name, &value, key);
            (name, value)
        });
        Capture {
            format: FORMAT,
            dialect: self.arm.dialect.captured_as(&self.arm.target),
            request: request.clone(),
            status: heard.status,
            headers: headers.collect(),
            frames: secret::frames(heard.frames, key),
            end: redacted(end, key),
            elapsed,
            load: None,
            stderr: String::new(),
        }
    }
}

/// An ending whose message quotes no secret.
fn redacted(end: End, key: Option<&crate::Secret>) -> End {
    match end {
        End::Broken { phase, message } => End::Broken { phase, message: secret::text(&message, key) },
        End::Unsent { message } => End::Unsent { message: secret::text(&message, key) },
        End::Complete | End::TimedOut { .. } | End::Died { .. } | End::Oversize { .. } => end,
    }
}
