//! Who treats what rightly: of which schemas, against whom, and with how many instances.

mod support;

use gonogo_masks::{Class, Report, Survey};

fn report(survey: &Survey) -> Report {
    Report::new(survey, &support::plan(survey), &support::receipt())
}

/// The subject at this place without instances, and its trials without walks.
fn bare(survey: &mut Survey, place: usize) {
    let subject = &mut survey.subjects[place];
    subject.instances.clear();
    let id = subject.id.clone();
    survey.records.iter_mut().filter(|record| record.subject == id).for_each(|record| {
        record.walks.clear();
    });
}

const OK: Option<Class> = Some(Class::Ok);
const UNDER: Option<Class> = Some(Class::UnderConstrained);
const REJECTED: Option<Class> = Some(Class::Rejected);

#[test]
fn rightly_is_of_what_was_tried_and_has_instances() {
    let mut survey = support::survey(&[
        [OK, UNDER, None],
        [UNDER, OK, None],
        [OK, REJECTED, None],
        [REJECTED, OK, None],
        [None, None, None],
    ]);
    bare(&mut survey, 2);
    bare(&mut survey, 3);
    let report = report(&survey);
    let lines = report.summary();
    let alpha = &lines[0];
    assert_eq!((alpha.rightly, alpha.with_instances, alpha.compiled), (1, 2, 1));
    assert_eq!((alpha.declined, alpha.missing, alpha.n), (1, 1, 5));
    assert_eq!(alpha.cells()[0], "1/2 = 50.0 %");
    assert_eq!((lines[2].rightly, lines[2].with_instances, lines[2].missing), (0, 0, 5));
    let first = &report.findings()[1];
    assert!(first.contains("`alpha` 1 of 2 (50.0 %), `beta` 1 of 2 (50.0 %)"), "{first}");
    let splits = &report.arms[0].splits;
    let without: u64 = splits.iter().map(|split| split.without_instances.n).sum();
    assert_eq!(without, report.arms[0].without_instances.n);
}

#[test]
fn the_most_come_first_whatever_the_order_of_arms() {
    let survey = support::survey(&[[UNDER, OK, OK], [OK, OK, UNDER], [UNDER, UNDER, UNDER]]);
    let findings = report(&survey).findings();
    assert!(findings[0].contains("`beta` 2 of 3 (66.7 %), `alpha` 1 of 3 (33.3 %)"), "{findings:?}");
    assert!(findings[1].starts_with("Under `matched` options"), "{findings:?}");
    assert_eq!(findings.len(), 2, "nothing is missing, so nothing is said of it: {findings:?}");
}

#[test]
fn two_by_two_sums_to_what_has_instances_and_was_tried_on_both() {
    let mut survey = support::survey(&[
        [OK, OK, None],
        [OK, UNDER, None],
        [OK, REJECTED, None],
        [UNDER, OK, None],
        [UNDER, REJECTED, None],
        [OK, None, None],
        [OK, UNDER, None],
    ]);
    bare(&mut survey, 6);
    let report = report(&survey);
    let [crossed] = &report.crossed[..] else {
        panic!("one pair shares a configuration: {:?}", report.crossed)
    };
    assert_eq!(crossed.arms, ["alpha", "beta"]);
    assert_eq!((crossed.schemas, crossed.both, crossed.only, crossed.neither), (5, 1, [2, 1], 1));
    assert!((crossed.p - 1.0).abs() < 1e-12, "2 against 1 says nothing: {}", crossed.p);
    assert!(report.markdown().contains("| A alpha, B beta | 5 | 1 | 2 | 1 | 1 | 1.000 |"));
}

#[test]
fn an_uneven_split_has_its_exact_p() {
    let rows = [[OK, UNDER, None]; 6];
    let crossed = &report(&support::survey(&rows)).crossed[0];
    assert_eq!(crossed.only, [6, 0]);
    assert!((crossed.p - 2.0 / 64.0).abs() < 1e-12, "{}", crossed.p);
}

#[test]
fn tested_are_the_instances_that_were_answered() {
    let rows = [
        [UNDER, OK, None],
        [OK, OK, None],
        [OK, OK, None],
        [REJECTED, OK, None],
        [Some(Class::Crashed), OK, None],
    ];
    let mut survey = support::survey(&[&rows[..], &[[None; 3]]].concat());
    for subject in &mut survey.subjects {
        let keyword = "minLength";
        (subject.keywords, subject.why) = (vec![keyword.into()], Some("one keyword for all".into()));
    }
    let report = report(&survey);
    let [row] = &report.keywords[..] else { panic!("{:?}", report.keywords) };
    let cell = &row.arms[0];
    assert_eq!((cell.invalid, cell.tested(), cell.ignored, cell.ignored_schemas), (6, 3, 1, 1));
    assert_eq!((cell.enforced, cell.rejected, cell.unanswered, cell.missing), (2, 1, 1, 1));
    let text = report.markdown();
    assert!(text.contains("`minLength` 1 of 3 tested (in 1 schema)"), "{text}");
    assert!(text.contains("| 2 of 3 refused, 1 ignored (in 1 schema), 1 declined, 1 unanswered |"), "{text}");
}

#[test]
fn what_matched_options_change_is_told_by_engine() {
    let over = Some(Class::OverConstrained);
    let survey =
        support::survey(&[[OK, OK, over], [OK, OK, over], [OK, REJECTED, OK], [OK, OK, OK], [OK, OK, None]]);
    let report = report(&survey);
    let [moved] = &report.moved[..] else { panic!("alpha has no matched arm: {:?}", report.moved) };
    assert_eq!((moved.engine.as_str(), moved.schemas), ("beta", 4));
    let moves: Vec<_> = moved.moves.iter().map(|to| (to.from, to.to, to.schemas)).collect();
    assert_eq!(
        moves,
        [(Class::Ok, Class::OverConstrained, 2), (Class::Rejected, Class::Ok, 1)],
        "the most frequent first"
    );
    let conduct = report.conduct().join("\n");
    assert!(
        conduct.contains("3 of 4 schemas on `beta`: 2 from ok to over-constrained, 1 from rejected to ok"),
        "{conduct}"
    );
    assert!(conduct.contains("Of those that were ok 2 now refuse a valid instance: `closed`"), "{conduct}");
}

#[test]
fn a_time_out_of_one_arm_makes_the_ratio_a_bound() {
    let late = Some(Class::CompileTimeout);
    let of = |rows: &[[Option<Class>; 3]]| report(&support::survey(rows)).markdown();
    assert!(of(&[[OK, OK, None], [OK, OK, None], [OK, late, None]]).contains("| at least 2.00 ["));
    assert!(of(&[[OK, OK, None], [OK, OK, None], [late, OK, None]]).contains("| at most 2.00 ["));
    let both = of(&[[OK, OK, None], [late, OK, None], [OK, late, None]]);
    assert!(
        both.contains("| 2.00 [") && !both.contains("| at least ") && !both.contains("| at most "),
        "{both}"
    );
}

#[test]
fn a_report_of_some_arms_says_so_and_how_to_write_it_again() {
    let whole = support::survey(&[[OK, OK, OK], [OK, UNDER, OK]]);
    let plan = support::plan(&whole);
    let mut some = whole.clone();
    some.arms.truncate(2);
    let text = Report::new(&some, &plan, &support::receipt()).markdown();
    assert!(text.contains("About 2 of the survey's 3 arms: `alpha`, `beta`."), "{text}");
    assert!(text.contains("--arm alpha --arm beta`"), "{text}");
    assert!(!text.lines().next().unwrap().contains("UNFINISHED"));
}
