//! Reference vectors for the intervals: published, from SciPy, and by closed form.

use gonogo_stats::{ClusteredRate, Confidence, Need, Rate, clean_n, mean_interval, needed_n};

/// R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine
/// 17 (1998) 857–872, Table I (methods 3 and 5): passed, n, Wilson, Clopper–Pearson.
const NEWCOMBE: [(u64, u64, [f64; 2], [f64; 2]); 4] = [
    (81, 263, [0.2553, 0.3662], [0.2527, 0.3676]),
    (15, 148, [0.0624, 0.1605], [0.0578, 0.1617]),
    (0, 20, [0.0000, 0.1611], [0.0000, 0.1684]),
    (1, 29, [0.0061, 0.1718], [0.0009, 0.1776]),
];

/// To ten digits from SciPy 1.17: `binomtest(k, n).proportion_ci(0.95, method)` with `wilson` and `exact`.
/// It also reproduces every figure of [`NEWCOMBE`] to the digits printed there.
const SCIPY: [(u64, u64, [f64; 2], [f64; 2]); 4] = [
    (1, 21, [0.008_455_987_8, 0.226_693_600_7], [0.001_204_883_4, 0.238_159_909_9]),
    (3, 3, [0.438_502_968_2, 1.0], [0.292_401_773_8, 1.0]),
    (7, 21, [0.171_947_526_1, 0.546_265_480_3], [0.145_876_942_3, 0.569_675_482_9]),
    (13, 21, [0.408_786_537_8, 0.792_489_886_3], [0.384_354_390_4, 0.818_928_374_5]),
];

fn check(rows: &[(u64, u64, [f64; 2], [f64; 2])], tolerance: f64) {
    for &(passed, n, wilson, exact) in rows {
        let rate = Rate { passed, n };
        for (ours, theirs) in
            [(rate.wilson(Confidence::P95), wilson), (rate.clopper_pearson(Confidence::P95), exact)]
        {
            assert!((ours.low - theirs[0]).abs() < tolerance, "{passed}/{n}: {ours:?} {theirs:?}");
            assert!((ours.high - theirs[1]).abs() < tolerance, "{passed}/{n}: {ours:?} {theirs:?}");
        }
    }
}

#[test]
fn newcombes_table() {
    check(&NEWCOMBE, 5.1e-5);
}

#[test]
fn scipys_figures() {
    check(&SCIPY, 1e-9);
}

/// R. H. Jovanovic and P. S. Levy, The American Statistician 51 (1997) 137–139: the rule of three.
#[test]
fn no_failure_in_n_bounds_the_rate_at_three_over_n() {
    let one_sided_95 = Confidence::new(0.90).unwrap();
    let bound = Rate { passed: 0, n: 299 }.clopper_pearson(one_sided_95).high;
    assert!((bound - (1.0 - 0.05_f64.powf(1.0 / 299.0))).abs() < 1e-9);
    assert!(bound < 0.01);
    assert!(Rate { passed: 0, n: 298 }.clopper_pearson(one_sided_95).high > 0.01);
}

/// With every trial passed the exact lower bound is `(α/2)^(1/n)`, so the size follows by hand.
#[test]
fn a_clean_sweep_needs_what_the_closed_form_says() {
    let sweep = ClusteredRate::from(Rate { passed: 10, n: 10 });
    let n = (0.025_f64.ln() / 0.95_f64.ln()).ceil();
    assert_eq!(n, 72.0);
    assert_eq!(needed_n(sweep, 0.95, Confidence::P95), Some(Need { n: 72, in_favour: true }));
    assert_eq!(clean_n(0.95, Confidence::P95), Some(72));
    // ⌈ln 0.025 / ln 0.5⌉, ⌈ln 0.025 / ln 0.8⌉ and ⌈ln 0.025 / ln 0.99⌉ by hand.
    assert_eq!([0.5, 0.8, 0.99].map(|rate| clean_n(rate, Confidence::P95)), [Some(6), Some(17), Some(368)]);
    assert_eq!([0.0, 1.0].map(|rate| clean_n(rate, Confidence::P95)), [Some(1), None]);
}

/// The bound at the next whole multiple of the observed share clears the threshold; one step less does not.
#[test]
fn needed_sizes_sit_at_the_turning_point() {
    let observed = ClusteredRate::from(Rate { passed: 17, n: 20 });
    let need = needed_n(observed, 0.80, Confidence::P95).unwrap();
    assert!(need.in_favour);
    let at = |n: u64| Rate { passed: n * 17 / 20, n }.clopper_pearson(Confidence::P95).low;
    let whole = need.n.next_multiple_of(20);
    assert!(at(whole) >= 0.80 && at(whole - 20) < 0.80, "{need:?}");
}

#[test]
fn a_rate_on_its_threshold_is_never_decided() {
    let half = ClusteredRate::from(Rate { passed: 5, n: 10 });
    assert_eq!(needed_n(half, 0.5, Confidence::P95), None);
    assert_eq!(needed_n(ClusteredRate::from(Rate::default()), 0.5, Confidence::P95), None);
    let below = needed_n(half, 0.95, Confidence::P95).unwrap();
    assert!(!below.in_favour && below.n < 10);
}

/// "Student" (Biometrika 6 (1908) 1–25), the additional hours of sleep of ten patients, as in R's `sleep`:
/// `t.test(extra[group == 2] - extra[group == 1])` prints 0.7001142 and 2.4598858 about 1.58.
#[test]
fn students_own_example() {
    let hours = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
    let interval = mean_interval(&hours, Confidence::P95).unwrap();
    assert!((interval.low - 0.700_114_2).abs() < 5e-7, "{interval:?}");
    assert!((interval.high - 2.459_885_8).abs() < 5e-7, "{interval:?}");
}
