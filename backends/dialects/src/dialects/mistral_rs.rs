//! mistral.rs's chat endpoint: llguidance behind all of its channels.
//!
//! Errors in a stream are plain words and not JSON. A finished constrained answer says `length`
//! and counts the whole budget, so neither tells anything about it.

use gonogo_core::{Constraint, Kind};
use serde_json::json;

use crate::{
    channel::{self, Channel, Form, GUIDED_JSON, RESPONSE_FORMAT, STRUCTURED_OUTPUTS},
    dialect::{Auth, Dialect, Http, Streaming},
    exchange::{self, Wire},
    manifest::{HEALTH, MODELS, Pinning, Says},
    openai, piece,
    status::{Words, words},
};

pub(crate) const MISTRAL_RS: Dialect = Dialect {
    name: "mistral-rs",
    http: Some(Http {
        auth: Auth::Bearer,
        streaming: Streaming::Sse,
        channels: &[RESPONSE_FORMAT, GRAMMAR, STRUCTURED_OUTPUTS.foreign(), GUIDED_JSON.foreign()],
        says: SAYS,
        shape: |request, target| Ok(openai::chat(openai::CHAT, request, target)),
    }),
    decode: |capture| {
        exchange::read(
            capture,
            &Wire {
                words: WORDS,
                plain_errors: true,
                json_lines: false,
                take: openai::take,
                piece: piece::chat,
            },
        )
    },
};

/// It has no place for its name or version. Its list of models begins with one called `default`, but any
/// gateway's may.
const SAYS: Says = Says {
    places: &[HEALTH, MODELS],
    pinning: Pinning::Unsaid(
        "mistral.rs has no engine but llguidance, and nothing shows that the server is it",
    ),
    engines: &["llguidance"],
};

const GRAMMAR: Channel = Channel::new(
    "grammar",
    &[Form::JsonSchema, Form::Regex, Form::Choice, Form::Grammar],
    |body, constraint| {
        let grammar = match constraint {
            Constraint::JsonSchema(_) => json!({"type": "json_schema", "value": channel::value(constraint)?}),
            Constraint::Regex(pattern) => json!({"type": "regex", "value": pattern}),
            Constraint::Choice(choices) => json!({"type": "lark", "value": channel::lark(choices)}),
            Constraint::Grammar(rules) => json!({"type": "lark", "value": rules}),
        };
        channel::insert(body, "grammar", grammar)
    },
);

const WORDS: &[Words] = &[
    // The request's shape, whatever member the reader stumbled over.
    words("failed to deserialize the json body", Kind::HttpError),
    // llguidance panicked and was caught; a backtrace follows.
    words("invalid grammar. panic:", Kind::EngineCrashed),
    words("invalid grammar.", Kind::ConstraintRejected),
    words("prompt sequence length is greater", Kind::PromptTooLong),
];
