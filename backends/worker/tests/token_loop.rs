//! The token loop with a scripted model: what is drawn, counted, written and survived.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use gonogo_core::{Constraint, Message, Nanos, Phase, Request, Role, Sampling};
use gonogo_engine::{
    CompileError, Engine, Identity, Mask, Matcher, StepError, TokenId, Unconstrained, Vocabulary,
};
use gonogo_protocol::{Done, Failed, FailureClass, Fault, Finish, FromWorker, Hello, ToWorker, VERSION};
use support::{Scripted, bytes_vocabulary, spoken, tokens_of};

fn hello(engine: &str, fault: Option<Fault>) -> String {
    let hello = Hello {
        protocol: VERSION,
        model: "model.gguf".into(),
        cache: "cache".into(),
        engine: engine.into(),
        options: serde_json::Value::Null,
        threads: 1,
        context: 64,
        address_space_bytes: 1 << 30,
        fault,
    };
    serde_json::to_string(&ToWorker::Hello(hello)).unwrap()
}

fn request(prompt: &str, max_tokens: u32) -> Request {
    Request {
        messages: vec![Message { role: Role::User, content: prompt.into() }],
        constraint: Some(Constraint::Regex(".*".into())),
        sampling: Sampling { max_tokens, temperature: 0.0, seed: 1 },
    }
}

fn attempt(request: Request) -> String {
    serde_json::to_string(&ToWorker::Attempt(request)).unwrap()
}

fn unconstrained(_: &Vocabulary, _: &Hello) -> Result<Box<dyn Engine>, String> {
    Ok(Box::new(Unconstrained))
}

fn wants(script: &str) -> Scripted {
    Scripted::new(bytes_vocabulary(), tokens_of(script.as_bytes()))
}

/// The answer's bytes and its last line, of a conversation of one attempt.
fn answer(model: Scripted, fault: Option<Fault>, request: Request) -> (String, FromWorker) {
    let lines = spoken(model, &unconstrained, &[hello("none", fault), attempt(request)]);
    let text = text(&lines);
    (text, lines.last().unwrap().clone())
}

fn text(lines: &[FromWorker]) -> String {
    let bytes = lines.iter().filter_map(|line| match line {
        FromWorker::Token(token) => Some(token.text.bytes().to_vec()),
        FromWorker::Ready(_)
        | FromWorker::Compiled(_)
        | FromWorker::Heartbeat(_)
        | FromWorker::Done(_)
        | FromWorker::Failed(_) => None,
    });
    String::from_utf8(bytes.flatten().collect()).unwrap()
}

fn finish(line: &FromWorker) -> (Finish, u32) {
    let FromWorker::Done(Done { finish, completion_tokens, .. }) = line else { panic!("{line:?}") };
    (*finish, *completion_tokens)
}

fn failure(line: &FromWorker) -> &Failed {
    let FromWorker::Failed(failed) = line else { panic!("{line:?}") };
    failed
}

#[test]
fn the_end_token_is_drawn_but_neither_written_nor_counted() {
    let (text, last) = answer(wants("héllo"), None, request("p", 40));
    assert_eq!((text.as_str(), finish(&last)), ("héllo", (Finish::Stop, 6)));
}

#[test]
fn the_budget_and_the_context_end_an_answer_by_different_names() {
    let (text, last) = answer(wants("hello"), None, request("p", 3));
    assert_eq!((text.as_str(), finish(&last)), ("hel", (Finish::Length, 3)));
    // Four tokens of prompt in a context of six leave room for two.
    let (text, last) = answer(wants("hello").with_context(6), None, request("four", 40));
    assert_eq!((text.as_str(), finish(&last)), ("he", (Finish::Context, 2)));
    let (text, last) = answer(wants("hello"), None, request("p", 0));
    assert_eq!((text.as_str(), finish(&last)), ("", (Finish::Length, 0)));
}

#[test]
fn a_prompt_that_leaves_no_room_is_refused_with_both_figures() {
    let (_, last) = answer(wants("x").with_context(4), None, request("four", 1));
    assert_eq!(failure(&last).class, FailureClass::PromptTooLong);
    assert!(failure(&last).message.contains("4 tokens and the context holds 4"), "{last:?}");
    let (_, last) = answer(wants("x").with_context(5), None, request("four", 1));
    assert_eq!(finish(&last), (Finish::Length, 1));
}

#[test]
fn faults_that_answer_end_as_they_say() {
    let (text, last) = answer(wants("hello"), Some(Fault::EmptyMask { after: 2 }), request("p", 40));
    assert_eq!((text.as_str(), finish(&last)), ("he", (Finish::DeadEnd, 2)));
    let (text, last) = answer(wants("hello"), Some(Fault::StopEarly { after: 3 }), request("p", 40));
    assert_eq!((text.as_str(), finish(&last)), ("hel", (Finish::Stop, 3)));
    let (text, last) = answer(wants("hello"), Some(Fault::Raise { after: 1 }), request("p", 40));
    assert_eq!((text.as_str(), failure(&last).class), ("h", FailureClass::Engine));
}

#[test]
fn faults_leave_requests_without_a_constraint_alone() {
    let free = Request { constraint: None, ..request("p", 40) };
    let (text, last) = answer(wants("hello"), Some(Fault::EmptyMask { after: 0 }), free);
    assert_eq!((text.as_str(), finish(&last)), ("hello", (Finish::Stop, 5)));
}

