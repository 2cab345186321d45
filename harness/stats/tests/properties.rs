//! What holds for every rate and every sample.

use gonogo_stats::{
    Clustered, ClusteredRate, Confidence, Grouped, Interval, Rate, Sample, clean_n, mcnemar_exact,
    mean_interval, needed_n,
};
use proptest::prelude::*;

fn rate() -> impl Strategy<Value = Rate> {
    (1_u64..5_000).prop_flat_map(|n| (0..=n).prop_map(move |passed| Rate { passed, n }))
}

fn confidence() -> impl Strategy<Value = Confidence> {
    (0.5_f64..0.999).prop_map(|level| Confidence::new(level).expect("in range"))
}

fn both(rate: Rate, confidence: Confidence) -> [Interval; 2] {
    [rate.wilson(confidence), rate.clopper_pearson(confidence)]
}

proptest! {
    #[test]
    fn an_interval_contains_its_share(rate in rate(), confidence in confidence()) {
        let share = rate.value().unwrap();
        for interval in both(rate, confidence) {
            prop_assert!(0.0 <= interval.low && interval.low <= share);
            prop_assert!(share <= interval.high && interval.high <= 1.0);
        }
    }

    #[test]
    fn the_complement_mirrors_the_interval(rate in rate(), confidence in confidence()) {
        let complement = Rate { passed: rate.n - rate.passed, ..rate };
        for (one, other) in both(rate, confidence).into_iter().zip(both(complement, confidence)) {
            prop_assert!((one.low - (1.0 - other.high)).abs() < 1e-9);
            prop_assert!((one.high - (1.0 - other.low)).abs() < 1e-9);
        }
    }

    #[test]
    fn one_more_pass_moves_both_bounds_up(rate in rate(), confidence in confidence()) {
        prop_assume!(rate.passed < rate.n);
        let more = Rate { passed: rate.passed + 1, n: rate.n };
        for (less, more) in both(rate, confidence).into_iter().zip(both(more, confidence)) {
            prop_assert!(more.low >= less.low && more.high >= less.high);
        }
    }

    #[test]
    fn ten_times_the_trials_narrow_the_interval(rate in rate(), confidence in confidence()) {
        let more = Rate { passed: rate.passed * 10, n: rate.n * 10 };
        for (few, many) in both(rate, confidence).into_iter().zip(both(more, confidence)) {
            prop_assert!(many.width() < few.width());
        }
    }

    #[test]
    fn more_confidence_widens_the_interval(rate in rate()) {
        let [w90, e90] = both(rate, Confidence::new(0.90).unwrap());
        let [w99, e99] = both(rate, Confidence::new(0.99).unwrap());
        prop_assert!(w99.width() > w90.width() && e99.width() > e90.width());
    }

    #[test]
    fn the_exact_interval_keeps_its_promise(rate in rate(), confidence in confidence()) {
        // Coverage at the bound itself, straight from the binomial: the definition of the interval.
        use statrs::distribution::{Binomial, DiscreteCDF};
        let interval = rate.clopper_pearson(confidence);
        if rate.passed > 0 {
            let at_least = Binomial::new(interval.low, rate.n).unwrap().sf(rate.passed - 1);
            prop_assert!((at_least - confidence.tail()).abs() < 1e-6);
        }
        if rate.passed < rate.n {
            let at_most = Binomial::new(interval.high, rate.n).unwrap().cdf(rate.passed);
            prop_assert!((at_most - confidence.tail()).abs() < 1e-6);
        }
    }

    #[test]
    fn fewer_than_the_clean_size_clear_nothing_and_that_many_do(
        threshold in 0.01_f64..0.999, confidence in confidence(),
    ) {
        let enough = clean_n(threshold, confidence).unwrap();
        let low = |n| Rate { passed: n, n }.clopper_pearson(confidence).low;
        prop_assert!(low(enough) >= threshold);
        prop_assert!(enough == 1 || low(enough - 1) < threshold);
    }

    #[test]
    fn a_decision_in_favour_takes_no_fewer_trials_than_a_clean_one(
        rate in rate(), threshold in 0.01_f64..0.999, confidence in confidence(),
    ) {
        if let Some(need) = needed_n(ClusteredRate::from(rate), threshold, confidence) {
            prop_assert_eq!(need.in_favour, rate.value().unwrap() > threshold);
            prop_assert!(!need.in_favour || need.n >= clean_n(threshold, confidence).unwrap());
        }
    }

    #[test]
    fn groups_never_narrow_the_interval(
        groups in proptest::collection::vec((1_u64..20).prop_flat_map(|n| (0..=n, Just(n))), 1..40),
    ) {
        let mut clustered = Clustered::default();
        groups.iter().for_each(|&(passed, n)| clustered.push(Rate { passed, n }));
        let rate = clustered.rate(Confidence::P95);
        prop_assert!(rate.effective_n >= groups.len() as f64 && rate.effective_n <= rate.rate.n as f64);
        let (grouped, flat) = (rate.wilson(Confidence::P95), rate.rate.wilson(Confidence::P95));
        prop_assert!(grouped.width() >= flat.width() - 1e-12);
        prop_assert!(grouped.low.is_finite() && grouped.high.is_finite());
    }

    #[test]
    fn a_quantile_is_observed_and_inside_its_bounds(
        values in proptest::collection::vec(-1e9_f64..1e9, 1..300), q in 0.01_f64..0.999,
    ) {
        let sample: Sample = values.iter().copied().collect();
        let quantile = sample.quantile(q, Confidence::P95).unwrap();
        prop_assert!(values.contains(&quantile.value));
        prop_assert!(quantile.low.is_none_or(|low| low <= quantile.value));
        prop_assert!(quantile.high.is_none_or(|high| high >= quantile.value));
    }

    #[test]
    fn censoring_any_values_at_any_time_before_them_only_widens_the_interval(
        values in proptest::collection::vec((-1e9_f64..1e9, proptest::option::of(0.0_f64..1e9)), 1..200),
        q in 0.01_f64..0.999,
    ) {
        let whole: Sample = values.iter().map(|(value, _)| *value).collect();
        let known = values.iter().filter(|(_, before)| before.is_none()).map(|(value, _)| *value);
        let times = values.iter().filter_map(|(value, before)| Some((*value - (*before)?).next_down()));
        let censored = known.collect::<Sample>().with_censored(times);
        let [whole, censored] = [whole, censored].map(|sample| sample.quantile(q, Confidence::P95).unwrap());
        prop_assert_eq!(whole.n, censored.n);
        prop_assert!(censored.value >= whole.value);
        prop_assert_eq!((whole.low.is_some(), whole.high.is_some()), (censored.low.is_some(), censored.high.is_some()));
        prop_assert!(whole.low.zip(censored.low).is_none_or(|(whole, censored)| censored <= whole));
        prop_assert!(whole.high.zip(censored.high).is_none_or(|(whole, censored)| censored >= whole));
    }

    #[test]
    fn censoring_the_largest_values_moves_no_quantile_below_them(
        values in proptest::collection::vec(-1e9_f64..1e9, 1..200), cut in 0_usize..200, q in 0.01_f64..0.999,
    ) {
        let whole: Sample = values.iter().copied().collect();
        let (kept, cut) = whole.values().split_at(cut.min(values.len()));
        let time = kept.last().or(cut.first()).copied().unwrap_or_default();
        let censored = kept.iter().copied().collect::<Sample>().with_censored(vec![time; cut.len()]);
        let [whole, censored] = [whole, censored].map(|sample| sample.quantile(q, Confidence::P95).unwrap());
        let same = |known: f64, seen: f64| seen == known || seen == f64::INFINITY;
        prop_assert_eq!(whole.n, censored.n);
        prop_assert!(same(whole.value, censored.value));
        prop_assert!(whole.high.zip(censored.high).is_none_or(|(known, seen)| same(known, seen)));
        // What was cut off was cut off no sooner than the last value that is known.
        prop_assert!(whole.low.zip(censored.low).is_none_or(|(known, seen)| seen == known || seen >= time));
    }

    #[test]
    fn a_quantile_within_a_limit_is_a_share_within_it(
        values in proptest::collection::vec(0_u32..50, 1..60), limit in 0_u32..50, percent in 1_u32..100,
    ) {
        let q = f64::from(percent) / 100.0;
        let sample: Sample = values.iter().map(|&value| f64::from(value)).collect();
        let below = sample.quantile(q, Confidence::P95).unwrap().value <= f64::from(limit);
        let within = values.iter().filter(|value| **value <= limit).count() as f64 / values.len() as f64;
        prop_assert_eq!(below, within >= q - 1e-9);
    }

    #[test]
    fn mcnemar_is_a_symmetric_probability(b in 0_u64..400, c in 0_u64..400) {
        let p = mcnemar_exact(b, c);
        prop_assert!((0.0..=1.0).contains(&p));
        prop_assert_eq!(p, mcnemar_exact(c, b));
    }
}

