//! One exchange: request out, everything that comes back, how it ended.

use std::{
    error::Error,
    future::{Future, poll_fn},
    io::{self, ErrorKind},
    pin::pin,
    task::Poll,
    time::{Duration, Instant},
};

use gonogo_core::{End, Frame, Phase, Phases};
use gonogo_dialects::{HttpRequest, Streaming};
use reqwest::{Client, Response, Url};
use tokio::time::timeout;

use crate::{HttpArm, Secrets, client::Clients, clock::Clock, hop::Hop, secret};

/// A pseudo-header for a redirect that was followed; a colon begins no name of a real one.
const FOLLOWED: &str = ":followed";

/// What keeping a chunk costs beside its bytes.
const CHUNK: u64 = 64;

/// How long a connection may stay open after the answer was said to be over. Servers close theirs at
/// once, so that it can be used again; one that does not is left.
const OVER: Duration = Duration::from_secs(1);

/// Last bytes of a body in which it says that it is over.
const TAIL: usize = 32;

/// What came back.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) status: Option<u16>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) frames: Vec<Frame>,
    /// Where anything was sent.
    pub(crate) phases: Option<Phases>,
}

/// Sends `request` and listens until the answer is over, a limit passes or the line breaks.
/// Secrets are taken out of URLs only.
pub(crate) async fn exchange(
    clients: &Clients,
    arm: &HttpArm,
    secrets: &Secrets,
    request: &HttpRequest,
    sent: Instant,
) -> (Heard, End) {
    let clock = Clock::since(sent);
    let mut exchange = Exchange { arm, secrets, sent, asked: sent, clock, heard: Heard::default() };
    let end = match exchange.head(clients, request).await {
        Ok(response) => exchange.body(response).await.err().unwrap_or(End::Complete),
        Err(end) => end,
    };
    tracing::debug!(arm = arm.name, ?end, "over");
    (Heard { phases: Some(exchange.clock.phases()), ..exchange.heard }, end)
}

struct Exchange<'a> {
    arm: &'a HttpArm,
    secrets: &'a Secrets,
    sent: Instant,
    /// When the request was sent that is being answered.
    asked: Instant,
    clock: Clock,
    heard: Heard,
}

