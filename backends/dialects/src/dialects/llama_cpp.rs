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
    manifest::{HEALTH, MODEL, MODELS, Pinning, Place, Says, VERSION, kept},
    openai, piece,
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

pub(super) const SAYS: Says = Says {
    places: &[
        HEALTH,
        MODELS,
        Place::new(
            "props",
            &[
                kept(VERSION, &["/build_info"]),
                kept(MODEL, &["/model_alias", "/model_path"]),
                kept("server.flags.n-ctx", &["/default_generation_settings/n_ctx"]),
                kept("server.flags.parallel", &["/total_slots"]),
                kept("server.flags.ftype", &["/model_ftype"]),
            ],
        ),
    ],
    pinning: Pinning::Unsaid(
        "llama.cpp does not say whether its GBNF engine or llguidance reads this channel; only the channel \
         `llguidance` is read by one alone",
    ),
    engines: &["gbnf", "llguidance"],
};

pub(super) const WORDS: &[Words] = &[
    words("exceed_context_size_error", Kind::PromptTooLong),
    words("json schema error", Kind::ConstraintRejected),
    // The grammar had come to a state without a next token, and one was drawn all the same.
    words("unexpected empty grammar stack", Kind::DeadEnd),
];
