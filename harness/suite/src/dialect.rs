//! What can be said of a schema without an answer: its dialect, its own validity, and what its
//! dialect or its openness will do to a comparison.

use gonogo_core::pointer;
use jsonschema::{Draft, ValidationError};
use serde_json::{Map, Value};

use crate::{Severity, json};

/// A remark on a schema, to be placed by the caller.
pub(crate) struct Remark {
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) remedy: &'static str,
}

impl Remark {
    fn error(message: impl Into<String>, remedy: &'static str) -> Self {
        Self { severity: Severity::Error, message: message.into(), remedy }
    }

    fn note(message: impl Into<String>, remedy: &'static str) -> Self {
        Self { severity: Severity::Note, message: message.into(), remedy }
    }
}

/// A version of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Draft4,
    Draft6,
    Draft7,
    Draft201909,
    Draft202012,
}

impl Dialect {
    const ALL: [Self; 5] = [Self::Draft4, Self::Draft6, Self::Draft7, Self::Draft201909, Self::Draft202012];

    /// Its `$schema`, the trailing `#` left out.
    fn uri(self) -> &'static str {
        match self {
            Self::Draft4 => "http://json-schema.org/draft-04/schema",
            Self::Draft6 => "http://json-schema.org/draft-06/schema",
            Self::Draft7 => "http://json-schema.org/draft-07/schema",
            Self::Draft201909 => "https://json-schema.org/draft/2019-09/schema",
            Self::Draft202012 => "https://json-schema.org/draft/2020-12/schema",
        }
    }

    fn draft(self) -> Draft {
        match self {
            Self::Draft4 => Draft::Draft4,
            Self::Draft6 => Draft::Draft6,
            Self::Draft7 => Draft::Draft7,
            Self::Draft201909 => Draft::Draft201909,
            Self::Draft202012 => Draft::Draft202012,
        }
    }

    /// Validates a schema against the dialect's meta-schema.
    fn sound(self, schema: &Value) -> Result<(), ValidationError<'_>> {
        match self {
            Self::Draft4 => jsonschema::draft4::meta::validate(schema),
            Self::Draft6 => jsonschema::draft6::meta::validate(schema),
            Self::Draft7 => jsonschema::draft7::meta::validate(schema),
            Self::Draft201909 => jsonschema::draft201909::meta::validate(schema),
            Self::Draft202012 => jsonschema::draft202012::meta::validate(schema),
        }
    }

    /// Keywords that only later or only earlier dialects know.
    fn ignored(self) -> &'static [&'static str] {
        match self {
            Self::Draft4 | Self::Draft6 | Self::Draft7 => &[
                "prefixItems",
                "minContains",
                "maxContains",
                "unevaluatedItems",
                "unevaluatedProperties",
                "dependentRequired",
                "dependentSchemas",
            ],
            Self::Draft201909 => &["prefixItems"],
            Self::Draft202012 => &["additionalItems", "dependencies"],
        }
    }
}

/// Everything to say of the schema in `text`.
pub(crate) fn remarks(text: &str) -> Vec<Remark> {
    let schema = match json::parse(text) {
        Ok(schema) => schema,
        Err(error) => {
            return vec![Remark::error(format!("the schema is not JSON: {error}"), "repair the schema file")];
        }
    };
    let dialect = match dialect_of(&schema) {
        Ok(dialect) => dialect,
        Err(remark) => return vec![remark],
    };
    if let Err(error) = dialect.sound(&schema) {
        let message = format!(
            "the schema is not valid {}: {error} at {}",
            dialect.uri(),
            place(error.instance_path().as_str())
        );
        return vec![Remark::error(message, "repair the schema file")];
    }
    if let Err(error) = jsonschema::options().with_draft(dialect.draft()).build(&schema) {
        let message =
            format!("the schema cannot be used: {error} at {}", place(error.instance_path().as_str()));
        return vec![Remark::error(message, "repair the schema file; a $ref must stay inside it")];
    }
    let mut seen = Seen { dialect, open: Vec::new(), ignored: Vec::new() };
    seen.visit(&schema, "");
    seen.remarks()
}

fn dialect_of(schema: &Value) -> Result<Dialect, Remark> {
    let known = "start the schema with \"$schema\": \"https://json-schema.org/draft/2020-12/schema\" \
                 or \"http://json-schema.org/draft-07/schema#\"";
    let Some(uri) = schema.get("$schema").and_then(Value::as_str) else {
        return Err(Remark::error("the schema names no dialect: engines and validators will guess", known));
    };
    let plain = uri.strip_suffix('#').unwrap_or(uri);
    let found = Dialect::ALL.into_iter().find(|dialect| dialect.uri() == plain);
    found.ok_or_else(|| Remark::error(format!("unknown dialect `{}`", uri.escape_debug()), known))
}

