//! One recorded answer, and what it is found by.

use gonogo_core::{Capture, Constraint, ContentHash, Request};
use gonogo_dialects::HttpRequest;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Header;

/// One recorded answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// As [`gonogo_backend::Ask`] has it: `suite/case[@rung]#repeat`.
    pub label: String,
    /// 0 for the first try; a later try of the same is an exchange of its own.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub r#try: u32,
    /// Whether it was asked before the run, to warm the arm up or to prove its constraint.
    #[serde(default, skip_serializing_if = "is_false")]
    pub warm_up: bool,
    /// What it is found by: SHA-256 of dialect, manifest and request. See [`key`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<ContentHash>,
    /// SHA-256 of the request's JSON at the time, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<ContentHash>,
    /// SHA-256 of the schema, regular expression, grammar or choice that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<ContentHash>,
    /// The request as it went out, where it went out over HTTP; no key and no other secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<Sent>,
    /// The class it was given when it was recorded: a name of `gonogo explain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<String>,
    /// The answer.
    pub capture: Capture,
}

/// A request as it went out, but for base URL and key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// Relative to the base URL, without a leading slash.
    pub path: String,
    /// Query parameters, not percent-encoded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    /// Headers, names in lowercase.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
}

impl Exchange {
    /// An answer to `label`, with the hashes of what was asked.
    #[must_use]
    pub fn new(header: &Header, label: String, r#try: u32, capture: Capture) -> Self {
        let request = request_hash(&capture.request);
        Self {
            label,
            r#try,
            warm_up: false,
            key: Some(key(header, &request)),
            request: Some(request),
            constraint: capture.request.constraint.as_ref().map(constraint_hash),
            http: None,
            judged: None,
            capture,
        }
    }
}

impl From<&HttpRequest> for Sent {
    /// The body becomes `null` where it is not JSON, which no dialect's is.
    fn from(request: &HttpRequest) -> Self {
        Self {
            method: request.method.to_owned(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: request.headers.clone(),
            body: serde_json::from_slice(&request.body).unwrap_or_default(),
        }
    }
}

/// SHA-256 of the request's JSON.
#[must_use]
pub fn request_hash(request: &Request) -> ContentHash {
    // Numbers that are finite and strings do not fail to serialise.
    ContentHash::of(&serde_json::to_vec(request).unwrap_or_default())
}

/// SHA-256 of the constraint's text; of a choice, of its JSON.
#[must_use]
pub fn constraint_hash(constraint: &Constraint) -> ContentHash {
    match constraint {
        Constraint::JsonSchema(text) | Constraint::Regex(text) | Constraint::Grammar(text) => {
            ContentHash::of(text.as_bytes())
        }
        Constraint::Choice(choices) => ContentHash::of(json!(choices).to_string().as_bytes()),
    }
}

/// What an answer is found by: SHA-256 of `{"dialect":…,"facts":{…},"request":"…"}` without blanks, in
/// which the facts are sorted and the request is its hash. The facts have the model and the engine.
#[must_use]
pub fn key(header: &Header, request: &ContentHash) -> ContentHash {
    let identity = json!({"dialect": header.dialect, "facts": header.facts, "request": request});
    ContentHash::of(identity.to_string().as_bytes())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(flag: &bool) -> bool {
    !*flag
}
