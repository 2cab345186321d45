//! What decides between arms, against published and independently computed values.

use gonogo_stats::{
    ChangeBet, Confidence, FallBet, Interval, Lifetime, NonInferiority, Pairs, Rate, Sample,
    cluster_bootstrap, detectable_difference, kaplan_meier, mean_interval, needed_pairs, newcombe,
    non_inferiority, rank_sum, survival_quantile,
};
use proptest::prelude::*;

const P95: Confidence = Confidence::P95;

fn close(ours: f64, theirs: f64, within: f64) {
    assert!((ours - theirs).abs() < within, "{ours} and not {theirs}");
}

#[test]
fn tango_agrees_with_a_numerical_maximisation_of_the_likelihood() {
    // SciPy 1.17: p̃ by minimize_scalar over the multinomial likelihood, the bounds by brentq.
    for (b, c, n, low, high) in [
        (12, 2, 50, 0.061_112_408, 0.344_708_748),
        (5, 1, 21, -0.047_074_100, 0.420_126_316),
        (0, 0, 21, -0.154_639_019, 0.154_639_019),
        (7, 25, 120, -0.242_099_892, -0.061_189_779),
        (1, 0, 10, -0.205_286_080, 0.404_150_027),
        (9, 1, 44, 0.050_332_740, 0.328_341_271),
        (0, 6, 21, -0.499_563_807, -0.086_892_689),
    ] {
        let interval = Pairs { b, c, n }.tango(P95);
        close(interval.low, low, 1e-5);
        close(interval.high, high, 1e-5);
    }
}

#[test]
fn newcombe_agrees_with_his_own_example_and_statsmodels() {
    // Newcombe 1998, table II (a): 56/70 and 48/80, method 10: 0.0524 to 0.3339.
    let published = newcombe(Rate { passed: 56, n: 70 }, Rate { passed: 48, n: 80 }, P95);
    close(published.low, 0.0524, 5e-5);
    close(published.high, 0.3339, 5e-5);
    // statsmodels 0.15: confint_proportions_2indep(1, 21, 3, 3, method="newcomb", compare="diff")
    let founding = newcombe(Rate { passed: 1, n: 21 }, Rate { passed: 3, n: 3 }, P95);
    close(founding.low, -0.991_544_012, 1e-8);
    close(founding.high, -0.363_019_762, 1e-8);
}

#[test]
fn nothing_is_known_without_trials() {
    assert_eq!(Pairs::default().tango(P95), Interval { low: -1.0, high: 1.0 });
    assert_eq!(newcombe(Rate::default(), Rate { passed: 1, n: 1 }, P95), Interval { low: -1.0, high: 1.0 });
    assert_eq!(kaplan_meier(&[], P95), []);
    assert_eq!(Sample::default().harrell_davis(0.5), None);
    assert_eq!(FallBet::new(1.0), None);
}

#[test]
fn a_margin_is_held_missed_or_open() {
    let between = |low, high| non_inferiority(Interval { low, high }, 0.05);
    assert_eq!(between(-0.04, 0.10), NonInferiority::Shown);
    assert_eq!(between(-0.20, -0.06), NonInferiority::Refuted);
    assert_eq!(between(-0.20, 0.01), NonInferiority::Open);
    assert_eq!(between(-0.05, 0.01), NonInferiority::Open);
}

#[test]
fn kaplan_and_meier_agree_with_the_trial_of_6_mercaptopurine() {
    // Freireich 1963 (weeks of remission, 21 children), the textbook example; statsmodels 0.15: SurvfuncRight,
    // interval by exp(−exp(ln(−ln S) ± z·se/(S·|ln S|))).
    let ended = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(|time| (time, true));
    let cut = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(|time| (time, false));
    let lives: Vec<Lifetime> =
        ended.into_iter().chain(cut).map(|(time, ended)| Lifetime { time: f64::from(time), ended }).collect();
    let curve = kaplan_meier(&lives, P95);
    let expected = [
        (6.0, 0.857_142_857, 0.619_717_955, 0.951_551_748),
        (7.0, 0.806_722_689, 0.563_146_565, 0.922_809_019),
        (10.0, 0.752_941_176, 0.503_199_511, 0.889_361_835),
        (13.0, 0.690_196_078, 0.431_610_222, 0.849_065_963),
        (16.0, 0.627_450_980, 0.367_510_856, 0.804_912_189),
        (22.0, 0.537_815_126, 0.267_778_937, 0.746_790_718),
        (23.0, 0.448_179_272, 0.188_052_006, 0.680_142_628),
    ];
    assert_eq!(curve.len(), expected.len());
    for (step, (time, share, low, high)) in curve.iter().zip(expected) {
        assert_eq!(step.time, time);
        close(step.share, share, 1e-8);
        close(step.interval.low, low, 1e-8);
        close(step.interval.high, high, 1e-8);
    }
    assert_eq!(survival_quantile(&curve, 0.5), Some(23.0));
    assert_eq!(survival_quantile(&curve, 0.9), None);
}

