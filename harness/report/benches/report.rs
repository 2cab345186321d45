//! A report over 100 000 rows: every table and the Markdown.

#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use gonogo_report::{MarkdownOptions, Report};

fn rows(criterion: &mut Criterion) {
    let (mut receipt, small) = support::three_arms();
    let mut rows = Vec::new();
    'fill: for round in 0_u32.. {
        for row in &small {
            let mut row = row.clone();
            row.key.case = format!("{}-{round}", row.key.case);
            rows.push(row);
            if rows.len() == 100_000 {
                break 'fill;
            }
        }
    }
    receipt.planned = 100_000;
    let mut group = criterion.benchmark_group("report");
    group.sample_size(10);
    group.bench_function("100k rows", |bencher| {
        bencher.iter(|| Report::new(&receipt, &rows).markdown(&MarkdownOptions::default(), None));
    });
    group.finish();
}

criterion_group!(benches, rows);
criterion_main!(benches);
