//! A canary proves enforcement or it does not; nothing in between, and nothing is assumed.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod double;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use double::http;
use gonogo_backend::{Ask, Backend, BoxFuture, Capabilities, Identity};
use gonogo_core::{Capture, Constraint, End, Enforcement, Nanos, Provenance};
use gonogo_runner::{OpenArm, WarmUp, nonce, warm_up};

/// Answers with whatever `say` makes of the constraint.
struct Says {
    /// The one kind of constraint that it has a way to say; any where absent.
    takes: Option<&'static str>,
    identity: Identity,
    capabilities: Capabilities,
    say: fn(Option<&Constraint>) -> String,
    asked: Mutex<Vec<Ask>>,
}

impl Backend for Says {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn answer<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Capture> {
        Box::pin(async move {
            let cold = self.asked.lock().unwrap().is_empty();
            self.asked.lock().unwrap().push(ask.clone());
            let constraint = ask.request.constraint.as_ref();
            if let (Some(takes), Some(constraint)) = (self.takes, constraint)
                && constraint.name() != takes
            {
                let end = End::Unsent { message: format!("it takes {takes} only") };
                return http(&ask.request, None, "", end);
            }
            let text = (self.say)(constraint);
            let body = serde_json::json!({ "text": text, "finish_reason": "stop" }).to_string();
            let capture = http(&ask.request, Some(200), &body, End::Complete);
            Capture { load: cold.then_some(Nanos(9)), ..capture }
        })
    }
}

fn warm(constrains: bool, canary: bool, say: fn(Option<&Constraint>) -> String) -> (WarmUp, Vec<Ask>) {
    warm_named("arm", 7, constrains, canary, say)
}

fn warm_named(
    name: &str,
    seed: u64,
    constrains: bool,
    canary: bool,
    say: fn(Option<&Constraint>) -> String,
) -> (WarmUp, Vec<Ask>) {
    let capabilities = Capabilities { constrains, canary, concurrency: 1 };
    warmed(name, seed, capabilities, say, None)
}

fn warm_by(takes: &'static str) -> (WarmUp, Vec<Ask>) {
    let capabilities = Capabilities { constrains: true, canary: true, concurrency: 1 };
    warmed("arm", 7, capabilities, obey, Some(takes))
}

fn warmed(
    name: &str,
    seed: u64,
    capabilities: Capabilities,
    say: fn(Option<&Constraint>) -> String,
    takes: Option<&'static str>,
) -> (WarmUp, Vec<Ask>) {
    let identity = Identity {
        kind: "sim",
        engine: "test".into(),
        provenance: Provenance::Simulated,
        facts: std::collections::BTreeMap::new(),
    };
    let backend = Arc::new(Says { takes, identity, capabilities, say, asked: Mutex::default() });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let warm = runtime
        .block_on(warm_up(&OpenArm::new(backend.clone()), name, seed, &nonce(name, seed, Some(3))))
        .unwrap();
    let asked = backend.asked.lock().unwrap().clone();
    (warm, asked)
}

/// The only answer the schema allows.
fn obey(constraint: Option<&Constraint>) -> String {
    match constraint {
        Some(Constraint::JsonSchema(schema)) => {
            let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
            let [key] = schema["required"].as_array().unwrap().as_slice() else { panic!("{schema}") };
            let value = &schema["properties"][key.as_str().unwrap()];
            // In spaces that no canary is written with.
            format!("{{ {key} :\n{} }}", value["enum"][0])
        }
        Some(Constraint::Choice(choices)) => choices[0].clone(),
        Some(Constraint::Regex(only)) => only.clone(),
        Some(Constraint::Grammar(rules)) => rules.split('"').nth(1).unwrap().to_owned(),
        None => "hello".into(),
    }
}

