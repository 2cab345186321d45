//! Statuses that are no success, and what servers say with them.

use gonogo_core::Kind;

use crate::{
    Fault, GOOD,
    message::answer,
    script::{head, json, whole, whole_with},
};

const JSON: &str = "application/json";
const HTML: &str = "text/html";
const TEXT: &str = "text/plain";

/// The page of a gateway.
pub(super) const PAGE: &str =
    "<html><head><title>Error</title></head><body><h1>Error</h1><hr>nginx</body></html>";

/// Statuses whose number says it all: name, status, type and body, kind, why.
const STATUSES: &[(&str, u16, &str, &str, Kind, &str)] = &[
    ("no-content", 204, TEXT, "", Kind::ProtocolError, "204: a success without a body"),
    ("unauthorised", 401, JSON, r#"{"error":"no key"}"#, Kind::AuthFailed, "401"),
    ("forbidden", 403, JSON, r#"{"error":"not yours"}"#, Kind::AuthFailed, "403"),
    ("not-found", 404, JSON, r#"{"detail":"Not Found"}"#, Kind::HttpError, "404: a wrong base URL"),
    (
        "expired-json",
        408,
        JSON,
        r#"{"error":"Request timed out","code":408}"#,
        Kind::TimeoutGateway,
        "408 with JSON",
    ),
    (
        "expired-text",
        408,
        TEXT,
        "Missing request, possibly due to expiry or cancellation",
        Kind::TimeoutGateway,
        "408 in plain words, as serverless gateways have it",
    ),
    ("conflict", 409, JSON, r#"{"error":"already running"}"#, Kind::HttpError, "409"),
    ("too-large", 413, HTML, PAGE, Kind::HttpError, "413 from a gateway: the request is too large"),
    ("unprocessable", 422, JSON, r#"{"detail":[{"msg":"Field required"}]}"#, Kind::HttpError, "422"),
    ("client-closed", 499, TEXT, "", Kind::HttpError, "499: a gateway says that we left"),
    ("server-error", 500, TEXT, "Internal Server Error", Kind::HttpError, "500"),
    ("bad-gateway", 502, HTML, PAGE, Kind::HttpError, "502 with an HTML page"),
    ("unavailable", 503, JSON, r#"{"error":"Loading model"}"#, Kind::Overloaded, "503"),
    ("gateway-timeout", 504, HTML, PAGE, Kind::TimeoutGateway, "504 with an HTML page"),
    ("overloaded", 529, JSON, r#"{"error":"overloaded"}"#, Kind::Overloaded, "529"),
];

/// Statuses.
pub(super) fn statuses() -> Vec<Fault> {
    let mut faults: Vec<Fault> = STATUSES
        .iter()
        .map(|(name, status, content_type, body, kind, why)| {
            let script = match status {
                // It has no body, and so no length.
                204 => vec![head(*status, &[])],
                _ => whole(*status, content_type, *body),
            };
            Fault::new(name, *kind, why, script)
        })
        .collect();
    let limited = |headers: &[(&'static str, &str)]| whole_with(429, headers, r#"{"error":"slow down"}"#);
    faults.push(Fault::new("rate-limited", Kind::RateLimited, "429", limited(&[])));
    let wait = [("retry-after", "7")];
    faults.push(Fault::new("rate-limited-wait", Kind::RateLimited, "429 with Retry-After", limited(&wait)));
    faults
}

/// Statuses with which engines and servers speak of constraint, prompt and themselves.
pub(super) fn engines() -> Vec<Fault> {
    let said = |status, message: &str| {
        let body = serde_json::json!({"error": {"message": message, "code": status}});
        whole(status, JSON, body.to_string())
    };
    let bad = |name, kind, why, script| Fault::new(name, kind, why, script);
    vec![
        bad("schema-refused", Kind::ConstraintRejected, "400: the engine does not support the schema", {
            said(400, "The provided JSON schema contains features not supported by xgrammar.")
        })
        .in_dialect("vllm"),
        bad("schema-unprocessable", Kind::ConstraintRejected, "422: the grammar does not compile", {
            said(422, "Failed to parse grammar")
        }),
        bad("prompt-too-long", Kind::PromptTooLong, "400: the prompt leaves no room", {
            said(400, "This model's maximum context length is 4096 tokens, and 5000 were requested.")
        }),
        bad("grammar-rejected-tokens", Kind::EngineCrashed, "500: the engine refused what it had allowed", {
            said(500, "grammar rejected tokens [42] for request 7")
        })
        .in_dialect("vllm"),
        bad("empty-grammar-stack", Kind::DeadEnd, "500: the grammar has no way out", {
            said(500, "Unexpected empty grammar stack after accepting piece: }")
        })
        .in_dialect("llama-cpp"),
    ]
}

/// Redirects that lead somewhere, and one that does not.
pub(super) fn redirects() -> Vec<Fault> {
    let found = || json(answer(GOOD, "stop"));
    let ir = format!(r#"{{"ir_json":{GOOD},"finish_reason":"stop"}}"#);
    vec![
        Fault::new("see-other", Kind::Passed, "303, three times, and then the answer", found()).behind(3),
        Fault::new("poll", Kind::Passed, "a slow call that is polled by 303", json(ir))
            .in_dialect("custom")
            .behind(2),
        Fault::new("redirect-loop", Kind::RedirectLimit, "303 without end", vec![]).behind(u32::MAX),
        Fault::new(
            "redirect-nowhere",
            Kind::RedirectLimit,
            "303 that does not say where to",
            whole(303, TEXT, ""),
        ),
    ]
}
