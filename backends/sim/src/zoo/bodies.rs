//! Bodies that come whole and are not what the dialect has.

use std::io::Write as _;

use gonogo_core::Kind;
use serde_json::json;

use super::statuses::PAGE;
use crate::{
    Fault, GOOD, Step,
    message::{self, answer, events},
    script::{head, json, until_close, whole},
};

/// Bodies under a success status.
pub(super) fn bodies() -> Vec<Fault> {
    let bad = |name, why, script| Fault::new(name, Kind::ProtocolError, why, script);
    let error =
        |name, kind, why, body: serde_json::Value| Fault::new(name, kind, why, json(body.to_string()));
    let good = answer(GOOD, "stop");
    vec![
        bad("html-page", "200 with the HTML page of a gateway", whole(200, "text/html", PAGE)),
        bad("empty-body", "200 without a body", json("")),
        bad("no-choices", "JSON that is no answer", json(r#"{"object":"chat.completion"}"#)),
        bad("bad-utf8", "the body is not UTF-8", json(broken_utf8(&good))),
        bad("surrogate-in-envelope", "half a surrogate pair in the envelope", {
            json(good.replace("\"sim\"", "\"\\ud800\""))
        }),
        bad("number-in-envelope", "a number beyond a double in the envelope", {
            json(good.replacen('{', "{\"usage\":1e999,", 1))
        }),
        bad("deep-envelope", "brackets ten thousand deep", json(vec![b'['; 10_000])),
        bad("wrong-key", "the answer is under another key than the dialect's", {
            json(format!(r#"{{"result":{GOOD},"finish_reason":"stop"}}"#))
        })
        .in_dialect("custom"),
        error("error-in-200", Kind::InBandError, "200 with an error object", {
            json!({"error": {"message": "worker died", "type": "internal"}})
        }),
        error("overloaded-in-200", Kind::Overloaded, "200 with an error that says 503", {
            json!({"error": {"message": "try later", "code": 503}})
        }),
        error("aborted", Kind::InBandError, "the finish reason says that the server gave up", {
            message::message(&json!({"content": "{"}), "abort")
        }),
        error("custom-error-in-200", Kind::InBandError, "200 with an error and no answer", {
            json!({"error": "KeyError: 'ir_json'", "finish_reason": "error"})
        })
        .in_dialect("custom"),
        Fault::new(
            "html-type",
            Kind::Passed,
            "a right answer that calls itself HTML",
            whole(200, "text/html", good),
        ),
    ]
}

/// Bodies that are longer or shorter than they are said to be.
pub(super) fn lengths() -> Vec<Fault> {
    let bad = |name, kind, why, script| Fault::new(name, kind, why, script);
    let good = answer(GOOD, "stop").into_bytes();
    let sized = |length: usize| {
        let length = length.to_string();
        head(
            200,
            &[("content-type", "application/json"), ("content-length", &length), ("connection", "close")],
        )
    };
    let gzipped =
        [("content-type", "application/json"), ("content-encoding", "gzip"), ("connection", "close")];
    let send = || Step::Send(good.clone());
    vec![
        bad(
            "length-too-short",
            Kind::TruncatedStream,
            "the length cuts the body off",
            vec![sized(good.len() / 2), send(), Step::Close],
        ),
        bad(
            "length-too-long",
            Kind::TruncatedStream,
            "the body ends before its length",
            vec![sized(good.len() + 9), send(), Step::Close],
        ),
        bad(
            "endless-body",
            Kind::ProtocolError,
            "a body of a gigabyte",
            vec![until_close("application/json"), Step::Flood(1 << 30), Step::Close],
        ),
        bad(
            "gzip-bomb",
            Kind::ProtocolError,
            "16 MiB of zeros in a little gzip that nobody asked for",
            vec![head(200, &gzipped), Step::Zeros(16 << 20), Step::Close],
        ),
        Fault::streamed(
            "gzip-stream",
            Kind::ProtocolError,
            "a right answer, streamed and gzipped although nobody asked for it",
            {
                let stream = [("content-type", "text/event-stream"), gzipped[1], gzipped[2]];
                vec![head(200, &stream), Step::Send(gzip(&events(GOOD, "stop").concat())), Step::Close]
            },
        ),
        bad(
            "gzip",
            Kind::ProtocolError,
            "a right answer, gzipped although nobody asked for it",
            vec![head(200, &gzipped), Step::Send(gzip(&good)), Step::Close],
        ),
    ]
}

/// Right answers in an unusual frame.
pub(super) fn frames() -> Vec<Fault> {
    let good = |name, why, script| Fault::new(name, Kind::Passed, why, script);
    let body = answer(GOOD, "stop").into_bytes();
    let send = || Step::Send(body.clone());
    vec![
        good(
            "no-length",
            "the body ends with the connection",
            vec![until_close("application/json"), send(), Step::Close],
        ),
        good("continue-first", "100 and 103 come before the answer", {
            let mut script =
                vec![Step::Send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n".to_vec())];
            script.extend(json(body.clone()));
            script
        }),
        good(
            "http-1-0",
            "a server of 1996",
            vec![
                Step::Send(
                    b"HTTP/1.0 200 OK\r\nx-gonogo-sim: http-1-0\r\ncontent-type: application/json\r\n\r\n"
                        .to_vec(),
                ),
                send(),
                Step::Close,
            ],
        ),
    ]
}

/// The body with a byte that no character begins with.
fn broken_utf8(body: &str) -> Vec<u8> {
    body.bytes().map(|byte| if byte == b'+' { 0xff } else { byte }).collect()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing to memory does not fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}
