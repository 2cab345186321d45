//! The keywords of JSON Schema, each with a value that it forbids and a prompt that asks for it.
//!
//! A row is asked twice: under `tight`, which has the keyword, and under `loose`, which is the same
//! without it. Only a difference between the two answers is evidence: a model that never wanted to
//! break the keyword shows nothing.
//!
//! Rows that `must_allow` are the other way round: `tight` allows one value only, an uncommon one
//! that engines have been seen to forbid, and `loose` a plain one.

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// The keyword, and what of it where that is not all.
    pub(super) keyword: &'static str,
    /// The value that the prompt asks for, as JSON.
    pub(super) wanted: &'static str,
    /// The value's schema without the keyword.
    pub(super) loose: &'static str,
    /// The value's schema with it.
    pub(super) tight: &'static str,
    /// Whether `tight` has to let its value through, instead of keeping `wanted` out.
    pub(super) must_allow: bool,
}

impl Row {
    const fn forbids(
        keyword: &'static str,
        wanted: &'static str,
        loose: &'static str,
        tight: &'static str,
    ) -> Self {
        Self { keyword, wanted, loose, tight, must_allow: false }
    }

    const fn allows(keyword: &'static str, loose: &'static str, tight: &'static str) -> Self {
        Self { keyword, wanted: "1", loose, tight, must_allow: true }
    }

    /// The keyword alone.
    pub(super) fn name(&self) -> &'static str {
        self.keyword.split(',').next().unwrap_or(self.keyword)
    }

    /// What the model is asked for.
    pub(super) fn prompt(&self) -> String {
        format!("Answer in JSON. The value is {wanted}. Copy it exactly: {wanted}", wanted = self.wanted)
    }
}

