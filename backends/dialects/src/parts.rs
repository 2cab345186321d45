//! Prompt and seed as endpoints want them.

use gonogo_core::{Message, Request, Role};
use serde_json::{Value, json};

/// `[{role, content}]`, as OpenAI has it.
pub(crate) fn messages(request: &Request) -> Value {
    request
        .messages
        .iter()
        .map(|message| json!({"role": role(message), "content": message.content}))
        .collect()
}

/// The prompt as one text, for endpoints that apply no chat template.
pub(crate) fn flat(request: &Request) -> Value {
    let parts: Vec<_> = request.messages.iter().map(|message| message.content.as_str()).collect();
    parts.join("\n\n").into()
}

/// The instructions apart from the conversation, where an endpoint wants them apart.
pub(crate) fn system(request: &Request) -> Option<String> {
    let parts: Vec<_> = request
        .messages
        .iter()
        .filter(|message| message.role == Role::System)
        .map(|message| message.content.as_str())
        .collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

/// The conversation without the instructions.
pub(crate) fn turns(request: &Request) -> impl Iterator<Item = &Message> {
    request.messages.iter().filter(|message| message.role != Role::System)
}

/// The seed in 31 bits: some servers refuse more, some cut it to 32, and to llama.cpp the largest of
/// 32 bits means a random one. Every arm of a comparison gets the same.
pub(crate) fn seed(request: &Request) -> u64 {
    request.sampling.seed & 0x7fff_ffff
}

/// OpenAI's word for who speaks.
pub(crate) fn role(message: &Message) -> &'static str {
    match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}
