//! What holds of every survey, however strange.

mod support;

use gonogo_masks::{
    Class, Report, Survey,
    tables::{Bound, Measure, Subset},
};
use gonogo_stats::{Confidence, Sample};
use proptest::prelude::*;

fn class() -> impl Strategy<Value = Option<Class>> {
    proptest::option::weighted(0.9, proptest::sample::select(Class::ALL))
}

fn survey() -> impl Strategy<Value = Survey> {
    proptest::collection::vec([class(), class(), class()], 0..25).prop_map(|rows| support::survey(&rows))
}

fn report(survey: &Survey) -> Report {
    Report::new(survey, &support::plan(survey), &support::receipt())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_column_sums_to_n(survey in survey()) {
        let report = report(&survey);
        let n = survey.subjects.len() as u64;
        for (arm, line) in report.arms.iter().zip(report.summary()) {
            let sum = arm.counts.classes.values().sum::<u64>() + arm.counts.missing;
            prop_assert_eq!((sum, arm.counts.n), (n, n));
            prop_assert_eq!(arm.splits.iter().map(|split| split.counts.n).sum::<u64>(), n);
            for split in &arm.splits {
                let counts = &split.counts;
                prop_assert_eq!(counts.classes.values().sum::<u64>() + counts.missing, counts.n);
            }
            let shown = [
                line.rightly, line.compiled, line.declined, line.accepts_invalid, line.refuses_valid, line.whitespace_bound,
                line.order_bound, line.unsound, line.failed, line.harness, line.missing,
            ];
            prop_assert_eq!(shown.iter().sum::<u64>(), line.n);
        }
        for row in &report.keywords {
            for cell in &row.arms {
                let sorts = [cell.enforced, cell.ignored, cell.unsound, cell.rejected, cell.unanswered, cell.missing];
                prop_assert_eq!(sorts.iter().sum::<u64>(), cell.invalid);
                prop_assert!(cell.over <= cell.valid);
            }
        }
    }

    #[test]
    fn the_record_says_the_class_that_was_meant(rows in proptest::collection::vec([class(), class(), class()], 1..10)) {
        let report = report(&support::survey(&rows));
        for (place, arm) in report.arms.iter().enumerate() {
            for class in Class::ALL {
                let meant = rows.iter().filter(|row| row[place] == Some(*class)).count() as u64;
                prop_assert_eq!(arm.counts.of(*class), meant, "{:?}", class);
            }
        }
    }

    #[test]
    fn the_document_comes_back_as_it_was(survey in survey()) {
        let document = report(&survey).json();
        let back: Report = serde_json::from_value(document.clone()).unwrap();
        prop_assert_eq!(back.json(), document);
    }

    #[test]
    fn no_document_holds_a_figure_that_is_none(survey in survey()) {
        for (name, text) in report(&survey).files() {
            let odd = text.split(|c: char| !c.is_alphanumeric()).find(|word| matches!(*word, "NaN" | "inf"));
            prop_assert!(odd.is_none(), "{}: {:?}", name, odd);
        }
    }

    #[test]
    fn times_to_the_first_mask_have_the_quantiles_of_the_plain_sample(survey in survey()) {
        let report = report(&survey);
        for arm in &survey.arms {
            let records = survey.records.iter().filter(|record| record.arm == arm.name);
            let came: Sample = records
                .filter_map(|record| record.compiled)
                .map(|compiled| (compiled.compile.0 + compiled.first_mask.0) as f64)
                .collect();
            let late = [(Class::CompileTimeout, 30e9), (Class::Hung, 5e9)];
            let counts = &report.arms.iter().find(|other| other.name == arm.name).unwrap().counts;
            let late = late.into_iter().flat_map(|(class, at)| vec![at; counts.of(class) as usize]);
            let sample = came.with_censored(late);
            let Some(ours) = report.quantiles(&arm.name, Measure::Ttfm, Subset::Own) else {
                prop_assert_eq!(sample.n(), 0);
                continue;
            };
            for point in &ours.points {
                let theirs = sample.quantile(point.q, Confidence::P95).unwrap();
                let value = match point.value {
                    Bound::Beyond(limit) => {
                        prop_assert!(limit == 5_000_000_000 || limit == 30_000_000_000, "{}", limit);
                        f64::INFINITY
                    }
                    Bound::At(value) => value as f64,
                    Bound::Unknown => f64::NAN,
                };
                prop_assert_eq!((value, ours.n), (theirs.value, theirs.n));
                prop_assert_eq!(point.low.at(), theirs.low.map(|low| low as u64));
            }
        }
    }

    #[test]
    fn the_common_subset_is_the_same_size_on_every_arm_and_within_its_own(survey in survey()) {
        let report = report(&survey);
        for measure in Measure::ALL {
            let of = |arm, subset| report.quantiles(arm, measure, subset);
            let [alpha, beta] = ["alpha", "beta"].map(|arm| of(arm, Subset::Common));
            if let (Some(alpha), Some(beta)) = (alpha, beta) {
                prop_assert_eq!((alpha.n, alpha.subjects), (beta.n, beta.subjects), "{:?}", measure);
            }
            for common in [alpha, beta].into_iter().flatten() {
                let own = of(&common.arm, Subset::Own).unwrap();
                prop_assert!(common.n <= own.n && common.max <= own.max && common.censored == 0);
            }
            prop_assert!(of("beta-matched", Subset::Common).is_none(), "one arm has nobody to share with");
        }
    }

    #[test]
    fn the_order_of_records_changes_nothing(survey in survey(), seed in any::<usize>()) {
        let mut shuffled = survey.clone();
        let count = shuffled.records.len();
        for index in 0..count {
            shuffled.records.swap(index, seed.wrapping_mul(index + 7) % count);
        }
        prop_assert_eq!(report(&shuffled), report(&survey));
    }
}
