//! Receipts and rows made up for the tests of crates that read runs: in one place, so that a new field of a row
//! is filled in once. Nothing that is shipped depends on this crate.

use std::collections::BTreeMap;

use gonogo_core::{
    ArmReceipt, Attempt, AttemptKey, ContentHash, Detail, Enforcement, FORMAT, Kind, Machine, Nanos, Outcome,
    Provenance, Receipt, Revision, RunStatus, SuiteReceipt, Timings, Tokens,
};

/// An arm whose constraint is proven.
#[must_use]
pub fn arm(name: &str) -> ArmReceipt {
    ArmReceipt {
        name: name.into(),
        kind: "local".into(),
        engine: name.into(),
        engine_evidence: None,
        provenance: Provenance::Local,
        enforcement: Enforcement::Proven,
        canary: None,
        load: None,
        warm_up: vec![],
        facts: BTreeMap::from([
            ("model.sha256".into(), "abc".into()),
            ("engine.version".into(), name.into()),
        ]),
        retry: None,
        breaker: None,
        price: None,
    }
}

/// A whole run with these arms, over 21 cases of one suite.
#[must_use]
pub fn receipt(run: &str, arms: &[ArmReceipt]) -> Receipt {
    Receipt {
        format: FORMAT,
        run: run.into(),
        status: RunStatus::Complete,
        started: "2026-11-21T06:00:00.000Z".into(),
        finished: None,
        command: vec!["gonogo".into(), "run".into()],
        gonogo: Revision {
            version: "0.1.0".into(),
            built_from: Some("0123456789abcdef".into()),
            sha256: None,
            commit: None,
            dirty: None,
            profile: "release".into(),
        },
        machine: Machine {
            os: "Linux".into(),
            cpu: "Example CPU".into(),
            cores: 2,
            memory_bytes: 8 << 30,
            clock_ns: 25,
        },
        seed: 7,
        concurrency: 1,
        pace: None,
        max_tokens: 400,
        max_tokens_least: None,
        temperature: 0.0,
        temperature_least: None,
        planned: 0,
        plan: None,
        shard: None,
        parts: vec![],
        resumed: vec![],
        load: None,
        suites: vec![SuiteReceipt {
            name: "rust".into(),
            hash: ContentHash::of(b"rust"),
            cases: 21,
            of_cases: Some(21),
        }],
        arms: arms.to_vec(),
        caveats: vec![],
    }
}

/// An attempt at case `case`; the time of day follows from its index. Even cases are Rust's, odd ones Go's.
#[must_use]
pub fn attempt(arm: &str, index: u32, case: u32, repeat: u32, kind: Kind, millis: u64) -> Attempt {
    let language = if case.is_multiple_of(2) { "rust" } else { "go" };
    Attempt {
        index,
        key: AttemptKey {
            suite: "rust".into(),
            case: format!("case-{case:03}"),
            step: "answer".into(),
            rung: None,
            arm: arm.into(),
            repeat,
        },
        r#try: 0,
        then: None,
        late: None,
        before: None,
        asked_before: None,
        language: Some(language.into()),
        provenance: Provenance::Local,
        started: format!("2026-11-21T06:{:02}:{:02}.000Z", index / 60, index % 60),
        seed: u64::from(case * 100 + repeat),
        outcome: Outcome::new(kind, Enforcement::Proven, Detail::default()),
        finish_reason: None,
        timings: Timings {
            total: Nanos(millis * 1_000_000),
            ttft: Some(Nanos(millis * 100_000)),
            ..Timings::default()
        },
        tokens: Tokens { prompt: Some(100), completion: Some(50) },
        answer_bytes: 10,
        capture: ContentHash::of(format!("{arm} {case} {repeat}").as_bytes()),
    }
}
