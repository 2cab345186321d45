//! How often the intervals that reports show hold the truth, at the sizes that suites have. Where every outcome can
//! be counted the share is exact; where not it is of seeded draws. METHODOLOGY.md has the table that
//! `cargo test -p gonogo-stats --test coverage -- --nocapture` prints.
#![allow(clippy::unwrap_used, reason = "a distribution that cannot be made fails the test")]
#![allow(clippy::print_stdout, reason = "the table is for METHODOLOGY.md")]

use gonogo_stats::{Clustered, Confidence, Interval, Pairs, Rate, Sample, mean_interval, newcombe};
use statrs::distribution::{Binomial, Discrete};

const P95: Confidence = Confidence::P95;
const SIZES: [u64; 3] = [21, 63, 300];
const RATES: [f64; 3] = [0.05, 0.5, 0.95];
/// Draws, where outcomes cannot be counted.
const DRAWS: u32 = 2_000;

fn holds(interval: Interval, truth: f64) -> bool {
    interval.low <= truth && truth <= interval.high
}

/// The share of outcomes, by their probability, whose interval holds `p`.
fn exact(n: u64, p: f64, interval: impl Fn(Rate) -> Interval) -> f64 {
    let outcomes = Binomial::new(p, n).unwrap();
    (0..=n)
        .filter(|passed| holds(interval(Rate { passed: *passed, n }), p))
        .map(|passed| outcomes.pmf(passed))
        .sum()
}

/// The least share that any size and rate has, and the table.
fn table(name: &str, share: impl Fn(u64, f64) -> f64) -> f64 {
    let mut least: f64 = 1.0;
    for n in SIZES {
        let shares = RATES.map(|p| share(n, p));
        println!("{name:<24} n={n:<4} {}", shares.map(|share| format!("{:5.1} %", share * 100.0)).join("  "));
        least = shares.into_iter().fold(least, f64::min);
    }
    least
}

#[test]
fn rates_are_held_as_often_as_the_documents_say() {
    let wilson = table("Wilson", |n, p| exact(n, p, |rate| rate.wilson(P95)));
    let clopper_pearson = table("Clopper–Pearson", |n, p| exact(n, p, |rate| rate.clopper_pearson(P95)));
    // Wilson's is right on average over rates and not at each: 92.2 % at 21 and one half.
    assert!(wilson > 0.92 && clopper_pearson >= 0.95, "{wilson} {clopper_pearson}");
}

/// Multinomial outcomes of `n` pairs that disagree with probabilities `only`, by what `interval` makes of them.
fn pairs(n: u64, only: [f64; 2], interval: impl Fn(Pairs) -> Interval) -> f64 {
    let first = Binomial::new(only[0], n).unwrap();
    let truth = only[0] - only[1];
    (0..=n)
        .flat_map(|b| (0..=n - b).map(move |c| (b, c)))
        .map(|(b, c)| {
            let rest = Binomial::new(only[1] / (1.0 - only[0]), n - b).unwrap();
            let chance = first.pmf(b) * rest.pmf(c);
            // What is all but impossible decides nothing and costs most of the time.
            if chance > 1e-9 && holds(interval(Pairs { b, c, n }), truth) { chance } else { 0.0 }
        })
        .sum()
}

#[test]
fn paired_differences_are_held() {
    let mut least: f64 = 1.0;
    for n in [21, 63] {
        for only in [[0.05, 0.05], [0.2, 0.1], [0.3, 0.05], [0.1, 0.3]] {
            let share = pairs(n, only, |pairs| pairs.tango(P95));
            println!("{:<24} n={n:<4} {only:?} {:5.1} %", "Tango", share * 100.0);
            least = least.min(share);
        }
    }
    assert!(least > 0.935, "{least}");
}

