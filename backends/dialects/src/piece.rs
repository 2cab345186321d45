//! The commonest message of a stream: a piece of the answer's text, and nothing else.
//!
//! A long answer has hundreds, and reading each into a tree takes longer than everything else about it. A message
//! with any member that is not named here is read in full, so that nothing is overlooked for speed.

use std::borrow::Cow;

use serde::Deserialize;

/// What a chunk of a chat completion has that says nothing but a piece of text. `()` is `null`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "that they are there, and what they are, is what is looked at")]
struct Chunk<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    object: Object,
    created: Option<u64>,
    #[serde(borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    system_fingerprint: Option<Cow<'a, str>>,
    #[serde(borrow)]
    choices: [Choice<'a>; 1],
    usage: Option<()>,
}

#[derive(Deserialize)]
enum Object {
    #[serde(rename = "chat.completion.chunk")]
    Chunk,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "likewise")]
struct Choice<'a> {
    index: u64,
    #[serde(borrow)]
    delta: Delta<'a>,
    logprobs: Option<()>,
    finish_reason: Option<()>,
    stop_reason: Option<()>,
    token_ids: Option<()>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "likewise")]
struct Delta<'a> {
    #[serde(borrow)]
    role: Option<Cow<'a, str>>,
    #[serde(borrow)]
    content: Cow<'a, str>,
    refusal: Option<()>,
    reasoning: Option<()>,
    reasoning_content: Option<()>,
    tool_calls: Option<()>,
}

/// The text of a chunk of OpenAI's chat endpoint, and of those that copy it, that is a piece of text and nothing else.
pub(crate) fn chat(message: &[u8]) -> Option<Cow<'_, str>> {
    let Chunk { choices: [choice], .. } = serde_json::from_slice(message).ok()?;
    (choice.index == 0).then_some(choice.delta.content)
}

/// Of a dialect in which such messages are read as all others are.
pub(crate) fn none(_: &[u8]) -> Option<Cow<'_, str>> {
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::chat;
    use crate::{answer::Answer, openai};

    #[test]
    fn a_piece_of_text_is_known_and_whatever_says_more_is_not() {
        let chunk =
            |choice: serde_json::Value| json!({"object": "chat.completion.chunk", "choices": [choice]});
        let piece = |text: &str| json!({"index": 0, "delta": {"content": text}, "finish_reason": null});
        for text in ["", "é\n", "\"", "\u{1f600}"] {
            let message = chunk(piece(text));
            assert_eq!(chat(message.to_string().as_bytes()).as_deref(), Some(text));
            let mut whole = Answer::at(None);
            openai::take(&mut whole, None, &message);
            assert_eq!(whole.text, text.as_bytes());
            assert!(!whole.failed() && whole.reason.is_none());
        }
        assert_eq!(
            chat(
                br#"{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"\ud800"}}]}"#
            ),
            None
        );
        let other = |pointer: &str, value: serde_json::Value| {
            let mut message = chunk(piece("a"));
            let (object, member) = pointer.rsplit_once('/').unwrap();
            message.pointer_mut(object).unwrap()[member] = value;
            message
        };
        for message in [
            other("/error", json!({"message": "x"})),
            other("/usage", json!({"completion_tokens": 1})),
            other("/timings", json!({"prompt_ms": 1})),
            other("/object", json!("error")),
            other("/choices", json!([])),
            other("/choices", json!([piece("a"), piece("b")])),
            other("/choices/0/index", json!(1)),
            other("/choices/0/finish_reason", json!("stop")),
            other("/choices/0/delta/content", json!(null)),
            other("/choices/0/delta/content", json!([{"text": "a"}])),
            other("/choices/0/delta/reasoning", json!("hm")),
            other("/choices/0/delta/tool_calls", json!([])),
        ] {
            assert_eq!(chat(message.to_string().as_bytes()), None, "{message}");
        }
    }
}
