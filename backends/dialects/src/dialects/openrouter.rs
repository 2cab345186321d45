//! OpenRouter's chat endpoint: one provider and no other, and no repair of answers.
//!
//! Settings: `provider`, the one provider; enforcement differs between providers of one model.
//! A provider's failure in mid-stream is an error inside a success.

use gonogo_core::Request;
use serde_json::json;

use super::openai_chat::WIRE;
use crate::{
    channel::RESPONSE_FORMAT,
    dialect::{Auth, Dialect, Http, Shape, Streaming, Target},
    error::EncodeError,
    exchange, manifest, openai,
};

const NAME: &str = "openrouter";

pub(crate) const OPENROUTER: Dialect = Dialect {
    name: NAME,
    http: Some(Http {
        auth: Auth::Bearer,
        streaming: Streaming::Sse,
        channels: &[RESPONSE_FORMAT],
        says: manifest::NOTHING,
        shape,
    }),
    decode: |capture| exchange::read(capture, &WIRE),
};

fn shape(request: &Request, target: &Target) -> Result<Shape, EncodeError> {
    let missing = || EncodeError::Missing {
        dialect: NAME,
        setting: "provider",
        why: "without one each request may go to another provider, and providers enforce differently",
    };
    let provider = target.settings.get("provider").ok_or_else(missing)?;
    let mut shape = openai::chat("api/v1/chat/completions", request, target);
    let pinned = json!({"order": [provider], "allow_fallbacks": false, "require_parameters": true});
    shape.body.insert("provider".into(), pinned);
    // An account may have it on by default; it mends what is to be measured.
    shape.body.insert("plugins".into(), json!([{"id": "response-healing", "enabled": false}]));
    Ok(shape)
}
