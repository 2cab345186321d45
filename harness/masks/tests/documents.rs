//! Whole documents, as a person or a program gets them.

mod support;

use gonogo_masks::{Class, Report, Survey, records};

fn report(survey: &Survey) -> Report {
    Report::new(survey, &support::plan(survey), &support::receipt())
}

fn file(report: &Report, name: &str) -> String {
    let files = report.files();
    files.into_iter().find(|(file, _)| file == name).unwrap_or_else(|| panic!("no {name}")).1
}

#[test]
fn every_class_in_markdown() {
    insta::assert_snapshot!(file(&report(&support::every_class()), "report.md"));
}

/// Two subjects of one split.
fn few() -> Survey {
    let late = [Some(Class::CompileTimeout), Some(Class::UnderConstrained), None];
    let mut survey = support::survey(&[[Some(Class::Ok); 3], late]);
    survey.subjects[1].split = survey.subjects[0].split.clone();
    survey
}

#[test]
fn a_few_in_json() {
    let mut document = report(&few()).json();
    // One measure is like the other.
    let quantiles = document["quantiles"].as_array_mut().unwrap();
    quantiles.retain(|of| of["measure"] == "ttfm");
    insta::assert_json_snapshot!(document);
}

#[test]
fn a_few_in_csv() {
    let survey = few();
    let report = report(&survey);
    let mut all = report.csv();
    all.push(("records.csv".into(), records(&survey)));
    let all: Vec<String> = all.into_iter().map(|(name, text)| format!("{name}\n{text}")).collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn the_files_are_those_that_the_report_names() {
    let files = report(&support::every_class()).files();
    let text = &files[0].1;
    for (name, contents) in &files[1..] {
        let named = text.contains(&format!("]({name})")) || text.contains(&format!("`{name}`"));
        assert!(named, "{name} stands beside the report and is not mentioned");
        assert!(!contents.is_empty(), "{name}");
        if let Ok(folder) = std::env::var("GONOGO_PLOTS") {
            std::fs::write(std::path::Path::new(&folder).join(name), contents).unwrap();
        }
    }
    let svgs: Vec<_> = files.iter().filter(|(name, _)| name.ends_with(".svg")).collect();
    assert_eq!(svgs.len(), 4);
    for (name, svg) in svgs {
        assert!(svg.contains("fill=\"#FFFFFF\"") && svg.contains("<title>"), "{name}: ground and title");
    }
}

#[test]
fn an_empty_survey_says_so_first() {
    let nothing = report(&Survey::default()).markdown();
    assert!(
        nothing.lines().next().unwrap().contains("EMPTY: none of 0 planned trials was made"),
        "{nothing}"
    );
    assert!(nothing.contains("No trial was made, so nothing can be said."));
    let unbegun = report(&support::survey(&[[None; 3]; 4])).markdown();
    assert!(
        unbegun.lines().next().unwrap().contains("EMPTY: none of 12 planned trials was made"),
        "{unbegun}"
    );
}

#[test]
fn an_unfinished_survey_says_so_first() {
    let mut survey = support::every_class();
    survey.records.truncate(30);
    let planned = survey.subjects.len() * survey.arms.len();
    let text = report(&survey).markdown();
    let said = format!("UNFINISHED: 30 of {planned} planned trials were made");
    assert!(text.lines().next().unwrap().contains(&said), "{text}");
    assert!(text.contains("| not run |"));
}