#[test]
fn harrell_and_davis_agree_with_scipy() {
    // SciPy 1.17: scipy.stats.mstats.hdquantiles
    let five: Sample = [1.0, 2.0, 3.0, 4.0, 10.0].into_iter().collect();
    close(five.harrell_davis(0.5).unwrap(), 3.2896, 1e-8);
    close(five.harrell_davis(0.9).unwrap(), 9.000_795_52, 1e-8);
    let ten: Sample = [3.1, 4.7, 1.2, 8.8, 6.0, 5.5, 2.4, 9.9, 7.3, 0.4].into_iter().collect();
    close(ten.harrell_davis(0.25).unwrap(), 2.310_829_63, 1e-8);
    close(ten.harrell_davis(0.99).unwrap(), 9.867_770_09, 1e-8);
    assert_eq!(ten.with_censored([3.0]).harrell_davis(0.5), None);
}

#[test]
fn pairs_needed_agree_with_the_formula_by_scipy() {
    for (discordant, difference, n) in [(0.05, 0.02, 979), (0.10, 0.05, 312), (0.04, 0.01, 3_138)] {
        assert_eq!(needed_pairs(discordant, difference, 0.8, P95), Some(n));
        let seen = detectable_difference(n, discordant, 0.8, P95).unwrap();
        assert!(seen <= difference && seen > difference * 0.99, "{seen}");
    }
    assert_eq!(needed_pairs(0.05, 0.0, 0.8, P95), None);
    assert_eq!(needed_pairs(0.05, 0.06, 0.8, P95), None);
    assert_eq!(detectable_difference(3, 0.1, 0.8, P95), None);
}

#[test]
fn a_mean_that_holds_seldom_alarms_and_a_fall_does() {
    let mut random = fastrand::Rng::with_seed(7);
    let mut nights = |rate: f64, bet: &mut FallBet| -> bool {
        (0..100).any(|_| {
            let passed = (0..21).filter(|_| random.f64() < rate).count();
            bet.observe(f64::from(u32::try_from(passed).unwrap()) / 21.0);
            bet.e_value() >= 20.0
        })
    };
    let mut alarms = |rate| (0..1_000).filter(|_| nights(rate, &mut FallBet::new(0.9).unwrap())).count();
    // Ville: at most 5 % of series ever alarm; three standard errors of 1,000 series are 2 %.
    assert!(alarms(0.9) <= 70);
    assert!(alarms(0.8) >= 950);
}

#[test]
fn a_series_that_does_not_change_seldom_alarms_and_a_fall_is_dated() {
    let mut random = fastrand::Rng::with_seed(11);
    let mut series = |rates: &dyn Fn(usize) -> f64| {
        let mut bet = ChangeBet::default();
        for night in 0..100 {
            let passed = (0..21).filter(|_| random.f64() < rates(night)).count();
            bet.observe(f64::from(u32::try_from(passed).unwrap()) / 21.0, random.f64());
        }
        bet
    };
    // Ville: at most 5 % of series ever alarm; three standard errors of 2,000 series are 1.5 %.
    let alarms = (0..2_000).filter(|_| series(&|_| 0.9).alarm(0.05).is_some()).count();
    assert!(alarms <= 130, "{alarms}");
    // A fall of 20 points at night 30 is found within two weeks more often than not, and dated to the week.
    let fallen: Vec<ChangeBet> =
        (0..300).map(|_| series(&|night| if night < 30 { 0.9 } else { 0.7 })).collect();
    let found = |bet: &&ChangeBet| bet.alarm(0.05).is_some_and(|night| (30..44).contains(&night));
    let dated = fallen
        .iter()
        .filter(found)
        .filter(|bet| bet.onset(0.05).is_some_and(|night| night.abs_diff(30) <= 2));
    let (found, dated) = (fallen.iter().filter(found).count(), dated.count());
    assert!(found > 200 && dated * 10 > found * 7, "{found} found, {dated} dated");
}

#[test]
fn a_p_value_never_recovers_and_an_e_value_may() {
    let mut bet = FallBet::new(0.5).unwrap();
    (0..20).for_each(|_| bet.observe(0.0));
    let (p, e) = (bet.p_value(), bet.e_value());
    assert!(p < 0.01 && e > 100.0);
    (0..20).for_each(|_| bet.observe(1.0));
    assert!(bet.e_value() < e);
    assert_eq!(bet.p_value(), p);
    bet.observe(f64::NAN);
    assert_eq!(bet.p_value(), p);
}