impl Exchange<'_> {
    /// The response that is no redirect, or the one redirect too many.
    async fn head(&mut self, clients: &Clients, request: &HttpRequest) -> Result<Response, End> {
        let arm = self.arm;
        let mut hop = Hop::first(&arm.base_url, request);
        let mut followed = 0;
        loop {
            self.asked = Instant::now();
            tracing::debug!(arm = arm.name, method = %hop.method, url = secret::url(&hop.url, self.secrets), "asking");
            self.clock.ask(None);
            let response = self.response(clients, request, &hop).await?;
            self.clock.head();
            let status = response.status().as_u16();
            tracing::debug!(arm = arm.name, status, "answered");
            tracing::trace!(headers = ?self.shown(&response, &hop.url), "answered");
            let location = response.headers().get("location").and_then(|value| value.to_str().ok());
            let next = hop.next(status, location).filter(|_| followed < arm.caps.redirects);
            let Some(next) = next else {
                self.heard.status = Some(status);
                let noted = self.noted(&response, &hop.url);
                self.heard.headers.extend(noted);
                return Ok(response);
            };
            self.heard
                .headers
                .push((FOLLOWED.into(), format!("{status} {}", secret::url(&next.url, self.secrets))));
            followed += 1;
            hop = next;
        }
    }

    /// The head of the response to one request.
    ///
    /// A kept connection that breaks before it came was closed by the server for lying idle, most likely:
    /// the request is sent again over a new one, once, and what comes of that counts. The phases say so.
    async fn response(&self, clients: &Clients, request: &HttpRequest, hop: &Hop) -> Result<Response, End> {
        let error = match self.send(&clients.first, request, hop).await? {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        let Some(fresh) = clients.fresh.as_ref().filter(|_| self.was_idle(&error)) else {
            return Err(self.refused(&error));
        };
        self.clock.ask(Some(self.secrets.redact(&chain(&error))));
        self.send(fresh, request, hop).await?.map_err(|error| self.refused(&error))
    }

    /// Sends one request, within what is left for the first byte.
    async fn send(
        &self,
        client: &Client,
        request: &HttpRequest,
        hop: &Hop,
    ) -> Result<reqwest::Result<Response>, End> {
        let sending = self.clock.over(hop.build(client, self.arm, request).send());
        // The client ends connecting by a limit of its own.
        let sent = self.within(self.left(), Phase::FirstByte, self.arm.limits.first_byte, sending);
        Ok(sent.await?.map_err(reqwest::Error::without_url))
    }

    /// Whether what broke is a connection of before, and nothing was said on it.
    fn was_idle(&self, error: &reqwest::Error) -> bool {
        !error.is_connect() && !garbled(error) && self.clock.broke()
    }

    /// The response's headers as a capture holds them.
    fn shown(&self, response: &Response, url: &Url) -> Vec<(String, String)> {
        let noted = self.noted(response, url).into_iter();
        noted.map(|(name, value)| secret::header(&name, &value, self.secrets)).collect()
    }

    /// The response's headers, secrets taken out of URLs only: the rest can wait until the answer is over.
    fn noted(&self, response: &Response, url: &Url) -> Vec<(String, String)> {
        let secrets = self.secrets;
        let noted = response.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let value = match name.as_str() {
                "location" | "content-location" => url
                    .join(&value)
                    .map_or_else(|_| secret::REDACTED.into(), |url| secret::url(&url, secrets)),
                _ => value.into_owned(),
            };
            (name.as_str().to_owned(), value)
        });
        noted.collect()
    }

    /// Every chunk of the body with its time.
    async fn body(&mut self, mut response: Response) -> Result<(), End> {
        let limits = self.arm.limits;
        let streaming = self.arm.dialect.http.as_ref().map_or(Streaming::None, |http| http.streaming);
        let mut size = 0_u64;
        let mut tail = Vec::new();
        let (mut phase, mut limit, mut left) = (Phase::FirstByte, limits.first_byte, self.left());
        loop {
            let chunk = self.within(left, phase, limit, response.chunk()).await?;
            let chunk = chunk.map_err(|error| broken(phase, &error.without_url()))?;
            let Some(chunk) = chunk else { return Ok(()) };
            tracing::trace!(arm = self.arm.name, bytes = chunk.len(), "chunk");
            size = size.saturating_add(chunk.len() as u64).saturating_add(CHUNK);
            tail.extend_from_slice(&chunk[chunk.len().saturating_sub(TAIL)..]);
            tail.drain(..tail.len().saturating_sub(TAIL));
            let at = self.sent.elapsed();
            self.heard.frames.push(Frame::new(at.into(), chunk.into()));
            if size > self.arm.caps.body_bytes {
                return Err(End::Oversize { limit_bytes: self.arm.caps.body_bytes });
            }
            if self.arm.target.stream && streaming.is_over(&tail) {
                return self.hang_up(response).await;
            }
            if at >= limits.total {
                return Err(End::TimedOut { phase: Phase::Total, limit: limits.total.into() });
            }
            (phase, limit, left) = (Phase::Decode, limits.stall, limits.stall);
        }
    }

    /// Waits a moment for the connection to be free again. Whatever still comes does not count.
    async fn hang_up(&self, mut response: Response) -> Result<(), End> {
        let rest = async { while let Ok(Some(_)) = response.chunk().await {} };
        let _ = timeout(OVER.min(self.arm.limits.stall), rest).await;
        Ok(())
    }

    /// What is left for the first byte.
    fn left(&self) -> Duration {
        self.arm.limits.first_byte.saturating_sub(self.asked.elapsed())
    }

    /// What `future` gives, unless `limit` or what is left of the total passes first; `shown` is
    /// the limit as the arm has it. What is there at once is given however late it is.
    async fn within<T>(
        &self,
        limit: Duration,
        phase: Phase,
        shown: Duration,
        future: impl Future<Output = T>,
    ) -> Result<T, End> {
        let mut future = pin!(future);
        // Most chunks are there already, and a timer costs more than they do.
        if let Poll::Ready(ready) = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await {
            return Ok(ready);
        }
        let total = self.arm.limits.total;
        let left = total.saturating_sub(self.sent.elapsed());
        timeout(limit.min(left), future).await.map_err(|_| {
            if left < limit {
                End::TimedOut { phase: Phase::Total, limit: total.into() }
            } else {
                End::TimedOut { phase, limit: shown.into() }
            }
        })
    }

    /// An exchange that broke before there was a response.
    fn refused(&self, error: &reqwest::Error) -> End {
        let phase = if error.is_connect() { Phase::Connect } else { Phase::FirstByte };
        if error.is_timeout() && error.is_connect() {
            return End::TimedOut { phase, limit: self.arm.limits.connect.into() };
        }
        broken(phase, error)
    }
}

/// A line that broke, or one on which something else than HTTP came.
fn broken(phase: Phase, error: &reqwest::Error) -> End {
    let message = chain(error);
    if garbled(error) { End::Garbled { phase, message } } else { End::Broken { phase, message } }
}

/// Whether an error says that what came is no HTTP: the client's parser says so of a head, and a
/// kind of input error of a chunk.
fn garbled(error: &reqwest::Error) -> bool {
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(error) = cause {
        let head = error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse);
        let input = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if head || matches!(input, Some(ErrorKind::InvalidData | ErrorKind::InvalidInput)) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// An error with its causes; its URL, which may hold a secret, was taken from it.
pub(crate) fn chain(error: &reqwest::Error) -> String {
    let mut said = Vec::new();
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(error) = cause {
        said.push(error.to_string());
        cause = error.source();
    }
    said.dedup();
    if said.is_empty() { error.to_string() } else { said.join(": ") }
}
