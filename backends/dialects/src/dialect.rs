//! What a dialect is: a name, how to ask, how to read.

use std::collections::BTreeMap;

use gonogo_core::{Capture, Constraint, Request};
use serde_json::{Map, Value};

use crate::{channel::Channel, error::EncodeError, extra, manifest::Says, reading::Reading, shorten};

/// A wire format: a pure pair of encode and decode, as data.
pub struct Dialect {
    /// As captures carry it and arms name it.
    pub name: &'static str,
    /// How it is asked over HTTP; `None` for one that is not HTTP.
    pub http: Option<Http>,
    pub(crate) decode: fn(&Capture) -> Reading,
}

/// How a dialect is asked over HTTP.
pub struct Http {
    /// Where its key goes.
    pub auth: Auth,
    /// How its answers stream.
    pub streaming: Streaming,
    /// Members of the request that carry a constraint. For a constraint without a named channel
    /// the first that takes it is used, foreign ones aside.
    pub channels: &'static [Channel],
    /// What its servers say of themselves.
    pub(crate) says: Says,
    /// Everything but the constraint and the arm's own members.
    pub(crate) shape: fn(&Request, &Target) -> Result<Shape, EncodeError>,
}

/// Where a key goes; the transport puts it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// No key.
    None,
    /// `authorization: Bearer KEY`.
    Bearer,
    /// The key as the value of this header.
    Header(&'static str),
}

/// How an answer streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streaming {
    /// It comes whole.
    None,
    /// Server-sent events.
    Sse,
    /// Newline-delimited JSON.
    NdJson,
}

impl Streaming {
    /// Whether a body that ends in `tail` has said that it is over, so that nobody need wait for the
    /// connection to say it, too: the event `[DONE]`. Ends that are inside a message are the
    /// decoder's to find.
    #[must_use]
    pub fn is_over(self, tail: &[u8]) -> bool {
        match self {
            Self::Sse => {
                let field = tail.trim_ascii_end().strip_suffix(b"[DONE]").map(<[u8]>::trim_ascii_end);
                let before = field.and_then(|field| field.strip_suffix(b"data:"));
                before.is_some_and(|before| before.last().is_none_or(|byte| b"\r\n".contains(byte)))
            }
            Self::None | Self::NdJson => false,
        }
    }
}

/// What an arm asks of a server, beside the request itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Target {
    /// The model's name; the server's only one where it is empty and the server allows that.
    pub model: String,
    /// Whether the answer is to come in pieces.
    pub stream: bool,
    /// Channel for the constraint; the dialect's first that takes it where absent.
    pub channel: Option<String>,
    /// Members to merge into the body: objects are merged, what the request asks for stays, and
    /// `null` leaves out a sampling member that the server refuses.
    pub extra: Map<String, Value>,
    /// Where a custom endpoint puts its answer: a member's name or a JSON pointer.
    pub answer: Option<String>,
    /// What else the dialect must know, by name: see each dialect.
    pub settings: BTreeMap<String, String>,
}

/// A request, complete but for base URL and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `POST` for every request of a dialect; the transport looks around with `GET`.
    pub method: &'static str,
    /// Relative to the arm's base URL, without a leading slash; empty for the base URL itself.
    pub path: String,
    /// Query parameters, not yet percent-encoded.
    pub query: Vec<(String, String)>,
    /// Headers, names in lowercase.
    pub headers: Vec<(String, String)>,
    /// JSON.
    pub body: Vec<u8>,
}

/// A request before constraint and extra members.
#[derive(Default)]
pub(crate) struct Shape {
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Map<String, Value>,
}

impl Dialect {
    /// The request in this dialect.
    ///
    /// # Errors
    /// [`EncodeError`] where the dialect has no way to say it; the message names what there is.
    pub fn encode(&self, request: &Request, target: &Target) -> Result<HttpRequest, EncodeError> {
        let name = self.name;
        let Some(http) = &self.http else { return Err(EncodeError::NotHttp { dialect: name }) };
        if target.stream && http.streaming == Streaming::None {
            return Err(EncodeError::NotStreaming { dialect: name });
        }
        let channel = self.channel(target.channel.as_deref(), request.constraint.as_ref())?;
        let mut shape = (http.shape)(request, target)?;
        if let (Some(channel), Some(constraint)) = (channel, &request.constraint) {
            (channel.put)(&mut shape.body, constraint)
                .map_err(|error| EncodeError::SchemaText { cause: error.to_string() })?;
        }
        extra::merge(&mut shape.body, &target.extra)?;
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        if target.stream && http.streaming == Streaming::Sse {
            headers.push(("accept".to_owned(), "text/event-stream".to_owned()));
        }
        headers.append(&mut shape.headers);
        let body = Value::Object(shape.body).to_string().into_bytes();
        Ok(HttpRequest { method: "POST", path: shape.path, query: shape.query, headers, body })
    }

    /// The channel for this constraint: the named one, or the first that takes it.
    ///
    /// # Errors
    /// [`EncodeError`] where the name or the combination is unknown.
    pub fn channel(
        &self,
        named: Option<&str>,
        constraint: Option<&Constraint>,
    ) -> Result<Option<&'static Channel>, EncodeError> {
        let channels = self.http.as_ref().map(|http| http.channels).unwrap_or_default();
        let names = |fit: &dyn Fn(&Channel) -> bool| {
            let names = channels.iter().filter(|channel| fit(channel)).map(|channel| channel.name.to_owned());
            let names = shorten::list(names, ", ");
            if names.is_empty() { "none".to_owned() } else { names }
        };
        let found = match named {
            None => None,
            Some(wanted) => {
                Some(channels.iter().find(|channel| channel.name == wanted).ok_or_else(|| {
                    let known = names(&|_| true);
                    EncodeError::UnknownChannel { dialect: self.name, channel: wanted.to_owned(), known }
                })?)
            }
        };
        let Some(constraint) = constraint else { return Ok(None) };
        let first = || channels.iter().find(|channel| !channel.foreign && channel.takes(constraint));
        match found.or_else(first).filter(|channel| channel.takes(constraint)) {
            Some(channel) => Ok(Some(channel)),
            None => Err(EncodeError::Unsupported {
                dialect: self.name,
                channel: named.map(str::to_owned),
                constraint: constraint.name(),
                fit: names(&|channel| !channel.foreign && channel.takes(constraint)),
            }),
        }
    }

    /// What a capture in this dialect says.
    #[must_use]
    pub fn decode(&self, capture: &Capture) -> Reading {
        (self.decode)(capture)
    }

    /// The name that a capture of this arm carries: the dialect's, and behind a `#` where its
    /// answers are, so that the capture can be read without the arm.
    #[must_use]
    pub fn captured_as(&self, target: &Target) -> String {
        match &target.answer {
            Some(answer) => format!("{}#{answer}", self.name),
            None => self.name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Streaming;

    #[test]
    fn a_stream_is_over_at_its_own_word() {
        for tail in ["data: [DONE]", "data:[DONE]\n\n", "{}\r\n\r\ndata: [DONE]\r\n\r\n"] {
            assert!(Streaming::Sse.is_over(tail.as_bytes()), "{tail}");
            assert!(!Streaming::NdJson.is_over(tail.as_bytes()));
        }
        for tail in ["", "data: {}\n\n", "data: \"data: [DONE]", "data: [DONE]\n\n: more", "data: [DONE"] {
            assert!(!Streaming::Sse.is_over(tail.as_bytes()), "{tail}");
        }
    }
}