/// Values with their groups, some of them censored.
fn grouped() -> impl Strategy<Value = Vec<(u64, u32, bool)>> {
    proptest::collection::vec((0_u64..1_000_000, 0_u32..30, proptest::bool::weighted(0.1)), 1..200)
}

fn sample_of(values: &[(u64, u32, bool)]) -> gonogo_stats::GroupedSample {
    let mut grouped = Grouped::default();
    for (value, group, censored) in values {
        if *censored { grouped.push_censored(*value, *group) } else { grouped.push(*value, *group) }
    }
    grouped.sample()
}

const MANY: [f64; 6] = [0.25, 0.5, 0.75, 0.9, 0.99, 0.999];

proptest! {
    #[test]
    fn one_value_a_group_is_the_plain_sample(values in proptest::collection::vec((0_u64..1000, proptest::bool::weighted(0.2)), 1..200)) {
        let each: Vec<(u64, u32, bool)> = values.iter().zip(0..).map(|((value, censored), group)| (*value, group, *censored)).collect();
        let known = values.iter().filter(|(_, censored)| !censored).map(|(value, _)| *value as f64);
        let censored = values.iter().filter(|(_, censored)| *censored).map(|(value, _)| *value as f64);
        let plain = known.collect::<Sample>().with_censored(censored);
        let quantiles = sample_of(&each).quantiles(&MANY, Confidence::P95);
        for (q, quantile) in MANY.iter().zip(quantiles) {
            prop_assert_eq!(Some(quantile.quantile), plain.quantile(*q, Confidence::P95), "at {}", q);
            prop_assert!(quantile.least <= quantile.quantile.value);
        }
    }

    #[test]
    fn a_grouped_quantile_lies_within_its_bounds_and_groups_only_widen_them(values in grouped()) {
        let alone: Vec<(u64, u32, bool)> =
            values.iter().zip(0..).map(|((value, _, censored), group)| (*value, group, *censored)).collect();
        let (together, alone) = (sample_of(&values), sample_of(&alone));
        let pairs = together.quantiles(&MANY, Confidence::P95).into_iter().zip(alone.quantiles(&MANY, Confidence::P95));
        for (grouped, alone) in pairs.map(|(grouped, alone)| (grouped.quantile, alone.quantile)) {
            prop_assert_eq!((grouped.value, grouped.n), (alone.value, alone.n));
            prop_assert!(grouped.low.is_none_or(|low| low <= grouped.value));
            prop_assert!(grouped.high.is_none_or(|high| high >= grouped.value));
            prop_assert!(grouped.low.is_none_or(|low| alone.low.is_some_and(|other| low <= other)));
            prop_assert!(grouped.high.is_none_or(|high| alone.high.is_some_and(|other| high >= other)));
        }
    }

    #[test]
    fn samples_put_together_are_the_sample_of_all_their_values(values in grouped(), cut in 0_usize..200) {
        let (first, second) = values.split_at(cut.min(values.len()));
        let mut together = Grouped::default();
        [first, second].map(sample_of).iter().for_each(|sample| together.extend(sample));
        let (together, whole) = (together.sample(), sample_of(&values));
        prop_assert_eq!((together.n(), together.groups()), (whole.n(), whole.groups()));
        prop_assert_eq!(together.quantiles(&MANY, Confidence::P95), whole.quantiles(&MANY, Confidence::P95));
    }

    #[test]
    fn a_mean_lies_in_its_interval_and_both_move_with_the_values(
        values in proptest::collection::vec(-1e6_f64..1e6, 2..100), shift in -1e6_f64..1e6,
    ) {
        let moved: Vec<f64> = values.iter().map(|value| value + shift).collect();
        let [here, there] = [&values, &moved].map(|values| mean_interval(values, Confidence::P95).unwrap());
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        prop_assert!(here.low <= mean && mean <= here.high);
        prop_assert!((there.low - here.low - shift).abs() < 1e-5 * (1.0 + here.width()));
        prop_assert!((there.width() - here.width()).abs() < 1e-5 * (1.0 + here.width()));
    }
}

