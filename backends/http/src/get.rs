//! A look at what a server says of itself: health, version, models.

use std::time::{Duration, Instant};

use gonogo_core::{End, Frame};
use gonogo_dialects::HttpRequest;

use crate::{Endpoint, HttpArm, Limits, backend::redacted, exchange::exchange, secret};

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

impl Endpoint {
    /// Asks `path`, relative to the base URL, with GET and the arm's key. Takes `limit` at most.
    pub async fn get(&self, path: &str, query: &[(&str, &str)], limit: Duration) -> Got {
        let limits = Limits { connect: limit, first_byte: limit, stall: limit, total: limit };
        let arm = HttpArm { limits, ..self.arm.clone() };
        let request = HttpRequest {
            method: "GET",
            path: path.to_owned(),
            query: query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let (heard, end) = exchange(&self.client, &arm, &self.secrets, &request, Instant::now()).await;
        let body: Vec<u8> = heard.frames.iter().flat_map(Frame::bytes).copied().collect();
        let body = secret::text(&String::from_utf8_lossy(&body), &self.secrets);
        Got { status: heard.status, body, end: redacted(end, &self.secrets) }
    }
}
