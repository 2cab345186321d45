//! The published JSON Schema against what is really written.

mod support;

use gonogo_masks::{Class, Report, Survey};
use serde_json::{Value, json};

fn validator() -> jsonschema::Validator {
    let schema: Value =
        serde_json::from_str(include_str!("../../../reports/masks.schema.json")).expect("is JSON");
    jsonschema::meta::validate(&schema).expect("is a schema");
    jsonschema::validator_for(&schema).expect("compiles")
}

fn document(survey: &Survey) -> Value {
    Report::new(survey, &support::plan(survey), &support::receipt()).json()
}

#[test]
fn every_document_validates() {
    let validator = validator();
    let one = support::survey(&[[Some(Class::Ok), None, Some(Class::Crashed)]]);
    for survey in [support::every_class(), one, support::survey(&[[None; 3]]), Survey::default()] {
        let document = document(&survey);
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{} {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn what_is_not_described_does_not_validate() {
    let validator = validator();
    let whole = document(&support::every_class());
    for (pointer, wrong) in [
        ("/format", json!(2)),
        ("/arms/0/counts/classes", json!({"fine": 1})),
        ("/quantiles/0/points/0/value", json!(12)),
        ("/pairs/0/tbm/geometric/value", json!(null)),
        ("/keywords/0/arms/0/ignored", json!(-1)),
    ] {
        let mut document = whole.clone();
        *document.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = wrong;
        assert!(!validator.is_valid(&document), "{pointer}");
    }
}
