//! vLLM's chat endpoint, 0.12 and later.
//!
//! The engine is the server's (`--structured-outputs-config.backend`) and no response names it.
//! Unknown members are ignored without a word; `guided_json` is one of them since 0.12.
//! A bad schema is a 400, or an error event inside a 200 where the answer streams.

use gonogo_core::Kind;

use crate::{
    channel::{Channel, GUIDED_JSON, JSON_SCHEMA, RESPONSE_FORMAT, STRUCTURED_OUTPUTS},
    dialect::{Auth, Dialect, Http, Streaming},
    exchange::{self, Wire},
    openai,
    status::{Words, words},
};

pub(crate) const VLLM: Dialect = Dialect {
    name: "vllm",
    http: Some(Http {
        auth: Auth::Bearer,
        streaming: Streaming::Sse,
        channels: CHANNELS,
        shape: |request, target| Ok(openai::chat(openai::CHAT, request, target)),
    }),
    decode: |capture| exchange::read(capture, &WIRE),
};

pub(super) const CHANNELS: &[Channel] =
    &[RESPONSE_FORMAT, STRUCTURED_OUTPUTS, GUIDED_JSON.foreign(), JSON_SCHEMA.foreign()];

pub(super) const WIRE: Wire =
    Wire { words: WORDS, plain_errors: false, json_lines: false, take: openai::take };

const WORDS: &[Words] = &[
    // The guidance backend, whatever llguidance has to complain about.
    words("grammar error:", Kind::ConstraintRejected),
    // A schema that is not an object, `true` and `false` included.
    words(
        "body.response_format.json_schema.schema', 'msg': 'input should be a valid dictionary",
        Kind::ConstraintRejected,
    ),
    // The engine refused a token that it had allowed.
    words("grammar rejected", Kind::EngineCrashed),
];
