//! What an HTTP status and an error body say, for every dialect that rides on HTTP.
//!
//! First match wins:
//!
//! | evidence | kind |
//! |---|---|
//! | 408, 504, or a body with "Missing request" under any status but success | timeout-gateway |
//! | 401, 403 | auth-failed |
//! | 429 | rate-limited |
//! | 503, 529 | overloaded |
//! | 3xx | redirect-limit: the client follows redirects, so one that is left was one too many |
//! | 4xx whose body complains about the prompt's length | prompt-too-long |
//! | 400, 422 whose body names the constraint and what is wrong with it | constraint-rejected |
//! | any other status but 2xx | http-error |

use gonogo_core::{Detail, Kind};

use crate::shorten;

/// Characters of a body that a detail keeps.
const BODY: usize = 200;

/// Words for the constraint in servers' errors.
const CONSTRAINT: &[&str] = &["schema", "grammar", "guided", "regex", "response_format", "structured output"];
/// Words for what is wrong with it.
const COMPLAINT: &[&str] = &[
    "unsupported",
    "not supported",
    "invalid",
    "failed to",
    "cannot",
    "too complex",
    "too large",
    "too many states",
    "unimplemented",
];
/// Words for a prompt that is too long.
const LENGTH: &[&str] = &["context length", "maximum context", "prompt is too long", "exceeds the context"];
/// A serverless gateway's words for a request that expired in its queue.
const EXPIRED: &str = "missing request";

/// What is wrong, if anything.
pub(super) fn trouble(status: u16, body: &[u8]) -> Option<(Kind, Detail)> {
    if (200..300).contains(&status) {
        return None;
    }
    let text = String::from_utf8_lossy(body);
    let kind = kind(status, &text.to_lowercase());
    let said = text.trim();
    let message = if said.is_empty() {
        format!("status {status} with an empty body")
    } else {
        format!("status {status}: {}", shorten::line(said, BODY))
    };
    Some((kind, Detail::message(message)))
}

fn kind(status: u16, body: &str) -> Kind {
    let says = |words: &[&str]| words.iter().any(|word| body.contains(word));
    match status {
        408 | 504 => Kind::TimeoutGateway,
        _ if body.contains(EXPIRED) => Kind::TimeoutGateway,
        401 | 403 => Kind::AuthFailed,
        429 => Kind::RateLimited,
        503 | 529 => Kind::Overloaded,
        300..400 => Kind::RedirectLimit,
        400..500 if says(LENGTH) => Kind::PromptTooLong,
        400 | 422 if says(CONSTRAINT) && says(COMPLAINT) => Kind::ConstraintRejected,
        _ => Kind::HttpError,
    }
}

#[cfg(test)]
mod tests {
    use gonogo_core::Kind;

    use super::trouble;

    #[test]
    fn statuses_and_bodies_have_their_kinds() {
        let table: &[(u16, &str, Option<Kind>)] = &[
            (200, "Missing request", None),
            (408, "", Some(Kind::TimeoutGateway)),
            (504, "upstream", Some(Kind::TimeoutGateway)),
            (502, "Missing request, possibly due to expiry or cancellation", Some(Kind::TimeoutGateway)),
            (401, "", Some(Kind::AuthFailed)),
            (403, "", Some(Kind::AuthFailed)),
            (429, "invalid schema", Some(Kind::RateLimited)),
            (503, "Loading model", Some(Kind::Overloaded)),
            (529, "", Some(Kind::Overloaded)),
            (303, "", Some(Kind::RedirectLimit)),
            (400, "This model's maximum context length is 4096 tokens", Some(Kind::PromptTooLong)),
            (
                400,
                "The provided JSON schema contains features not supported by xgrammar.",
                Some(Kind::ConstraintRejected),
            ),
            (422, "Failed to parse grammar", Some(Kind::ConstraintRejected)),
            (400, "invalid request: no prompt", Some(Kind::HttpError)),
            (404, "schema not supported", Some(Kind::HttpError)),
            (500, "grammar rejected tokens", Some(Kind::HttpError)),
        ];
        for (status, body, expected) in table {
            let found = trouble(*status, body.as_bytes()).map(|(kind, _)| kind);
            assert_eq!(found, *expected, "{status} {body}");
        }
    }
}
