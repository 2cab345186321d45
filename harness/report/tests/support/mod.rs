//! Runs made up for the tests, the same on every machine.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, reason = "a run that cannot be made up fails the test")]

use std::collections::BTreeMap;

use gonogo_core::{
    ArmReceipt, Attempt, AttemptKey, Canary, ContentHash, Detail, Enforcement, FORMAT, Kind, Machine, Nanos,
    Outcome, Provenance, Receipt, Revision, RunStatus, SuiteReceipt, Timings, Tokens,
};
use gonogo_report::{Policy, Recheck};

/// Every row is what its capture bears out.
pub(crate) const CLEAN: Recheck = Recheck::Done { foreign: 0, changed: 0, lost: 0 };

pub(crate) const LANGUAGES: [&str; 4] = ["typescript", "rust", "go", "java"];

pub(crate) fn arm(name: &str, engine: &str, enforcement: Enforcement) -> ArmReceipt {
    let proven = enforcement == Enforcement::Proven;
    ArmReceipt {
        name: name.into(),
        kind: "local".into(),
        engine: engine.into(),
        engine_evidence: None,
        provenance: Provenance::Local,
        enforcement,
        canary: proven.then(|| Canary {
            nonce: "q7x2".into(),
            constrained: "q7x2".into(),
            unconstrained: "Sure, here is".into(),
        }),
        load: None,
        warm_up: Vec::new(),
        facts: BTreeMap::from([
            ("engine version".into(), "1.2.3".into()),
            ("model".into(), "SmolLM2-135M-Instruct.Q4_1".into()),
        ]),
        retry: None,
        breaker: None,
        price: None,
    }
}

pub(crate) fn receipt(arms: Vec<ArmReceipt>, planned: usize) -> Receipt {
    Receipt {
        format: FORMAT,
        run: "20251121T060000Z-demo".into(),
        status: RunStatus::Complete,
        started: "2025-11-21T06:00:00.000Z".into(),
        finished: Some("2025-11-21T06:10:00.000Z".into()),
        command: ["gonogo", "run", "--seed", "7"].map(String::from).to_vec(),
        gonogo: Revision {
            built_from: None,
            sha256: None,
            version: "0.1.0".into(),
            commit: Some("0123456789ab".into()),
            dirty: Some(false),
            profile: "release".into(),
        },
        machine: Machine {
            os: "Linux 6.1".into(),
            cpu: "Example CPU".into(),
            cores: 2,
            memory_bytes: 8 << 30,
            clock_ns: 25,
        },
        seed: 7,
        concurrency: 1,
        pace: None,
        max_tokens: 400,
        temperature: 0.0,
        max_tokens_least: None,
        temperature_least: None,
        planned: u32::try_from(planned).unwrap(),
        plan: None,
        shard: None,
        parts: vec![],
        resumed: vec![],
        load: None,
        suites: LANGUAGES
            .map(|name| {
                let hash = ContentHash::of(name.as_bytes());
                SuiteReceipt { name: name.into(), hash, cases: 5, of_cases: Some(5) }
            })
            .to_vec(),
        arms,
        caveats: vec![],
    }
}

pub(crate) fn attempt(language: &str, case: &str, arm: &ArmReceipt, kind: Kind, millis: u64) -> Attempt {
    let detail = if kind == Kind::Passed {
        Detail::default()
    } else {
        Detail::message(format!("{} in {case}", kind.name()))
    };
    let local = arm.provenance == Provenance::Local;
    let part = |share: u64| local.then_some(Nanos(millis * 1_000_000 * share / 1000));
    let constrained = arm.enforcement != Enforcement::Unconstrained;
    Attempt {
        index: 0,
        key: AttemptKey {
            suite: language.into(),
            case: case.into(),
            step: "answer".into(),
            rung: Some("bounded".into()),
            arm: arm.name.clone(),
            repeat: 0,
        },
        r#try: 0,
        then: None,
        late: None,
        before: None,
        asked_before: None,
        language: Some(language.into()),
        provenance: arm.provenance,
        started: "2025-11-21T06:00:00.000Z".into(),
        seed: 7,
        outcome: Outcome::new(kind, arm.enforcement, detail),
        finish_reason: Some("stop".into()),
        timings: Timings {
            total: Nanos(millis * 1_000_000),
            ttft: part(120),
            compile: part(10).filter(|_| constrained),
            first_mask: part(2).filter(|_| constrained),
            itl_p50: part(8),
            forward: part(900),
            mask: part(40).filter(|_| constrained),
            mask_max: part(3).filter(|_| constrained),
            overhead: part(4),
            ..Timings::default()
        },
        tokens: Tokens { prompt: Some(200), completion: local.then_some(100) },
        answer_bytes: 300,
        capture: ContentHash::of(format!("{language} {case} {}", arm.name).as_bytes()),
    }
}

