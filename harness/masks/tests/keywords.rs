//! Which keyword an instance counts under.

mod support;

use gonogo_masks::{Class, Report, Survey, tables::Keyword};

/// A survey of one subject with this id, keywords and author.
fn keywords(id: &str, keywords: &[&str], about: bool) -> Vec<(String, bool, [u64; 4])> {
    let mut survey: Survey = support::survey(&[[Some(Class::OverAndUnder), None, Some(Class::Rejected)]]);
    let subject = &mut survey.subjects[0];
    subject.id = id.into();
    subject.keywords = keywords.iter().map(|keyword| (*keyword).to_owned()).collect();
    subject.why = about.then(|| "a mistake".into());
    survey.records.iter_mut().for_each(|record| record.subject = id.into());
    let report = Report::new(&survey, &support::plan(&survey), &support::receipt());
    let row = |row: Keyword| {
        let cell = &row.arms[0];
        (row.keyword, row.about, [cell.ignored, cell.invalid, cell.over, cell.valid])
    };
    report.keywords.into_iter().map(row).collect()
}

#[test]
fn a_folder_in_the_id_names_the_one_keyword_that_a_schema_is_about() {
    let rows = keywords("keywords/draft7/ref/beside-a-minimum", &["$ref", "minimum"], true);
    assert_eq!(rows, [("$ref".to_owned(), true, [1, 1, 1, 1])]);
}

#[test]
fn where_no_folder_does_an_instance_counts_under_every_keyword_that_the_author_lists() {
    let rows = keywords("keywords/hostile/compile/minimum", &["maximum", "minimum"], true);
    let each = |name: &str| (name.to_owned(), true, [1, 1, 1, 1]);
    assert_eq!(rows, [each("maximum"), each("minimum")]);
}

#[test]
fn without_an_author_the_validator_says_what_an_invalid_instance_violates() {
    let rows = keywords("keywords/draft7/type/1", &["maximum", "type"], false);
    let uses = |name: &str| (name.to_owned(), false, [0, 0, 1, 1]);
    assert_eq!(rows, [uses("maximum"), ("minLength".to_owned(), false, [1, 1, 0, 0]), uses("type")]);
}

#[test]
fn the_instances_of_a_schema_that_was_declined_are_rejected_and_not_ignored() {
    let survey = support::survey(&[[Some(Class::Rejected); 3]]);
    let report = Report::new(&survey, &support::plan(&survey), &support::receipt());
    let cell = &report.keywords[0].arms[0];
    assert_eq!((cell.rejected, cell.ignored, cell.enforced, cell.invalid), (1, 0, 0, 1));
    assert_eq!((cell.over, cell.valid), (0, 0), "nothing is known of its valid instances");
}
