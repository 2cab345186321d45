//! What calling XGrammar through Python costs: the wheel beside its port to Rust, which computes the same
//! masks without any Python, each in the same state over and over.
//!
//! An extension module, because the wheel only runs in an interpreter:
//!
//! ```text
//! cargo build --release -p gonogo-xgrammar --example call_cost
//! ln -sf libcall_cost.so target/release/examples/call_cost.so
//! PYTHONPATH=target/release/examples .gonogo/python/bin/python -c "import call_cost; call_cost.bench()"
//! ```
//!
//! `reset` of a matcher at its start does next to nothing and so is the bare call; a `fill` in the same state
//! differs by the call, by copying the mask out of Python's memory, and by whatever C++ and Rust differ in.

#![allow(missing_docs, reason = "pyo3 writes undocumented functions")]

use std::path::PathBuf;

use criterion::Criterion;
use gonogo_core::Constraint;
use gonogo_engine::{Engine, EngineOptions, Mask, Matcher, Vocabulary};
use gonogo_tokenizer::Tokenizer;
use gonogo_xgrammar::XGrammar;
use gonogo_xgrammar_rs::XGrammarRs;
use pyo3::prelude::*;

const SCHEMA: &str = r#"{"type":"object","properties":{"answer":{"type":"string"}},"required":["answer"]}"#;

/// States, by the text that leads to them.
const STATES: [(&str, &str); 3] =
    [("start", ""), ("in a name", r#"{"ans"#), ("in a string", r#"{"answer": "Ada"#)];

/// The module as Python sees it.
#[pymodule]
mod call_cost {
    #[pymodule_export]
    use super::bench;
}

/// Measures and prints.
#[pyfunction]
fn bench() {
    let vocabulary = vocabulary();
    let options = EngineOptions { compile_threads: Some(1), ..EngineOptions::default() };
    let open = "the options are XGrammar's own";
    let engines: [(&str, Box<dyn Engine>); 2] = [
        ("wheel", Box::new(XGrammar::open(&vocabulary, &options).expect(open))),
        ("port", Box::new(XGrammarRs::open(&vocabulary, &options).expect(open))),
    ];
    let mut criterion = Criterion::default();
    for (name, mut engine) in engines {
        let mut matcher = engine.compile(&Constraint::JsonSchema(SCHEMA.into())).expect("it compiles");
        criterion.bench_function(&format!("{name}: bare call"), |bench| bench.iter(|| matcher.reset()));
        for (state, text) in STATES {
            same_mask(&mut criterion, &format!("{name}: fill, {state}"), matcher.as_mut(), &vocabulary, text);
        }
    }
}

/// The mask behind `text`, over and over.
fn same_mask(
    criterion: &mut Criterion,
    name: &str,
    matcher: &mut dyn Matcher,
    vocabulary: &Vocabulary,
    text: &str,
) {
    assert!(matcher.reset());
    for token in vocabulary.encode(text) {
        matcher.accept(token).expect("the text is of the schema");
    }
    let mut mask = Mask::none(vocabulary.tokens().len());
    criterion.bench_function(name, |bench| bench.iter(|| matcher.fill(&mut mask)));
}

fn vocabulary() -> Vocabulary {
    let home = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../.gonogo");
    let tokenizer = Tokenizer::open(&home.join("models/SmolLM2-135M-Instruct.Q4_1.gguf"));
    tokenizer.unwrap_or_else(|error| panic!("{error}; run `gonogo setup`")).vocabulary().clone()
}
