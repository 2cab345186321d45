//! What OpenAI's chat and completions endpoints and everything that copies them have in common.

use gonogo_core::{Nanos, Request};
use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, count},
    dialect::{Shape, Target},
    parts, server,
};

/// Path of the chat endpoint of most.
pub(crate) const CHAT: &str = "v1/chat/completions";
/// Path of the endpoint without a chat template.
pub(crate) const COMPLETIONS: &str = "v1/completions";

/// A chat request.
pub(crate) fn chat(path: &str, request: &Request, target: &Target) -> Shape {
    let mut body = model(target);
    body.insert("messages".into(), parts::messages(request));
    sampling(&mut body, "max_tokens", request, target);
    Shape { path: path.into(), body, ..Shape::default() }
}

/// A request without a chat template.
pub(crate) fn completions(path: &str, request: &Request, target: &Target) -> Shape {
    let mut body = model(target);
    body.insert("prompt".into(), parts::flat(request));
    sampling(&mut body, "max_tokens", request, target);
    Shape { path: path.into(), body, ..Shape::default() }
}

/// The beginning of a body; servers of one model need no name.
pub(crate) fn model(target: &Target) -> Map<String, Value> {
    let mut body = Map::new();
    if !target.model.is_empty() {
        body.insert("model".into(), target.model.as_str().into());
    }
    body
}

/// Sampling and streaming; `budget` is the server's name for the token budget.
pub(crate) fn sampling(body: &mut Map<String, Value>, budget: &str, request: &Request, target: &Target) {
    body.insert(budget.into(), request.sampling.max_tokens.into());
    body.insert("temperature".into(), request.sampling.temperature.into());
    body.insert("seed".into(), parts::seed(request).into());
    body.insert("stream".into(), target.stream.into());
    if target.stream {
        body.insert("stream_options".into(), json!({"include_usage": true}));
    }
}

/// Takes a whole body or one chunk of a stream. Of several choices the first counts.
pub(crate) fn take(answer: &mut Answer, at: Option<Nanos>, message: &Value) {
    usage(answer, message);
    let Some(choices) = message.get("choices").and_then(Value::as_array) else {
        // Streams have messages of their own between the chunks; a body must be an answer.
        if at.is_none() {
            answer.lacks("`choices`", message);
        }
        return;
    };
    let first = |choice: &&Value| choice.get("index").and_then(Value::as_u64).unwrap_or(0) == 0;
    let Some(choice) = choices.iter().find(first) else { return };
    if let Some(said) = choice.get("message").or_else(|| choice.get("delta")) {
        content(answer, at, said);
    } else if let Some(text) = choice.get("text") {
        answer.say(at, text.as_str().unwrap_or_default());
    } else {
        answer.lacks("`message`, `delta` or `text`", message);
    }
    answer.stop(choice.get("finish_reason"));
}

/// What is said in a message or a piece of one.
fn content(answer: &mut Answer, at: Option<Nanos>, said: &Value) {
    let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
    match said.get("content") {
        Some(Value::Array(parts)) => {
            let texts = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str));
            texts.for_each(|text| answer.say(at, text));
        }
        _ => answer.say(at, text("content")),
    }
    answer.refusal.push_str(text("refusal"));
    let reasoning = ["reasoning", "reasoning_content"].map(text);
    answer.reasoning.push_str(reasoning.into_iter().find(|text| !text.is_empty()).unwrap_or_default());
    for (place, call) in said.get("tool_calls").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let index = call.get("index").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
        let tool = answer.tool(index.unwrap_or(place));
        let part = |name: &str| call.pointer(name).and_then(Value::as_str).unwrap_or_default();
        tool.name.push_str(part("/function/name"));
        tool.arguments.push_str(part("/function/arguments"));
    }
}

/// Counts, and the timings that servers put beside them. A later report replaces an earlier one:
/// streams may report as they go.
fn usage(answer: &mut Answer, message: &Value) {
    // Most chunks of a stream have none.
    if let Some(usage) = message.get("usage") {
        let at = |object: &str, member: &str| usage.get(object).and_then(|object| object.get(member));
        let tokens = &mut answer.tokens;
        tokens.prompt = count(usage.get("prompt_tokens")).or(tokens.prompt);
        tokens.completion = count(usage.get("completion_tokens")).or(tokens.completion);
        let reasoning = at("completion_tokens_details", "reasoning_tokens");
        let reasoning = reasoning.or_else(|| usage.get("reasoning_tokens"));
        answer.reasoning_tokens = count(reasoning).or(answer.reasoning_tokens);
        let cached = at("prompt_tokens_details", "cached_tokens");
        answer.cached_tokens = count(cached).or(answer.cached_tokens);
    }
    server::openai(&mut answer.server, message);
}
