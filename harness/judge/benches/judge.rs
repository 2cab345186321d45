//! Captures a second of one judge on one core, under the Rust suite's faithful schema.

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gonogo_core::{
    Capture, Constraint, End, Enforcement, Expectation, Frame, Nanos, Oracle, Request, Sampling,
};
use gonogo_judge::Judge;
use serde_json::json;

/// The schema that the Rust suite's cases are run with by default.
const SCHEMA: &str = include_str!("../../../suites/rust/schemas/faithful.json");

/// An answer of `statements` statements; `last` is the final one.
fn answer(statements: usize, last: &str) -> String {
    let mut body: Vec<String> = (0..statements)
        .map(|n| format!(r#"{{"type": "let", "code": "let x{n} = xs.get({n})?;", "rationale": null}}"#))
        .collect();
    body.push(last.into());
    let body = body.join(", ");
    let signature = "fn total(xs: &[i32]) -> Option<i32>";
    let variables =
        r#"[{"name": "xs", "mutability": "immutable", "type_hint": "&[i32]", "purpose": "the numbers"}]"#;
    let complexity = r#"{"time": "O(1)", "space": "O(1)"}"#;
    format!(
        r#"{{"implementation": {{"signature": "{signature}", "body_statements": [{body}], "variables": {variables}, "complexity": {complexity}}}, "imports": []}}"#
    )
}

/// The worker's frames of `text`, four bytes a token.
fn capture(text: &str) -> Capture {
    let token = |chunk: &[u8]| {
        let text = String::from_utf8_lossy(chunk);
        json!({"token": {"id": 1, "text": text, "at": 1, "forward": 1, "mask": 1, "sample": 1}})
    };
    let compiled =
        json!({"compiled": {"prompt_tokens": 9, "tokenize": 1, "compile": 1, "first_mask": 1, "prefill": 1}});
    let done = json!({"done": {"finish": "stop", "completion_tokens": 1, "at": 1, "forward": 1, "mask": 1, "sample": 1}});
    let lines = std::iter::once(compiled).chain(text.as_bytes().chunks(4).map(token)).chain([done]);
    let frames = lines.map(|line| Frame::new(Nanos(1), line.to_string().into_bytes())).collect();
    let sampling = Sampling { max_tokens: 1_024, temperature: 0.0, seed: 1 };
    Capture {
        format: gonogo_core::FORMAT,
        dialect: "gonogo-worker/1".into(),
        request: Request { messages: vec![], constraint: None, sampling },
        status: None,
        headers: vec![],
        frames,
        end: End::Complete,
        elapsed: Nanos(1),
        phases: None,
        load: None,
        stderr: String::new(),
    }
}

fn captures_a_second(criterion: &mut Criterion) {
    let constraint = Some(Constraint::JsonSchema(SCHEMA.into()));
    let oracle = Oracle { constraint, assertions: vec![], expect: Expectation::Pass };
    let judge = Judge::new(&oracle).unwrap_or_else(|error| panic!("{error}"));
    let good = answer(16, r#"{"type": "tail_expression", "code": "Some(*x0)", "rationale": null}"#);
    let wrong = answer(16, r#"{"type": "range", "code": "Some(*x0)", "rationale": null}"#);
    let mut group = criterion.benchmark_group("judge");
    group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(3));
    for (name, text, passes) in [("passed", &good, true), ("violation", &wrong, false)] {
        let capture = capture(text);
        assert_eq!(judge.judge(&capture, Enforcement::Proven).outcome.passed(), passes, "{text}");
        let bytes = text.len();
        group.bench_function(format!("{name}, {bytes} bytes, {} frames", capture.frames.len()), |bencher| {
            bencher.iter(|| black_box(judge.judge(black_box(&capture), Enforcement::Proven)));
        });
    }
    group.bench_function("compile the oracle", |bencher| {
        bencher.iter(|| Judge::new(black_box(&oracle)).is_ok())
    });
    group.finish();
}

criterion_group!(benches, captures_a_second);
criterion_main!(benches);