#[test]
fn sums_of_the_last_line_are_those_of_the_tokens_and_the_end() {
    let lines = spoken(wants("hello"), &unconstrained, &[hello("none", None), attempt(request("p", 40))]);
    let mut tokens = Nanos::default();
    for line in &lines {
        if let FromWorker::Token(token) = line {
            tokens = tokens + token.mask;
        }
    }
    let FromWorker::Done(done) = lines.last().unwrap() else { panic!("{lines:?}") };
    // The step that drew the end token had a mask too.
    assert!(done.mask > tokens, "{} and {}", done.mask, tokens);
}

#[test]
fn a_panicking_model_costs_one_attempt() {
    let lines = [hello("none", None), attempt(request("p", 40)), attempt(request("p", 1))];
    let spoken = spoken(wants("hello").panicking_at(2), &unconstrained, &lines);
    let failed = spoken.iter().find(|line| matches!(line, FromWorker::Failed(_))).unwrap();
    assert_eq!((failure(failed).phase, failure(failed).class), (Phase::Decode, FailureClass::Worker));
    assert_eq!(
        failure(failed).message.lines().next(),
        Some("panicked: assertion `left != right` failed: scripted to panic")
    );
    assert_eq!(finish(spoken.last().unwrap()), (Finish::Length, 1));
}

/// Panics in its second mask, and in the first one of an engine that was not opened anew.
struct Bomb {
    went_off: bool,
}

impl Engine for Bomb {
    fn identity(&self) -> Identity {
        Identity { name: "bomb".into(), version: "1".into() }
    }

    fn compile(&mut self, constraint: &Constraint) -> Result<Box<dyn Matcher>, CompileError> {
        assert!(!self.went_off, "used after its panic");
        match constraint {
            Constraint::Regex(_) => {
                self.went_off = true;
                Ok(Box::new(BombMatcher))
            }
            Constraint::JsonSchema(_) | Constraint::Grammar(_) | Constraint::Choice(_) => {
                Err(CompileError::Rejected(format!("no {}", constraint.name())))
            }
        }
    }
}

struct BombMatcher;

impl Matcher for BombMatcher {
    fn fill(&mut self, mask: &mut Mask) -> Result<(), StepError> {
        mask.allow_all();
        Ok(())
    }

    fn accept(&mut self, _: TokenId) -> Result<(), StepError> {
        panic!("boom");
    }
}

#[test]
fn a_panicking_engine_is_replaced_by_a_fresh_one() {
    let open = |_: &Vocabulary, _: &Hello| -> Result<Box<dyn Engine>, String> {
        Ok(Box::new(Bomb { went_off: false }))
    };
    let lines = [hello("bomb", None), attempt(request("p", 4)), attempt(request("p", 4))];
    let spoken = spoken(wants("hello"), &open, &lines);
    let failures: Vec<_> = spoken.iter().filter(|line| matches!(line, FromWorker::Failed(_))).collect();
    assert_eq!(failures.len(), 2);
    for line in failures {
        assert_eq!((failure(line).phase, failure(line).class), (Phase::Mask, FailureClass::Engine));
        assert_eq!(failure(line).message, "panicked: boom");
    }
}

#[test]
fn a_declined_constraint_is_told_apart_from_a_failure() {
    let open = |_: &Vocabulary, _: &Hello| -> Result<Box<dyn Engine>, String> {
        Ok(Box::new(Bomb { went_off: false }))
    };
    let schema = Request { constraint: Some(Constraint::JsonSchema("{}".into())), ..request("p", 4) };
    let spoken = spoken(wants("hello"), &open, &[hello("bomb", None), attempt(schema)]);
    let failed = failure(spoken.last().unwrap());
    assert_eq!((failed.phase, failed.class), (Phase::Compile, FailureClass::Rejected));
    assert_eq!(failed.message, "no json-schema");
}

#[test]
fn lines_that_are_not_of_the_protocol_are_answered_and_survived() {
    let lines = [hello("none", None), "{}".into(), hello("none", None), attempt(request("p", 2))];
    let spoken = spoken(wants("hello"), &unconstrained, &lines);
    assert_eq!(failure(&spoken[1]).class, FailureClass::Worker);
    assert!(failure(&spoken[2]).message.contains("second hello"));
    assert_eq!(finish(spoken.last().unwrap()), (Finish::Length, 2));
}

#[test]
fn a_hello_for_another_engine_or_protocol_is_refused() {
    let refused = |line: String| failure(&spoken(wants(""), &unconstrained, &[line])[0]).message.clone();
    assert!(refused(hello("xgrammar", None)).contains("`none` and was asked for `xgrammar`"));
    let newer = hello("none", None).replace("\"protocol\":1", "\"protocol\":2");
    assert!(refused(newer).contains("version 1 of the protocol and not 2"));
    assert!(refused(attempt(request("p", 1))).contains("before the hello"));
}

#[test]
fn draws_with_a_temperature_repeat_with_the_seed() {
    let warm = |seed| {
        let sampling = Sampling { max_tokens: 30, temperature: 3.0, seed };
        let lines = [hello("none", None), attempt(Request { sampling, ..request("p", 30) })];
        spoken(wants("hello"), &unconstrained, &lines)
            .iter()
            .filter_map(|line| if let FromWorker::Token(token) = line { Some(token.id) } else { None })
            .collect::<Vec<_>>()
    };
    assert_eq!(warm(5), warm(5));
    assert_ne!(warm(5), warm(6));
}
