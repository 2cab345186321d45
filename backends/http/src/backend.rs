//! The backend over one endpoint.

use std::{collections::BTreeMap, panic::resume_unwind, time::Instant};

use gonogo_backend::{Ask, Backend, BoxFuture, Capabilities, Identity, OpenError};
use gonogo_core::{Capture, Caveat, End, FORMAT, Frame, Nanos, Provenance, Request};
use reqwest::Url;
use tokio::task::spawn_blocking;

use crate::{
    HttpArm, Secrets,
    client::Clients,
    exchange::{Heard, chain, exchange},
    held,
    hop::Hop,
    secret::{self, Scope},
    tls,
};

/// The name of the control engine, which enforces nothing.
const CONTROL: &str = "none";

/// Bytes of a body that take long to search.
const LONG: usize = 1 << 20;

/// An opened endpoint.
pub struct Endpoint {
    pub(crate) arm: HttpArm,
    pub(crate) clients: Clients,
    pub(crate) secrets: Secrets,
    identity: Identity,
}

/// Opens `arm`: makes a client and asks nothing yet, because a request may cost money.
///
/// # Errors
/// [`OpenError`] when the dialect is not HTTP, a certificate store cannot be read, the arm holds
/// what looks like a secret, streams in a dialect that does not, or no request can be made of its URL, key and settings.
pub fn open(arm: HttpArm) -> Result<Endpoint, OpenError> {
    let wrong =
        |cause: String, remedy: &str| OpenError { arm: arm.name.clone(), cause, remedy: remedy.into() };
    base(&arm.base_url).map_err(|(cause, remedy)| wrong(cause, remedy))?;
    held::check(&arm).map_err(|(cause, remedy)| wrong(cause, remedy))?;
    let clients = Clients::new(&arm)?;
    let encoded = arm.dialect.encode(&probe(), &arm.target).map_err(|error| {
        wrong(
            error.to_string(),
            "change `dialect`, `channel`, `stream` or `settings` of the arm in gonogo.toml",
        )
    })?;
    let hop = Hop::first(&arm.base_url, &encoded);
    let secrets = Secrets::of(arm.key.as_ref(), &arm.base_url);
    let request = hop.build(&clients.first, &arm, &encoded).build();
    request.map_err(|error| {
        let said = secrets.redact(&chain(&error.without_url()));
        wrong(
            format!("no request can be made of the arm: {said}"),
            "check `base_url`, `settings` and the key: a key is one line without blanks",
        )
    })?;
    let identity = identity(&arm, &secrets);
    Ok(Endpoint { arm, clients, secrets, identity })
}

/// Whether a base URL is one that requests can go to; else what is wrong and what to do.
fn base(url: &Url) -> Result<(), (String, &'static str)> {
    if !matches!(url.scheme(), "http" | "https") {
        let cause = format!("base_url has the scheme `{}`, which is not HTTP's", url.scheme());
        return Err((cause, "begin it with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let cause = "base_url holds a user name or a password".to_owned();
        return Err((cause, "put the key into an environment variable and name that in `api_key_env`"));
    }
    Ok(())
}

/// A request that every dialect that is HTTP can say.
fn probe() -> Request {
    let sampling = gonogo_core::Sampling { max_tokens: 1, temperature: 0.0, seed: 0 };
    Request { messages: Vec::new(), constraint: None, sampling }
}

fn identity(arm: &HttpArm, secrets: &Secrets) -> Identity {
    let limits = arm.limits;
    let free = |text: &str| secrets.redact(text);
    let mut facts = BTreeMap::from([
        ("dialect".to_owned(), arm.dialect.name.to_owned()),
        ("endpoint".to_owned(), secret::url(&arm.base_url, secrets)),
        ("model.name".to_owned(), free(&arm.target.model)),
        ("stream".to_owned(), arm.target.stream.to_string()),
        ("channel".to_owned(), arm.target.channel.clone().unwrap_or_else(|| "default".into())),
        ("cap.body-bytes".to_owned(), arm.caps.body_bytes.to_string()),
        ("cap.redirects".to_owned(), arm.caps.redirects.to_string()),
        ("connections".to_owned(), arm.connections.name().to_owned()),
        (Caveat::TLS.to_owned(), tls::fact(arm)),
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
        facts.insert("extra".into(), free(&extra));
    }
    facts.extend(arm.target.answer.iter().map(|place| ("answer".to_owned(), free(place))));
    let settings = arm.target.settings.iter();
    facts.extend(settings.map(|(name, value)| (format!("setting.{name}"), free(value))));
    let (kind, provenance) =
        if arm.simulated { ("sim", Provenance::Simulated) } else { ("http", Provenance::Live) };
    Identity { kind, engine: arm.engine.clone(), provenance, facts }
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
            Ok(encoded) => exchange(&self.clients, &self.arm, &self.secrets, &encoded, sent).await,
            Err(error) => (Heard::default(), error.end()),
        };
        let elapsed = Nanos::from(sent.elapsed());
        let secrets = &self.secrets;
        let scope = match heard.status {
            Some(200..300) => Scope::Answer,
            Some(_) | None => Scope::Beside,
        };
        let headers = heard.headers.into_iter().map(|(name, value)| secret::header(&name, &value, secrets));
        Capture {
            format: FORMAT,
            dialect: self.arm.dialect.captured_as(&self.arm.target),
            request: request.clone(),
            status: heard.status,
            headers: headers.collect(),
            frames: kept(heard.frames, secrets, scope).await,
            end: redacted(end, secrets),
            elapsed,
            phases: heard.phases,
            load: None,
            stderr: String::new(),
        }
    }
}

/// Frames without secrets. Long bodies are searched where that keeps nobody waiting.
async fn kept(frames: Vec<Frame>, secrets: &Secrets, scope: Scope) -> Vec<Frame> {
    if frames.iter().map(|frame| frame.bytes().len()).sum::<usize>() < LONG {
        return secret::frames(frames, secrets, scope);
    }
    let secrets = secrets.clone();
    let searched = spawn_blocking(move || secret::frames(frames, &secrets, scope)).await;
    searched.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        // The runtime is going down, and with it whoever asked.
        Err(_) => Vec::new(),
    })
}

/// An ending whose message quotes no secret.
pub(crate) fn redacted(end: End, secrets: &Secrets) -> End {
    match end {
        End::Broken { phase, message } => End::Broken { phase, message: secrets.redact(&message) },
        End::Garbled { phase, message } => End::Garbled { phase, message: secrets.redact(&message) },
        End::Unsent { message } => End::Unsent { message: secrets.redact(&message) },
        End::Unsupported { message } => End::Unsupported { message: secrets.redact(&message) },
        End::Complete | End::TimedOut { .. } | End::Died { .. } | End::Oversize { .. } => end,
    }
}
