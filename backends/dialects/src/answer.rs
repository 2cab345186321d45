//! An answer as it is put together from the messages of an exchange.

use gonogo_core::{Capture, Detail, Kind, Nanos, ServerTimings, Tokens};
use serde_json::Value;

use crate::{
    reading::{Finish, Reading, ToolCall},
    shorten,
};

/// What has been read so far.
#[derive(Default)]
pub(crate) struct Answer {
    /// Where the capture's dialect says that the answer is.
    pub(crate) place: Option<String>,
    pub(crate) text: Vec<u8>,
    pub(crate) reasoning: String,
    pub(crate) tools: Vec<ToolCall>,
    /// What the model said instead of an answer, in the member the server has for that.
    pub(crate) refusal: String,
    /// The backend's word for why it stopped.
    pub(crate) reason: Option<String>,
    /// Whether the peer said that there is no more: a whole body, a last message.
    pub(crate) over: bool,
    pub(crate) tokens: Tokens,
    pub(crate) reasoning_tokens: Option<u32>,
    pub(crate) cached_tokens: Option<u32>,
    pub(crate) server: ServerTimings,
    content_at: Vec<Nanos>,
    trouble: Option<(Kind, Detail)>,
    /// When messages that may have repeated all so far came, and how long they were.
    repeated: Vec<(Option<Nanos>, usize)>,
    /// Whether messages are known to hold only what is new.
    only_new: bool,
}

impl Answer {
    /// Nothing yet, of an answer that will be at `place`.
    pub(crate) fn at(place: Option<String>) -> Self {
        Self { place, ..Self::default() }
    }

    /// Takes the next piece of the answer's text; `at` is when it came, where it came in a stream.
    pub(crate) fn say(&mut self, at: Option<Nanos>, text: &str) {
        self.add(at, text.as_bytes());
    }

    /// Takes a text that holds all of the answer so far or only what is new of it, the same in all
    /// messages: the former as long as each text begins with the one before.
    pub(crate) fn say_all_or_new(&mut self, at: Option<Nanos>, text: &str) {
        if text.is_empty() {
            return;
        }
        if !self.only_new {
            if let Some(new) = text.as_bytes().strip_prefix(self.text.as_slice()) {
                self.repeated.push((at, text.len()));
                return self.add(at, new);
            }
            // Each text before began with the one before it, by chance: all are beginnings of the last.
            self.only_new = true;
            self.content_at.clear();
            let last = std::mem::take(&mut self.text);
            for (at, length) in std::mem::take(&mut self.repeated) {
                self.add(at, last.get(..length).unwrap_or_default());
            }
        }
        self.add(at, text.as_bytes());
    }

    fn add(&mut self, at: Option<Nanos>, text: &[u8]) {
        self.content_at.extend(at.filter(|_| !text.is_empty()));
        self.text.extend_from_slice(text);
    }

    /// Takes note of what went wrong; the first stands.
    pub(crate) fn fail(&mut self, trouble: (Kind, Detail)) {
        self.trouble.get_or_insert(trouble);
    }

    /// Takes note of a message that lacks what it must have.
    pub(crate) fn lacks(&mut self, what: &str, message: &Value) {
        let message = format!("the message has no {what}: {}", shorten::value(message));
        self.fail((Kind::ProtocolError, Detail::message(message)));
    }

    /// Whether something went wrong, so that what follows does not matter.
    pub(crate) fn failed(&self) -> bool {
        self.trouble.is_some()
    }

    /// Takes note of the backend's word for why it stopped.
    pub(crate) fn stop(&mut self, reason: Option<&Value>) {
        if let Some(reason) = reason.and_then(Value::as_str).filter(|reason| !reason.is_empty()) {
            self.reason = Some(reason.to_owned());
        }
    }

    /// The arguments of tool call `index`, to add to.
    pub(crate) fn tool(&mut self, index: usize) -> &mut ToolCall {
        // A stream names calls by index; what is far beyond the calls so far is a wrong index.
        let index = index.min(self.tools.len());
        if index == self.tools.len() {
            self.tools.push(ToolCall::default());
        }
        &mut self.tools[index]
    }

    /// What the whole amounts to.
    pub(crate) fn read(mut self, capture: &Capture) -> Reading {
        let ending = self.reason.as_deref().map(Ending::of);
        if !self.refusal.is_empty() {
            let message = format!("the model declined: {}", shorten::quoted(&self.refusal));
            self.fail((Kind::Refused, Detail::message(message)));
        }
        let finish = match ending {
            Some(Ending::Finish(Finish::Length)) if self.short_of(capture) => Finish::Context,
            Some(Ending::Finish(finish)) => finish,
            Some(Ending::Trouble(kind, what)) => {
                let reason = self.reason.clone().unwrap_or_default();
                let message =
                    format!("success status with finish reason `{}`: {what}", shorten::line(&reason, 40));
                self.fail((kind, Detail::message(message)));
                Finish::Cut
            }
            None if self.over => Finish::Unsaid,
            None => Finish::Cut,
        };
        let mut reading = Reading {
            text: self.text,
            reasoning: self.reasoning.into_bytes(),
            tools: self.tools,
            finish,
            finish_reason: self.reason,
            over: self.over,
            trouble: self.trouble,
            tokens: self.tokens,
            reasoning_tokens: self.reasoning_tokens,
            cached_tokens: self.cached_tokens,
            content_at: self.content_at,
            ..Reading::nothing()
        };
        time(&mut reading, self.server);
        reading
    }

    /// Whether the completion stopped short of its budget: then it was the context that was full.
    /// Servers disagree on whether the end token counts, so one token short is not short.
    fn short_of(&self, capture: &Capture) -> bool {
        let budget = capture.request.sampling.max_tokens;
        self.tokens.completion.is_some_and(|completion| completion.saturating_add(1) < budget)
    }
}

/// What a finish reason means.
enum Ending {
    Finish(Finish),
    Trouble(Kind, &'static str),
}

impl Ending {
    /// The words of all servers together: none uses another's for something else.
    fn of(reason: &str) -> Self {
        match reason.to_lowercase().as_str() {
            "stop" | "eos" | "eos_token" | "stop_sequence" | "end_turn" | "tool_calls" | "tool_use"
            | "function_call" | "completed" | "word" => Self::Finish(Finish::Stop),
            "length" | "max_tokens" | "max_output_tokens" | "limit" | "model_length" => {
                Self::Finish(Finish::Length)
            }
            "model_context_window_exceeded" => Self::Finish(Finish::Context),
            "content_filter" | "safety" | "recitation" | "blocklist" | "prohibited_content" | "spii" => {
                Self::Trouble(Kind::ContentFiltered, "a content filter cut in")
            }
            "refusal" => Self::Trouble(Kind::Refused, "the model declined"),
            "error" | "json_error" | "abort" | "canceled" | "cancelled" | "failed" => {
                Self::Trouble(Kind::InBandError, "the server gave up")
            }
            _ => Self::Finish(Finish::Unsaid),
        }
    }
}

/// Times of the answer's frames, and what the server says of itself.
fn time(reading: &mut Reading, server: ServerTimings) {
    reading.timings.ttft = reading.content_at.first().copied();
    reading.timings.set_inter_token(&reading.content_at);
    reading.timings.server = server;
}

/// A count in a message.
pub(crate) fn count(value: Option<&Value>) -> Option<u32> {
    value.and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok())
}
