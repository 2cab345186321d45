//! Wire formats: one file each, and one line here.
//!
//! Each file says only how its server differs; what servers have in common is in [`crate::openai`]
//! and [`crate::exchange`].

mod anthropic;
mod custom;
mod gemini;
mod llama_cpp;
mod llama_cpp_completion;
mod mistral_rs;
mod ollama;
mod openai_chat;
mod openai_responses;
mod openrouter;
mod sglang;
mod sglang_generate;
mod tgi;
mod vllm;
mod vllm_completions;
mod worker;

use crate::dialect::Dialect;

/// Every dialect.
pub static DIALECTS: &[Dialect] = &[
    worker::WORKER,
    vllm::VLLM,
    vllm_completions::VLLM_COMPLETIONS,
    sglang::SGLANG,
    sglang_generate::SGLANG_GENERATE,
    llama_cpp::LLAMA_CPP,
    llama_cpp_completion::LLAMA_CPP_COMPLETION,
    mistral_rs::MISTRAL_RS,
    ollama::OLLAMA,
    tgi::TGI,
    openai_chat::OPENAI_CHAT,
    openai_responses::OPENAI_RESPONSES,
    openrouter::OPENROUTER,
    anthropic::ANTHROPIC,
    gemini::GEMINI,
    custom::CUSTOM,
    custom::CUSTOM_JSON_1,
];
