//! Cassettes over HTTP: what a client gets that knows nothing of gonogo.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod recorded;

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use gonogo_core::{Capture, End, Frame, Nanos, Phase};
use gonogo_replay::{Cassette, CassetteError, Exchange, Pace, Sent, Served, Server};
use recorded::{capture, exchange, header};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const ANYWHERE: &str = "127.0.0.1:0";

fn body(prompt: &str) -> Value {
    json!({"messages": [{"role": "user", "content": prompt}], "temperature": 0.0, "seed": 7, "stream": true})
}

/// An answer to `prompt`; the seed keeps places apart.
fn served(label: &str, r#try: u32, prompt: &str, capture: Capture) -> Exchange {
    let http = Sent {
        method: "POST".into(),
        path: "v1/chat/completions".into(),
        query: vec![],
        headers: vec![],
        body: body(prompt),
    };
    Exchange { http: Some(http), capture, ..exchange(2, label, r#try, 7, b"") }
}

fn stream() -> Capture {
    let frame = |at: u64, text: &str| Frame::new(Nanos(at), text.as_bytes().to_vec());
    let headers = [
        ("content-type", "text/event-stream"),
        ("transfer-encoding", "chunked"),
        ("x-request-id", "r-1"),
        ("set-cookie", "[redacted]"),
        (":followed", "303 http://h/"),
    ];
    Capture {
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        frames: vec![frame(1_000_000, "data: {}\n\n"), frame(80_000_000, "data: [DONE]\n\n")],
        elapsed: Nanos(80_000_000),
        ..capture(7, b"")
    }
}

fn busy() -> Capture {
    let headers = vec![("retry-after".into(), "1".into()), ("content-length".into(), "4".into())];
    Capture { status: Some(503), headers, ..capture(7, b"busy") }
}

fn cut() -> Capture {
    let end = End::Broken { phase: Phase::Decode, message: "reset".into() };
    let headers = vec![("content-length".into(), "100".into())];
    Capture { headers, end, ..capture(7, b"{\"half") }
}

fn silent() -> Capture {
    let end = End::TimedOut { phase: Phase::FirstByte, limit: Nanos(1) };
    Capture { status: None, frames: vec![], end, ..capture(7, b"") }
}

fn cassette(name: &str, exchanges: Vec<Exchange>) -> Cassette {
    let mut header = header(2);
    header.name = name.into();
    header.dialect = "openai-chat".into();
    Cassette { header, exchanges }
}

struct Serving {
    server: Server,
    seen: Arc<Mutex<Vec<Served>>>,
}

async fn serve(cassettes: Vec<Cassette>, pace: Pace) -> Serving {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watch = Arc::clone(&seen);
    let note = move |served: &Served| watch.lock().unwrap().push(served.clone());
    let server = Server::start(ANYWHERE.parse().unwrap(), cassettes, pace, note).await.unwrap();
    Serving { server, seen }
}

impl Serving {
    /// Everything that comes back until the server closes.
    async fn raw(&self, method: &str, path: &str, body: &str) -> String {
        let url = self.server.base_urls()[0].1.clone();
        let address = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut came = Vec::new();
        stream.read_to_end(&mut came).await.unwrap();
        String::from_utf8(came).unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> String {
        self.raw("POST", path, &body.to_string()).await
    }
}

const CHAT: &str = "/v1/chat/completions";

#[tokio::test]
async fn a_stream_comes_as_it_was_split_and_says_that_it_is_a_recording() {
    let serving =
        serve(vec![cassette("arm", vec![served("s/c#0", 0, "Add.", stream())])], Pace::Instant).await;
    let came = serving.post(CHAT, &body("Add.")).await;
    let (head, chunks) = came.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{came}");
    for kept in ["content-type: text/event-stream", "x-request-id: r-1", "x-gonogo-replay: arm"] {
        assert!(head.contains(kept), "{kept}: {head}");
    }
    for gone in ["set-cookie", "followed"] {
        assert!(!head.contains(gone), "{gone}: {head}");
    }
    assert_eq!(chunks, "A\r\ndata: {}\n\n\r\nE\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
    let seen = serving.seen.lock().unwrap().clone();
    assert_eq!((seen[0].method.as_str(), &seen[0].answer), ("POST", &Ok("s/c#0".to_owned())));
}

#[tokio::test]
async fn in_real_time_chunks_come_when_they_came() {
    let one = cassette("arm", vec![served("s/c#0", 0, "Add.", stream())]);
    let serving = serve(vec![one], Pace::RealTime).await;
    let start = Instant::now();
    serving.post(CHAT, &body("Add.")).await;
    assert!(start.elapsed() >= Duration::from_millis(80), "{:?}", start.elapsed());
}

#[tokio::test]
async fn tries_of_one_request_are_served_in_order_and_then_again() {
    let tries = vec![served("s/c#0", 0, "Add.", busy()), served("s/c#0", 1, "Add.", stream())];
    let serving = serve(vec![cassette("arm", tries)], Pace::Instant).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        // A caller's own words change nothing.
        let mut asked = body("Add.");
        asked["user"] = "me".into();
        asked["model"] = "whatever".into();
        let came = serving.post(CHAT, &asked).await;
        statuses.push(came.split(' ').nth(1).unwrap().to_owned());
        assert!(came.contains("retry-after: 1") == (statuses.last().unwrap() == "503"), "{came}");
    }
    assert_eq!(statuses, ["503", "200", "503", "200"]);
    assert_eq!(serving.seen.lock().unwrap()[1].answer, Ok("s/c#0, try 1".into()));
}

#[tokio::test]
async fn an_answer_ends_as_it_ended() {
    let ends = vec![served("s/cut#0", 0, "Cut.", cut()), served("s/silent#0", 0, "Wait.", silent())];
    let serving = serve(vec![cassette("arm", ends)], Pace::Instant).await;
    let came = serving.post(CHAT, &body("Cut.")).await;
    assert!(came.contains("content-length: 100") && came.ends_with("{\"half"), "{came}");
    let silent = body("Wait.");
    let waiting = timeout(Duration::from_millis(200), serving.post(CHAT, &silent)).await;
    assert!(waiting.is_err(), "a peer that hung hangs again: {waiting:?}");
}

#[tokio::test]
async fn a_miss_is_an_error_that_names_the_nearest_and_where_it_differs() {
    let serving =
        serve(vec![cassette("arm", vec![served("s/c#0", 0, "Add.", stream())])], Pace::Instant).await;
    let said = |came: &str| -> Value {
        let (head, body) = came.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("x-gonogo-replay: arm"), "a miss is marked too: {head}");
        let body = body.split("\r\n").nth(1).unwrap_or(body);
        serde_json::from_str::<Value>(body).unwrap()["error"]["message"].clone()
    };
    let mut other = body("Add!");
    other["max_tokens"] = 9.into();
    let came = serving.post(CHAT, &other).await;
    assert!(came.starts_with("HTTP/1.1 422"), "{came}");
    let message = said(&came);
    let message = message.as_str().unwrap();
    assert!(
        message.starts_with("no recording of this request in cassette `arm`; the nearest is `s/c#0`, key ")
    );
    assert!(message.ends_with("which differs at /messages/0/content, /max_tokens"), "{message}");
    let elsewhere = serving.post("/v1/embeddings", &body("Add.")).await;
    assert!(elsewhere.starts_with("HTTP/1.1 404"), "{elsewhere}");
    assert!(said(&elsewhere).as_str().unwrap().ends_with("it has POST /v1/chat/completions"), "{elsewhere}");
    let get = serving.raw("GET", CHAT, "").await;
    assert!(get.starts_with("HTTP/1.1 404"), "{get}");
    let text = serving.raw("POST", CHAT, "hello").await;
    assert!(text.starts_with("HTTP/1.1 422") && text.contains("is not JSON"), "{text}");
    assert!(serving.seen.lock().unwrap().iter().all(|served| served.answer.is_err()));
}

#[tokio::test]
async fn several_cassettes_are_told_apart_by_the_base_url() {
    let one = cassette("one", vec![served("s/c#0", 0, "Add.", stream())]);
    let two = cassette("two", vec![served("s/c#0", 0, "Add.", busy())]);
    let serving = serve(vec![one, two], Pace::Instant).await;
    let urls = serving.server.base_urls();
    assert!(urls[1].1.ends_with("/two"), "{urls:?}");
    assert!(serving.post("/one/v1/chat/completions", &body("Add.")).await.starts_with("HTTP/1.1 200"));
    assert!(serving.post("/two/v1/chat/completions", &body("Add.")).await.starts_with("HTTP/1.1 503"));
    let neither = serving.post(CHAT, &body("Add.")).await;
    assert!(neither.starts_with("HTTP/1.1 404") && neither.contains("/one, /two"), "{neither}");
}

#[tokio::test]
async fn what_never_went_over_http_is_not_served() {
    let local = Cassette { header: header(2), exchanges: vec![exchange(2, "s/c#0", 0, 7, b"")] };
    let refused = Server::start(ANYWHERE.parse().unwrap(), vec![local], Pace::Instant, |_| {}).await;
    assert!(matches!(refused, Err(CassetteError::NotHttp { .. })));
    let serving = serve(vec![cassette("arm", vec![served("s/c#0", 0, "Add.", busy())])], Pace::Instant).await;
    let url = serving.server.base_urls()[0].1.clone();
    let taken = url.strip_prefix("http://").unwrap().split('/').next().unwrap().parse().unwrap();
    let one = cassette("arm", vec![served("s/c#0", 0, "Add.", busy())]);
    let refused = Server::start(taken, vec![one], Pace::Instant, |_| {}).await;
    assert!(matches!(refused, Err(CassetteError::Address { .. })));
}