/// What a walk over all subschemas has seen, as JSON pointers into the schema.
struct Seen {
    dialect: Dialect,
    open: Vec<String>,
    ignored: Vec<String>,
}

impl Seen {
    fn visit(&mut self, schema: &Value, at: &str) {
        let Some(keywords) = schema.as_object() else { return };
        if is_open(keywords) {
            self.open.push(at.to_owned());
        }
        for keyword in self.dialect.ignored().iter().filter(|keyword| keywords.contains_key(**keyword)) {
            self.ignored.push(format!("{at}/{keyword}"));
        }
        for (keyword, value) in keywords {
            self.visit_keyword(keyword, value, &format!("{at}/{keyword}"));
        }
    }

    /// The subschemas under one keyword. What `not` and `if` hold is a test, not a shape.
    fn visit_keyword(&mut self, keyword: &str, value: &Value, at: &str) {
        match (keyword, value) {
            (
                "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas",
                Value::Object(entries),
            ) => {
                for (key, schema) in entries {
                    self.visit(schema, &format!("{at}/{}", pointer::escape(key)));
                }
            }
            ("allOf" | "anyOf" | "oneOf" | "prefixItems" | "items", Value::Array(entries)) => {
                for (number, schema) in entries.iter().enumerate() {
                    self.visit(schema, &format!("{at}/{number}"));
                }
            }
            (
                "items"
                | "additionalItems"
                | "additionalProperties"
                | "contains"
                | "then"
                | "else"
                | "unevaluatedItems"
                | "unevaluatedProperties",
                schema,
            ) => self.visit(schema, at),
            (_, _) => {}
        }
    }

    fn remarks(self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        if !self.ignored.is_empty() {
            remarks.push(Remark::note(
                format!("{} ignores {}", self.dialect.uri(), list(&self.ignored)),
                "say the same with a keyword of this dialect, or name a dialect that has it",
            ));
        }
        if !self.open.is_empty() {
            remarks.push(Remark::note(
                format!("objects that allow any further key: {}", list(&self.open)),
                "engines differ in their default, so say additionalProperties, true or false",
            ));
        }
        remarks
    }
}

/// An object shape that says nothing of further keys.
fn is_open(keywords: &Map<String, Value>) -> bool {
    let object = match keywords.get("type") {
        Some(Value::String(name)) => name == "object",
        Some(Value::Array(names)) => names.iter().any(|name| name == "object"),
        _ => keywords.contains_key("properties"),
    };
    let closing = ["additionalProperties", "unevaluatedProperties"];
    object && !closing.iter().any(|keyword| keywords.contains_key(*keyword))
}

/// A pointer in words.
pub(crate) fn place(pointer: &str) -> String {
    if pointer.is_empty() { "the root".to_owned() } else { format!("`{pointer}`") }
}

/// The first few pointers, and how many more there are.
fn list(pointers: &[String]) -> String {
    const SHOWN: usize = 4;
    let quoted: Vec<_> = pointers.iter().take(SHOWN).map(|pointer| place(pointer)).collect();
    let more = pointers.len().saturating_sub(SHOWN);
    let tail = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{tail}", quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::remarks;
    use crate::Severity;

    fn say(schema: &str) -> Vec<String> {
        let tell = |severity: Severity, message: String| format!("{}: {message}", severity.name());
        remarks(schema).into_iter().map(|remark| tell(remark.severity, remark.message)).collect()
    }

    #[test]
    fn a_closed_schema_of_a_known_dialect_needs_no_remark() {
        let schema = r#"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
            "properties": {"a": {"type": "integer"}}, "additionalProperties": false}"#;
        assert_eq!(say(schema), [""; 0]);
    }

    #[test]
    fn faults_of_a_schema_are_errors() {
        let faults = [
            ("{", "not JSON"),
            ("{}", "names no dialect"),
            (r#"{"$schema": "https://example.org/mine"}"#, "unknown dialect"),
            (r#"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "list"}"#, "not valid"),
            (r#"{"$schema": "https://json-schema.org/draft/2020-12/schema", "items": [{}]}"#, "not valid"),
            (
                r##"{"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/definitions/x"}"##,
                "cannot be used",
            ),
        ];
        for (schema, expected) in faults {
            let said = say(schema);
            assert_eq!(said.len(), 1, "{schema}: {said:?}");
            assert!(said[0].starts_with("error: ") && said[0].contains(expected), "{schema}: {said:?}");
        }
    }

    #[test]
    fn openness_and_ignored_keywords_are_notes_with_pointers() {
        let schema = r#"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "array",
            "prefixItems": [{"type": "string"}],
            "items": {"properties": {"a/b": {"type": ["object", "null"]}}, "additionalProperties": false}}"#;
        assert_eq!(
            say(schema),
            [
                "note: http://json-schema.org/draft-07/schema ignores `/prefixItems`",
                "note: objects that allow any further key: `/items/properties/a~1b`",
            ]
        );
    }
}
