//! Google's Gemini: `generateContent` and `streamGenerateContent`.
//!
//! `responseJsonSchema` takes a part of JSON Schema, `responseSchema` a part of OpenAPI's; never
//! both. A choice goes as an enumeration in `responseSchema`. Settings: `version`, the first part
//! of the path, `v1beta` where it is not given.

use gonogo_core::{Constraint, Detail, Kind, Nanos, Request, Role};
use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, count},
    channel::{self, Channel, Form},
    dialect::{Auth, Dialect, Http, Shape, Streaming, Target},
    error::EncodeError,
    exchange::{self, Wire},
    manifest, parts, piece, shorten,
    status::{Words, words},
};

pub(crate) const GEMINI: Dialect = Dialect {
    name: "gemini",
    http: Some(Http {
        auth: Auth::Header("x-goog-api-key"),
        streaming: Streaming::Sse,
        channels: &[RESPONSE_JSON_SCHEMA, RESPONSE_SCHEMA],
        says: manifest::NOTHING,
        shape,
    }),
    decode: |capture| {
        exchange::read(
            capture,
            &Wire { words: WORDS, plain_errors: false, json_lines: false, take, piece: piece::none },
        )
    },
};

const RESPONSE_JSON_SCHEMA: Channel =
    Channel::new("responseJsonSchema", &[Form::JsonSchema], |body, constraint| {
        put(body, "application/json", "responseJsonSchema", channel::value(constraint)?)
    });

const RESPONSE_SCHEMA: Channel =
    Channel::new("responseSchema", &[Form::JsonSchema, Form::Choice], |body, constraint| match constraint {
        Constraint::Choice(choices) => {
            put(body, "text/x.enum", "responseSchema", json!({"type": "STRING", "enum": choices}))
        }
        Constraint::JsonSchema(_) | Constraint::Regex(_) | Constraint::Grammar(_) => {
            put(body, "application/json", "responseSchema", channel::value(constraint)?)
        }
    });

const WORDS: &[Words] = &[words("exceeds the maximum number of tokens", Kind::PromptTooLong)];

fn put(
    body: &mut Map<String, Value>,
    mime: &str,
    name: &str,
    schema: Value,
) -> Result<(), serde_json::Error> {
    let Some(config) = body.get_mut("generationConfig").and_then(Value::as_object_mut) else { return Ok(()) };
    config.insert("responseMimeType".into(), mime.into());
    channel::insert(config, name, schema)
}

fn shape(request: &Request, target: &Target) -> Result<Shape, EncodeError> {
    let sampling = request.sampling;
    let turn = |role, text: &str| json!({"role": role, "parts": [{"text": text}]});
    let turns: Value = parts::turns(request)
        .map(|message| turn(if message.role == Role::Assistant { "model" } else { "user" }, &message.content))
        .collect();
    let mut body = Map::new();
    if let Some(system) = parts::system(request) {
        body.insert("systemInstruction".into(), json!({"parts": [{"text": system}]}));
    }
    body.insert("contents".into(), turns);
    let config = json!({"maxOutputTokens": sampling.max_tokens, "temperature": sampling.temperature, "seed": parts::seed(request)});
    body.insert("generationConfig".into(), config);
    let version = target.settings.get("version").map_or("v1beta", String::as_str);
    let (method, query) = if target.stream {
        ("streamGenerateContent", vec![("alt".to_owned(), "sse".to_owned())])
    } else {
        ("generateContent", Vec::new())
    };
    let path = format!("{version}/models/{}:{method}", target.model);
    Ok(Shape { path, query, body, ..Shape::default() })
}

fn take(answer: &mut Answer, at: Option<Nanos>, message: &Value) {
    let usage = |name: &str| count(message.pointer(&format!("/usageMetadata/{name}")));
    answer.tokens.prompt = usage("promptTokenCount").or(answer.tokens.prompt);
    answer.cached_tokens = usage("cachedContentTokenCount").or(answer.cached_tokens);
    answer.reasoning_tokens = usage("thoughtsTokenCount").or(answer.reasoning_tokens);
    if let Some(candidates) = usage("candidatesTokenCount") {
        // Thoughts use up the budget and are not counted as candidates.
        let thoughts = answer.reasoning_tokens.unwrap_or(0);
        answer.tokens.completion = Some(candidates.saturating_add(thoughts));
    }
    if let Some(reason) = message.pointer("/promptFeedback/blockReason") {
        let message = format!("the prompt was blocked: {}", shorten::value(reason));
        answer.fail((Kind::ContentFiltered, Detail::message(message)));
    }
    let Some(candidate) = message.pointer("/candidates/0") else {
        if at.is_none() {
            answer.lacks("`candidates`", message);
        }
        return;
    };
    for part in candidate.pointer("/content/parts").and_then(Value::as_array).into_iter().flatten() {
        let text = part.get("text").and_then(Value::as_str).unwrap_or_default();
        if part.get("thought") == Some(&Value::Bool(true)) {
            answer.reasoning.push_str(text);
        } else {
            answer.say(at, text);
        }
        if let Some(call) = part.get("functionCall") {
            let tool = answer.tool(usize::MAX);
            tool.name = call.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            tool.arguments = call.get("args").map(Value::to_string).unwrap_or_default();
        }
    }
    answer.stop(candidate.get("finishReason"));
}
