//! One capture or more for every kind that can be reached today, and a list of those that cannot.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say so at once")]

mod support;

use std::collections::BTreeSet;

use gonogo_core::{
    Assertion, Capture, Constraint, Death, Domain, End, Enforcement, Expectation, Kind, Nanos, Oracle, Phase,
};
use gonogo_protocol::{FailureClass, Finish};
use serde_json::json;
use support::{GOOD, capture, done, ended, failed, http, json_oracle, judge, oracle, worker};

use Enforcement::{Proven, Unconstrained, Unproven};

/// A capture, how it is judged, and what must come out.
struct Row {
    what: &'static str,
    capture: Capture,
    oracle: Oracle,
    enforcement: Enforcement,
    kind: Kind,
}

fn row(what: &'static str, capture: Capture, enforcement: Enforcement, kind: Kind) -> Row {
    Row { what, capture, oracle: json_oracle(), enforcement, kind }
}

fn timed_out(phase: Phase) -> Capture {
    ended(worker(b"{\"na", None), End::TimedOut { phase, limit: Nanos(1_000_000_000) })
}

fn died(death: Death, stderr: &str) -> Capture {
    let capture = ended(worker(b"{\"na", None), End::Died { phase: Phase::Mask, death });
    Capture { stderr: stderr.into(), ..capture }
}

fn broken(text: &str, phase: Phase) -> Capture {
    ended(worker(text.as_bytes(), None), End::Broken { phase, message: "connection reset by peer".into() })
}

/// What came after `text` was not the transport's protocol.
fn unlike(text: &str, phase: Phase) -> Capture {
    ended(worker(text.as_bytes(), None), End::Garbled { phase, message: "invalid chunk size".into() })
}

fn ends() -> Vec<Row> {
    let all = |what, capture, kind| row(what, capture, Unproven, kind);
    let unsupported =
        ended(capture("vllm", vec![]), End::Unsupported { message: "it takes schemas only".into() });
    let memory = Death::MemoryLimit { resident_bytes: 9_000, limit_bytes: 8_000 };
    let mut cut_line =
        ended(worker(b"{\"na", None), End::Broken { phase: Phase::Decode, message: "eof".into() });
    cut_line.frames.push(gonogo_core::Frame::new(Nanos(9), b"{\"token\":{\"id".to_vec()));
    let mut garbage = worker(b"{\"na", None);
    garbage.frames.push(gonogo_core::Frame::new(Nanos(9), b"Segmentation fault".to_vec()));
    vec![
        all("queue", timed_out(Phase::Queue), Kind::TimeoutQueue),
        all("connect", timed_out(Phase::Connect), Kind::TimeoutConnect),
        all("a cold start that never ends", timed_out(Phase::Load), Kind::TimeoutFirstByte),
        all("compile", timed_out(Phase::Compile), Kind::CompileTimeout),
        all("mask", timed_out(Phase::Mask), Kind::EngineHung),
        all("first byte", timed_out(Phase::FirstByte), Kind::TimeoutFirstByte),
        all("decode", timed_out(Phase::Decode), Kind::TimeoutStall),
        all("total", timed_out(Phase::Total), Kind::TimeoutTotal),
        all("a channel without words", unsupported, Kind::ConstraintUnsupported),
        row("a limit on the control arm", timed_out(Phase::Total), Unconstrained, Kind::TimeoutTotal),
        all("memory limit", died(memory, ""), Kind::EngineOutOfMemory),
        all("abort", died(Death::Signal(6), "thread panicked\n"), Kind::EngineCrashed),
        all("exit", died(Death::Exit(101), ""), Kind::EngineCrashed),
        all("stack", died(Death::Signal(6), "thread 'main' has overflowed its stack"), Kind::EngineCrashed),
        all(
            "rust oom",
            died(Death::Signal(6), "memory allocation of 8 bytes failed"),
            Kind::EngineOutOfMemory,
        ),
        all("c++ oom", died(Death::Signal(6), "what():  std::bad_alloc"), Kind::EngineOutOfMemory),
        all("python oom", died(Death::Exit(1), "x\nMemoryError\n"), Kind::EngineOutOfMemory),
        all("libc oom", died(Death::Exit(1), "fork: Cannot allocate memory"), Kind::EngineOutOfMemory),
        row("a worker of the control arm", died(Death::Signal(11), ""), Unconstrained, Kind::EngineCrashed),
        all("broken before any text", broken("", Phase::Decode), Kind::ConnectionFailed),
        all("broken in mid-answer", broken("{\"na", Phase::Decode), Kind::TruncatedStream),
        all("broken in mid-frame", cut_line, Kind::TruncatedStream),
        all("another protocol before any text", unlike("", Phase::FirstByte), Kind::ProtocolError),
        all("another protocol in mid-answer", unlike("{\"na", Phase::Decode), Kind::ProtocolError),
        all("a line that is not a frame", garbage.clone(), Kind::ProtocolError),
        all(
            "a line that is not a frame, then broken",
            ended(garbage, End::Broken { phase: Phase::Decode, message: "not a frame".into() }),
            Kind::ProtocolError,
        ),
    ]
}

