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
    manifest::{ENGINE, HEALTH, Kept, MODELS, Pinning, Place, Says, VERSION, kept},
    openai, piece,
    status::{Words, words},
};

pub(crate) const VLLM: Dialect = Dialect {
    name: "vllm",
    http: Some(Http {
        auth: Auth::Bearer,
        streaming: Streaming::Sse,
        channels: CHANNELS,
        says: SAYS,
        shape: |request, target| Ok(openai::chat(openai::CHAT, request, target)),
    }),
    decode: |capture| exchange::read(capture, &WIRE),
};

pub(super) const CHANNELS: &[Channel] =
    &[RESPONSE_FORMAT, STRUCTURED_OUTPUTS, GUIDED_JSON.foreign(), JSON_SCHEMA.foreign()];

/// `/server_info` is there in development mode only (`VLLM_SERVER_DEV_MODE=1`), and its environment
/// variables are left where they are.
pub(super) const SAYS: Says = Says {
    places: &[
        HEALTH,
        Place::new("version", &[kept(VERSION, &["/version"])]),
        MODELS,
        Place { query: &[("config_format", "json")], ..Place::new("server_info", INFO) },
    ],
    pinning: Pinning::Said {
        place: "/server_info, which takes VLLM_SERVER_DEV_MODE=1",
        open: &[(
            "auto",
            "XGrammar, and guidance for the schemas that XGrammar declines, so no one name holds for every \
             answer; pin it with --structured-outputs-config.backend",
        )],
    },
    engines: &["xgrammar", "llguidance", "outlines", "lm-format-enforcer"],
};

const INFO: &[Kept] = &[
    kept(ENGINE, &["/vllm_config/structured_outputs_config/backend", "/structured_outputs_config/backend"]),
    kept(
        "server.flags.disable-any-whitespace",
        &[
            "/vllm_config/structured_outputs_config/disable_any_whitespace",
            "/structured_outputs_config/disable_any_whitespace",
        ],
    ),
    kept(
        "server.flags.disable-additional-properties",
        &[
            "/vllm_config/structured_outputs_config/disable_additional_properties",
            "/structured_outputs_config/disable_additional_properties",
        ],
    ),
    kept("server.flags.enable-in-reasoning", &["/vllm_config/structured_outputs_config/enable_in_reasoning"]),
    kept(
        "server.flags.reasoning-parser",
        &[
            "/vllm_config/structured_outputs_config/reasoning_parser",
            "/structured_outputs_config/reasoning_parser",
        ],
    ),
    kept("server.flags.dtype", &["/vllm_config/model_config/dtype"]),
    kept("server.flags.quantization", &["/vllm_config/model_config/quantization"]),
    kept("server.flags.max-num-seqs", &["/vllm_config/scheduler_config/max_num_seqs"]),
    kept("server.flags.tensor-parallel-size", &["/vllm_config/parallel_config/tensor_parallel_size"]),
    kept("server.flags.prefix-caching", &["/vllm_config/cache_config/enable_prefix_caching"]),
    kept("server.flags.speculative", &["/vllm_config/speculative_config/method"]),
];

pub(super) const WIRE: Wire =
    Wire { words: WORDS, plain_errors: false, json_lines: false, take: openai::take, piece: piece::chat };

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
