//! A probe tells servers that enforce from servers that only take what they are given, and keeps
//! every answer before it reads it.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod double;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use double::http;
use gonogo_backend::{Ask, Backend, BoxFuture, Capabilities, Identity};
use gonogo_core::{Capture, Constraint, End, ObserverError, Provenance};
use gonogo_dialects::Form;
use gonogo_runner::{Asked, Keywords, ProbeOptions, Probed, RunError, Verdict, Watcher, Way, probe};
use serde_json::Value;

/// A server, as a function from the constraint to status and text.
type Server = fn(Option<&Constraint>, &str) -> (u16, String);

struct Scripted {
    identity: Identity,
    server: Server,
    asked: Arc<Mutex<u32>>,
}

impl Backend for Scripted {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { constrains: true, canary: true, concurrency: 1 }
    }

    fn answer<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Capture> {
        Box::pin(async move {
            *self.asked.lock().unwrap() += 1;
            let prompt = &ask.request.messages[0].content;
            let (status, text) = (self.server)(ask.request.constraint.as_ref(), prompt);
            let body = serde_json::json!({"text": text, "finish_reason": "stop"}).to_string();
            http(&ask.request, Some(status), &body, End::Complete)
        })
    }
}

/// Remembers what it is shown, and may refuse to go on.
#[derive(Default)]
struct Witness {
    kept: BTreeMap<String, Capture>,
    seen: u32,
    full_at: Option<u32>,
}

impl Watcher for Witness {
    fn asking(&mut self, _: &str) {}

    fn captured(&mut self, asked: &Asked<'_>, capture: &Capture) -> Result<(), ObserverError> {
        if self.full_at == Some(self.seen) {
            return Err(ObserverError { observer: "the witness".into(), cause: "disk full".into() });
        }
        self.seen += 1;
        assert_eq!(capture.encode().unwrap().0, *asked.hash);
        self.kept.insert(asked.hash.as_str().to_owned(), capture.clone());
        Ok(())
    }
}

fn probed(server: Server, keywords: Keywords<'_>, witness: &mut Witness) -> Result<Probed, RunError> {
    let identity = Identity {
        kind: "sim",
        engine: "test".into(),
        provenance: Provenance::Simulated,
        facts: BTreeMap::new(),
    };
    let asked = Arc::new(Mutex::new(0));
    let backend = Arc::new(Scripted { identity, server, asked: Arc::clone(&asked) });
    let way = |stream| Way {
        channel: "schema".into(),
        takes: vec![Form::JsonSchema],
        foreign: false,
        own: true,
        stream,
        backend: backend.clone(),
    };
    let options = ProbeOptions { arm: "arm", seed: 7, fresh: 1, keywords };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let probed = runtime.block_on(probe(&[way(false), way(true)], &options, witness));
    if probed.is_ok() {
        assert_eq!(witness.seen, *asked.lock().unwrap(), "every answer is kept");
    }
    probed
}

/// An object of the schema's required keys, each with the first value that is legal.
fn legal(schema: &str) -> Option<String> {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let value = |value: &Value| -> Option<Value> {
        if value.get("$ref").is_some() {
            return None;
        }
        let first = value.get("const").or_else(|| value.get("enum")?.get(0)).cloned();
        let minimum = value.get("minimum").or_else(|| value.get("exclusiveMinimum")).and_then(Value::as_i64);
        Some(first.unwrap_or_else(|| match value["type"].as_str() {
            Some("integer") => (minimum.unwrap_or(0) + 1).into(),
            _ => "abc".into(),
        }))
    };
    let keys = schema["required"].as_array().unwrap();
    let members: Option<serde_json::Map<String, Value>> = keys
        .iter()
        .map(|key| {
            let key = key.as_str().unwrap();
            Some((key.to_owned(), value(&schema["properties"][key])?))
        })
        .collect();
    Some(Value::Object(members?).to_string())
}

/// What the prompt asks for, where the schema leaves that open: a model that is tempted.
fn tempted(schema: &str, prompt: &str) -> Option<String> {
    let schema: Value = serde_json::from_str(schema).ok()?;
    let key = schema["required"][0].as_str()?;
    let wanted: Value = serde_json::from_str(prompt.rsplit("exactly: ").next()?).ok()?;
    let value = &schema["properties"][key];
    let bound = ["minimum", "const", "enum"].iter().any(|keyword| value.get(keyword).is_some());
    (!bound).then(|| serde_json::json!({key: wanted}).to_string())
}

