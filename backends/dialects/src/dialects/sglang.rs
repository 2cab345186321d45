//! SGLang's chat endpoint. One constraint a request; a choice goes as a regular expression.
//!
//! A bad schema is a 400 with a flat body (`{"object": "error", …}`); old versions logged "Skip
//! invalid json_schema" and went on without it. The engine is the server's (`--grammar-backend`).

use gonogo_core::{Constraint, Kind};

use crate::{
    channel::{self, Channel, Form, GUIDED_JSON, RESPONSE_FORMAT, STRUCTURED_OUTPUTS},
    dialect::{Auth, Dialect, Http, Streaming},
    exchange::{self, Wire},
    manifest::{ENGINE, HEALTH, Kept, MODEL, MODELS, Pinning, Place, Says, VERSION, kept},
    openai, piece,
    status::{Words, words},
};

pub(crate) const SGLANG: Dialect = Dialect {
    name: "sglang",
    http: Some(Http {
        auth: Auth::Bearer,
        streaming: Streaming::Sse,
        channels: &[RESPONSE_FORMAT, REGEX, EBNF, STRUCTURED_OUTPUTS.foreign(), GUIDED_JSON.foreign()],
        says: SAYS,
        shape: |request, target| Ok(openai::chat(openai::CHAT, request, target)),
    }),
    decode: |capture| {
        exchange::read(
            capture,
            &Wire {
                words: WORDS,
                plain_errors: false,
                json_lines: false,
                take: openai::take,
                piece: piece::chat,
            },
        )
    },
};

const REGEX: Channel = Channel::new("regex", &[Form::Regex, Form::Choice], |body, constraint| {
    channel::insert(body, "regex", regex(constraint)?)
});

const EBNF: Channel = Channel::new("ebnf", &[Form::Grammar], |body, constraint| {
    channel::insert(body, "ebnf", channel::value(constraint)?)
});

/// The answer holds every argument of the server, its keys included.
pub(super) const SAYS: Says = Says {
    places: &[
        HEALTH,
        MODELS,
        Place::new("server_info", INFO),
        // Before 2026 it had this name only.
        Place::new("get_server_info", INFO),
    ],
    pinning: Pinning::Said { place: "/server_info", open: &[] },
    engines: &["xgrammar", "llguidance", "outlines"],
};

const INFO: &[Kept] = &[
    kept(VERSION, &["/version"]),
    kept(ENGINE, &["/grammar_backend"]),
    kept(MODEL, &["/served_model_name", "/model_path"]),
    kept("server.flags.dtype", &["/dtype"]),
    kept("server.flags.quantization", &["/quantization"]),
    kept("server.flags.tensor-parallel-size", &["/tp_size"]),
    kept("server.flags.context-length", &["/context_length"]),
    kept("server.flags.reasoning-parser", &["/reasoning_parser"]),
    kept("server.flags.speculative", &["/speculative_algorithm"]),
    kept("server.flags.disable-any-whitespace", &["/constrained_json_disable_any_whitespace"]),
    kept("server.flags.whitespace-pattern", &["/constrained_json_whitespace_pattern"]),
];

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