/// A schema for an object whose only key is `key`, which no answer has by chance: an answer
/// without it was not held by the schema at all.
pub(super) fn wrap(key: &str, value: &str) -> String {
    let defs = if value.contains(NUMBER) { r#","$defs":{"number":{"type":"integer"}}"# } else { "" };
    format!(
        r#"{{"type":"object","properties":{{"{key}":{value}}},"required":["{key}"],"additionalProperties":false{defs}}}"#
    )
}

/// The one reference that can be resolved.
const NUMBER: &str = "#/$defs/number";

const ANY: &str = "{}";
const TEXT: &str = r#"{"type":"string"}"#;
const INTEGER: &str = r#"{"type":"integer"}"#;
const INTEGERS: &str = r#"{"type":"array","items":{"type":"integer"}}"#;
const MEMBERS: &str = r#"{"type":"object","additionalProperties":{"type":"integer"}}"#;
const A_AND_B: &str = r#"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"additionalProperties":false}"#;

/// Every row, in the order of the specification.
pub(super) const ROWS: &[Row] = &[
    Row::forbids("type", r#""seven""#, ANY, INTEGER),
    Row::forbids("enum", r#""green""#, TEXT, r#"{"enum":["violet","orange"]}"#),
    Row::forbids("const", r#""green""#, TEXT, r#"{"const":"violet"}"#),
    Row::allows("const, escaped characters", r#"{"const":"plain"}"#, r#"{"const":"a\"b\\c\nd"}"#),
    Row::allows("const, not ASCII", r#"{"const":"plain"}"#, r#"{"const":"né漢😀"}"#),
    Row::allows("const, fraction", r#"{"const":7}"#, r#"{"const":-12.625}"#),
    Row::allows("const, array", r#"{"const":7}"#, r#"{"const":[7,{"a":null}]}"#),
    Row::forbids("minLength", r#""no""#, TEXT, r#"{"type":"string","minLength":9}"#),
    Row::forbids("maxLength", r#""greenhouse""#, TEXT, r#"{"type":"string","maxLength":3}"#),
    Row::forbids("pattern", r#""green""#, TEXT, r#"{"type":"string","pattern":"^[0-9]{4}$"}"#),
    Row::forbids("format", r#""tomorrow""#, TEXT, r#"{"type":"string","format":"date"}"#),
    Row::forbids("minimum", "3", INTEGER, r#"{"type":"integer","minimum":500}"#),
    Row::forbids("maximum", "987", INTEGER, r#"{"type":"integer","maximum":9}"#),
    Row::forbids("exclusiveMinimum", "5", INTEGER, r#"{"type":"integer","exclusiveMinimum":5}"#),
    Row::forbids("exclusiveMaximum", "5", INTEGER, r#"{"type":"integer","exclusiveMaximum":5}"#),
    Row::forbids("multipleOf", "7", INTEGER, r#"{"type":"integer","multipleOf":10}"#),
    Row::forbids(
        "required",
        r#"{"a": 1}"#,
        A_AND_B,
        r#"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"required":["b"],"additionalProperties":false}"#,
    ),
    Row::forbids(
        "additionalProperties",
        r#"{"a": 1, "b": 2}"#,
        r#"{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":true}"#,
        r#"{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":false}"#,
    ),
    Row::allows(
        "additionalProperties, absent",
        r#"{"type":"object","required":["colour"],"additionalProperties":{"const":1}}"#,
        r#"{"type":"object","required":["colour"]}"#,
    ),
    Row::forbids(
        "minProperties",
        r#"{"a": 1}"#,
        MEMBERS,
        r#"{"type":"object","additionalProperties":{"type":"integer"},"minProperties":2}"#,
    ),
    Row::forbids(
        "maxProperties",
        r#"{"a": 1, "b": 2, "c": 3}"#,
        MEMBERS,
        r#"{"type":"object","additionalProperties":{"type":"integer"},"maxProperties":1}"#,
    ),
    Row::forbids(
        "patternProperties",
        r#"{"a": "green"}"#,
        r#"{"type":"object","additionalProperties":{"type":["string","integer"]}}"#,
        r#"{"type":"object","patternProperties":{"^a":{"type":"integer"}},"additionalProperties":{"type":["string","integer"]}}"#,
    ),
    Row::forbids(
        "propertyNames",
        r#"{"green": 1}"#,
        MEMBERS,
        r#"{"type":"object","additionalProperties":{"type":"integer"},"propertyNames":{"pattern":"^[0-9]+$"}}"#,
    ),
    Row::forbids(
        "items",
        r#"["green", "blue"]"#,
        r#"{"type":"array","items":{"type":["string","integer"]},"maxItems":2}"#,
        r#"{"type":"array","items":{"type":"integer"},"maxItems":2}"#,
    ),
    Row::forbids(
        "prefixItems",
        r#"["green", 1]"#,
        r#"{"type":"array","items":{"type":["string","integer"]},"minItems":1,"maxItems":2}"#,
        r#"{"type":"array","prefixItems":[{"type":"integer"}],"items":{"type":["string","integer"]},"minItems":1,"maxItems":2}"#,
    ),
    Row::forbids(
        "minItems",
        "[1]",
        r#"{"type":"array","items":{"type":"integer"},"maxItems":4}"#,
        r#"{"type":"array","items":{"type":"integer"},"minItems":3,"maxItems":4}"#,
    ),
    Row::forbids(
        "maxItems",
        "[1, 2, 3, 4]",
        INTEGERS,
        r#"{"type":"array","items":{"type":"integer"},"maxItems":2}"#,
    ),
    Row::forbids(
        "uniqueItems",
        "[7, 7]",
        INTEGERS,
        r#"{"type":"array","items":{"type":"integer"},"uniqueItems":true}"#,
    ),
    Row::forbids(
        "contains",
        "[1, 2]",
        INTEGERS,
        r#"{"type":"array","items":{"type":"integer"},"contains":{"const":99}}"#,
    ),
    Row::forbids("anyOf", r#""seven""#, ANY, r#"{"anyOf":[{"type":"integer"},{"type":"boolean"}]}"#),
    Row::forbids("oneOf", r#""seven""#, ANY, r#"{"oneOf":[{"type":"integer"},{"type":"boolean"}]}"#),
    Row::forbids(
        "oneOf, overlapping",
        "5",
        INTEGER,
        r#"{"oneOf":[{"type":"integer","minimum":0},{"type":"integer","maximum":9}]}"#,
    ),
    Row::forbids(
        "allOf",
        r#"{"a": 1}"#,
        r#"{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}"#,
        r#"{"allOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},{"type":"object","properties":{"b":{"type":"integer"}},"required":["b"]}]}"#,
    ),
    Row::forbids(
        "not",
        r#""green""#,
        r#"{"enum":["green","violet"]}"#,
        r#"{"enum":["green","violet"],"not":{"const":"green"}}"#,
    ),
    Row::forbids(
        "if/then/else",
        r#"{"a": 1}"#,
        A_AND_B,
        r#"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"additionalProperties":false,"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["a"]}}"#,
    ),
    Row::forbids("$ref", r#""seven""#, ANY, r##"{"$ref":"#/$defs/number"}"##),
    Row::forbids(
        "dependentRequired",
        r#"{"a": 1}"#,
        A_AND_B,
        r#"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"additionalProperties":false,"dependentRequired":{"a":["b"]}}"#,
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use gonogo_core::{Constraint, Enforcement, Expectation, Oracle};
    use gonogo_judge::Judge;

    use super::{ROWS, wrap};

    fn accepts(schema: &str, value: &str) -> bool {
        let constraint = Some(Constraint::JsonSchema(wrap("zq-k", schema)));
        let oracle = Oracle { constraint, assertions: Vec::new(), expect: Expectation::Pass };
        let judge = Judge::new(&oracle).unwrap();
        judge.judge_text(&format!("{{\"zq-k\":{value}}}"), Enforcement::Proven).passed()
    }

    #[test]
    fn the_keyword_is_all_that_forbids_the_value_asked_for() {
        for row in ROWS.iter().filter(|row| !row.must_allow) {
            assert!(accepts(row.loose, row.wanted), "{}", row.keyword);
            assert!(!accepts(row.tight, row.wanted), "{}", row.keyword);
        }
    }

    /// A value of each forbidding row that the keyword allows: none of them is unsatisfiable.
    #[test]
    fn every_keyword_leaves_something_legal() {
        let legal = [
            "7",
            "false",
            "\"violet\"",
            "\"0123\"",
            "\"2026-01-02\"",
            "\"greenhouse\"",
            "\"no\"",
            "1000",
            "-10",
            r#"{"a":1,"b":2}"#,
            r#"{"a":1}"#,
            r#"{"1":1}"#,
            "[1]",
            "[1,2,3]",
            "[1,2,99]",
            "[]",
        ];
        for row in ROWS.iter().filter(|row| !row.must_allow) {
            assert!(legal.iter().any(|value| accepts(row.tight, value)), "{}", row.keyword);
        }
    }

    #[test]
    fn a_row_that_must_allow_has_a_legal_value_that_its_twin_does_not_share() {
        for row in ROWS.iter().filter(|row| row.must_allow) {
            let schema: serde_json::Value = serde_json::from_str(row.tight).unwrap();
            let only = schema.get("const").map_or(r#"{"colour":2}"#.to_owned(), ToString::to_string);
            assert!(accepts(row.tight, &only) && !accepts(row.loose, &only), "{}", row.keyword);
        }
    }

    #[test]
    fn a_keyword_is_found_by_its_name_and_listed_once() {
        let named: Vec<_> = ROWS.iter().filter(|row| row.name() == "const").map(|row| row.keyword).collect();
        assert!(named.len() == 5 && named.iter().all(|keyword| keyword.starts_with("const")), "{named:?}");
        let names: Vec<_> = crate::probe::keywords().collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }

    #[test]
    fn no_two_rows_have_one_name() {
        let names: BTreeSet<_> = ROWS.iter().map(|row| row.keyword).collect();
        assert_eq!(names.len(), ROWS.len());
    }
}