#[test]
fn clusters_are_drawn_whole() {
    // Ten clusters of equal values: the mean of means spreads as ten numbers do, whatever their size.
    let clusters: Vec<Vec<f64>> = (0..10).map(|cluster| vec![f64::from(cluster); 50]).collect();
    let mean = |drawn: &[&Vec<f64>]| {
        let all: Vec<f64> = drawn.iter().flat_map(|cluster| cluster.iter().copied()).collect();
        Some(all.iter().sum::<f64>() / 500.0)
    };
    let mut random = fastrand::Rng::with_seed(1);
    let interval = cluster_bootstrap(&clusters, mean, 4_000, |n| random.usize(..n), P95).unwrap();
    // Standard error of ten values 0…9 is √(8.25/10) = 0.908.
    close(interval.low, 4.5 - 1.96 * 0.908, 0.15);
    close(interval.high, 4.5 + 1.96 * 0.908, 0.15);
    assert_eq!(cluster_bootstrap(&clusters[..1], mean, 10, |_| 0, P95), None);
}

#[test]
fn the_rank_sum_test_agrees_with_scipy() {
    // SciPy 1.17: mannwhitneyu(x, y, method="asymptotic", use_continuity=True).pvalue
    let low: Vec<f64> = (1..=8).map(f64::from).collect();
    let high: Vec<f64> = low.iter().map(|value| value + 4.5).collect();
    close(rank_sum(&low, &high).unwrap(), 0.007_405_533, 1e-8);
    let (tied, higher) = ([1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0], [2.0, 3.0, 3.0, 4.0, 4.0, 5.0, 5.0]);
    close(rank_sum(&tied, &higher).unwrap(), 0.049_973_000, 1e-8);
    assert_eq!(rank_sum(&tied, &higher), rank_sum(&higher, &tied));
    assert_eq!(rank_sum(&[], &tied), None);
    assert_eq!(rank_sum(&[1.0], &[1.0]), None);
    assert_eq!(rank_sum(&[1.0], &[f64::NAN]), None);
}

#[test]
fn the_interval_of_a_mean_agrees_with_scipy() {
    // SciPy 1.17: ttest_1samp([0.1, 0.4, -0.2, 0.3, 0.25], 0).confidence_interval(0.95)
    let interval = mean_interval(&[0.1, 0.4, -0.2, 0.3, 0.25], P95).unwrap();
    close(interval.low, -0.119_869_379, 1e-8);
    close(interval.high, 0.459_869_379, 1e-8);
    assert_eq!(mean_interval(&[0.1], P95), None);
    assert_eq!(mean_interval(&[0.1, f64::INFINITY], P95), None);
}

proptest! {
    #[test]
    fn tango_holds_its_point_and_mirrors(b in 0_u64..40, c in 0_u64..40, rest in 0_u64..80) {
        let n = b + c + rest;
        prop_assume!(n > 0);
        let (there, back) = (Pairs { b, c, n }.tango(P95), Pairs { b: c, c: b, n }.tango(P95));
        let point = Pairs { b, c, n }.difference().unwrap();
        prop_assert!(-1.0 <= there.low && there.low <= point && point <= there.high && there.high <= 1.0);
        prop_assert!((there.low + back.high).abs() < 1e-9 && (there.high + back.low).abs() < 1e-9);
        let wider = Pairs { b, c, n }.tango(Confidence::new(0.99).unwrap());
        prop_assert!(wider.low <= there.low + 1e-12 && there.high <= wider.high + 1e-12);
    }

    #[test]
    fn newcombe_holds_its_point(a in 0_u64..30, m in 1_u64..30, b in 0_u64..30, n in 1_u64..30) {
        let (first, second) = (Rate { passed: a.min(m), n: m }, Rate { passed: b.min(n), n });
        let interval = newcombe(first, second, P95);
        let point = first.value().unwrap() - second.value().unwrap();
        prop_assert!(interval.low <= point && point <= interval.high);
        prop_assert!(interval.low >= -1.0 - 1e-12 && interval.high <= 1.0 + 1e-12);
    }

    #[test]
    fn a_curve_falls_and_without_cutting_is_the_share(times in proptest::collection::vec(1_u32..20, 1..40)) {
        let lives: Vec<Lifetime> =
            times.iter().map(|time| Lifetime { time: f64::from(*time), ended: true }).collect();
        let curve = kaplan_meier(&lives, P95);
        for step in &curve {
            let longer = times.iter().filter(|time| f64::from(**time) > step.time).count();
            let share = f64::from(u32::try_from(longer).unwrap()) / f64::from(u32::try_from(times.len()).unwrap());
            prop_assert!((step.share - share).abs() < 1e-9);
            prop_assert!(step.interval.low <= step.share + 1e-9 && step.share <= step.interval.high + 1e-9);
        }
    }

    #[test]
    fn a_smooth_quantile_lies_within_its_sample(values in proptest::collection::vec(-1e6..1e6_f64, 1..60), q in 0.01..0.99_f64) {
        let sample: Sample = values.iter().copied().collect();
        let smooth = sample.harrell_davis(q).unwrap();
        let (least, most) = (sample.values()[0], sample.values()[values.len() - 1]);
        prop_assert!(least - 1e-6 <= smooth && smooth <= most + 1e-6);
    }
}
