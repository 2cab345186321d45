//! Streams of server-sent events.

use gonogo_core::Kind;
use serde_json::json;

use crate::{
    Fault, GOOD, Step, long,
    message::{DONE, answer, delta, deltas, event, events, half, last},
    script::{cut_stream, json, stream, stream_head, until_close, whole},
};

/// An answer with a character of two bytes.
const ACCENT: &str = r#"{"implementation":{"name":"add","language":"rust","statements":["// é"]}}"#;

/// Streams that are as they should be, however they look.
pub(super) fn good() -> Vec<Fault> {
    let good = |name, why, script| Fault::streamed(name, Kind::Passed, why, script);
    let whole_stream = || events(GOOD, "stop").concat();
    let ends = |reason: bool, done: bool| {
        let last = [reason.then(|| last("stop")), done.then(|| DONE.to_vec())];
        stream(deltas(GOOD).into_iter().chain(last.into_iter().flatten()))
    };
    vec![
        good("streamed", "a right answer, streamed", stream(events(GOOD, "stop"))),
        good("timed", "a right answer, streamed, and what the server took by its own clock", timed(GOOD)),
        good("long", "the same with an answer as long as those of the suites", timed(&long())),
        good(
            "byte-by-byte",
            "every byte is a chunk",
            stream(whole_stream().into_iter().map(|byte| vec![byte])),
        ),
        good("one-chunk", "the whole stream is one chunk", stream([whole_stream()])),
        good("utf8-across-chunks", "a character is cut by a chunk's end", {
            let bytes = events(ACCENT, "stop").concat();
            let cut = bytes.iter().position(|byte| *byte == 0xc3).unwrap_or_default() + 1;
            stream([bytes[..cut].to_vec(), bytes[cut..].to_vec()])
        }),
        good("comments-and-crlf", "comments, other fields, CR LF and an empty first event", {
            let text = String::from_utf8_lossy(&whole_stream()).replace('\n', "\r\n");
            stream([b": hello\r\nretry: 5\r\n\r\n".to_vec(), format!("id: 1\r\n{text}").into_bytes()])
        }),
        good("missing-done", "no [DONE], but a finish reason", ends(true, false)),
        good("missing-reason", "no finish reason, but [DONE]", ends(false, true)),
        good("stream-as-json", "a stream that calls itself JSON", {
            vec![until_close("application/json"), Step::Send(whole_stream()), Step::Close]
        }),
        good("json-as-stream", "a whole answer that calls itself a stream", {
            whole(200, "text/event-stream", answer(GOOD, "stop"))
        }),
        good("not-streamed", "a whole answer although a stream was asked for", json(answer(GOOD, "stop"))),
    ]
}

/// A stream whose last event but one says what the server took.
fn timed(text: &str) -> Vec<Step> {
    let said: Vec<_> = deltas(text).into_iter().chain([last("stop")]).map(Step::Chunk).collect();
    let took = Step::Took(said.len());
    [stream_head()]
        .into_iter()
        .chain(said)
        .chain([took, Step::Chunk(DONE.to_vec()), Step::Chunk(Vec::new())])
        .collect()
}

/// Streams that are not.
pub(super) fn bad() -> Vec<Fault> {
    let bad = |name, kind, why, script| Fault::streamed(name, kind, why, script);
    let then = |late: Vec<u8>| stream(half(GOOD).into_iter().chain([late, DONE.to_vec()]));
    vec![
        bad("never-over", Kind::ProtocolError, "a whole value, and neither [DONE] nor a finish reason", {
            stream(deltas(GOOD))
        }),
        bad("stream-cut", Kind::TruncatedStream, "half an answer, and the stream ends in good order", {
            stream(half(GOOD))
        }),
        bad("half-an-event", Kind::TruncatedStream, "the stream ends in the middle of an event", {
            stream(half(GOOD).into_iter().chain([b"data: {\"choices\":[{\"de".to_vec()]))
        }),
        bad("event-not-json", Kind::ProtocolError, "an event is not JSON", then(b"data: {nonsense}\n\n".to_vec())),
        bad("no-events", Kind::ProtocolError, "a stream without any event", stream([b"hello\nworld\n\n".to_vec()])),
        bad("empty-stream", Kind::ProtocolError, "a stream without any byte", stream([])),
        bad("only-done", Kind::Empty, "[DONE] and nothing before it", stream([DONE.to_vec()])),
        bad("bad-utf8-across-chunks", Kind::ProtocolError, "half a character, and the next chunk is another's", {
            let start = b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\xc3".to_vec();
            stream([start, b"(\"}}]}\n\n".to_vec(), DONE.to_vec()])
        }),
        bad("error-event", Kind::InBandError, "an error event inside a 200", {
            then(event(&json!({"error": {"message": "worker died", "code": 500}})))
        }),
        bad("error-event-busy", Kind::RateLimited, "an error event that says 429", {
            then(event(&json!({"error": {"message": "slow down", "code": 429}})))
        }),
        bad("schema-refused-event", Kind::ConstraintRejected, "an error event: the schema does not compile", {
            let error = json!({"error": {"message": "Grammar error: unimplemented keys: [\"not\"]", "code": 400}});
            stream([event(&error), DONE.to_vec()])
        })
        .in_dialect("vllm"),
        bad("error-event-then-reset", Kind::InBandError, "an error event, and the connection is reset", {
            let error = event(&json!({"error": {"message": "worker died", "code": 500}}));
            cut_stream([delta("{"), error], [Step::Wait(60), Step::Reset])
        }),
        bad("streamed-content-filter", Kind::ContentFiltered, "a filter stops a stream", {
            stream(half(GOOD).into_iter().chain([last("content_filter"), DONE.to_vec()]))
        }),
        bad("streamed-cut-by-budget", Kind::TruncatedBudget, "max_tokens ends a stream", {
            stream(half(GOOD).into_iter().chain([last("length"), DONE.to_vec()]))
        }),
        bad("streamed-stop-early", Kind::StoppedEarly, "a stream says that half an answer is whole", {
            stream(half(GOOD).into_iter().chain([last("stop"), DONE.to_vec()]))
        }),
    ]
}