/// Woodruff's interval of a median in groups covers about as often as it says, and order statistics that take
/// the values for independent do not: 400 samples of 40 groups with 1 to 60 values each, from a seed.
#[test]
fn groups_are_needed_for_coverage() {
    // D. H. Lehmer's generator with the constants of S. K. Park and K. W. Miller, CACM 31 (1988) 1192–1201.
    let mut state = 20_261_121_u64;
    let mut uniform = move || {
        state = state * 48_271 % 2_147_483_647;
        state as f64 / 2_147_483_647.0
    };
    let (mut covered, mut naive) = (0, 0);
    for _ in 0..400 {
        let (mut grouped, mut alone, mut count) = (Grouped::default(), Grouped::default(), 0);
        for group in 0..40 {
            // Half of the spread is the group's: symmetric about a median of a million.
            let centre = 1_000_000.0 + 200_000.0 * (uniform() - 0.5);
            for _ in 0..=(uniform() * 59.0) as u32 {
                let value = (centre + 200_000.0 * (uniform() - 0.5)) as u64;
                grouped.push(value, group);
                alone.push(value, count);
                count += 1;
            }
        }
        let covers = |grouped: Grouped| {
            let median = grouped.sample().quantiles(&[0.5], Confidence::P95)[0].quantile;
            median.low.is_some_and(|low| low <= 1e6) && median.high.is_some_and(|high| high >= 1e6)
        };
        covered += u32::from(covers(grouped));
        naive += u32::from(covers(alone));
    }
    assert!((366..=400).contains(&covered), "covered {covered} of 400");
    assert!(naive < 300, "taken for independent: covered {naive} of 400");
}
