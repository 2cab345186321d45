//! Connections that fail, stand still or speak something else than HTTP.

use gonogo_core::Kind;

use crate::{
    Fault, GOOD, Place, Step,
    message::{answer, deltas, half, last},
    script::{cut_stream, head, stream_head, until_close},
};

/// Long enough for a client to have read what was sent before the connection breaks, milliseconds.
const READ: u64 = 60;

/// Connections that are not made or break.
pub(super) fn broken() -> Vec<Fault> {
    let body = answer(GOOD, "stop").into_bytes();
    let promised = || head(200, &[("content-type", "application/json"), ("content-length", "999")]);
    let half_body = || Step::Send(body[..body.len() / 2].to_vec());
    let broken_off = || [Step::Wait(READ), Step::Reset];
    let whole = |name, why, script| Fault::new(name, Kind::ConnectionFailed, why, script);
    let cut = |name, why, script| Fault::new(name, Kind::TruncatedStream, why, script);
    vec![
        whole("refused", "nobody listens at the port", vec![]).at(Place::Refusing),
        whole("closed-before-head", "the server hangs up without a word", vec![Step::Close]),
        whole("reset-before-head", "the connection is reset before the head", vec![Step::Reset]),
        whole(
            "reset-in-head",
            "the connection is reset in the middle of the head",
            [
                vec![Step::Send(b"HTTP/1.1 200 OK\r\nx-gonogo-sim: reset-in-head\r\ncont".to_vec())],
                broken_off().to_vec(),
            ]
            .concat(),
        ),
        whole(
            "reset-after-head",
            "the connection is reset before the first byte of the body",
            [vec![promised()], broken_off().to_vec()].concat(),
        ),
        cut(
            "reset-in-body",
            "the connection is reset in the middle of the body",
            [vec![promised(), half_body()], broken_off().to_vec()].concat(),
        ),
        cut(
            "closed-in-body",
            "the connection ends in the middle of the body",
            vec![promised(), half_body(), Step::Close],
        ),
        Fault::streamed(
            "reset-in-stream",
            Kind::TruncatedStream,
            "the connection is reset in the middle of a stream",
            cut_stream(half(GOOD), broken_off()),
        ),
        Fault::streamed(
            "half-a-chunk",
            Kind::TruncatedStream,
            "the connection ends in the middle of a chunk",
            cut_stream(half(GOOD), [Step::Send(b"ff\r\ndata: {\"cho".to_vec()), Step::Close]),
        ),
    ]
}

/// Connections that keep a client waiting.
pub(super) fn slow() -> Vec<Fault> {
    let finished = || deltas(GOOD).into_iter().chain([last("stop")]);
    vec![
        Fault::new("unaccepting", Kind::TimeoutConnect, "the queue of connections is full", vec![])
            .at(Place::Unaccepting),
        Fault::new(
            "silent",
            Kind::TimeoutFirstByte,
            "the request is read and nothing comes",
            vec![Step::Hang],
        ),
        Fault::new(
            "slow-head",
            Kind::TimeoutFirstByte,
            "the head comes letter by letter and never ends",
            vec![
                Step::Send(b"HTTP/1.1 200 OK\r\nx-gonogo-sim: slow-head\r\nx-pad: ".to_vec()),
                Step::Drip(b"a", 50),
            ],
        ),
        Fault::new(
            "silent-body",
            Kind::TimeoutFirstByte,
            "the head comes and no body",
            vec![head(200, &[("content-type", "application/json"), ("content-length", "99")]), Step::Hang],
        ),
        Fault::new(
            "slow-body",
            Kind::TimeoutTotal,
            "the body comes letter by letter and never ends",
            vec![until_close("application/json"), Step::Drip(b" ", 50)],
        ),
        Fault::streamed(
            "slow-stream",
            Kind::TimeoutTotal,
            "a stream of keep-alives and nothing else",
            vec![until_close("text/event-stream"), Step::Drip(b": keep-alive\n\n", 50)],
        ),
        Fault::streamed(
            "stall-in-stream",
            Kind::TimeoutStall,
            "the stream stops in the middle and stays open",
            cut_stream(half(GOOD), [Step::Hang]),
        ),
        Fault::streamed(
            "stall-after-stop",
            Kind::TimeoutStall,
            "every word came and the stream stays open",
            cut_stream(finished(), [Step::Hang]),
        ),
    ]
}

/// Bytes that are no HTTP.
pub(super) fn undecodable() -> Vec<Fault> {
    let bad = |name, why, script| Fault::new(name, Kind::ProtocolError, why, script);
    let json = ("content-type", "application/json");
    vec![
        bad(
            "not-http",
            "another protocol answers",
            vec![Step::Send(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()), Step::Close],
        ),
        bad(
            "endless-head",
            "a header of a megabyte",
            vec![
                Step::Send(b"HTTP/1.1 200 OK\r\nx-gonogo-sim: endless-head\r\nx-pad: ".to_vec()),
                Step::Flood(1 << 20),
                Step::Close,
            ],
        ),
        bad(
            "two-lengths",
            "two headers disagree on the length of the body",
            vec![
                head(200, &[json, ("content-length", "10"), ("content-length", "20")]),
                Step::Send(vec![b' '; 20]),
                Step::Close,
            ],
        ),
        bad(
            "bad-chunk-size",
            "the size of a chunk is no number",
            vec![
                head(200, &[json, ("transfer-encoding", "chunked")]),
                Step::Send(b"zz\r\n{}\r\n0\r\n\r\n".to_vec()),
                Step::Close,
            ],
        ),
        Fault::streamed(
            "bad-chunk-in-stream",
            Kind::ProtocolError,
            "a chunk is longer than its size says",
            {
                let late = Step::Send(b"4\r\ndata: {}\n\n\r\n0\r\n\r\n".to_vec());
                [
                    vec![stream_head()],
                    half(GOOD).into_iter().map(Step::Chunk).collect(),
                    vec![late, Step::Close],
                ]
                .concat()
            },
        ),
    ]
}