fn worker_frames() -> Vec<Row> {
    let class = |what, class, kind| row(what, failed("{\"na", class, "because"), Proven, kind);
    vec![
        class("rejected", FailureClass::Rejected, Kind::ConstraintRejected),
        class("prompt", FailureClass::PromptTooLong, Kind::PromptTooLong),
        class("engine error", FailureClass::Engine, Kind::EngineCrashed),
        class("allocation", FailureClass::OutOfMemory, Kind::EngineOutOfMemory),
        class("worker", FailureClass::Worker, Kind::HarnessError),
        row("frames stop in mid-value", worker(b"{\"na", None), Proven, Kind::TruncatedStream),
        row("frames stop without done", worker(GOOD.as_bytes(), None), Proven, Kind::ProtocolError),
        row("no frames at all", capture("gonogo-worker/1", vec![]), Proven, Kind::ProtocolError),
        row("an unknown dialect", capture("morse", vec![]), Proven, Kind::HarnessError),
    ]
}

fn finishes() -> Vec<Row> {
    let half = &GOOD[..GOOD.len() / 2];
    let blank = format!("{{\"name\":{}", " \n".repeat(40));
    let zeros = format!("{{\"implementation\":[{}", "0,".repeat(60));
    let spaces = format!("{{\"name\":\"{}", " ".repeat(80));
    let deep = format!("{}{}", "[".repeat(128), "]".repeat(128));
    let go = |what, text: &str, finish, enforcement, kind| row(what, done(text, finish), enforcement, kind);
    vec![
        go("pass", GOOD, Finish::Stop, Proven, Kind::Passed),
        go("pass at the cap", GOOD, Finish::Length, Unconstrained, Kind::Passed),
        go("pass at a dead end", GOOD, Finish::DeadEnd, Proven, Kind::Passed),
        go(
            "pass, then blanks to the cap",
            &format!("{GOOD}{}", "\n".repeat(99)),
            Finish::Length,
            Proven,
            Kind::Passed,
        ),
        go("empty", "", Finish::Stop, Unproven, Kind::Empty),
        go("empty under an enforced schema", "", Finish::Stop, Proven, Kind::StoppedEarly),
        go("blank", " \n", Finish::Stop, Unconstrained, Kind::Empty),
        go("nothing at the cap", "", Finish::Length, Proven, Kind::TruncatedBudget),
        go("stopped in mid-value", half, Finish::Stop, Proven, Kind::StoppedEarly),
        go("stopped in mid-value, unproven", half, Finish::Stop, Unproven, Kind::StoppedEarly),
        go("stopped in mid-value, free", half, Finish::Stop, Unconstrained, Kind::InvalidJson),
        go("dead end", half, Finish::DeadEnd, Proven, Kind::DeadEnd),
        go("dead end in prose", "Sure", Finish::DeadEnd, Proven, Kind::DeadEnd),
        go("cap", half, Finish::Length, Proven, Kind::TruncatedBudget),
        go("cap, free", half, Finish::Length, Unconstrained, Kind::TruncatedBudget),
        go("context", half, Finish::Context, Proven, Kind::TruncatedContext),
        go("blanks to the cap", &blank, Finish::Length, Proven, Kind::RunawayWhitespace),
        go("blanks to the context", &blank, Finish::Context, Proven, Kind::RunawayWhitespace),
        go("blanks in a string", &spaces, Finish::Length, Proven, Kind::RunawayRepetition),
        go("zeros", &zeros, Finish::Length, Proven, Kind::RunawayRepetition),
        go("blanks and stop", &blank, Finish::Stop, Proven, Kind::StoppedEarly),
        go("prose", "Sure! Here it is.", Finish::Stop, Unconstrained, Kind::InvalidJson),
        go("prose to the cap", &"word ".repeat(90), Finish::Length, Unconstrained, Kind::InvalidJson),
        go("fence", &format!("```json\n{GOOD}\n```"), Finish::Stop, Unconstrained, Kind::InvalidJson),
        go("residue", &format!("{GOOD} {GOOD}"), Finish::Stop, Proven, Kind::InvalidJson),
        go("too deep", &deep, Finish::Stop, Unconstrained, Kind::InvalidJson),
    ]
}

