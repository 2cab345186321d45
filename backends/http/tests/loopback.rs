//! The transport against a peer that says exactly what a test wants it to say.

#![expect(clippy::unwrap_used, reason = "a test's helper fails by panicking")]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    thread,
    time::Duration,
};

use gonogo_backend::{Ask, Backend};
use gonogo_core::{
    Capture, Constraint, End, Frame, Message, Nanos, Phase, Provenance, Request, Role, Sampling,
};
use gonogo_dialects::Target;
use gonogo_http::{Caps, Connections, Endpoint, HttpArm, Limits, Secret, open};

const KEY: &str = "sk-canary-0123456789abcdef";

/// What the peer does with one connection, once it has read the request.
#[derive(Clone)]
enum Step {
    Say(String),
    Wait(u64),
}

use Step::{Say, Wait};

/// Plays `scripts`, one connection each, and hands over the requests it got.
fn peer(scripts: Vec<Vec<Step>>) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        for script in scripts {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = sender.send(request(&mut stream));
            for step in script {
                match step {
                    // The client may have left.
                    Say(text) => drop(stream.write_all(text.as_bytes()).and_then(|()| stream.flush())),
                    Wait(ms) => thread::sleep(Duration::from_millis(ms)),
                }
            }
        }
    });
    (url, requests)
}

/// Reads one request, head and body.
fn request(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut byte = [0];
    while !read.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        read.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&read).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).unwrap();
    head + &String::from_utf8_lossy(&body)
}

fn whole(status: &str, extra: &str, body: &str) -> Step {
    Say(format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{extra}\r\n{body}",
        body.len()
    ))
}

fn stream_head() -> Step {
    Say("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n".into())
}

fn arm(url: &str) -> HttpArm {
    HttpArm {
        name: "live".into(),
        dialect: gonogo_dialects::dialect("vllm").unwrap(),
        base_url: url.parse().unwrap(),
        target: Target { model: "m".into(), ..Target::default() },
        engine: "xgrammar".into(),
        key: Secret::new(KEY),
        key_place: None,
        limits: Limits {
            connect: Duration::from_millis(300),
            first_byte: Duration::from_millis(300),
            stall: Duration::from_millis(300),
            total: Duration::from_millis(900),
        },
        caps: Caps { body_bytes: 10_000, redirects: 3 },
        connections: Connections::Fresh,
        concurrency: 1,
        insecure: false,
        authorities: None,
        simulated: false,
    }
}

