//! llama.cpp's chat endpoint.
//!
//! `response_format` and `json_schema` go through its own GBNF engine, also where llguidance is
//! compiled in; only a `grammar` that starts with `%llguidance` is llguidance's, and what
//! llguidance cannot compile is logged and dropped: a success without a constraint.
//! A repeated prompt comes from a cache; `cache_prompt = false` among an arm's extra members
//! switches that off.

use gonogo_core::Kind;

use crate::{
    channel::{GBNF, GUIDED_JSON, JSON_SCHEMA, LLGUIDANCE, RESPONSE_FORMAT, STRUCTURED_OUTPUTS},
    dialect::{Auth, Dialect, Http, Streaming},
    exchange::{self, Wire},
    openai,
    status::{Words, words},
};

pub(crate) const LLAMA_CPP: Dialect = Dialect {
    name: "llama-cpp",
    http: Some(Http {
        auth: Auth::Bearer,
        streaming: Streaming::Sse,
        channels: &[
            RESPONSE_FORMAT,
            JSON_SCHEMA,
            GBNF,
            LLGUIDANCE,
            STRUCTURED_OUTPUTS.foreign(),
            GUIDED_JSON.foreign(),
        ],
        shape: |request, target| Ok(openai::chat(openai::CHAT, request, target)),
    }),
    decode: |capture| {
        exchange::read(
            capture,
            &Wire { words: WORDS, plain_errors: false, json_lines: false, take: openai::take },
        )
    },
};

pub(super) const WORDS: &[Words] = &[
    words("exceed_context_size_error", Kind::PromptTooLong),
    words("json schema error", Kind::ConstraintRejected),
    // The grammar had come to a state without a next token, and one was drawn all the same.
    words("unexpected empty grammar stack", Kind::DeadEnd),
];
