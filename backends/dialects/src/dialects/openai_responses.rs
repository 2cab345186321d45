//! OpenAI's Responses endpoint, and vLLM's copy of it. It takes no seed.

use gonogo_core::{Kind, Nanos, Request};
use serde_json::{Value, json};

use crate::{
    answer::{Answer, count},
    channel::{self, Channel, Form},
    dialect::{Auth, Dialect, Http, Shape, Streaming, Target},
    error::EncodeError,
    exchange::{self, Wire},
    manifest, openai, parts, piece,
    status::{self, Words, words},
};

pub(crate) const OPENAI_RESPONSES: Dialect = Dialect {
    name: "openai-responses",
    http: Some(Http {
        auth: Auth::Bearer,
        streaming: Streaming::Sse,
        channels: &[TEXT_FORMAT],
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

const TEXT_FORMAT: Channel = Channel::new("text.format", &[Form::JsonSchema], |body, constraint| {
    let schema = channel::value(constraint)?;
    let format = json!({"type": "json_schema", "name": "answer", "schema": schema, "strict": true});
    channel::insert(body, "text", json!({"format": format}))
});

const WORDS: &[Words] = &[words("context_length_exceeded", Kind::PromptTooLong)];

fn shape(request: &Request, target: &Target) -> Result<Shape, EncodeError> {
    let mut body = openai::model(target);
    body.insert("input".into(), parts::messages(request));
    body.insert("max_output_tokens".into(), request.sampling.max_tokens.into());
    body.insert("temperature".into(), request.sampling.temperature.into());
    body.insert("stream".into(), target.stream.into());
    body.insert("store".into(), false.into());
    Ok(Shape { path: "v1/responses".into(), body, ..Shape::default() })
}

fn take(answer: &mut Answer, at: Option<Nanos>, message: &Value) {
    let kind = message.get("type").and_then(Value::as_str).unwrap_or_default();
    let delta = || message.get("delta").and_then(Value::as_str).unwrap_or_default();
    match kind {
        "response.output_text.delta" => answer.say(at, delta()),
        "response.refusal.delta" => answer.refusal.push_str(delta()),
        "response.reasoning_text.delta" | "response.reasoning_summary_text.delta" => {
            answer.reasoning.push_str(delta());
        }
        "response.completed" | "response.incomplete" | "response.failed" => {
            if let Some(response) = message.get("response") {
                ended(answer, response);
            }
        }
        "error" => answer.fail(status::inside(message, WORDS)),
        // A whole body has no type; other events repeat what the deltas said.
        "" => whole(answer, message),
        _ => {}
    }
}

/// A body that came whole.
fn whole(answer: &mut Answer, response: &Value) {
    let Some(output) = response.get("output").and_then(Value::as_array) else {
        return answer.lacks("`output`", response);
    };
    for item in output {
        let kind = item.get("type").and_then(Value::as_str).unwrap_or_default();
        if kind.ends_with("_call") {
            let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let tool = answer.tool(usize::MAX);
            tool.name = text("name");
            tool.arguments = text("arguments") + &text("input");
        }
        for part in item.get("content").and_then(Value::as_array).into_iter().flatten() {
            let text = |name: &str| part.get(name).and_then(Value::as_str).unwrap_or_default();
            match (kind, part.get("type").and_then(Value::as_str)) {
                ("reasoning", _) => answer.reasoning.push_str(text("text")),
                (_, Some("refusal")) => answer.refusal.push_str(text("refusal")),
                _ => answer.say(None, text("text")),
            }
        }
    }
    ended(answer, response);
}

/// Status and counts of a response that is over.
fn ended(answer: &mut Answer, response: &Value) {
    answer.over = true;
    if response.get("error").is_some_and(|error| !error.is_null()) {
        answer.fail(status::inside(response, WORDS));
    }
    answer.stop(response.pointer("/incomplete_details/reason").or_else(|| response.get("status")));
    answer.tokens.prompt = count(response.pointer("/usage/input_tokens"));
    answer.tokens.completion = count(response.pointer("/usage/output_tokens"));
    answer.reasoning_tokens = count(response.pointer("/usage/output_tokens_details/reasoning_tokens"));
    answer.cached_tokens = count(response.pointer("/usage/input_tokens_details/cached_tokens"));
}
