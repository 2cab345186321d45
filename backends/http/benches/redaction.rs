//! What it costs to keep a key out of a body of 1 MiB, which holds none.

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gonogo_http::{Secret, Secrets};

/// A stream of tokens, as servers send it, of this many bytes at least.
fn stream(bytes: usize) -> String {
    let words = ["let ", "total", " = ", "items", ".iter()", ".sum::<", "u64", ">();\\n", "sk", "key"];
    let event = |word: &&str| {
        format!(
            "data: {{\"id\":\"chatcmpl-7Qx\",\"object\":\"chat.completion.chunk\",\"created\":1761200000,\"model\":\"m\",\
             \"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{word}\"}},\"finish_reason\":null}}]}}\n\n"
        )
    };
    let round: String = words.iter().map(event).collect();
    round.repeat(bytes.div_ceil(round.len()))
}

fn redaction(criterion: &mut Criterion) {
    let mut secrets = Secrets::default();
    Secret::new("sk-canary-0123456789abcdef").iter().for_each(|key| secrets.add(key));
    let body = stream(1 << 20);
    let mut group = criterion.benchmark_group("redaction");
    group.throughput(Throughput::Bytes(body.len() as u64)).measurement_time(Duration::from_secs(5));
    group.bench_function("a stream of 1 MiB", |bencher| bencher.iter(|| secrets.redact(black_box(&body))));
    group.finish();
}

criterion_group!(benches, redaction);
criterion_main!(benches);
