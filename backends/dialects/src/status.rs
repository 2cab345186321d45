//! What an HTTP status and an error body say, for every dialect that rides on HTTP.
//!
//! Only an error's own words count (module `said`), not what it quotes. First match wins:
//!
//! | evidence | kind |
//! |---|---|
//! | a body with the server's own words ([`Words`]), under any status but success | what the words mean |
//! | 408, 504, or a body with "Missing request, possibly due to expiry or cancellation" under any status but success | timeout-gateway |
//! | 401, 403 | auth-failed |
//! | 429 | rate-limited |
//! | 503, 529 | overloaded |
//! | 3xx | redirect-limit: the client follows redirects, so one that is left was one too many |
//! | 4xx whose body complains about the prompt's length | prompt-too-long |
//! | 400, 422 whose body names the constraint and what is wrong with it | constraint-rejected |
//! | any other status but 2xx | http-error |
//!
//! An error inside a success is read by the same rules, with the status that the error itself
//! names, else the status that its words amount to, else 400. What would be http-error is then
//! in-band-error.

use gonogo_core::{Detail, Kind};
use serde_json::Value;

use crate::{said, shorten};

/// A server's own words for something, in lowercase.
pub(crate) struct Words {
    /// What its errors contain; a member of theirs as `name: text`.
    pub(crate) says: &'static str,
    /// What that means.
    pub(crate) kind: Kind,
}

/// Words that mean `kind`.
pub(crate) const fn words(says: &'static str, kind: Kind) -> Words {
    Words { says, kind }
}

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
/// Names of errors' types, which are said of any bad request and complain about nothing.
const NO_COMPLAINT: &[&str] = &["invalid_request", "invalid_argument"];
/// Words for a prompt that is too long.
const LENGTH: &[&str] = &["context length", "maximum context", "prompt is too long", "exceeds the context"];
/// A serverless gateway's words for a request that expired in its queue: "Missing request, …".
const EXPIRED: &str = "possibly due to expiry or cancellation";

/// Words that servers use for an error's type, and the status they amount to.
const TYPES: &[(&str, u16)] = &[
    ("overloaded", 529),
    ("unavailable", 503),
    ("rate_limit", 429),
    ("resource_exhausted", 429),
    ("insufficient_quota", 429),
    ("authentication", 401),
    ("permission", 403),
    ("timeout", 504),
    ("deadline", 504),
];

/// What is wrong, if anything.
pub(crate) fn trouble(status: u16, body: &[u8], own: &[Words]) -> Option<(Kind, Detail)> {
    if (200..300).contains(&status) {
        return None;
    }
    let text = String::from_utf8_lossy(body);
    let kind = kind(status, &said::of_body(body), own);
    let text = text.trim();
    let message = if text.is_empty() {
        format!("status {status} with an empty body")
    } else {
        format!("status {status}: {}", shorten::line(&timeless(text), BODY))
    };
    Some((kind, Detail::message(message)))
}

/// What an error inside a success is; `error` is the whole message that holds it.
pub(crate) fn inside(error: &Value, own: &[Words]) -> (Kind, Detail) {
    let shown = error.get("error").filter(|inner| !inner.is_null()).unwrap_or(error);
    let shown = shorten::line(&timeless(&shown.to_string()), BODY);
    let message = format!("success status with an error inside: {shown}");
    (named(code(error).unwrap_or(400), &said::of(error), own), Detail::message(message))
}

/// What an error in plain words inside a success is.
pub(crate) fn in_plain_words(text: &str, own: &[Words]) -> (Kind, Detail) {
    let message = format!("success status with an error inside: {}", shorten::line(&timeless(text), BODY));
    (named(400, &said::of_text(text), own), Detail::message(message))
}

fn named(status: u16, words: &str, own: &[Words]) -> Kind {
    let kind = kind(status, words, own);
    if kind == Kind::HttpError || kind == Kind::RedirectLimit { Kind::InBandError } else { kind }
}

/// The status that an error names, as a number or as the word for its type.
fn code(message: &Value) -> Option<u16> {
    let error = message.get("error").unwrap_or(message);
    let members = ["code", "status", "http_status_code", "status_code", "type", "error_type"];
    let places =
        || [error, message].into_iter().flat_map(|at| members.iter().filter_map(|name| at.get(name)));
    let number = |value: &Value| {
        let number = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        number.and_then(|number| u16::try_from(number).ok()).filter(|number| (400..600).contains(number))
    };
    let word = |value: &Value| {
        let word = value.as_str()?.to_lowercase();
        TYPES.iter().find(|(name, _)| word.contains(name)).map(|(_, status)| *status)
    };
    places().find_map(number).or_else(|| places().find_map(word))
}