fn values() -> Vec<Row> {
    let go = |what, text: &str, kind| row(what, done(text, Finish::Stop), Proven, kind);
    vec![
        go("missing", r#"{"name":"a"}"#, Kind::MissingKey),
        go("unwrapped", r#"{"statements":["x"]}"#, Kind::Unwrapped),
        go("type", r#"{"name":1,"implementation":{"statements":["x"]}}"#, Kind::WrongType),
        go(
            "enum",
            r#"{"name":"a","implementation":{"statements":["x"],"effort":"O(2)"}}"#,
            Kind::EnumMismatch,
        ),
        go("pattern", r#"{"name":"A","implementation":{"statements":["x"]}}"#, Kind::PatternMismatch),
        go("bound", r#"{"name":"a","implementation":{"statements":[]}}"#, Kind::BoundViolated),
        go("extra", r#"{"name":"a","implementation":{"statements":["x"]},"x":1}"#, Kind::ExtraProperty),
        go("unique", r#"{"name":"a","implementation":{"statements":["x","x"]}}"#, Kind::OtherViolation),
        go("repeated name", r#"{"name":1,"name":"a","implementation":{"statements":["x"]}}"#, Kind::Passed),
    ]
}

fn http_bodies() -> Vec<Row> {
    let go = |what, status, body: &str, kind| row(what, http(status, body), Unproven, kind);
    let text = json!({"text": GOOD, "finish_reason": "stop", "tokens_used": 20}).to_string();
    let value = json!({"ir_json": serde_json::from_str::<serde_json::Value>(GOOD).unwrap()}).to_string();
    let half = json!({"text": &GOOD[..9], "finish_reason": "length"}).to_string();
    let reset = End::Broken { phase: Phase::Decode, message: "reset".into() };
    let no_status = Capture { status: None, ..http(200, &text) };
    vec![
        go("text", 200, &text, Kind::Passed),
        go("value", 200, &value, Kind::Passed),
        go("length", 200, &half, Kind::TruncatedBudget),
        go("null", 200, r#"{"text":null}"#, Kind::Empty),
        go("error inside", 200, r#"{"error":"KeyError","status":400}"#, Kind::InBandError),
        go("error as finish", 200, r#"{"text":"","finish_reason":"json_error"}"#, Kind::InBandError),
        go("null error", 200, &text.replacen('{', r#"{"error":null,"#, 1), Kind::Passed),
        go("no answer", 200, r#"{"output":1}"#, Kind::ProtocolError),
        go("no json", 200, "<html>", Kind::ProtocolError),
        go("no body", 200, "", Kind::ProtocolError),
        go("cut body", 200, &text[..20], Kind::TruncatedStream),
        row(
            "reset in the body",
            ended(http(200, &text[..20]), reset.clone()),
            Unproven,
            Kind::TruncatedStream,
        ),
        row("reset before the body", ended(http(200, ""), reset.clone()), Unproven, Kind::ConnectionFailed),
        row("reset in an error", ended(http(503, "busy"), reset), Unproven, Kind::Overloaded),
        row("no status", no_status, Unproven, Kind::HarnessError),
        go("expired", 408, "Missing request, possibly due to expiry or cancellation", Kind::TimeoutGateway),
        go("gateway", 504, "", Kind::TimeoutGateway),
        go("forbidden", 403, "{}", Kind::AuthFailed),
        go("slow down", 429, "{}", Kind::RateLimited),
        go("loading", 503, "Loading model", Kind::Overloaded),
        go("hop", 303, "", Kind::RedirectLimit),
        go("teapot", 418, "", Kind::HttpError),
        go("schema", 400, r#"{"error":"Unsupported JSON schema keyword"}"#, Kind::ConstraintRejected),
        go("prompt", 400, r#"{"error":"maximum context length is 4096"}"#, Kind::PromptTooLong),
    ]
}

/// Answers of a server that has members for what is no answer.
fn chat_bodies() -> Vec<Row> {
    let go = |what, message: serde_json::Value, reason, kind| {
        let body = json!({"choices": [{"message": message, "finish_reason": reason}]}).to_string();
        row(what, Capture { dialect: "openai-chat".into(), ..http(200, &body) }, Proven, kind)
    };
    vec![
        go("chat", json!({"content": GOOD}), "stop", Kind::Passed),
        go("declined", json!({"content": null, "refusal": "I cannot help"}), "stop", Kind::Refused),
        go("filtered", json!({"content": &GOOD[..9]}), "content_filter", Kind::ContentFiltered),
        go("given up", json!({"content": GOOD}), "error", Kind::InBandError),
        go("in the wrong member", json!({"content": "", "reasoning": GOOD}), "stop", Kind::Empty),
    ]
}

/// Streams that end otherwise than in good order.
fn streams() -> Vec<Row> {
    let limit = Nanos(60_000_000_000);
    let stalled = End::TimedOut { phase: Phase::Decode, limit };
    let reset = End::Broken { phase: Phase::Decode, message: "reset".into() };
    let piece =
        |text: &str, reason| json!({"choices": [{"delta": {"content": text}, "finish_reason": reason}]});
    let go = |what, messages: &[serde_json::Value], done, end: &End, kind| {
        let events: Vec<_> = messages.iter().map(|message| format!("data: {message}\n\n")).collect();
        let body = events.concat() + if done { "data: [DONE]\n\n" } else { "" };
        let capture = Capture { dialect: "vllm".into(), ..http(200, &body) };
        row(what, ended(capture, end.clone()), Proven, kind)
    };
    let whole = [piece(GOOD, Some("stop"))];
    let error = [piece("{", None), json!({"error": {"message": "worker died", "code": 500}})];
    let huge = End::Oversize { limit_bytes: 9 };
    vec![
        go("over and held open", &whole, true, &stalled, Kind::Passed),
        go("over and torn down", &whole, true, &reset, Kind::Passed),
        go("cut short and held open", &[piece("{", Some("length"))], true, &stalled, Kind::TruncatedBudget),
        go("a reason and no end", &whole, false, &stalled, Kind::TimeoutStall),
        go("half an answer", &[piece("{", None)], false, &stalled, Kind::TimeoutStall),
        go("an error and held open", &error, false, &stalled, Kind::InBandError),
        go("an error and no end of words", &error, false, &huge, Kind::InBandError),
        go("no end of words", &whole, true, &huge, Kind::ProtocolError),
        row("an error status and held open", ended(http(401, "no key"), stalled), Unproven, Kind::AuthFailed),
    ]
}

fn other_oracles() -> Vec<Row> {
    let with = |what, oracle: &Oracle, text: &str, finish, enforcement, kind| Row {
        what,
        capture: done(text, finish),
        oracle: oracle.clone(),
        enforcement,
        kind,
    };
    let choice = oracle(Some(Constraint::Choice(vec!["yes".into(), "yesterday".into()])));
    let regex = oracle(Some(Constraint::Regex("[0-9]{3}-[0-9]{4}".into())));
    let grammar = oracle(Some(Constraint::Grammar("start: /a+/".into())));
    let anything = oracle(None);
    let number = json!({"type": "integer", "multipleOf": 60}).to_string();
    let number = oracle(Some(Constraint::JsonSchema(number)));
    let at = Assertion {
        at: "/name".into(),
        equals: Some(json!("sub")),
        near: None,
        tolerance: None,
        contains: None,
        one_of: vec![],
    };
    let asserting = Oracle { assertions: vec![at], ..json_oracle() };
    let backtracking = json!({"pattern": r"^(?=x)(x+x+)+\1y$"}).to_string();
    let backtracking = oracle(Some(Constraint::JsonSchema(backtracking)));
    let limits = Oracle { expect: Expectation::Kind(Kind::TruncatedBudget), ..json_oracle() };
    vec![
        with("chosen", &choice, "yes", Finish::Stop, Proven, Kind::Passed),
        with("not a choice", &choice, "yes!", Finish::Stop, Proven, Kind::EnumMismatch),
        with("half a choice", &choice, "yest", Finish::Stop, Proven, Kind::StoppedEarly),
        with("half a choice, free", &choice, "yest", Finish::Stop, Unconstrained, Kind::EnumMismatch),
        with("half a choice at the cap", &choice, "yest", Finish::Length, Proven, Kind::TruncatedBudget),
        with("no choice", &choice, "", Finish::Stop, Proven, Kind::StoppedEarly),
        with("number at the cap", &number, "12", Finish::Length, Proven, Kind::TruncatedBudget),
        with("right number at the cap", &number, "120", Finish::Length, Proven, Kind::Passed),
        with("wrong number", &number, "12", Finish::Stop, Proven, Kind::OtherViolation),
        with("matched", &regex, "555-1234", Finish::Stop, Proven, Kind::Passed),
        with("not matched", &regex, "none", Finish::Length, Unconstrained, Kind::PatternMismatch),
        with("half a match", &regex, "555-", Finish::Length, Proven, Kind::TruncatedBudget),
        with("half a match and stop", &regex, "555-", Finish::Stop, Proven, Kind::StoppedEarly),
        with("grammar", &grammar, "aaa", Finish::Stop, Proven, Kind::Passed),
        with("grammar at the cap", &grammar, "aaa", Finish::Length, Proven, Kind::TruncatedBudget),
        with("no sentence", &grammar, "", Finish::Stop, Proven, Kind::Empty),
        with("free text", &anything, "hello", Finish::Length, Unconstrained, Kind::Passed),
        with("no text", &anything, "", Finish::Stop, Unconstrained, Kind::Empty),
        with("assertion", &asserting, GOOD, Finish::Stop, Proven, Kind::AssertionFailed),
        with(
            "pattern",
            &backtracking,
            &format!("\"{}\"", "x".repeat(60)),
            Finish::Stop,
            Proven,
            Kind::JudgeTimeout,
        ),
        with("expected cut", &limits, "{", Finish::Length, Proven, Kind::Passed),
        with("missed cut", &limits, GOOD, Finish::Stop, Proven, Kind::AssertionFailed),
        with("another failure", &limits, "{}", Finish::Stop, Proven, Kind::MissingKey),
    ]
}

fn rows() -> Vec<Row> {
    [ends(), worker_frames(), finishes(), values(), http_bodies(), chat_bodies(), streams(), other_oracles()]
        .into_iter()
        .flatten()
        .collect()
}

/// Whether a kind has rows above, and if not, what it waits for. A new kind does not compile
/// until somebody decides.
fn waits_for(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::SourceSyntax | Kind::SourceCompile | Kind::SourceBehaviour => Some("source checks"),
        Kind::Passed
        | Kind::Refused
        | Kind::ContentFiltered
        | Kind::TimeoutConnect
        | Kind::TimeoutFirstByte
        | Kind::TimeoutStall
        | Kind::TimeoutTotal
        | Kind::TimeoutGateway
        | Kind::TimeoutQueue
        | Kind::ConnectionFailed
        | Kind::RateLimited
        | Kind::Overloaded
        | Kind::AuthFailed
        | Kind::HttpError
        | Kind::RedirectLimit
        | Kind::ProtocolError
        | Kind::InBandError
        | Kind::ConstraintRejected
        | Kind::ConstraintUnsupported
        | Kind::CompileTimeout
        | Kind::PromptTooLong
        | Kind::EngineCrashed
        | Kind::EngineOutOfMemory
        | Kind::EngineHung
        | Kind::StoppedEarly
        | Kind::DeadEnd
        | Kind::TruncatedBudget
        | Kind::TruncatedContext
        | Kind::TruncatedStream
        | Kind::RunawayWhitespace
        | Kind::RunawayRepetition
        | Kind::Empty
        | Kind::InvalidJson
        | Kind::MissingKey
        | Kind::Unwrapped
        | Kind::WrongType
        | Kind::EnumMismatch
        | Kind::PatternMismatch
        | Kind::BoundViolated
        | Kind::ExtraProperty
        | Kind::OtherViolation
        | Kind::AssertionFailed
        | Kind::JudgeTimeout
        | Kind::HarnessError => None,
    }
}

#[test]
fn every_capture_has_its_kind() {
    let wrong: Vec<_> = rows()
        .iter()
        .filter_map(|row| {
            let outcome = judge(&row.oracle).judge(&row.capture, row.enforcement).outcome;
            (outcome.kind != row.kind)
                .then(|| format!("{}: wanted {:?}, got {outcome:?}", row.what, row.kind))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_kind_has_a_capture_or_a_reason() {
    let reached: BTreeSet<_> = rows().iter().map(|row| row.kind).collect();
    let expected: BTreeSet<_> = Kind::ALL.iter().copied().filter(|kind| waits_for(*kind).is_none()).collect();
    assert_eq!(reached, expected);
}

#[test]
fn every_failure_says_what_happened_in_one_line() {
    for row in rows() {
        let outcome = judge(&row.oracle).judge(&row.capture, row.enforcement).outcome;
        let message = &outcome.detail.message;
        assert!(outcome.passed() || !message.is_empty(), "{}", row.what);
        assert!(message.len() <= 400 && !message.contains('\n'), "{}: {message}", row.what);
    }
}

#[test]
fn judging_again_after_storing_gives_the_same() {
    for row in rows() {
        let judge = judge(&row.oracle);
        let (_, stored) = row.capture.encode().unwrap();
        let again: Capture = serde_json::from_slice(&stored).unwrap();
        assert_eq!(
            judge.judge(&row.capture, row.enforcement),
            judge.judge(&again, row.enforcement),
            "{}",
            row.what
        );
    }
}

#[test]
fn evidence_is_kept_whatever_became_of_the_answer() {
    let judge = judge(&json_oracle());
    let capture = Capture { load: Some(Nanos(7)), ..done("{\"na", Finish::Length) };
    let answer = judge.judge(&capture, Proven).answer;
    assert_eq!(answer.text, b"{\"na");
    assert_eq!(answer.finish_reason.as_deref(), Some("length"));
    assert_eq!((answer.timings.total, answer.timings.load), (capture.elapsed, Some(Nanos(7))));
    assert_eq!((answer.tokens.prompt, answer.tokens.completion), (Some(9), Some(1)));
    let answer = judge.judge(&timed_out(Phase::Mask), Proven).answer;
    assert_eq!((answer.text.as_slice(), answer.finish_reason), (b"{\"na".as_slice(), None));
}

#[test]
fn an_empty_answer_says_what_came_beside_it() {
    let rows = chat_bodies();
    let row = rows.iter().find(|row| row.kind == Kind::Empty).unwrap();
    let message = judge(&row.oracle).judge(&row.capture, row.enforcement).outcome.detail.message;
    let expected = format!("beside it came {} bytes of reasoning and 0 tool calls", GOOD.len());
    assert!(message.ends_with(&expected), "{message}");
}

#[test]
fn blame_follows_enforcement() {
    let judge = judge(&json_oracle());
    let blame = |enforcement| judge.judge_text("{}", enforcement).domain;
    assert_eq!(blame(Proven), Domain::Engine);
    assert_eq!(blame(Unproven), Domain::NotEnforced);
    assert_eq!(blame(Unconstrained), Domain::Model);
}

#[test]
fn a_number_beyond_a_double_is_judged_by_its_size_and_sign() {
    let kind = |schema: serde_json::Value, text: &str| {
        let oracle = oracle(Some(Constraint::JsonSchema(schema.to_string())));
        judge(&oracle).judge_text(text, Proven).kind
    };
    assert_eq!(kind(json!({"type": "integer"}), "1e999"), Kind::Passed);
    assert_eq!(kind(json!({"items": {"maximum": 5}}), "[-1e999]"), Kind::Passed);
    assert_eq!(kind(json!({"items": {"maximum": 5}}), "[1, 1e999]"), Kind::BoundViolated);
    assert_eq!(kind(json!({"type": "string"}), "1e999"), Kind::WrongType);
}

#[test]
fn an_enormous_answer_is_not_judged() {
    let text = "0".repeat(16 * 1024 * 1024 + 1);
    assert_eq!(judge(&json_oracle()).judge_text(&text, Proven).kind, Kind::JudgeTimeout);
}
