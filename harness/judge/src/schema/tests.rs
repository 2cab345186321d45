//! Violations against schemas: kinds, pointers and which of several is told.

use gonogo_core::Kind;
use serde_json::{Value, json};

use super::{Schema, Terms};

fn judge(schema: &Value, answer: &Value) -> Option<(Kind, String)> {
    let (kind, detail) = Schema::new(&schema.to_string(), Terms::default()).unwrap().judge(answer)?;
    Some((kind, detail.pointer.unwrap_or_default()))
}

#[track_caller]
fn check(schema: Value, answer: Value, kind: Kind, pointer: &str) {
    assert_eq!(judge(&schema, &answer), Some((kind, pointer.to_owned())), "{schema} {answer}");
}

#[test]
fn every_keyword_has_its_kind_and_pointer() {
    let table = [
        (json!({"required": ["a"]}), json!({}), Kind::MissingKey, ""),
        (json!({"properties": {"a": {"type": "string"}}}), json!({"a": 1}), Kind::WrongType, "/a"),
        (json!({"type": ["string", "null"]}), json!(1), Kind::WrongType, ""),
        (json!({"items": {"const": 1}}), json!([1, 2]), Kind::EnumMismatch, "/1"),
        (json!({"enum": ["a", "b"]}), json!("c"), Kind::EnumMismatch, ""),
        (json!({"pattern": "^a+$"}), json!("b"), Kind::PatternMismatch, ""),
        (json!({"format": "ipv4"}), json!("1.2.3"), Kind::PatternMismatch, ""),
        (json!({"minLength": 2}), json!("é"), Kind::BoundViolated, ""),
        (json!({"maxLength": 2}), json!("abc"), Kind::BoundViolated, ""),
        (json!({"minItems": 1}), json!([]), Kind::BoundViolated, ""),
        (json!({"maxItems": 1}), json!([1, 2]), Kind::BoundViolated, ""),
        (json!({"minimum": 2}), json!(1), Kind::BoundViolated, ""),
        (json!({"maximum": 2}), json!(3), Kind::BoundViolated, ""),
        (json!({"exclusiveMinimum": 2}), json!(2), Kind::BoundViolated, ""),
        (json!({"exclusiveMaximum": 2}), json!(2), Kind::BoundViolated, ""),
        (json!({"minProperties": 1}), json!({}), Kind::BoundViolated, ""),
        (json!({"maxProperties": 0}), json!({"a": 1}), Kind::BoundViolated, ""),
        (json!({"additionalProperties": false}), json!({"a": 1}), Kind::ExtraProperty, ""),
        (
            json!({"items": {"properties": {}, "additionalProperties": false}}),
            json!([{"a": 1}]),
            Kind::ExtraProperty,
            "/0",
        ),
        (
            json!({"properties": {"b": {}}, "additionalProperties": false}),
            json!({"a": 1}),
            Kind::ExtraProperty,
            "",
        ),
        (json!({"propertyNames": false}), json!({"a": 1}), Kind::ExtraProperty, ""),
        (json!({"patternProperties": {"^a": false}}), json!({"a": 1}), Kind::ExtraProperty, ""),
        (
            json!({"patternProperties": {"^b": {}}, "additionalProperties": false}),
            json!({"a": 1}),
            Kind::ExtraProperty,
            "",
        ),
        (json!({"unevaluatedProperties": false}), json!({"a": 1}), Kind::ExtraProperty, ""),
        (json!({"propertyNames": {"pattern": "^b"}}), json!({"a": 1}), Kind::ExtraProperty, ""),
        (
            json!({"properties": {"a": {"properties": {"b": false}}}}),
            json!({"a": {"b": 1}}),
            Kind::ExtraProperty,
            "/a",
        ),
        (json!({"uniqueItems": true}), json!([1, 1]), Kind::OtherViolation, ""),
        (json!({"contains": {"const": 1}}), json!([2]), Kind::OtherViolation, ""),
        (json!({"multipleOf": 2}), json!(3), Kind::OtherViolation, ""),
        (json!({"not": {"type": "string"}}), json!("a"), Kind::OtherViolation, ""),
        (json!({"oneOf": [{"minimum": 1}, {"minimum": 2}]}), json!(3), Kind::OtherViolation, ""),
        (json!({"prefixItems": [{}], "items": false}), json!([1, 2]), Kind::OtherViolation, "/1"),
        (json!(false), json!(1), Kind::OtherViolation, ""),
    ];
    for (schema, answer, kind, pointer) in table {
        check(schema, answer, kind, pointer);
    }
}

#[test]
fn the_schema_decides_its_dialect() {
    let tuple =
        |dialect: &str| json!({"$schema": dialect, "items": [{"type": "string"}], "additionalItems": false});
    let draft7 = tuple("http://json-schema.org/draft-07/schema#");
    check(draft7, json!(["a", "b"]), Kind::BoundViolated, "");
    // An array of schemas under `items` is not a schema of 2020-12.
    assert!(
        Schema::new(&tuple("https://json-schema.org/draft/2020-12/schema").to_string(), Terms::default())
            .is_err()
    );
    assert!(Schema::new(&json!({"items": [{}]}).to_string(), Terms::default()).is_err());
    assert!(
        Schema::new(&json!({"$ref": "https://example.com/other.json"}).to_string(), Terms::default())
            .is_err()
    );
    assert!(Schema::new("{", Terms::default()).is_err());
}

