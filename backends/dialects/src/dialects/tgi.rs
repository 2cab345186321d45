//! Text Generation Inference's native `/generate` and `/generate_stream`: no chat template.
//!
//! A constraint is a regular expression to its engine, schemas too; a schema needs `properties`.
//! Temperature 0 is refused, so a greedy request leaves it out.

use gonogo_core::{Constraint, Kind, Nanos, Request};
use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, count},
    channel::{self, Channel, Form},
    dialect::{Auth, Dialect, Http, Shape, Streaming, Target},
    error::EncodeError,
    exchange::{self, Wire},
    manifest::{HEALTH, MODEL, Pinning, Place, Says, VERSION, kept},
    parts, piece,
    status::{Words, words},
};

pub(crate) const TGI: Dialect = Dialect {
    name: "tgi",
    http: Some(Http {
        auth: Auth::Bearer,
        streaming: Streaming::Sse,
        channels: &[GRAMMAR],
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

const GRAMMAR: Channel =
    Channel::new("grammar", &[Form::JsonSchema, Form::Regex, Form::Choice], |body, constraint| {
        let grammar = match constraint {
            Constraint::JsonSchema(_) => json!({"type": "json", "value": channel::value(constraint)?}),
            Constraint::Choice(choices) => json!({"type": "regex", "value": channel::pattern(choices)}),
            Constraint::Regex(text) | Constraint::Grammar(text) => json!({"type": "regex", "value": text}),
        };
        match body.get_mut("parameters").and_then(Value::as_object_mut) {
            Some(parameters) => channel::insert(parameters, "grammar", grammar),
            None => Ok(()),
        }
    });

const SAYS: Says = Says {
    places: &[
        HEALTH,
        Place {
            mark: Some(("/router", "text-generation-router", SOFTWARE)),
            ..Place::new(
                "info",
                &[
                    kept(VERSION, &["/version"]),
                    kept(MODEL, &["/model_id"]),
                    kept("server.commit", &["/sha"]),
                    kept("server.flags.max-total-tokens", &["/max_total_tokens"]),
                    kept("server.flags.max-concurrent-requests", &["/max_concurrent_requests"]),
                ],
            )
        },
    ],
    pinning: Pinning::Only { engine: "outlines", software: SOFTWARE },
    engines: &["outlines"],
};

const SOFTWARE: &str = "Text Generation Inference";

const WORDS: &[Words] = &[
    words("error_type: overloaded", Kind::Overloaded),
    words("grammar must have a 'properties' field", Kind::ConstraintRejected),
];

fn shape(request: &Request, target: &Target) -> Result<Shape, EncodeError> {
    let sampling = request.sampling;
    let mut parameters = Map::new();
    parameters.insert("max_new_tokens".into(), sampling.max_tokens.into());
    parameters.insert("do_sample".into(), (sampling.temperature > 0.0).into());
    if sampling.temperature > 0.0 {
        parameters.insert("temperature".into(), sampling.temperature.into());
    }
    parameters.insert("seed".into(), parts::seed(request).into());
    parameters.insert("details".into(), true.into());
    let mut body = Map::new();
    body.insert("inputs".into(), parts::flat(request));
    body.insert("parameters".into(), parameters.into());
    let path = if target.stream { "generate_stream" } else { "generate" };
    Ok(Shape { path: path.into(), body, ..Shape::default() })
}

fn take(answer: &mut Answer, at: Option<Nanos>, message: &Value) {
    let token = message.get("token");
    let special = token.and_then(|token| token.get("special")) == Some(&Value::Bool(true));
    match (token, message.get("generated_text").and_then(Value::as_str)) {
        (Some(token), _) if !special => {
            answer.say(at, token.get("text").and_then(Value::as_str).unwrap_or_default());
        }
        (Some(_), _) => {}
        (None, Some(text)) => answer.say(at, text),
        (None, None) => answer.lacks("`token` or `generated_text`", message),
    }
    // Only the last message has it.
    answer.over |= message.get("generated_text").is_some_and(Value::is_string);
    answer.stop(message.pointer("/details/finish_reason"));
    answer.tokens.prompt = count(message.pointer("/details/input_length")).or(answer.tokens.prompt);
    answer.tokens.completion =
        count(message.pointer("/details/generated_tokens")).or(answer.tokens.completion);
}