fn enforces(constraint: Option<&Constraint>, prompt: &str) -> (u16, String) {
    match constraint {
        Some(Constraint::JsonSchema(schema)) => match tempted(schema, prompt).or_else(|| legal(schema)) {
            Some(text) => (200, text),
            None => (400, "invalid schema".into()),
        },
        Some(_) | None => (200, "hello".into()),
    }
}

fn ignores(_: Option<&Constraint>, _: &str) -> (u16, String) {
    (200, "hello".into())
}

/// Enforces what it can compile, and drops the rest.
fn fails_open(constraint: Option<&Constraint>, prompt: &str) -> (u16, String) {
    match enforces(constraint, prompt) {
        (400, _) => (200, "hello".into()),
        answer => answer,
    }
}

#[test]
fn a_server_that_enforces_is_told_from_one_that_takes_and_ignores() {
    for (server, verdict, uncompilable) in [
        (enforces as Server, Verdict::Enforced, Some(Verdict::Rejected)),
        (ignores, Verdict::Ignored, None),
        (fails_open, Verdict::Enforced, Some(Verdict::FailsOpen)),
    ] {
        let mut witness = Witness::default();
        let probed = probed(server, Keywords::None, &mut witness).unwrap();
        let own = probed.own().unwrap();
        assert_eq!(own.verdict, verdict, "{own:#?}");
        assert_eq!(own.uncompilable.as_ref().map(|finding| finding.verdict), uncompilable);
        let canaries: BTreeSet<_> =
            own.canaries.iter().map(|canary| (canary.canary, canary.stream)).collect();
        let names = ["const", "enum", "max-length"];
        assert_eq!(canaries, names.iter().flat_map(|name| [(*name, false), (*name, true)]).collect());
        assert_eq!(probed.latency.is_some(), verdict == Verdict::Enforced);
        assert!(probed.keywords.is_empty());
    }
}

#[test]
fn every_finding_names_the_answers_that_it_rests_on() {
    let mut witness = Witness::default();
    let only = ["minimum".to_owned(), "multipleOf".to_owned()];
    let probed = probed(enforces, Keywords::Only(&only), &mut witness).unwrap();
    let verdicts: Vec<_> = probed.keywords.iter().map(|row| (row.keyword, row.finding.verdict)).collect();
    assert_eq!(verdicts, [("minimum", Verdict::Enforced), ("multipleOf", Verdict::Ignored)]);
    let own = probed.own().unwrap();
    let findings = own.canaries.iter().map(|canary| &canary.finding).chain(&own.uncompilable);
    let findings: Vec<_> = findings.chain(probed.keywords.iter().map(|row| &row.finding)).collect();
    for finding in &findings {
        assert!(!finding.captures.is_empty(), "{finding:?}");
        assert!(finding.captures.iter().all(|hash| witness.kept.contains_key(hash.as_str())));
    }
    let compared = findings.iter().filter(|finding| finding.captures.len() == 2).count();
    assert_eq!(compared, findings.len() - 1, "all but the uncompilable schema are comparisons");
}

#[test]
fn new_schemas_are_asked_before_the_same_again() {
    let mut witness = Witness::default();
    let probed = probed(enforces, Keywords::None, &mut witness).unwrap();
    let latency = probed.latency.unwrap();
    assert!((latency.stream, latency.rounds) == (true, 3) && latency.why.is_empty(), "{latency:?}");
    let schemas: Vec<Constraint> = latency
        .captures
        .iter()
        .map(|hash| witness.kept[hash.as_str()].request.constraint.clone().unwrap())
        .collect();
    for pair in schemas.chunks(2) {
        assert_eq!(pair[0], pair[1]);
    }
    assert!(schemas[0] != schemas[2] && schemas[2] != schemas[4] && schemas[0] != schemas[4]);
    assert!(latency.cold.first_byte.is_some() && latency.warm.first_byte.is_some());
}

#[test]
fn an_answer_that_cannot_be_kept_ends_the_probe() {
    let mut witness = Witness { full_at: Some(3), ..Witness::default() };
    let error = probed(enforces, Keywords::All, &mut witness).unwrap_err();
    assert!(matches!(error, RunError::Observer(_)), "{error}");
    assert_eq!(witness.seen, 3);
}
