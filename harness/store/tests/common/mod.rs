//! Runs to write and read back.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

use std::collections::BTreeMap;

use gonogo_core::{
    Answer, ArmReceipt, Attempt, AttemptKey, Capture, Case, Constraint, ContentHash, Detail, End,
    Enforcement, Expectation, FORMAT, Frame, Kind, Machine, Nanos, Outcome, Plan, PlanOptions, Planned,
    Provenance, Receipt, Request, Revision, RunStatus, Sampling, Suite, Timings, Tokens,
};

pub fn suite(cases: usize) -> Suite {
    let case = |n: usize| Case {
        name: format!("case-{n}"),
        why: "shows storage".into(),
        features: vec![],
        steps: vec![],
        last_step: "answer".into(),
        prompt: "say\n\"hé\"".into(),
        constraint: Some(Constraint::JsonSchema(r#"{"type":"object"}"#.into())),
        max_tokens: None,
        temperature: Some(0.25),
        assertions: vec![],
        expect: Expectation::Pass,
        good: vec![Answer { why: "empty".into(), text: "{}".into() }],
        bad: vec![],
    };
    Suite {
        name: "s".into(),
        language: Some("typescript".into()),
        why: String::new(),
        system: String::new(),
        rungs: vec![],
        default_rung: None,
        sampling: gonogo_core::SuiteSampling::default(),
        cases: (0..cases).map(case).collect(),
        hash: ContentHash::of(b"suite"),
    }
}

pub fn plan(cases: usize) -> Plan {
    let arms = vec!["a".into(), "b".into()];
    let options = PlanOptions { arms, repeat: 1, seed: 7, rungs: vec![], cases: vec![], shard: None };
    Plan::new(vec![suite(cases)], &options)
}

pub fn receipt(plan: &Plan) -> Receipt {
    Receipt {
        format: FORMAT,
        run: String::new(),
        status: RunStatus::Unfinished,
        started: "2026-01-02T03:04:05.678Z".into(),
        finished: None,
        command: vec!["gonogo".into(), "run".into()],
        gonogo: Revision {
            version: "0.1.0".into(),
            built_from: None,
            sha256: None,
            commit: None,
            dirty: None,
            profile: "dev".into(),
        },
        machine: Machine { os: "os".into(), cpu: "cpu".into(), cores: 2, memory_bytes: 1, clock_ns: 20 },
        seed: plan.seed,
        concurrency: 1,
        pace: None,
        max_tokens: 64,
        temperature: 0.5,
        max_tokens_least: None,
        temperature_least: None,
        planned: u32::try_from(plan.attempts.len()).unwrap(),
        plan: None,
        shard: None,
        parts: vec![],
        resumed: vec![],
        load: None,
        suites: vec![],
        arms: vec![ArmReceipt {
            name: "a".into(),
            kind: "local".into(),
            engine: "none".into(),
            engine_evidence: None,
            provenance: Provenance::Local,
            enforcement: Enforcement::Unconstrained,
            canary: None,
            load: None,
            warm_up: Vec::new(),
            facts: BTreeMap::new(),
            retry: None,
            breaker: None,
            price: None,
        }],
        caveats: vec![],
    }
}

pub fn capture(frames: Vec<Vec<u8>>) -> Capture {
    Capture {
        format: FORMAT,
        dialect: "test/1".into(),
        request: Request {
            messages: vec![],
            constraint: None,
            sampling: Sampling { max_tokens: 9, temperature: 0.5, seed: u64::MAX },
        },
        status: Some(200),
        headers: vec![("content-type".into(), "text/plain".into())],
        frames: frames.into_iter().zip(1..).map(|(bytes, n)| Frame::new(Nanos(n), bytes)).collect(),
        end: End::Complete,
        elapsed: Nanos(5),
        phases: None,
        load: None,
        stderr: String::new(),
    }
}

pub fn row(planned: &Planned, message: &str, capture: &ContentHash) -> Attempt {
    Attempt {
        index: planned.index,
        key: planned.key.clone(),
        r#try: 0,
        then: None,
        late: None,
        before: None,
        asked_before: None,
        language: Some("typescript".into()),
        provenance: Provenance::Local,
        started: "2026-01-02T03:04:05.678Z".into(),
        seed: planned.seed,
        outcome: Outcome::new(Kind::MissingKey, Enforcement::Proven, Detail::message(message)),
        finish_reason: None,
        timings: Timings { total: Nanos(1), ttft: Some(Nanos(2)), ..Timings::default() },
        tokens: Tokens { prompt: Some(3), completion: None },
        answer_bytes: 4,
        capture: capture.clone(),
    }
}

/// A row of its own for every `n`.
pub fn nth_row(n: u32, message: &str) -> Attempt {
    let key = AttemptKey {
        suite: "s".into(),
        case: format!("case-{n}"),
        step: "answer".into(),
        rung: (n.is_multiple_of(2)).then(|| "faithful".into()),
        arm: "a".into(),
        repeat: 0,
    };
    row(&Planned { index: n, block: n, key, seed: u64::from(n) << 40 }, message, &ContentHash::of(b"x"))
}
