//! What the loop itself costs: per token with a free model and a free engine, and around the
//! masks of a real one.

#![allow(missing_docs, reason = "the macros of criterion write undocumented functions")]
#![allow(clippy::print_stdout, reason = "a bench prints what it found")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    hint::black_box,
    io,
    path::PathBuf,
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group};
use gonogo_core::{Constraint, Message, Request, Role, Sampling};
use gonogo_engine::{Engine, EngineOptions, Mask, Unconstrained, Vocabulary};
use gonogo_llguidance::LlGuidance;
use gonogo_model::{Model, ModelOptions};
use gonogo_protocol::Done;
use gonogo_stats::{Confidence, Sample};
use gonogo_worker::{Channel, Draw, answer};
use support::{Scripted, bytes_vocabulary};

const TOKENS: u32 = 256;

/// Tokens of the embedded model.
const VOCABULARY: usize = 49_152;

const SCHEMA: &str = r#"{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"},
"tags":{"type":"array","items":{"type":"string"}}},"required":["name","age","tags"],"additionalProperties":false}"#;

const ANSWER: &str = r#"{"name": "Ada Lovelace", "age": 36, "tags": ["mathematics", "engines", "poetry"]}"#;

fn request(constraint: Constraint) -> Request {
    Request {
        messages: vec![Message { role: Role::User, content: "p".into() }],
        constraint: Some(constraint),
        sampling: Sampling { max_tokens: TOKENS, temperature: 0.0, seed: 0 },
    }
}

fn decode(model: &mut Scripted, engine: &mut dyn Engine, request: &Request) -> Done {
    let channel = Channel::new(io::sink());
    answer(&channel, model, engine, request, Instant::now()).expect("a scripted answer")
}

/// Everything but drawing, which is not the harness' own: lines, clocks, the phase.
fn own_cost(criterion: &mut Criterion) {
    let mut model = Scripted::new(bytes_vocabulary(), vec![66; TOKENS as usize]).with_context(4096);
    let request = request(Constraint::Regex(".*".into()));
    let mut group = criterion.benchmark_group("own cost");
    group.throughput(Throughput::Elements(u64::from(TOKENS)));
    group.bench_function("256 tokens, free model and engine", |bench| {
        bench.iter(|| decode(&mut model, &mut Unconstrained, &request));
    });
    group.finish();
}

/// Rounds of a paired comparison; each takes some 20 ms.
const ROUNDS: usize = 301;

/// Masks and accepts of llguidance along one answer, in the loop and called bare, in turns: the
/// ratio of a round is free of whatever else the machine does for longer than that.
fn paired_masks() {
    let vocabulary = model_vocabulary();
    let mut engine = LlGuidance::open(&vocabulary, &EngineOptions::default()).expect("llguidance opens");
    let script = vocabulary.encode(ANSWER);
    let request = request(Constraint::JsonSchema(SCHEMA.into()));
    let mut model = Scripted::new(vocabulary.clone(), script.clone()).with_context(4096);
    let logits = vec![0.0; vocabulary.tokens().len()];
    let mut ratio = |loop_first: bool| {
        let mut in_the_loop = Duration::ZERO;
        if loop_first {
            in_the_loop = Duration::from(decode(&mut model, &mut engine, &request).mask);
        }
        let bare = bare(&mut engine, &request, &script, &logits);
        if !loop_first {
            in_the_loop = Duration::from(decode(&mut model, &mut engine, &request).mask);
        }
        in_the_loop.as_secs_f64() / bare.as_secs_f64()
    };
    let ratios: Sample = (0..ROUNDS).map(|round| ratio(round % 2 == 0)).collect();
    let median = ratios.quantile(0.5, Confidence::P95).expect("rounds were run");
    println!(
        "masks in the loop / bare: {:.3} [{:.3}–{:.3}], median of {} paired rounds of {} tokens, 95 % by order statistics",
        median.value,
        median.low.unwrap_or_default(),
        median.high.unwrap_or(f64::INFINITY),
        median.n,
        script.len()
    );
}

/// The loop's calls of the engine with a draw from `logits` after each mask, less the draws.
fn bare(engine: &mut dyn Engine, request: &Request, script: &[u32], logits: &[f32]) -> Duration {
    let constraint = request.constraint.as_ref().expect("a constraint");
    let mut matcher = engine.compile(constraint).expect("the schema compiles");
    let mut mask = Mask::none(VOCABULARY);
    let mut draw = Draw::new(&request.sampling);
    let mut draws = Duration::ZERO;
    let began = Instant::now();
    for token in script {
        matcher.fill(&mut mask).expect("a mask");
        let drawing = Instant::now();
        black_box(draw.token(black_box(logits), &mask));
        draws += drawing.elapsed();
        matcher.accept(*token).expect("an accepted token");
    }
    matcher.fill(&mut mask).expect("the last mask");
    began.elapsed() - draws
}

fn model_vocabulary() -> Vocabulary {
    let home = support::home();
    let options = ModelOptions {
        path: support::model_file(&home),
        cache: PathBuf::from(&home).join("cache"),
        threads: 1,
        context: 256,
    };
    Model::open(&options).expect("the model opens").vocabulary().clone()
}

criterion_group!(benches, own_cost);

fn main() {
    paired_masks();
    benches();
    Criterion::default().configure_from_args().final_summary();
}
