//! llama.cpp's native `/completion`: no chat template; here `json_schema` is llguidance's where
//! that is compiled in. A stream has no `[DONE]`; its last message says `"stop": true`.

use gonogo_core::{Nanos, Request};
use serde_json::{Map, Value};

use super::llama_cpp::{SAYS, WORDS};
use crate::{
    answer::{Answer, count},
    channel::{GBNF, JSON_SCHEMA, LLGUIDANCE},
    dialect::{Auth, Dialect, Http, Shape, Streaming, Target},
    error::EncodeError,
    exchange::{self, Wire},
    parts, piece, server,
};

pub(crate) const LLAMA_CPP_COMPLETION: Dialect = Dialect {
    name: "llama-cpp-completion",
    http: Some(Http {
        auth: Auth::Bearer,
        streaming: Streaming::Sse,
        channels: &[JSON_SCHEMA, GBNF, LLGUIDANCE],
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

fn shape(request: &Request, target: &Target) -> Result<Shape, EncodeError> {
    let mut body = Map::new();
    body.insert("prompt".into(), parts::flat(request));
    // Without it the server goes on for ever.
    body.insert("n_predict".into(), request.sampling.max_tokens.into());
    body.insert("temperature".into(), request.sampling.temperature.into());
    body.insert("seed".into(), parts::seed(request).into());
    body.insert("stream".into(), target.stream.into());
    Ok(Shape { path: "completion".into(), body, ..Shape::default() })
}

fn take(answer: &mut Answer, at: Option<Nanos>, message: &Value) {
    let Some(text) = message.get("content").and_then(Value::as_str) else {
        return answer.lacks("`content`", message);
    };
    answer.say(at, text);
    answer.tokens.prompt = count(message.get("tokens_evaluated")).or(answer.tokens.prompt);
    answer.tokens.completion = count(message.get("tokens_predicted")).or(answer.tokens.completion);
    if message.get("stop") == Some(&Value::Bool(true)) {
        answer.over = true;
        answer.stop(message.get("stop_type"));
        answer.cached_tokens = count(message.get("tokens_cached"));
        server::openai(&mut answer.server, message);
    }
}