#[test]
fn an_arm_that_answers_the_nonce_only_under_the_constraint_is_proven() {
    let (warm, asked) = warm(true, true, obey);
    assert_eq!(warm.enforcement, Enforcement::Proven);
    let canary = warm.canary.as_ref().unwrap();
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(value(&canary.constrained), value(&canary.nonce));
    assert_eq!(canary.unconstrained, "hello");
    let nonce = value(&canary.nonce)["nonce"].as_str().unwrap().to_owned();
    assert!(nonce.starts_with("zq-") && nonce.len() == 15, "{nonce}");
    assert_eq!(warm.load(), Some(Nanos(9)));
    assert_eq!(warm.captures.len(), 2);
    assert!(asked[0].request.constraint.is_some() && asked[1].request.constraint.is_none());
    assert_eq!(asked[0].request.messages, asked[1].request.messages);
    assert!(!asked[0].request.messages[0].content.contains("zq-"), "the prompt does not give it away");
}

/// What strict servers ask of a schema: an object at the root, closed, each key required.
#[test]
fn the_canary_is_a_schema_that_every_server_takes() {
    let (_, asked) = warm(true, true, obey);
    let Some(Constraint::JsonSchema(schema)) = &asked[0].request.constraint else { panic!("{asked:?}") };
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    assert_eq!((&schema["type"], &schema["additionalProperties"]), (&"object".into(), &false.into()));
    let keys: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(schema["required"], serde_json::json!(keys));
    for value in schema["properties"].as_object().unwrap().values() {
        assert!(value["type"] == "string" && value["enum"].is_array(), "{schema}");
    }
}

/// A backend whose channel takes no schema says so before anything is sent.
#[test]
fn a_channel_that_takes_no_schema_is_asked_in_what_it_takes() {
    for takes in ["choice", "regex", "grammar"] {
        let (warm, asked) = warm_by(takes);
        assert_eq!(warm.enforcement, Enforcement::Proven, "{takes}: {:?}", warm.canary);
        assert!(warm.canary.unwrap().nonce.starts_with("zq-"));
        let sent: Vec<_> = asked.iter().filter_map(|ask| ask.request.constraint.as_ref()).collect();
        assert_eq!(sent.last().unwrap().name(), takes);
        assert_eq!(warm.captures.len(), 2);
        assert!(
            warm.captures.iter().all(|capture| capture.end == End::Complete),
            "the unsent are no evidence"
        );
    }
    let (nothing, _) = warm_by("nothing at all");
    assert_eq!(nothing.enforcement, Enforcement::Unproven);
    assert!(matches!(nothing.captures[0].end, End::Unsent { .. }));
}

#[test]
fn every_run_has_a_nonce_of_its_own_and_an_old_recording_the_one_it_was_asked_with() {
    let (warm, _) = warm_named("a", 7, true, true, obey);
    assert_eq!(warm.canary.unwrap().bare_nonce(), nonce("a", 7, Some(3)));
    let all = [("a", 7, Some(3)), ("a", 7, Some(4)), ("a", 8, Some(3)), ("b", 7, Some(3)), ("a", 7, None)];
    let nonces: BTreeSet<String> = all.map(|(name, seed, fresh)| nonce(name, seed, fresh)).into();
    assert_eq!(nonces.len(), all.len(), "{nonces:?}");
    assert_eq!(nonce("a", 7, None), "zq-pkzidntyykrv");
}

#[test]
fn everything_else_is_unproven() {
    let ignores = |_: Option<&Constraint>| "hello".to_owned();
    let almost = |constraint: Option<&Constraint>| format!("Sure: {}", obey(constraint));
    let silent = |_: Option<&Constraint>| String::new();
    let breaks = |_: Option<&Constraint>| -> String { panic!("as told") };
    let says: [fn(Option<&Constraint>) -> String; 4] = [ignores, almost, silent, breaks];
    for say in says {
        let (warm, _) = warm(true, true, say);
        assert_eq!(warm.enforcement, Enforcement::Unproven, "{:?}", warm.canary);
        assert_eq!(warm.captures.len(), 2, "failing captures are kept too");
    }
}

#[test]
fn a_control_is_warmed_without_a_canary_and_a_cassette_is_left_alone() {
    let (control, asked) = warm(false, true, obey);
    assert_eq!((control.enforcement, control.canary), (Enforcement::Unconstrained, None));
    assert!(asked.len() == 1 && asked[0].request.constraint.is_none());

    let (cassette, asked) = warm(true, false, obey);
    assert_eq!((cassette.enforcement, cassette.canary), (Enforcement::Unproven, None));
    assert!(asked.is_empty() && cassette.captures.is_empty());
}
