//! One exchange: request out, everything that comes back, how it ended.

use std::{
    error::Error,
    future::Future,
    time::{Duration, Instant},
};

use gonogo_core::{End, Frame, Nanos, Phase};
use gonogo_dialects::{Auth, HttpRequest};
use reqwest::{Client, Response};
use tokio::time::timeout;

use crate::{HttpArm, hop::Hop, secret};

/// A pseudo-header for a redirect that was followed; a colon begins no name of a real one.
const FOLLOWED: &str = ":followed";

/// What came back.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) status: Option<u16>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) frames: Vec<Frame>,
}

/// Sends `request` and listens until the answer is over, a limit passes or the line breaks.
/// Secrets are not taken out yet.
pub(crate) async fn exchange(
    client: &Client,
    arm: &HttpArm,
    request: &HttpRequest,
    sent: Instant,
) -> (Heard, End) {
    let mut exchange = Exchange { arm, sent, heard: Heard::default() };
    let end = match exchange.head(client, request).await {
        Ok(response) => exchange.body(response).await.err().unwrap_or(End::Complete),
        Err(end) => end,
    };
    (exchange.heard, end)
}

struct Exchange<'a> {
    arm: &'a HttpArm,
    sent: Instant,
    heard: Heard,
}

impl Exchange<'_> {
    /// The response that is no redirect, or the one redirect too many.
    async fn head(&mut self, client: &Client, request: &HttpRequest) -> Result<Response, End> {
        let (arm, limits) = (self.arm, self.arm.limits);
        let auth = arm.dialect.http.as_ref().map_or(Auth::None, |http| http.auth);
        let mut hop = Hop::first(&arm.base_url, request);
        let mut followed = 0;
        loop {
            let sending = hop.build(client, &arm.base_url, request, auth, arm.key.as_ref()).send();
            // The client ends connecting by a limit of its own, which leaves the rest for the head.
            let limit = limits.connect + limits.first_byte;
            let response = self.within(limit, Phase::FirstByte, limits.first_byte, sending).await?;
            let response = response.map_err(|error| self.refused(&error))?;
            let status = response.status().as_u16();
            let location = response.headers().get("location").and_then(|value| value.to_str().ok());
            let next = hop.next(status, location).filter(|_| followed < arm.caps.redirects);
            let Some(next) = next else {
                self.heard.status = Some(status);
                self.note_headers(&response);
                return Ok(response);
            };
            self.heard.headers.push((FOLLOWED.into(), format!("{status} {}", next.url)));
            followed += 1;
            hop = next;
        }
    }

    fn note_headers(&mut self, response: &Response) {
        let headers = response.headers().iter();
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        self.heard
            .headers
            .extend(headers.map(|(name, value)| (name.as_str().into(), text(value.as_bytes()))));
    }

    /// Every chunk of the body with its time.
    async fn body(&mut self, mut response: Response) -> Result<(), End> {
        let limits = self.arm.limits;
        let (mut size, mut phase, mut limit) = (0_u64, Phase::FirstByte, limits.first_byte);
        loop {
            let chunk = self.within(limit, phase, limit, response.chunk()).await?;
            let chunk = chunk.map_err(|error| End::Broken { phase, message: chain(&error) })?;
            let Some(chunk) = chunk else { return Ok(()) };
            size += chunk.len() as u64;
            self.heard.frames.push(Frame::new(self.elapsed(), chunk.into()));
            if size > self.arm.caps.body_bytes {
                return Err(End::Oversize { limit_bytes: self.arm.caps.body_bytes });
            }
            (phase, limit) = (Phase::Decode, limits.stall);
        }
    }

    /// What `future` gives, unless `limit` or what is left of the total passes first; `shown` is
    /// the limit as the arm has it.
    async fn within<T>(
        &self,
        limit: Duration,
        phase: Phase,
        shown: Duration,
        future: impl Future<Output = T>,
    ) -> Result<T, End> {
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
        End::Broken { phase, message: chain(error) }
    }

    fn elapsed(&self) -> Nanos {
        self.sent.elapsed().into()
    }
}

/// An error with its causes and without the URL, which may hold a secret.
fn chain(error: &reqwest::Error) -> String {
    let mut said = Vec::new();
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(error) = cause {
        said.push(error.to_string());
        cause = error.source();
    }
    said.dedup();
    if said.is_empty() { secret::text(&error.to_string(), None) } else { said.join(": ") }
}
