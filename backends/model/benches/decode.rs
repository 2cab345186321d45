//! Tokens a second of the default model on one thread: reading a prompt, and writing an answer
//! with a short and a long past.

use std::path::PathBuf;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use gonogo_model::{Model, ModelOptions};

/// A prompt of 77 tokens is what a small case has.
const PROMPT: usize = 77;

fn model() -> Model {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let home = std::env::var_os("GONOGO_HOME").map_or_else(|| workspace.join(".gonogo"), PathBuf::from);
    let path = home.join("models/SmolLM2-135M-Instruct.Q4_1.gguf");
    let options = ModelOptions { path, cache: home.join("cache"), threads: 1, context: 2048 };
    Model::open(&options).expect("the default model opens; `gonogo setup` fetches it")
}

/// Tokens that stand for nothing in particular: the work does not depend on them.
fn tokens(count: usize) -> Vec<u32> {
    (0..count).map(|index| u32::try_from(100 + index * 37 % 40_000).unwrap_or_default()).collect()
}

fn decode(criterion: &mut Criterion) {
    let mut model = model();
    let mut group = criterion.benchmark_group("decode");
    group.sample_size(20);
    group.throughput(Throughput::Elements(PROMPT as u64));
    group.bench_function("prefill-77", |bencher| {
        bencher.iter_batched(
            || tokens(PROMPT),
            |prompt| {
                model.restart();
                model.forward(&prompt).expect("fits")[0]
            },
            BatchSize::SmallInput,
        );
    });
    group.throughput(Throughput::Elements(1));
    for past in [PROMPT, 1000] {
        model.restart();
        model.forward(&tokens(past)).expect("fits");
        group.bench_function(format!("token-after-{past}"), |bencher| {
            bencher.iter(|| {
                // A full context would end the measurement; the past stays long enough.
                if model.held() == model.context() {
                    model.restart();
                    model.forward(&tokens(past)).expect("fits");
                }
                model.forward(&[504]).expect("fits")[0]
            });
        });
    }
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
