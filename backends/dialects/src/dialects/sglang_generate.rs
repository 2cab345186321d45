//! SGLang's native `/generate`: no chat template, and the schema as a string, byte for byte.
//!
//! A stream repeats the whole text so far in every message, or with `--incremental-streaming-output`
//! only what is new. A stream is the former where every text in it begins with the one before.

use gonogo_core::{Constraint, Detail, Kind, Nanos, Request};
use serde_json::{Map, Value, json};

use super::sglang::{SAYS, WORDS, regex};
use crate::{
    answer::{Answer, count},
    channel::{self, Channel, Form},
    dialect::{Auth, Dialect, Http, Shape, Streaming, Target},
    error::EncodeError,
    exchange::{self, Wire},
    parts, piece, server, shorten,
};

pub(crate) const SGLANG_GENERATE: Dialect = Dialect {
    name: "sglang-generate",
    http: Some(Http {
        auth: Auth::Bearer,
        streaming: Streaming::Sse,
        channels: &[JSON_SCHEMA, REGEX, EBNF],
        says: SAYS,
        shape,
    }),
    decode: |capture| {
        exchange::read(
            capture,
            &Wire { words: WORDS, plain_errors: false, json_lines: false, take, piece: piece::none },
        )
    },
};

const JSON_SCHEMA: Channel = Channel::new("json_schema", &[Form::JsonSchema], |body, constraint| {
    let schema = match constraint {
        Constraint::JsonSchema(text) => text.as_str().into(),
        Constraint::Regex(_) | Constraint::Grammar(_) | Constraint::Choice(_) => channel::value(constraint)?,
    };
    put(body, "json_schema", schema)
});

const REGEX: Channel = Channel::new("regex", &[Form::Regex, Form::Choice], |body, constraint| {
    put(body, "regex", regex(constraint)?)
});

const EBNF: Channel =
    Channel::new("ebnf", &[Form::Grammar], |body, constraint| put(body, "ebnf", channel::value(constraint)?));

fn put(body: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), serde_json::Error> {
    match body.get_mut("sampling_params").and_then(Value::as_object_mut) {
        Some(params) => channel::insert(params, name, value),
        None => Ok(()),
    }
}

fn shape(request: &Request, target: &Target) -> Result<Shape, EncodeError> {
    let sampling = request.sampling;
    let params = json!({
        "max_new_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "sampling_seed": parts::seed(request),
    });
    let mut body = Map::new();
    body.insert("text".into(), parts::flat(request));
    body.insert("sampling_params".into(), params);
    body.insert("stream".into(), target.stream.into());
    Ok(Shape { path: "generate".into(), body, ..Shape::default() })
}

fn take(answer: &mut Answer, at: Option<Nanos>, message: &Value) {
    let Some(text) = message.get("text").and_then(Value::as_str) else {
        return answer.lacks("`text`", message);
    };
    answer.say_all_or_new(at, text);
    let meta = |name: &str| message.pointer(&format!("/meta_info/{name}"));
    answer.tokens.prompt = count(meta("prompt_tokens")).or(answer.tokens.prompt);
    answer.tokens.completion = count(meta("completion_tokens")).or(answer.tokens.completion);
    answer.cached_tokens = count(meta("cached_tokens")).or(answer.cached_tokens);
    server::total(&mut answer.server, message, "/meta_info/e2e_latency", 1.0);
    answer.stop(meta("finish_reason/type"));
    if meta("finish_reason/type").and_then(Value::as_str) == Some("abort") {
        let said = meta("finish_reason/message").map(shorten::value).unwrap_or_default();
        let message = format!("success status, and the server aborted the request: {said}");
        answer.fail((Kind::InBandError, Detail::message(message)));
    }
}
