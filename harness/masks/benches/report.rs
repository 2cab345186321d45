//! The report of a survey as large as MaskBench: 11,305 schemas, 3 million tokens on each of six arms.

#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use gonogo_masks::{Arm, Class, Configuration, Report, Survey};
use serde_json::json;

const SUBJECTS: usize = 11_305;
/// Tokens of each of the three walks of a subject.
const STEPS: u64 = 89;

fn large() -> Survey {
    let mut survey = support::survey(&vec![[None; 3]; SUBJECTS]);
    survey.arms = ["alpha", "beta", "gamma"]
        .iter()
        .flat_map(|engine| Configuration::ALL.map(|each| Arm::new(engine, each, &json!({}))))
        .collect();
    for (place, subject) in survey.subjects.iter().enumerate() {
        for (arm, name) in survey.arms.iter().map(|arm| &arm.name).enumerate() {
            let mut record = support::record(&subject.id, name, Class::Ok, (place, arm));
            for walk in &mut record.walks {
                // Steps of one schema are alike, and a few take a thousand times as long.
                let tick = |step: u64| {
                    let mixed = (place as u64 * 7919 + step * 104_729 + arm as u64 * 31) % 9973;
                    5_000 + (place as u64 % 97) * 300 + if mixed < 5 { 4_000_000 } else { mixed }
                };
                walk.masks = (0..=STEPS).map(tick).collect();
                walk.accepts = (0..STEPS).map(|step| tick(step + 500) / 8).collect();
            }
            survey.records.push(record);
        }
    }
    survey
}

fn report(criterion: &mut Criterion) {
    let survey = large();
    let (plan, receipt) = (support::plan(&survey), support::receipt());
    let mut group = criterion.benchmark_group("survey");
    group.sample_size(10);
    group.bench_function("6 arms, 3 million tokens each", |bencher| {
        bencher.iter(|| Report::new(&survey, &plan, &receipt).files());
    });
    group.finish();
}

criterion_group!(benches, report);
criterion_main!(benches);
