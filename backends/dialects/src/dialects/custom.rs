//! A serverless function that answers one JSON object:
//! `POST {prompt, schema, max_tokens, temperature, top_p}`.
//!
//! The answer is where the capture's dialect says (`custom#KEY` or `custom#/a/pointer`); where it
//! says nothing, under `text` or `ir_json` (servers have used both, and clients that read the
//! other key took it for a missing answer). A value is judged as compact JSON in its own key
//! order, a string as what it holds.
//!
//! An `error` member that is not null is an error under any status, and so is a `finish_reason`
//! of `error` or `json_error`. An expired request is a 408 in plain words. `tokens_used` is not
//! taken for completion tokens, because servers disagree on what it counts.

use gonogo_core::{Nanos, Request};
use serde_json::{Map, Value};

use crate::{
    answer::Answer,
    channel::{self, Channel, Form},
    dialect::{Auth, Dialect, Http, Shape, Streaming, Target},
    error::EncodeError,
    exchange::{self, Wire},
    manifest, parts, piece, server, shorten,
};

pub(crate) const CUSTOM: Dialect = Dialect {
    name: "custom",
    http: Some(Http {
        auth: Auth::Bearer,
        streaming: Streaming::None,
        channels: &[SCHEMA],
        says: manifest::NOTHING,
        shape,
    }),
    decode: |capture| {
        exchange::read(
            capture,
            &Wire { words: &[], plain_errors: false, json_lines: false, take, piece: piece::none },
        )
    },
};

/// The name that captures of the first version carry.
pub(crate) const CUSTOM_JSON_1: Dialect = Dialect { name: "custom-json/1", ..CUSTOM };

/// Members that hold the answer where nobody says which, in the order they are looked for.
const ANSWERS: [&str; 2] = ["text", "ir_json"];

const SCHEMA: Channel = Channel::new("schema", &[Form::JsonSchema], |body, constraint| {
    channel::insert(body, "schema", channel::value(constraint)?)
});

fn shape(request: &Request, target: &Target) -> Result<Shape, EncodeError> {
    let mut body = Map::new();
    body.insert("prompt".into(), parts::flat(request));
    body.insert("max_tokens".into(), request.sampling.max_tokens.into());
    body.insert("temperature".into(), request.sampling.temperature.into());
    // Such servers default to less than all, and the other arms sample from all.
    if !target.extra.contains_key("top_p") {
        body.insert("top_p".into(), 1.0.into());
    }
    Ok(Shape { body, ..Shape::default() })
}

fn take(answer: &mut Answer, at: Option<Nanos>, message: &Value) {
    let reason = message.get("finish_reason");
    answer.stop(reason);
    server::total(&mut answer.server, message, "/generation_time_ms", 1e3);
    let found = match answer.place.as_deref() {
        Some(place) if place.starts_with('/') => message.pointer(place),
        Some(name) => message.get(name),
        None => ANSWERS.iter().find_map(|name| message.get(name)),
    };
    match found {
        Some(Value::String(text)) => answer.say(at, text),
        Some(Value::Null) => {}
        Some(value) => answer.say(at, &value.to_string()),
        // Its failures need not come with an answer.
        None if reason.is_some_and(|reason| ["error", "json_error"].iter().any(|word| reason == word)) => {}
        None => {
            let place = answer.place.as_deref().map_or("`text` or `ir_json`".to_owned(), shorten::quoted);
            answer.lacks(&place, message);
        }
    }
}
