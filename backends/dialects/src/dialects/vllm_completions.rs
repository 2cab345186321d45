//! vLLM's completions endpoint: as its chat endpoint, without the chat template.

use super::vllm::{CHANNELS, SAYS, WIRE};
use crate::{
    dialect::{Auth, Dialect, Http, Streaming},
    exchange, openai,
};

pub(crate) const VLLM_COMPLETIONS: Dialect = Dialect {
    name: "vllm-completions",
    http: Some(Http {
        auth: Auth::Bearer,
        streaming: Streaming::Sse,
        channels: CHANNELS,
        says: SAYS,
        shape: |request, target| Ok(openai::completions(openai::COMPLETIONS, request, target)),
    }),
    decode: |capture| exchange::read(capture, &WIRE),
};
