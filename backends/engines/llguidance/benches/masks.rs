//! What llguidance costs without a model: compiling, one mask, one answer; and what the trait
//! and the loop around it cost with an engine that does nothing.
//!
//! These masks are computed back to back with warm caches. Inside a decoding loop, where a
//! model runs between masks, they take longer: measure that in the worker.

use std::{hint::black_box, path::Path};

use criterion::{Criterion, criterion_group, criterion_main};
use gonogo_core::Constraint;
use gonogo_engine::{Engine, EngineOptions, Mask, TokenId, Unconstrained, Vocabulary};
use gonogo_llguidance::LlGuidance;
use gonogo_tokenizer::Tokenizer;

const SCHEMA: &str = r#"{"type": "object", "properties": {
    "imports": {"type": "array", "items": {"type": "string"}},
    "body": {"type": "array", "items": {"type": "object", "properties": {
        "kind": {"enum": ["assignment", "return", "if", "for", "expression"]},
        "code": {"type": "string"}}, "required": ["kind", "code"], "additionalProperties": false}}
}, "required": ["body"], "additionalProperties": false}"#;

const ANSWER: &str = r#"{"imports": ["std::collections::HashMap", "std::fmt"], "body": [{"kind": "assignment", "code": "let mut total: u64 = 0;"}, {"kind": "for", "code": "for value in values { if value % 2 == 0 { total += value; } }"}, {"kind": "return", "code": "total"}]}"#;

fn vocabulary() -> Vocabulary {
    let state = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../.gonogo");
    let tokenizer = Tokenizer::open(&state.join("models/SmolLM2-135M-Instruct.Q4_1.gguf"));
    tokenizer.unwrap_or_else(|error| panic!("{error}; run `gonogo setup`")).vocabulary().clone()
}

/// One whole answer: compile, then mask and accept for every token.
fn follow(engine: &mut dyn Engine, constraint: &Constraint, mask: &mut Mask, answer: &[TokenId]) {
    let mut matcher = engine.compile(constraint).expect("the schema is supported");
    for token in answer {
        matcher.fill(mask).expect("the answer is valid");
        matcher.accept(*token).expect("the answer is valid");
    }
}

fn masks(criterion: &mut Criterion) {
    let vocabulary = vocabulary();
    let constraint = Constraint::JsonSchema(SCHEMA.into());
    let answer = vocabulary.encode(ANSWER);
    let mut mask = Mask::none(vocabulary.tokens().len());
    let options = EngineOptions { canonical_tokens: Some(false), ..EngineOptions::default() };
    let mut engine = LlGuidance::open(&vocabulary, &options).expect("the options are llguidance's own");

    criterion.bench_function("llguidance/compile", |bench| bench.iter(|| engine.compile(&constraint)));
    criterion.bench_function("llguidance/compile and first mask", |bench| {
        bench.iter(|| follow(&mut engine, &constraint, &mut mask, &answer[..1]));
    });
    let mut matcher = engine.compile(&constraint).expect("the schema is supported");
    for token in &answer[..8] {
        matcher.accept(*token).expect("the answer is valid");
    }
    criterion.bench_function("llguidance/same mask again", |bench| bench.iter(|| matcher.fill(&mut mask)));
    let name = format!("llguidance/whole answer of {} tokens", answer.len());
    criterion.bench_function(&name, |bench| {
        bench.iter(|| follow(&mut engine, &constraint, &mut mask, &answer));
    });
    let name = format!("none/whole answer of {} tokens", answer.len());
    criterion.bench_function(&name, |bench| {
        bench.iter(|| follow(&mut Unconstrained, &constraint, black_box(&mut mask), &answer));
    });
}

criterion_group!(benches, masks);
criterion_main!(benches);
