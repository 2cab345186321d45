//! The published JSON Schema against what is really written.

mod support;

use gonogo_report::{Report, gate};
use serde_json::Value;

fn validator() -> jsonschema::Validator {
    let schema: Value =
        serde_json::from_str(include_str!("../../../reports/report.schema.json")).expect("is JSON");
    jsonschema::meta::validate(&schema).expect("is a schema");
    jsonschema::validator_for(&schema).expect("compiles")
}

#[test]
fn every_document_validates() {
    let validator = validator();
    let (receipt, attempts) = support::three_arms();
    let (founding, replayed) = support::founding_case();
    for (receipt, attempts) in
        [(&receipt, &attempts[..]), (&receipt, &attempts[..0]), (&founding, &replayed[..])]
    {
        let result = gate(&support::migration(), receipt, attempts, None, support::CLEAN);
        for gate in [None, Some(&result)] {
            let document = Report::new(receipt, attempts).json(gate);
            let errors: Vec<String> = validator
                .iter_errors(&document)
                .map(|error| format!("{} {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
    }
}

#[test]
fn a_rate_without_its_denominator_does_not_validate() {
    let validator = validator();
    let (receipt, attempts) = support::three_arms();
    let mut document = Report::new(&receipt, &attempts).json(None);
    let cell = document.pointer_mut("/tables/0/rows/0/cells/0").and_then(Value::as_object_mut).unwrap();
    assert_eq!(cell["kind"], "share");
    cell.remove("n");
    assert!(!validator.is_valid(&document));
}