/// What `said` means, own words in lowercase.
fn kind(status: u16, said: &str, own: &[Words]) -> Kind {
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if let Some(own) = own.iter().find(|own| said.contains(own.says)) {
        return own.kind;
    }
    match status {
        408 | 504 => Kind::TimeoutGateway,
        _ if said.contains(EXPIRED) => Kind::TimeoutGateway,
        401 | 403 => Kind::AuthFailed,
        429 => Kind::RateLimited,
        503 | 529 => Kind::Overloaded,
        300..400 => Kind::RedirectLimit,
        400..500 if says(LENGTH) => Kind::PromptTooLong,
        400 | 422 if says(CONSTRAINT) && complains(said) => Kind::ConstraintRejected,
        _ => Kind::HttpError,
    }
}

/// Whether an error says what is wrong, beside that something is.
fn complains(said: &str) -> bool {
    let said = NO_COMPLAINT.iter().fold(said.to_owned(), |said, name| said.replace(name, ""));
    COMPLAINT.iter().any(|word| said.contains(word))
}

/// The text without times of day in brackets, which XGrammar puts into its messages: equal errors
/// read alike.
fn timeless(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        let (before, from) = rest.split_at(at);
        shown.push_str(before);
        let time = from.get(1..9).is_some_and(|time| {
            time.bytes()
                .enumerate()
                .all(|(i, byte)| if i % 3 == 2 { byte == b':' } else { byte.is_ascii_digit() })
        });
        match from.get(9..).filter(|_| time).and_then(|after| after.strip_prefix("] ")) {
            Some(after) => rest = after,
            None => {
                shown.push('[');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use gonogo_core::Kind;

    use serde_json::{Value, json};

    use super::{inside, timeless, trouble, words};

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
            (
                400,
                r#"{"type":"invalid_request_error","message":"schema is required"}"#,
                Some(Kind::HttpError),
            ),
            (404, "schema not supported", Some(Kind::HttpError)),
            (502, "Missing request possibly due to expiry or cancellation", Some(Kind::TimeoutGateway)),
            (400, r#"{"detail":"Missing request body"}"#, Some(Kind::HttpError)),
            (
                422,
                r#"{"detail":[{"loc":["body","n"],"msg":"Input should be 1","input":{"schema":"invalid"}}]}"#,
                Some(Kind::HttpError),
            ),
            (
                422,
                r#"{"detail":[{"loc":["body","response_format","schema"],"msg":"Invalid","input":1}]}"#,
                Some(Kind::ConstraintRejected),
            ),
            (
                400,
                r#"{"error":{"message":"no","failed_generation":"the prompt is too long"}}"#,
                Some(Kind::HttpError),
            ),
            (500, "grammar rejected tokens", Some(Kind::HttpError)),
        ];
        for (status, body, expected) in table {
            let found = trouble(*status, body.as_bytes(), &[]).map(|(kind, _)| kind);
            assert_eq!(found, *expected, "{status} {body}");
        }
    }

    #[test]
    fn a_servers_own_words_come_first() {
        let own = [words("full up", Kind::Overloaded)];
        let kind = |status, body: &str| trouble(status, body.as_bytes(), &own).map(|(kind, _)| kind);
        assert_eq!(kind(429, "Full up."), Some(Kind::Overloaded));
        assert_eq!(kind(429, "slow down"), Some(Kind::RateLimited));
        assert_eq!(kind(200, "full up"), None);
    }

    #[test]
    fn errors_inside_a_success_name_their_status_or_their_type() {
        let table: &[(Value, Kind)] = &[
            (json!({"error": {"code": 429, "message": ""}}), Kind::RateLimited),
            (json!({"error": {"code": "503"}}), Kind::Overloaded),
            (json!({"error": {"type": "overloaded_error"}}), Kind::Overloaded),
            (json!({"type": "error", "error": {"type": "authentication_error"}}), Kind::AuthFailed),
            (json!({"error": {"status": "RESOURCE_EXHAUSTED"}}), Kind::RateLimited),
            (json!({"error": "KeyError", "status": 500}), Kind::InBandError),
            (json!({"error": {"code": 500, "message": "invalid grammar"}}), Kind::InBandError),
            (json!({"error": "Failed to parse grammar"}), Kind::ConstraintRejected),
            (json!({"error": {"code": 301}}), Kind::InBandError),
            (
                json!({"error": "worker died", "choices": [{"delta": {"content": "invalid schema"}}]}),
                Kind::InBandError,
            ),
        ];
        for (message, kind) in table {
            assert_eq!(inside(message, &[]).0, *kind, "{message}");
        }
    }

    #[test]
    fn times_of_day_are_left_out_and_other_brackets_stay() {
        assert_eq!(timeless("a: [01:25:59] <path>:4944: [12] [é"), "a: <path>:4944: [12] [é");
    }
}
