//! The messages that scripts are made of, as OpenAI's chat endpoint has them.

use std::time::Duration;

use serde_json::{Value, json};

/// Characters of an answer in one event of a stream.
const PIECE: usize = 6;

/// The last event of a stream.
pub(crate) const DONE: &[u8] = b"data: [DONE]\n\n";

/// A whole answer.
pub(crate) fn answer(text: &str, reason: &str) -> String {
    message(&json!({"role": "assistant", "content": text}), reason).to_string()
}

/// A whole answer with this message.
pub(crate) fn message(message: &Value, reason: &str) -> Value {
    json!({
        "id": "sim", "object": "chat.completion", "model": "sim",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
    })
}

/// A whole answer of so many tokens that was cut.
pub(crate) fn cut_answer(text: &str, tokens: u32) -> String {
    let mut answer = message(&json!({"role": "assistant", "content": text}), "length");
    answer["usage"] = json!({"prompt_tokens": 9, "completion_tokens": tokens});
    answer.to_string()
}

/// An event with this JSON.
pub(crate) fn event(data: &Value) -> Vec<u8> {
    format!("data: {data}\n\n").into_bytes()
}

/// An event with a piece of the answer.
pub(crate) fn delta(text: &str) -> Vec<u8> {
    event(&chunk(&json!({"content": text}), &Value::Null))
}

/// The event that says why the answer ends.
pub(crate) fn last(reason: &str) -> Vec<u8> {
    event(&chunk(&json!({}), &reason.into()))
}

/// The event in which a server reports what it took, as Groq does: seconds in `usage.total_time`.
pub(crate) fn took(server: Duration, tokens: usize) -> Vec<u8> {
    let usage = json!({"completion_tokens": tokens, "total_time": server.as_secs_f64()});
    let report = json!({
        "id": "sim", "object": "chat.completion.chunk", "model": "sim", "choices": [], "usage": usage,
    });
    event(&report)
}

fn chunk(delta: &Value, reason: &Value) -> Value {
    json!({
        "id": "sim", "object": "chat.completion.chunk", "model": "sim",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
    })
}

/// The events of an answer, without the last.
pub(crate) fn deltas(text: &str) -> Vec<Vec<u8>> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(PIECE).map(|piece| delta(&piece.iter().collect::<String>())).collect()
}

/// Every event of an answer.
pub(crate) fn events(text: &str, reason: &str) -> Vec<Vec<u8>> {
    let mut events = deltas(text);
    events.extend([last(reason), DONE.to_vec()]);
    events
}

/// The first half of an answer's events.
pub(crate) fn half(text: &str) -> Vec<Vec<u8>> {
    let mut events = deltas(text);
    events.truncate(events.len() / 2);
    events
}
