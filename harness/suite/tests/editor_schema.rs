//! The JSON Schema that editors complete suites with says the same as the reader.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say so at once")]

use std::{collections::BTreeSet, fs, path::Path};

use gonogo_core::{Kind, LADDER};
use gonogo_suite::{TABLES, discover};
use serde_json::Value;

fn schema() -> Value {
    serde_json::from_str(&fs::read_to_string("../../suites/suite.schema.json").unwrap()).unwrap()
}

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&schema()).unwrap()
}

/// The document, or nothing where it is not TOML or has a value that JSON cannot write.
fn document(folder: &Path) -> Option<Value> {
    let text = String::from_utf8(fs::read(folder.join("suite.toml")).ok()?).ok()?;
    serde_json::to_value(toml::from_str::<toml::Table>(&text).ok()?).ok()
}

/// The schema of a kind of table: the root for the suite itself.
fn table<'a>(schema: &'a Value, name: &str) -> &'a Value {
    let definition = match name {
        "a suite" => return schema,
        "[defaults]" => "defaults",
        "a rung" => "rung",
        "a case" => "case",
        "a step" => "step",
        "an assertion" => "assert",
        "a known-good answer" => "good",
        "a known-bad answer" => "bad",
        other => panic!("no definition is known for {other}"),
    };
    &schema["definitions"][definition]
}

#[test]
fn every_table_has_exactly_the_keys_of_the_reader() {
    let schema = schema();
    for spec in TABLES {
        let definition = table(&schema, spec.name);
        let listed: BTreeSet<&str> =
            definition["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(listed, spec.keys.iter().copied().collect(), "{}", spec.name);
        assert_eq!(definition["additionalProperties"], Value::Bool(false), "{}", spec.name);
    }
}

#[test]
fn kinds_and_rungs_are_those_of_the_code() {
    let schema = schema();
    let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(schema["definitions"]["kind"]["enum"], serde_json::json!(kinds));
    assert_eq!(schema["definitions"]["rung"]["properties"]["name"]["enum"], serde_json::json!(LADDER));
}

#[test]
fn it_accepts_every_shipped_suite() {
    let validator = validator();
    for entry in discover(Path::new("../../suites")).unwrap() {
        let document = document(&entry.folder).unwrap();
        let faults: Vec<_> = validator
            .iter_errors(&document)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{}: {faults:#?}", entry.name);
    }
}

/// What no JSON Schema can see: other files, other tables, and what is not JSON.
const BEYOND_IT: &[&str] = &[
    "duplicate-case",
    "duplicate-rung",
    "duplicate-step",
    "empty-schema",
    "missing-answer-file",
    "missing-schema",
    "no-constraint",
    "not-json-value",
    "schema-cut-off",
    "schema-key-twice",
    "schema-not-a-schema",
    "schema-not-json",
    "schema-not-utf8",
    "schema-outside",
    "step-in-single-case",
    "step-itself",
    "step-later",
    "step-not-closed",
    "step-unknown",
    "step-uses-nothing",
    "step-with-blanks",
    "step-without-constraint",
    "step-without-ladder",
    "unknown-default-rung",
    "wrong-name",
];

#[test]
fn it_refuses_every_broken_suite_that_a_schema_can_refuse() {
    let validator = validator();
    for entry in discover(Path::new("../../fixtures/broken")).unwrap() {
        let Some(document) = document(&entry.folder) else { continue };
        let accepted = validator.is_valid(&document);
        assert_eq!(accepted, BEYOND_IT.contains(&entry.name.as_str()), "{}", entry.name);
    }
}