#[test]
fn the_most_telling_violation_is_told() {
    let schema = json!({
        "type": "object",
        "properties": {
            "z": {"type": "object", "properties": {"n": {"minimum": 1}, "s": {"type": "string"}}, "required": ["s"]},
            "a": {"type": "string"},
            "b": {"type": "string"}
        },
        "required": ["a"],
        "additionalProperties": false
    });
    check(schema.clone(), json!({"x": 1, "z": {"n": 0}, "a": "a"}), Kind::MissingKey, "/z");
    check(schema.clone(), json!({"x": 1, "z": {"n": 0, "s": 1}, "a": "a"}), Kind::WrongType, "/z/s");
    check(schema.clone(), json!({"z": {"n": 0, "s": 1}, "a": 1}), Kind::WrongType, "/a");
    check(schema.clone(), json!({"b": 1, "a": 1}), Kind::WrongType, "/b");
    check(schema.clone(), json!({"x": 1, "z": {"n": 0, "s": "s"}, "a": "a"}), Kind::BoundViolated, "/z/n");
    check(schema, json!({"x": 1, "a": "a"}), Kind::ExtraProperty, "");
}

#[test]
fn unions_are_told_by_the_branch_that_was_meant() {
    let nullable = json!({"anyOf": [{"type": "null"}, {"type": "object", "required": ["a"]}]});
    check(nullable.clone(), json!({}), Kind::MissingKey, "");
    check(nullable, json!(1), Kind::WrongType, "");
    let constants = json!({"oneOf": [{"const": "a"}, {"const": "b"}]});
    check(constants, json!("c"), Kind::EnumMismatch, "");
    let statement = |kind: &str, key: &str| json!({"type": "object", "properties": {"kind": {"const": kind}, key: {"type": "string"}}, "required": ["kind", key]});
    let tagged =
        json!({"items": {"oneOf": [statement("if", "test"), statement("let", "name"), {"type": "string"}]}});
    check(tagged.clone(), json!([{"kind": "let", "name": 1}]), Kind::WrongType, "/0/name");
    check(tagged.clone(), json!([{"kind": "let"}]), Kind::MissingKey, "/0");
    check(tagged.clone(), json!(["x", {"kind": "while", "test": "t"}]), Kind::EnumMismatch, "/1/kind");
    check(tagged, json!([1]), Kind::WrongType, "/0");
    let nested = json!({"anyOf": [{"type": "null"}, {"anyOf": [{"type": "array", "minItems": 2}, {"type": "string"}]}]});
    check(nested, json!([1]), Kind::BoundViolated, "");
}

#[test]
fn a_missing_wrapper_is_unwrapped() {
    let schema = json!({
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "implementation": {"$ref": "#/$defs/body"},
            "tags": {"type": "array", "items": {"type": "string"}}
        },
        "required": ["name", "implementation", "tags"],
        "$defs": {"body": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "statements": {"type": "array", "items": {"$ref": "#/$defs/text"}}}
        }, "text": {"type": "string"}}
    });
    check(schema.clone(), json!({"statements": []}), Kind::Unwrapped, "/implementation");
    check(schema.clone(), json!({"name": "x", "statements": ["y"]}), Kind::Unwrapped, "/implementation");
    check(schema.clone(), json!(["a"]), Kind::Unwrapped, "/tags");
    check(schema.clone(), json!({}), Kind::MissingKey, "");
    check(schema.clone(), json!({"name": "x"}), Kind::MissingKey, "");
    check(schema.clone(), json!({"statements": [1]}), Kind::MissingKey, "");
    check(schema.clone(), json!([1]), Kind::WrongType, "");
    check(schema, json!([]), Kind::WrongType, "");
    let draft4 = json!({
        "$schema": "http://json-schema.org/draft-04/schema#",
        "required": ["a/b"],
        "properties": {"a/b": {"required": ["n"], "properties": {"n": {"maximum": 3, "exclusiveMaximum": true}}}}
    });
    check(draft4.clone(), json!({"n": 2}), Kind::Unwrapped, "/a~1b");
    check(draft4, json!({"n": 3}), Kind::MissingKey, "");
}

#[test]
fn a_pattern_that_needs_backtracking_ends_as_judge_timeout() {
    let schema = json!({"pattern": r"^(?=x)(x+x+)+\1y$"});
    check(schema.clone(), json!("x".repeat(60)), Kind::JudgeTimeout, "");
    check(json!({"pattern": "(x+x+)+y"}), json!("x".repeat(10_000)), Kind::PatternMismatch, "");
    let both = json!({"items": schema, "maxItems": 0});
    check(both, json!(["x".repeat(60)]), Kind::BoundViolated, "");
}
