//! Ollama's `/api/chat`: newline-delimited JSON, a schema in `format`, budget in `options`.
//!
//! Locally it asks for no key; its cloud and proxies before it do. A failure in mid-stream is a line with `error` under a success status.

use gonogo_core::{Kind, Nanos, Request};
use serde_json::{Value, json};

use crate::{
    answer::{Answer, count},
    channel::{self, Channel, Form},
    dialect::{Auth, Dialect, Http, Shape, Streaming, Target},
    error::EncodeError,
    exchange::{self, Wire},
    manifest::{Pinning, Place, Says, VERSION, kept},
    openai, parts, piece, server,
    status::{Words, words},
};

pub(crate) const OLLAMA: Dialect = Dialect {
    name: "ollama",
    http: Some(Http {
        auth: Auth::Bearer,
        streaming: Streaming::NdJson,
        channels: &[FORMAT],
        says: SAYS,
        shape,
    }),
    decode: |capture| {
        exchange::read(
            capture,
            &Wire { words: WORDS, plain_errors: false, json_lines: true, take, piece: piece::none },
        )
    },
};

const FORMAT: Channel = Channel::new("format", &[Form::JsonSchema], |body, constraint| {
    channel::insert(body, "format", channel::value(constraint)?)
});

const SAYS: Says = Says {
    places: &[
        Place::new("api/version", &[kept(VERSION, &["/version"])]),
        Place { models: Some(("/models", "name")), ..Place::new("api/tags", &[]) },
    ],
    pinning: Pinning::Unsaid(
        "Ollama does not say which of its runners answers, and each has an engine of its own",
    ),
    engines: &[],
};

const WORDS: &[Words] = &[words("invalid format", Kind::ConstraintRejected)];

fn shape(request: &Request, target: &Target) -> Result<Shape, EncodeError> {
    let sampling = request.sampling;
    let options = json!({"num_predict": sampling.max_tokens, "temperature": sampling.temperature, "seed": parts::seed(request)});
    let mut body = openai::model(target);
    body.insert("messages".into(), parts::messages(request));
    body.insert("options".into(), options);
    body.insert("stream".into(), target.stream.into());
    Ok(Shape { path: "api/chat".into(), body, ..Shape::default() })
}

fn take(answer: &mut Answer, at: Option<Nanos>, message: &Value) {
    let Some(said) = message.get("message") else { return answer.lacks("`message`", message) };
    let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
    let done = message.get("done") == Some(&Value::Bool(true));
    // An answer that did not stream is one line that is its own last.
    answer.say(at.filter(|_| !done), text("content"));
    answer.reasoning.push_str(text("thinking"));
    for call in said.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
        let tool = answer.tool(usize::MAX);
        tool.name = call.pointer("/function/name").and_then(Value::as_str).unwrap_or_default().to_owned();
        tool.arguments = call.pointer("/function/arguments").map(Value::to_string).unwrap_or_default();
    }
    if done {
        answer.over = true;
        answer.stop(message.get("done_reason"));
        answer.tokens.prompt = count(message.get("prompt_eval_count"));
        answer.tokens.completion = count(message.get("eval_count"));
        server::ollama(&mut answer.server, message);
    }
}