/// 21 cases on three local arms: llguidance passes most, XGrammar some fewer, the control few.
pub(crate) fn three_arms() -> (Receipt, Vec<Attempt>) {
    let arms = vec![
        arm("local-llguidance", "llguidance", Enforcement::Proven),
        arm("local-xgrammar", "xgrammar", Enforcement::Proven),
        arm("local-none", "none", Enforcement::Unconstrained),
    ];
    let mut rows = Vec::new();
    for n in 0..21_u64 {
        let language = LANGUAGES[usize::try_from(n % 4).unwrap()];
        for (index, arm) in arms.iter().enumerate() {
            let index = index as u64;
            let mut row = attempt(
                language,
                &format!("case-{:02}", n / 4),
                arm,
                kind(n, index),
                900 + n * 37 + index * 211,
            );
            row.index = u32::try_from(rows.len()).unwrap();
            if n == 0 {
                row.timings.load = Some(Nanos(1_500_000_000 + index * 100_000_000));
            }
            rows.push(row);
        }
    }
    (receipt(arms, rows.len()), rows)
}

fn kind(case: u64, arm: u64) -> Kind {
    match (arm, case) {
        (0, 3) => Kind::TruncatedBudget,
        (0, 11) => Kind::AssertionFailed,
        (1, 3 | 4 | 9) => Kind::RunawayWhitespace,
        (1, 14) => Kind::EngineCrashed,
        (1, 18) => Kind::ConstraintRejected,
        (2, 0..=8) => Kind::InvalidJson,
        (2, 9..=13) => Kind::MissingKey,
        (2, 14) => Kind::Refused,
        _ => Kind::Passed,
    }
}

/// The founding case: language, case, kind, detail of 21 attempts on a serverless endpoint.
const FOUNDING: &str = "\
typescript,simple-addition,timeout-gateway,HTTP 408 Missing request possibly due to expiry or cancellation
typescript,array-filtering,missing-key,missing required key implementation
typescript,async-function,missing-key,missing required key implementation
typescript,schema-compliance,passed,
rust,simple-addition,timeout-gateway,HTTP 408
rust,vector-operations,timeout-gateway,HTTP 408
rust,result-error-handling,timeout-gateway,HTTP 408
rust,string-manipulation,timeout-gateway,HTTP 408
rust,ownership-and-borrowing,missing-key,missing required key implementation
rust,schema-compliance,timeout-gateway,HTTP 408
go,simple-addition,timeout-gateway,HTTP 408
go,slice-operations,missing-key,missing required key implementation
go,error-handling,missing-key,missing required key implementation
go,map-operations,missing-key,missing required key implementation
go,goroutines-channels,missing-key,missing required key implementation
java,simple-addition,missing-key,missing required key implementation
java,list-operations,missing-key,missing required key implementation
java,exception-handling,missing-key,missing required key implementation
java,generic-method,missing-key,missing required key implementation
java,stream-operations,missing-key,missing required key implementation
java,schema-compliance,missing-key,missing required key implementation
";

pub(crate) fn founding_case() -> (Receipt, Vec<Attempt>) {
    let arm = ArmReceipt {
        kind: "replay".into(),
        provenance: Provenance::Replay,
        ..arm("lift-2025-10-23", "xgrammar", Enforcement::Unproven)
    };
    let rows: Vec<Attempt> = FOUNDING
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.splitn(4, ',').collect();
            let mut row = attempt(fields[0], fields[1], &arm, Kind::named(fields[2]).unwrap(), 30_000);
            row.outcome.detail = Detail::message(fields[3]);
            row
        })
        .collect();
    (receipt(vec![arm], rows.len()), rows)
}

/// `n` independent cases on one proven local arm, of which the first `passed` pass in `millis`.
pub(crate) fn one_arm(passed: usize, n: usize, millis: u64) -> (Receipt, Vec<Attempt>) {
    let arm = arm("local-llguidance", "llguidance", Enforcement::Proven);
    let rows: Vec<Attempt> = (0..n)
        .map(|case| {
            let kind = if case < passed { Kind::Passed } else { Kind::MissingKey };
            attempt("rust", &format!("case-{case}"), &arm, kind, millis)
        })
        .collect();
    (receipt(vec![arm], n), rows)
}

pub(crate) fn migration() -> Policy {
    toml::from_str(include_str!("../../../../reports/policies/migration.toml")).unwrap()
}

/// The migration policy with this threshold alone.
pub(crate) fn policy_of(threshold: &str) -> Policy {
    let head = include_str!("../../../../reports/policies/migration.toml").split("[[level]]").next().unwrap();
    let level = format!("[[level]]\nname = \"production\"\nthresholds = [{threshold}]\n");
    toml::from_str(&format!("{head}\n{level}")).unwrap()
}
