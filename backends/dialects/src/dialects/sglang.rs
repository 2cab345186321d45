//! SGLang's chat endpoint. One constraint a request; a choice goes as a regular expression.
//!
//! A bad schema is a 400 with a flat body (`{"object": "error", …}`); old versions logged "Skip
//! invalid json_schema" and went on without it. The engine is the server's (`--grammar-backend`).

use gonogo_core::{Constraint, Kind};

use crate::{
    channel::{self, Channel, Form, GUIDED_JSON, RESPONSE_FORMAT, STRUCTURED_OUTPUTS},
    dialect::{Auth, Dialect, Http, Streaming},
    exchange::{self, Wire},
    openai,
    status::{Words, words},
};

pub(crate) const SGLANG: Dialect = Dialect {
    name: "sglang",
    http: Some(Http {
        auth: Auth::Bearer,
        streaming: Streaming::Sse,
        channels: &[RESPONSE_FORMAT, REGEX, EBNF, STRUCTURED_OUTPUTS.foreign(), GUIDED_JSON.foreign()],
        shape: |request, target| Ok(openai::chat(openai::CHAT, request, target)),
    }),
    decode: |capture| {
        exchange::read(
            capture,
            &Wire { words: WORDS, plain_errors: false, json_lines: false, take: openai::take },
        )
    },
};

const REGEX: Channel = Channel::new("regex", &[Form::Regex, Form::Choice], |body, constraint| {
    channel::insert(body, "regex", regex(constraint)?)
});

const EBNF: Channel = Channel::new("ebnf", &[Form::Grammar], |body, constraint| {
    channel::insert(body, "ebnf", channel::value(constraint)?)
});

pub(super) const WORDS: &[Words] = &[
    words("invalid grammar request", Kind::ConstraintRejected),
    words("failed to compile", Kind::ConstraintRejected),
];

/// A constraint as a regular expression.
pub(super) fn regex(constraint: &Constraint) -> Result<serde_json::Value, serde_json::Error> {
    match constraint {
        Constraint::Choice(choices) => Ok(channel::pattern(choices).into()),
        Constraint::JsonSchema(_) | Constraint::Regex(_) | Constraint::Grammar(_) => {
            channel::value(constraint)
        }
    }
}