async fn answer(arm: HttpArm) -> Capture {
    answer_under(arm, Constraint::JsonSchema(r#"{"type":"object"}"#.into())).await
}

async fn answer_under(arm: HttpArm, constraint: Constraint) -> Capture {
    let constraint = Some(constraint);
    let messages = vec![Message { role: Role::User, content: "p".into() }];
    let sampling = Sampling { max_tokens: 9, temperature: 0.0, seed: 1 };
    let ask = Ask { label: "l".into(), r#try: 0, request: Request { messages, constraint, sampling } };
    open(arm).unwrap().answer(&ask).await
}

fn body(capture: &Capture) -> String {
    let bytes: Vec<u8> = capture.frames.iter().flat_map(Frame::bytes).copied().collect();
    String::from_utf8(bytes).unwrap()
}

fn timed_out(capture: &Capture) -> Option<Phase> {
    if let End::TimedOut { phase, .. } = capture.end { Some(phase) } else { None }
}

#[tokio::test]
async fn what_the_peer_says_is_kept_and_the_key_goes_out_and_never_into_the_capture() {
    let said = format!(r#"{{"error":"invalid key {KEY}"}}"#);
    let (url, requests) =
        peer(vec![vec![whole("401 Unauthorized", &format!("x-echo: {KEY}\r\nset-cookie: a=b\r\n"), &said)]]);
    let capture = answer(arm(&url)).await;
    let request = requests.recv().unwrap();
    assert!(request.starts_with("post /v1/chat/completions "), "{request}");
    assert!(request.contains(&format!("authorization: bearer {KEY}")) && request.contains("response_format"));
    assert_eq!((capture.status, &capture.end), (Some(401), &End::Complete));
    assert_eq!(body(&capture), r#"{"error":"invalid key [redacted]"}"#);
    let header =
        |name: &str| capture.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    assert_eq!((header("x-echo"), header("set-cookie")), (Some("[redacted]"), Some("[redacted]")));
    assert!(!serde_json::to_string(&capture).unwrap().contains("canary"));
}

#[tokio::test]
async fn chunks_are_frames_with_their_times() {
    let events = ["data: {\"a\":1}\n\n", "data: [DO", "NE]\n\n"];
    let mut script = vec![stream_head()];
    script.extend(events.iter().flat_map(|event| [Say((*event).to_owned()), Wait(60)]));
    let (url, _requests) = peer(vec![script]);
    let capture = answer(arm(&url)).await;
    assert_eq!(capture.end, End::Complete);
    assert_eq!(capture.frames.len(), 3);
    assert_eq!(body(&capture), events.concat());
    let at: Vec<u64> = capture.frames.iter().map(|frame| frame.at.0).collect();
    assert!(at[0] + 30_000_000 < at[1] && at[1] + 30_000_000 < at[2] && at[2] <= capture.elapsed.0, "{at:?}");
}

#[tokio::test]
async fn each_limit_is_held_against_its_phase() {
    let (url, _requests) = peer(vec![vec![Wait(3_000)]]);
    assert_eq!(timed_out(&answer(arm(&url)).await), Some(Phase::FirstByte));

    let (url, _requests) = peer(vec![vec![stream_head(), Say("data: 1\n\n".into()), Wait(3_000)]]);
    let stalled = answer(arm(&url)).await;
    assert_eq!((timed_out(&stalled), stalled.frames.len()), (Some(Phase::Decode), 1));

    let drips = (0..20).flat_map(|_| [Say(": drip\n".into()), Wait(100)]);
    let (url, _requests) = peer(vec![std::iter::once(stream_head()).chain(drips).collect()]);
    assert_eq!(timed_out(&answer(arm(&url)).await), Some(Phase::Total));
}

#[tokio::test]
async fn a_line_that_breaks_says_where() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let refused = answer(arm(&url)).await;
    assert!(matches!(refused.end, End::Broken { phase: Phase::Connect, .. }), "{:?}", refused.end);

    let (url, _requests) = peer(vec![vec![]]);
    let hung_up = answer(arm(&url)).await;
    assert!(matches!(hung_up.end, End::Broken { phase: Phase::FirstByte, .. }), "{:?}", hung_up.end);

    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"choi".to_owned();
    let (url, _requests) = peer(vec![vec![Say(cut)]]);
    let cut = answer(arm(&url)).await;
    assert!(matches!(cut.end, End::Broken { phase: Phase::Decode, .. }), "{:?}", cut.end);
    assert_eq!((cut.status, body(&cut).as_str()), (Some(200), "{\"choi"));
}

#[tokio::test]
async fn what_is_no_http_is_not_a_line_that_broke() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\nzz\r\n";
    for (said, at) in [("SSH-2.0-OpenSSH\r\n", Phase::FirstByte), (chunked, Phase::Decode)] {
        let (url, _requests) = peer(vec![vec![Say(said.into())]]);
        let capture = answer(arm(&url)).await;
        assert!(matches!(capture.end, End::Garbled { phase, .. } if phase == at), "{:?}", capture.end);
    }
}

#[tokio::test]
async fn an_arm_at_the_sim_is_marked_as_such() {
    let provenance = |simulated| {
        let endpoint = open(HttpArm { simulated, ..arm("http://127.0.0.1:9") }).unwrap();
        (endpoint.identity().kind, endpoint.identity().provenance)
    };
    assert_eq!(provenance(true), ("sim", Provenance::Simulated));
    assert_eq!(provenance(false), ("http", Provenance::Live));
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let mut script = vec![stream_head()];
    script.extend(vec![Say("x".repeat(4_000)); 10]);
    let (url, _requests) = peer(vec![script]);
    let capture = answer(arm(&url)).await;
    assert_eq!(capture.end, End::Oversize { limit_bytes: 10_000 });
    assert!(body(&capture).len() > 10_000);
}

#[tokio::test]
async fn a_slow_call_is_polled_and_a_loop_is_left() {
    let see = |n: usize| vec![whole("303 See Other", &format!("location: /call/{n}\r\n"), "")];
    let (url, requests) = peer(vec![see(1), see(2), vec![whole("200 OK", "", "{}")]]);
    let capture = answer(arm(&url)).await;
    assert_eq!((capture.status, body(&capture).as_str()), (Some(200), "{}"));
    let requests: Vec<String> = requests.iter().take(3).collect();
    assert!(requests[2].starts_with("get /call/2 ") && !requests[2].contains("response_format"));
    let followed = capture.headers.iter().filter(|(name, _)| name == ":followed").count();
    assert_eq!(followed, 2);

    let (url, _requests) = peer(vec![see(1); 9]);
    let looped = answer(arm(&url)).await;
    assert_eq!((looped.status, looped.end), (Some(303), End::Complete));
}

#[tokio::test]
async fn what_the_dialect_cannot_say_is_not_sent() {
    let unreachable = "http://127.0.0.1:9";
    let with = |channel: &str| {
        let target = Target { channel: Some(channel.into()), ..arm(unreachable).target };
        HttpArm { target, ..arm(unreachable) }
    };
    let Err(unknown) = open(with("llguidance")) else { panic!("an unknown channel was opened") };
    assert!(
        unknown.cause.contains("has no channel `llguidance`; it has: response_format"),
        "{}",
        unknown.cause
    );
    let capture = answer_under(with("response_format"), Constraint::Regex("a+".into())).await;
    let End::Unsupported { message } = capture.end else { panic!("{:?}", capture.end) };
    assert!(message.contains("does not take a regex"), "{message}");
}

#[tokio::test]
async fn an_answer_is_judged_as_it_came_and_an_error_quotes_no_short_key_either() {
    let code = r#"{"content":"pk_customer_order_items; Bearer YOUR_ACCESS_TOKEN; EMPTY"}"#;
    let (url, _requests) = peer(vec![vec![whole("200 OK", "", code)], vec![whole("401 No", "", code)]]);
    let endpoint = HttpArm { key: Secret::new("EMPTY"), ..arm(&url) };
    assert_eq!(body(&answer(endpoint.clone()).await), code);
    let refused = body(&answer(endpoint).await);
    assert_eq!(refused, r#"{"content":"[redacted]; [redacted]; [redacted]"}"#);
}

#[tokio::test]
async fn a_long_answer_holds_no_key_either() {
    let said = format!("{{\"a\":\"{}{KEY}\"}}", "x".repeat(2 << 20));
    let (url, _requests) = peer(vec![vec![whole("200 OK", "", &said)]]);
    let capture = answer(HttpArm { caps: Caps::default(), ..arm(&url) }).await;
    assert_eq!(body(&capture), said.replace(KEY, "[redacted]"));
}

#[tokio::test]
async fn a_url_of_the_peers_is_kept_without_its_secrets() {
    let to = |place: &str| vec![whole("303 See Other", &format!("location: {place}\r\n"), "")];
    let elsewhere = "http://user:canary-pw@other/call?token=canary-query";
    let (url, _requests) = peer(vec![to("/call/1?token=canary-query"), to(elsewhere)]);
    let capture = answer(HttpArm { caps: Caps { redirects: 1, ..Caps::default() }, ..arm(&url) }).await;
    let header = |name: &str| capture.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    assert_eq!(header(":followed"), Some(format!("303 {url}/call/1?[redacted]")));
    assert_eq!(header("location"), Some("http://other/call?[redacted]".into()));
    assert!(!serde_json::to_string(&capture).unwrap().contains("canary"));
}

#[tokio::test]
async fn chunks_without_number_are_given_up() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_owned();
    let (url, _requests) = peer(vec![vec![Say(head), Say("1\r\nx\r\n".repeat(1_000))]]);
    let capture = answer(arm(&url)).await;
    assert_eq!(capture.end, End::Oversize { limit_bytes: 10_000 });
    assert!(capture.frames.len() < 200, "{}", capture.frames.len());
}

#[tokio::test]
async fn a_stream_that_is_over_and_held_open_is_left() {
    let words = "data: {\"a\":1}\n\ndata: [DONE]\n\n".to_owned();
    let (url, _requests) = peer(vec![vec![stream_head(), Say(words.clone()), Wait(8_000)]]);
    let limits = Limits { stall: Duration::from_secs(6), total: Duration::from_secs(7), ..arm(&url).limits };
    let target = Target { stream: true, ..arm(&url).target };
    let capture = answer(HttpArm { limits, target, ..arm(&url) }).await;
    assert_eq!((&capture.end, body(&capture)), (&End::Complete, words));
    assert!(capture.elapsed.0 < 3_000_000_000, "{}", capture.elapsed);
}

#[tokio::test]
async fn the_first_byte_has_its_limit_from_sending_and_no_more() {
    let millis = Duration::from_millis;
    let limits =
        Limits { connect: millis(2_000), first_byte: millis(500), stall: millis(500), total: millis(1_400) };
    let head = Say("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n".into());
    for script in [vec![Wait(3_000)], vec![Wait(350), head, Wait(3_000)]] {
        let (url, _requests) = peer(vec![script]);
        let capture = answer(HttpArm { limits, ..arm(&url) }).await;
        assert_eq!(capture.end, End::TimedOut { phase: Phase::FirstByte, limit: millis(500).into() });
        assert!((500_000_000..800_000_000).contains(&capture.elapsed.0), "{}", capture.elapsed);
    }
}

#[tokio::test]
async fn limits_may_be_without_limit() {
    let (url, _requests) = peer(vec![vec![whole("200 OK", "", "{}")]]);
    let (connect, first_byte, stall, total) = (Duration::MAX, Duration::MAX, Duration::MAX, Duration::MAX);
    let limits = Limits { connect, first_byte, stall, total };
    assert_eq!(answer(HttpArm { limits, ..arm(&url) }).await.end, End::Complete);
}

#[test]
fn an_arm_that_no_request_can_be_made_of_is_not_opened() {
    let refused = |arm: HttpArm| open(arm).err().map(|error| format!("{}; {}", error.cause, error.remedy));
    let at = |url: &str| refused(arm(url)).unwrap_or_default();
    assert!(at("localhost:8000").contains("begin it with http://"), "{}", at("localhost:8000"));
    let inside = at("https://me:canary-pw@h/v1");
    assert!(inside.contains("api_key_env") && !inside.contains("canary"), "{inside}");
    let key = refused(HttpArm { key: Secret::new("canary\nkey"), ..arm("http://h") }).unwrap_or_default();
    assert!(key.contains("a key is one line") && !key.contains("canary"), "{key}");
    assert_eq!(refused(arm("http://h")), None);
}

#[test]
fn what_an_arm_sets_is_in_its_facts_and_no_key_with_it() {
    let settings =
        [("provider".to_owned(), "groq".to_owned()), ("note".to_owned(), "my EMPTY key".to_owned())];
    let target =
        Target { settings: settings.into(), answer: Some("/out/text".into()), ..arm("http://h").target };
    let base_url = format!("http://h/{KEY}/v1?key=canary").parse().unwrap();
    let key = Secret::new("EMPTY");
    let endpoint = open(HttpArm { target, base_url, key, ..arm("http://h") }).ok().unwrap();
    let facts = &endpoint.identity().facts;
    let fact = |name: &str| facts.get(name).map(String::as_str);
    assert_eq!((fact("setting.provider"), fact("setting.note")), (Some("groq"), Some("my [redacted] key")));
    assert_eq!(fact("answer"), Some("/out/text"));
    assert_eq!(fact("endpoint"), Some("http://h/[redacted]/v1?[redacted]"));
}

#[test]
fn an_arm_that_holds_a_secret_is_not_opened() {
    let refused = |target: Target| {
        let error = open(HttpArm { target, ..arm("http://h") }).err();
        error.map(|error| format!("{}; {}", error.cause, error.remedy)).unwrap_or_default()
    };
    let extra =
        |json: serde_json::Value| Target { extra: json.as_object().cloned().unwrap(), ..Target::default() };
    let setting = |name: &str| Target {
        settings: [(name.to_owned(), "canary".to_owned())].into(),
        ..Target::default()
    };
    for (target, place) in [
        (extra(serde_json::json!({"a": {"API-Key": "canary"}})), "extra.a.API-Key"),
        (extra(serde_json::json!({"tags": ["x", KEY]})), "extra.tags"),
        (setting("password"), "settings.password"),
        (Target { model: KEY.into(), ..Target::default() }, "model"),
    ] {
        let said = refused(target);
        assert!(said.contains(&format!("`{place}`")) && said.contains("api_key_env"), "{said}");
        assert!(!said.contains("canary"), "{said}");
    }
    for target in [extra(serde_json::json!({"token": "", "max_tokens_key": "a"})), setting("provider")] {
        assert_eq!(refused(target), "");
    }
}

#[tokio::test]
async fn a_get_goes_out_with_the_key_that_keeps_neither_key_nor_patience() {
    let said = format!(r#"{{"models":["m"],"seen":"{KEY}"}}"#);
    let (url, requests) = peer(vec![vec![whole("200 OK", "", &said)], vec![Wait(3_000)]]);
    let endpoint = open(arm(&url)).unwrap();
    let got = endpoint.get("v1/models", &[("all", "1")], Duration::from_secs(3)).await;
    assert_eq!((got.status, got.end), (Some(200), End::Complete));
    assert_eq!(got.body, r#"{"models":["m"],"seen":"[redacted]"}"#);
    let request = requests.recv().unwrap();
    assert!(request.starts_with("get /v1/models?all=1 "), "{request}");
    assert!(request.contains(&format!("authorization: bearer {KEY}")), "{request}");
    let slow = endpoint.get("health", &[], Duration::from_millis(200)).await;
    assert!(slow.status.is_none() && matches!(slow.end, End::TimedOut { .. }), "{:?}", slow.end);
}

/// A limit that a busy machine keeps, too.
const SLOW: Duration = Duration::from_secs(20);

/// A peer that keeps its connections: it plays one script after the other on each, and says how many there were.
fn keeping_peer(connections: Vec<Vec<Vec<Step>>>) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        for scripts in connections {
            let (mut stream, client) = listener.accept().unwrap();
            for script in scripts {
                request(&mut stream);
                let _ = sender.send(client.to_string());
                for step in script {
                    match step {
                        Say(text) => drop(stream.write_all(text.as_bytes()).and_then(|()| stream.flush())),
                        Wait(ms) => thread::sleep(Duration::from_millis(ms)),
                    }
                }
            }
        }
    });
    (url, requests)
}

fn good() -> Vec<Step> {
    vec![Say("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".into())]
}

async fn asked(endpoint: &Endpoint, times: usize) -> Vec<Capture> {
    let sampling = Sampling { max_tokens: 9, temperature: 0.0, seed: 1 };
    let request = Request { messages: vec![], constraint: None, sampling };
    let ask = Ask { label: "l".into(), r#try: 0, request };
    let mut captures = Vec::new();
    for _ in 0..times {
        captures.push(endpoint.answer(&ask).await);
        // The connection goes back to its pool in the background.
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    captures
}

#[tokio::test]
async fn phases_come_in_their_order_and_a_connection_is_an_attempts_own() {
    let late = vec![
        Wait(60),
        Say("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n".into()),
        Wait(60),
        Say("{".into()),
        Wait(60),
        Say("}".into()),
    ];
    let (url, clients) = keeping_peer(vec![vec![late], vec![good()]]);
    let url = url.replace("127.0.0.1", "localhost");
    let limits = Limits { connect: SLOW, first_byte: SLOW, stall: SLOW, total: SLOW };
    let endpoint = open(HttpArm { limits, ..arm(&url) }).unwrap();
    let captures = asked(&endpoint, 2).await;
    let phases = captures[0].phases.clone().unwrap();
    let clocks = captures[0].clocks();
    let ms = 1_000_000;
    let [resolved, connected, headers] =
        [phases.resolved, phases.connected, phases.headers].map(Option::unwrap);
    assert!(resolved <= connected && connected.0 + 50 * ms < headers.0, "{phases:?}");
    let [first, last] = [clocks.first_byte, clocks.last_byte].map(Option::unwrap);
    assert!(headers.0 + 50 * ms < first.0 && first.0 + 50 * ms < last.0, "{clocks:?}");
    assert!(last <= captures[0].elapsed && clocks.connect == Some(connected), "{clocks:?}");
    assert_eq!((phases.asked, phases.reused, phases.tls_began), (Nanos(0), false, None));
    assert!(captures[1].phases.as_ref().is_some_and(|phases| phases.connected.is_some() && !phases.reused));
    let clients: Vec<String> = clients.iter().take(2).collect();
    assert_ne!(clients[0], clients[1]);
}

#[tokio::test]
async fn a_kept_connection_is_used_again_and_says_so() {
    let (url, clients) = keeping_peer(vec![vec![good(), good(), good()]]);
    let limits = Limits { connect: SLOW, first_byte: SLOW, stall: SLOW, total: SLOW };
    let endpoint = open(HttpArm { connections: Connections::Kept, limits, ..arm(&url) }).unwrap();
    let captures = asked(&endpoint, 3).await;
    let reused: Vec<_> = captures.iter().map(|capture| capture.clocks().reused).collect();
    assert_eq!(reused, [false, true, true]);
    assert!(captures[1].clocks().connect.is_none() && captures[1].clocks().headers.is_some());
    assert!(captures.iter().all(|capture| capture.end == End::Complete));
    let clients: Vec<String> = clients.iter().take(3).collect();
    assert!(clients.iter().all(|client| *client == clients[0]), "{clients:?}");
}

#[tokio::test]
async fn a_kept_connection_that_breaks_is_no_answer_and_a_new_one_that_does_is() {
    // The second request is read and the connection closed without a word, as by a server whose limit passed.
    let (url, clients) = keeping_peer(vec![vec![good(), vec![]], vec![good()]]);
    let limits = Limits { connect: SLOW, first_byte: SLOW, stall: SLOW, total: SLOW };
    let kept = |url: &str| open(HttpArm { connections: Connections::Kept, limits, ..arm(url) }).unwrap();
    let captures = asked(&kept(&url), 2).await;
    assert_eq!((captures[1].status, &captures[1].end), (Some(200), &End::Complete));
    let phases = captures[1].phases.clone().unwrap();
    assert!(phases.sent_again.is_some_and(|why| !why.is_empty()) && !phases.reused);
    assert!(phases.connected.is_some() && phases.asked.0 > 0);
    assert_eq!(clients.iter().take(3).count(), 3, "the request was sent twice, and not more");

    // A server that breaks every connection is broken, kept or not.
    let (url, _clients) = keeping_peer(vec![vec![good(), vec![]], vec![vec![]]]);
    let captures = asked(&kept(&url), 2).await;
    assert!(matches!(captures[1].end, End::Broken { phase: Phase::FirstByte, .. }), "{:?}", captures[1].end);
    assert!(captures[1].clocks().sent_again && !captures[1].clocks().reused);

    // Once an answer has begun, what breaks is the answer.
    let cut = vec![Say("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".into())];
    let (url, _clients) = keeping_peer(vec![vec![good(), cut]]);
    let captures = asked(&kept(&url), 2).await;
    assert!(matches!(captures[1].end, End::Broken { phase: Phase::Decode, .. }), "{:?}", captures[1].end);
    assert!(captures[1].clocks().reused && !captures[1].clocks().sent_again);
}

#[tokio::test]
async fn phases_stop_where_an_exchange_does() {
    let refused = answer(arm("http://127.0.0.1:9")).await.phases.unwrap();
    assert!(refused.connected.is_none() && refused.headers.is_none() && !refused.reused, "{refused:?}");
    let (url, _requests) = peer(vec![vec![Wait(1_000)]]);
    let silent = answer(arm(&url)).await.phases.unwrap();
    assert!(silent.connected.is_some() && silent.headers.is_none(), "{silent:?}");
    let see = vec![Wait(50), whole("303 See Other", "location: /call/1\r\n", "")];
    let (url, _requests) = peer(vec![see, vec![whole("200 OK", "", "{}")]]);
    let followed = answer(arm(&url)).await;
    let phases = followed.phases.clone().unwrap();
    assert!(phases.asked.0 > 50_000_000 && phases.connected > Some(phases.asked), "{phases:?}");
    assert!(followed.clocks().connect.is_some_and(|connect| connect < phases.asked), "{phases:?}");
}
