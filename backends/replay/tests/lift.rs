//! The founding case: its cassette is what `fixtures/lift-2025-10-23.csv` makes of it, and is
//! judged as its rows say. `GONOGO_UPDATE=1` writes the cassette again.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use gonogo_backend::{Ask, Backend};
use gonogo_core::{
    AttemptKey, Capture, Domain, End, Enforcement, Family, Frame, Kind, Nanos, Outcome, Request, Sampling,
    Suite,
};
use gonogo_judge::Judge;
use gonogo_replay::{Cassette, Exchange, Header, Pace, Replay};

/// The format in which answers are found by label.
const BY_LABEL: u32 = 1;
const NAME: &str = "lift-2025-10-23";
const GATEWAY: &str = "Missing request possibly due to expiry or cancellation";
const WHY: &str = "The founding case: 21 end-to-end tests against one serverless endpoint, 1 passed, and the \
    engine was blamed. Nobody captured the raw responses, so every answer here is reconstructed from what its \
    row in fixtures/lift-2025-10-23.csv reports: a 408 with the gateway's words (one row quotes them, the other \
    six say only HTTP 408), a JSON object without `implementation`, and for the row that passed the known-good \
    answer of the suite's case at rung faithful. Requests, models, headers and times were not reported: requests \
    are empty, content types assumed, times zero, and none of them may be quoted. Good for showing how failures \
    are told apart; it says nothing about any engine.";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// One reported test.
struct Row {
    language: String,
    case: String,
    outcome: String,
    detail: String,
}

fn rows() -> Vec<Row> {
    let text = fs::read_to_string(root().join(format!("fixtures/{NAME}.csv"))).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("language,case,outcome,detail"));
    let row = |line: &str| {
        let fields: Vec<_> = line.splitn(4, ',').map(str::to_owned).collect();
        let [language, case, outcome, detail] = fields.try_into().unwrap();
        Row { language, case, outcome, detail }
    };
    lines.map(row).collect()
}

fn suite(name: &str) -> Suite {
    gonogo_suite::load(&root().join("suites").join(name)).unwrap()
}

fn key(row: &Row) -> AttemptKey {
    AttemptKey {
        suite: row.language.clone(),
        case: row.case.clone(),
        step: "answer".into(),
        rung: None,
        arm: NAME.into(),
        repeat: 0,
    }
}

/// What the server must have sent for this report, as far as the report goes.
fn answer(row: &Row) -> (u16, &'static str, String) {
    match (row.outcome.as_str(), row.detail.as_str()) {
        ("timeout-gateway", detail) => {
            assert!(detail == "HTTP 408" || detail == format!("HTTP 408 {GATEWAY}"), "{detail}");
            (408, "text/plain", GATEWAY.into())
        }
        ("schema-violation", detail) => {
            assert_eq!(detail, "missing required key implementation");
            (200, "application/json", r#"{"ir_json":{"imports":[]}}"#.into())
        }
        ("passed", "") => {
            let suite = suite(&row.language);
            let good = &suite.case(&row.case).unwrap().good[0].text;
            let value: serde_json::Value = serde_json::from_str(good).unwrap();
            (200, "application/json", serde_json::json!({ "ir_json": value }).to_string())
        }
        other => panic!("nothing is known about {other:?}"),
    }
}

fn exchange(row: &Row) -> Exchange {
    let (status, content_type, body) = answer(row);
    let sampling = Sampling { max_tokens: 0, temperature: 0.0, seed: 0 };
    let capture = Capture {
        format: gonogo_core::FORMAT,
        dialect: "custom-json/1".into(),
        request: Request { messages: vec![], constraint: None, sampling },
        status: Some(status),
        headers: vec![("content-type".into(), content_type.into())],
        frames: vec![Frame::new(Nanos(0), body.into_bytes())],
        end: End::Complete,
        elapsed: Nanos(0),
        phases: None,
        load: None,
        stderr: String::new(),
    };
    // Of the requests nothing was reported, so that there is nothing to find an answer by but its label.
    Exchange {
        label: Ask::label_for(&key(row)),
        r#try: 0,
        warm_up: false,
        key: None,
        request: None,
        constraint: None,
        http: None,
        judged: None,
        capture,
    }
}

fn reconstructed() -> Cassette {
    let facts = [("engine", "xgrammar"), ("server", "vLLM behind a serverless gateway, versions unknown")];
    Cassette {
        header: Header {
            format: BY_LABEL,
            name: NAME.into(),
            dialect: "custom-json/1".into(),
            recorded: "2025-10-23".into(),
            reconstructed: true,
            any_rung: true,
            provenance: None,
            facts: facts.map(|(name, fact)| (name.to_owned(), fact.to_owned())).into(),
            engine_evidence: None,
            nonce: None,
            asked: None,
            suites: Vec::new(),
            gonogo: None,
            why: WHY.into(),
        },
        exchanges: rows().iter().map(exchange).collect(),
    }
}

fn committed() -> PathBuf {
    root().join(format!("fixtures/cassettes/{NAME}.jsonl"))
}

#[test]
fn the_cassette_is_what_the_rows_make_of_it() {
    let cassette = reconstructed();
    if env::var_os("GONOGO_UPDATE").is_some() {
        cassette.save(&committed()).unwrap();
    }
    let same = fs::read(committed()).unwrap() == cassette.encode().unwrap();
    assert!(same, "the cassette is stale: run this test with GONOGO_UPDATE=1 and read the difference");
}

/// Replays the row at the suite's default rung and judges the answer.
async fn outcome(replay: &Replay, suite: &Suite, row: &Row) -> Outcome {
    let key = AttemptKey { rung: suite.default_rung.clone(), ..key(row) };
    let case = suite.case(&row.case).unwrap();
    let sampling = Sampling { max_tokens: 9, temperature: 0.0, seed: 1 };
    let request = Request { messages: vec![], constraint: None, sampling };
    let capture = replay.answer(&Ask { label: Ask::label_for(&key), r#try: 0, request }).await;
    let judge = Judge::new(&suite.oracle(case, key.rung.as_deref())).unwrap();
    judge.judge(&capture, Enforcement::Unproven).outcome
}

#[tokio::test]
async fn the_founding_case_is_seven_gateway_timeouts_thirteen_missing_keys_and_a_pass() {
    let replay = Replay::open(NAME, &committed(), Pace::Instant).unwrap();
    assert!(replay.cassette().header.reconstructed);
    let mut kinds: BTreeMap<Kind, u32> = BTreeMap::new();
    for row in rows() {
        let suite = suite(&row.language);
        let outcome = outcome(&replay, &suite, &row).await;
        let (language, case, detail) = (&row.language, &row.case, &outcome.detail);
        // The report speaks of a family where it says schema-violation, and of a kind elsewhere.
        let reported = [outcome.kind.name(), outcome.family.name()].contains(&row.outcome.as_str());
        assert!(reported, "{language}/{case}: {} {detail:?}", outcome.kind.name());
        if outcome.family == Family::SchemaViolation {
            assert!(detail.message.contains("implementation"), "{language}/{case}: {detail:?}");
            assert_eq!(outcome.domain, Domain::NotEnforced, "no canary, no blame for the engine");
        }
        *kinds.entry(outcome.kind).or_default() += 1;
    }
    let expected = [(Kind::TimeoutGateway, 7), (Kind::MissingKey, 13), (Kind::Passed, 1)];
    assert_eq!(kinds, BTreeMap::from(expected));
}
