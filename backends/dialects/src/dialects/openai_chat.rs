//! OpenAI's chat endpoint, and services that copy it.
//!
//! Settings: `budget`, the member for the token budget, `max_completion_tokens` where it is not
//! given; older copies know only `max_tokens`.

use gonogo_core::{Kind, Request};

use crate::{
    channel::RESPONSE_FORMAT,
    dialect::{Auth, Dialect, Http, Shape, Streaming, Target},
    error::EncodeError,
    exchange::{self, Wire},
    manifest::{MODELS, Pinning, Says},
    openai, parts, piece,
    status::{Words, words},
};

pub(crate) const OPENAI_CHAT: Dialect = Dialect {
    name: "openai-chat",
    http: Some(Http {
        auth: Auth::Bearer,
        streaming: Streaming::Sse,
        channels: &[RESPONSE_FORMAT],
        says: SAYS,
        shape,
    }),
    decode: |capture| exchange::read(capture, &WIRE),
};

const SAYS: Says = Says {
    places: &[MODELS],
    pinning: Pinning::Unsaid("a service that speaks like OpenAI's does not say which engine it runs"),
    engines: &[],
};

pub(super) const WIRE: Wire =
    Wire { words: WORDS, plain_errors: false, json_lines: false, take: openai::take, piece: piece::chat };

const WORDS: &[Words] = &[
    // Groq answers 400 where the model's text is not what was asked for.
    words("json_validate_failed", Kind::InvalidJson),
    words("context_length_exceeded", Kind::PromptTooLong),
    // Azure refuses prompts that its filter catches.
    words("responsibleaipolicyviolation", Kind::ContentFiltered),
];

fn shape(request: &Request, target: &Target) -> Result<Shape, EncodeError> {
    let budget = target.settings.get("budget").map_or("max_completion_tokens", String::as_str);
    let mut body = openai::model(target);
    body.insert("messages".into(), parts::messages(request));
    openai::sampling(&mut body, budget, request, target);
    Ok(Shape { path: openai::CHAT.into(), body, ..Shape::default() })
}