#[test]
fn differences_of_independent_rates_are_held() {
    let mut least: f64 = 1.0;
    for n in [21, 63] {
        for (p, q) in [(0.5, 0.5), (0.9, 0.7), (0.95, 0.5), (0.05, 0.95)] {
            let (one, two) = (Binomial::new(p, n).unwrap(), Binomial::new(q, n).unwrap());
            let share: f64 = (0..=n)
                .flat_map(|a| (0..=n).map(move |b| (a, b)))
                .filter(|(a, b)| {
                    let interval = newcombe(Rate { passed: *a, n }, Rate { passed: *b, n }, P95);
                    holds(interval, p - q)
                })
                .map(|(a, b)| one.pmf(a) * two.pmf(b))
                .sum();
            println!("{:<24} n={n:<4} {p} − {q} {:5.1} %", "Newcombe", share * 100.0);
            least = least.min(share);
        }
    }
    assert!(least > 0.93, "{least}");
}

/// A rate of cases whose own rates spread around `p`, five attempts each: what repeats look like.
fn clustered(random: &mut fastrand::Rng, cases: u64, p: f64) -> Clustered {
    let mut clustered = Clustered::default();
    for _ in 0..cases {
        // Half the cases always go as their first attempt did; the rest draw each time.
        let always = (random.f64() < 0.5).then(|| random.f64() < p);
        let passed = (0..5).filter(|_| always.unwrap_or_else(|| random.f64() < p)).count() as u64;
        clustered.push(Rate { passed, n: 5 });
    }
    clustered
}

#[test]
fn repeats_of_cases_do_not_pose_as_evidence() {
    let mut random = fastrand::Rng::with_seed(1);
    let mut share = |wilson: bool| {
        let mut least: f64 = 1.0;
        for cases in [21, 63] {
            for p in RATES {
                let held = (0..DRAWS).filter(|_| {
                    let rate = clustered(&mut random, cases, p).rate(P95);
                    holds(if wilson { rate.wilson(P95) } else { rate.clopper_pearson(P95) }, p)
                });
                let share = f64::from(u32::try_from(held.count()).unwrap()) / f64::from(DRAWS);
                let name = if wilson { "Wilson, clustered" } else { "Clopper–P., clustered" };
                println!("{name:<24} cases={cases:<3} p={p:<5} {:5.1} %", share * 100.0);
                least = least.min(share);
            }
        }
        least
    };
    let (wilson, clopper_pearson) = (share(true), share(false));
    assert!(wilson > 0.91 && clopper_pearson > 0.94, "{wilson} {clopper_pearson}");
}

#[test]
fn quantiles_and_ratios_are_held_whatever_the_distribution() {
    let mut random = fastrand::Rng::with_seed(2);
    // A long tail, as latencies have: exp of a sum of uniforms.
    let mut draw = || ((0..4).map(|_| random.f64()).sum::<f64>() - 2.0).exp();
    let mut least: f64 = 1.0;
    for n in [21, 63, 300] {
        let median = (0..DRAWS).filter(|_| {
            let sample: Sample = (0..n).map(|_| draw()).collect();
            let bounds = sample.quantile(0.5, P95).unwrap();
            bounds.low.is_none_or(|low| low <= 1.0) && bounds.high.is_none_or(|high| high >= 1.0)
        });
        let median = f64::from(u32::try_from(median.count()).unwrap()) / f64::from(DRAWS);
        println!("{:<24} n={n:<4} {:5.1} %", "median, order statistics", median * 100.0);
        least = least.min(median);
    }
    for n in [21, 63, 300] {
        let mean = (0..DRAWS).filter(|_| {
            let logs: Vec<f64> = (0..n).map(|_| draw().ln()).collect();
            holds(mean_interval(&logs, P95).unwrap(), 0.0)
        });
        let mean = f64::from(u32::try_from(mean.count()).unwrap()) / f64::from(DRAWS);
        println!("{:<24} n={n:<4} {:5.1} %", "mean of log-ratios", mean * 100.0);
        least = least.min(mean);
    }
    assert!(least > 0.935, "{least}");
}
