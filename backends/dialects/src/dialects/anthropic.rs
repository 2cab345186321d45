//! Anthropic's Messages endpoint. It takes no seed.
//!
//! A refusal is a success with `stop_reason` `refusal`. Settings: `version`, the value of the
//! `anthropic-version` header, `2023-06-01` where it is not given.

use gonogo_core::{Kind, Nanos, Request};
use serde_json::{Value, json};

use crate::{
    answer::{Answer, count},
    channel::{self, Channel, Form},
    dialect::{Auth, Dialect, Http, Shape, Streaming, Target},
    error::EncodeError,
    exchange::{self, Wire},
    manifest, openai, parts, piece,
    status::{Words, words},
};

pub(crate) const ANTHROPIC: Dialect = Dialect {
    name: "anthropic",
    http: Some(Http {
        auth: Auth::Header("x-api-key"),
        streaming: Streaming::Sse,
        channels: &[OUTPUT_CONFIG],
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

const OUTPUT_CONFIG: Channel = Channel::new("output_config", &[Form::JsonSchema], |body, constraint| {
    let format = json!({"type": "json_schema", "schema": channel::value(constraint)?});
    channel::insert(body, "output_config", json!({"format": format}))
});

const WORDS: &[Words] = &[
    words("overloaded_error", Kind::Overloaded),
    words("rate_limit_error", Kind::RateLimited),
    words("prompt is too long", Kind::PromptTooLong),
];

fn shape(request: &Request, target: &Target) -> Result<Shape, EncodeError> {
    let turns: Value = parts::turns(request)
        .map(|turn| json!({"role": parts::role(turn), "content": turn.content}))
        .collect();
    let mut body = openai::model(target);
    body.insert("max_tokens".into(), request.sampling.max_tokens.into());
    if let Some(system) = parts::system(request) {
        body.insert("system".into(), system.into());
    }
    body.insert("messages".into(), turns);
    body.insert("temperature".into(), request.sampling.temperature.into());
    body.insert("stream".into(), target.stream.into());
    let version = target.settings.get("version").map_or("2023-06-01", String::as_str);
    let headers = vec![("anthropic-version".to_owned(), version.to_owned())];
    Ok(Shape { path: "v1/messages".into(), headers, body, ..Shape::default() })
}

fn take(answer: &mut Answer, at: Option<Nanos>, message: &Value) {
    match message.get("type").and_then(Value::as_str) {
        Some("message") => whole(answer, message),
        Some("message_start") => {
            if let Some(message) = message.get("message") {
                usage(answer, message);
            }
        }
        Some("content_block_start") => {
            if let Some(block) = message.get("content_block") {
                self::block(answer, at, block);
            }
        }
        Some("content_block_delta") => {
            if let Some(delta) = message.get("delta") {
                piece(answer, at, delta);
            }
        }
        Some("message_delta") => {
            usage(answer, message);
            answer.stop(message.pointer("/delta/stop_reason"));
        }
        Some("message_stop") => answer.over = true,
        Some(_) => {}
        None => answer.lacks("`type`", message),
    }
}

fn whole(answer: &mut Answer, message: &Value) {
    let Some(content) = message.get("content").and_then(Value::as_array) else {
        return answer.lacks("`content`", message);
    };
    content.iter().for_each(|block| self::block(answer, None, block));
    usage(answer, message);
    answer.stop(message.get("stop_reason"));
}

/// A block of content, or the beginning of one.
fn block(answer: &mut Answer, at: Option<Nanos>, block: &Value) {
    if block.get("type").and_then(Value::as_str) != Some("tool_use") {
        return piece(answer, at, block);
    }
    let tool = answer.tool(usize::MAX);
    tool.name = block.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    // A stream begins with an empty object and sends the arguments after it.
    let input = block.get("input").filter(|input| input.as_object().is_some_and(|input| !input.is_empty()));
    tool.arguments = input.map(Value::to_string).unwrap_or_default();
}

/// Text, reasoning or arguments, whichever the members say.
fn piece(answer: &mut Answer, at: Option<Nanos>, piece: &Value) {
    let text = |name: &str| piece.get(name).and_then(Value::as_str).unwrap_or_default();
    answer.say(at, text("text"));
    answer.reasoning.push_str(text("thinking"));
    if let Some(tool) = answer.tools.last_mut() {
        tool.arguments.push_str(text("partial_json"));
    }
}

/// What a prompt costs is reported in three parts.
fn usage(answer: &mut Answer, message: &Value) {
    let part = |name: &str| count(message.pointer(&format!("/usage/{name}")));
    if let Some(input) = part("input_tokens") {
        let read = part("cache_read_input_tokens");
        let created = part("cache_creation_input_tokens").unwrap_or(0);
        answer.cached_tokens = read;
        answer.tokens.prompt = Some(input.saturating_add(read.unwrap_or(0)).saturating_add(created));
    }
    answer.tokens.completion = part("output_tokens").or(answer.tokens.completion);
}
