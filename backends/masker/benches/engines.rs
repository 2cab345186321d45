//! What each native engine costs on a fixed set of schemas, under matched options and without a model:
//! compiling, filling masks, accepting tokens, going back.
//!
//! Masks and accepts are timed one by one along a whole answer, as the worker times them, so every
//! figure holds the clock's own cost on top: some 20 ns. Masks come back to back with warm caches; in
//! a decoding loop, where a model runs between them, they take longer.

#![allow(missing_docs, reason = "the macros of criterion write undocumented functions")]

use std::{
    path::Path,
    time::{Duration, Instant},
};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gonogo_core::Constraint;
use gonogo_engine::{Engine, EngineOptions, Mask, Matcher, TokenId, Vocabulary};
use gonogo_llguidance::LlGuidance;
use gonogo_masks::matched_options;
use gonogo_outlines::Outlines;
use gonogo_tokenizer::Tokenizer;
use gonogo_xgrammar_rs::XGrammarRs;

/// Name, schema and an answer of each kind of schema that engines treat differently.
const SET: [(&str, &str, &str); 5] = [
    (
        "one integer",
        r#"{"type":"object","properties":{"answer":{"type":"integer"}},"required":["answer"]}"#,
        r#"{"answer": 42}"#,
    ),
    (
        "nested strings",
        r#"{"type":"object","properties":{"imports":{"type":"array","items":{"type":"string"}},"body":{"type":"array","items":{"type":"object","properties":{"kind":{"enum":["assignment","return","if","for","expression"]},"code":{"type":"string"}},"required":["kind","code"]}}},"required":["body"]}"#,
        r#"{"imports": ["std::collections::HashMap", "std::fmt"], "body": [{"kind": "assignment", "code": "let mut total: u64 = 0;"}, {"kind": "for", "code": "for value in values { if value % 2 == 0 { total += value; } }"}, {"kind": "return", "code": "total"}]}"#,
    ),
    (
        "optional members",
        r#"{"type":"object","properties":{"a":{"type":"boolean"},"b":{"type":"null"},"c":{"type":"number"},"d":{"type":"boolean"},"e":{"type":"integer"},"f":{"type":"boolean"},"g":{"type":"null"},"h":{"type":"boolean"}}}"#,
        r#"{"b": null, "c": -1.5, "e": 7, "h": true}"#,
    ),
    (
        "pattern and lengths",
        r#"{"type":"object","properties":{"when":{"type":"string","pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},"who":{"type":"string","minLength":1,"maxLength":12}},"required":["when","who"]}"#,
        r#"{"when": "2024-05-17", "who": "Ada Byron"}"#,
    ),
    (
        "choices",
        r#"{"type":"array","items":{"anyOf":[{"enum":["red","green","blue"]},{"type":"object","properties":{"r":{"type":"integer"},"g":{"type":"integer"},"b":{"type":"integer"}},"required":["r","g","b"]}]},"maxItems":4}"#,
        r#"["red", {"r": 12, "g": 200, "b": 0}, "blue"]"#,
    ),
];

fn vocabulary() -> Vocabulary {
    let state = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.gonogo");
    let tokenizer = Tokenizer::open(&state.join("models/SmolLM2-135M-Instruct.Q4_1.gguf"));
    tokenizer.unwrap_or_else(|error| panic!("{error}; run `gonogo setup`")).vocabulary().clone()
}

fn engines(vocabulary: &Vocabulary) -> [(&'static str, Box<dyn Engine>); 3] {
    let options = EngineOptions::read(&matched_options()).expect("matched options are options");
    let open = "matched options are honoured";
    [
        ("llguidance", Box::new(LlGuidance::open(vocabulary, &options).expect(open))),
        ("xgrammar-rs", Box::new(XGrammarRs::open(vocabulary, &options).expect(open))),
        ("outlines", Box::new(Outlines::open(vocabulary, &options).expect(open))),
    ]
}

/// What is timed along an answer.
#[derive(Clone, Copy)]
enum Timed {
    Masks,
    Accepts,
    Reset,
}

/// One walk along `answer` from a matcher at its start, and back; the sum of what is timed.
fn walk(matcher: &mut dyn Matcher, mask: &mut Mask, answer: &[TokenId], timed: Timed) -> Duration {
    let (mut masks, mut accepts) = (Duration::ZERO, Duration::ZERO);
    for token in answer {
        let began = Instant::now();
        matcher.fill(mask).expect("a mask");
        masks += began.elapsed();
        let began = Instant::now();
        matcher.accept(*token).expect("the answer is of the schema");
        accepts += began.elapsed();
    }
    let began = Instant::now();
    assert!(matcher.reset(), "every engine here can go back");
    match timed {
        Timed::Masks => masks,
        Timed::Accepts => accepts,
        Timed::Reset => began.elapsed(),
    }
}

fn compile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compile");
    group.sample_size(20);
    let vocabulary = vocabulary();
    for (name, mut engine) in engines(&vocabulary) {
        for (shape, schema, _) in SET {
            let constraint = Constraint::JsonSchema(schema.into());
            group.bench_function(BenchmarkId::new(name, shape), |bench| {
                bench.iter(|| engine.compile(&constraint).expect("the schema is supported"));
            });
        }
    }
}

fn steps(criterion: &mut Criterion) {
    let vocabulary = vocabulary();
    let mut mask = Mask::none(vocabulary.tokens().len());
    for (what, timed) in [("mask", Timed::Masks), ("accept", Timed::Accepts), ("reset", Timed::Reset)] {
        let mut group = criterion.benchmark_group(what);
        for (name, mut engine) in engines(&vocabulary) {
            for (shape, schema, answer) in SET {
                let answer = vocabulary.encode(answer);
                let mut matcher = engine.compile(&Constraint::JsonSchema(schema.into())).expect("supported");
                let times = match timed {
                    Timed::Masks | Timed::Accepts => answer.len() as u64,
                    Timed::Reset => 1,
                };
                group.throughput(Throughput::Elements(times));
                group.bench_function(BenchmarkId::new(name, shape), |bench| {
                    bench.iter_custom(|walks| {
                        (0..walks).map(|_| walk(matcher.as_mut(), &mut mask, &answer, timed)).sum()
                    });
                });
            }
        }
    }
}

criterion_group!(benches, compile, steps);
criterion_main!(benches);
