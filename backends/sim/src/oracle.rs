//! What the scripted answers are answers to.

/// The JSON Schema that decides which scripted answers are right: a small version of what the
/// suites ask for, with one keyword of each class of violation.
pub const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "implementation": {
      "type": "object",
      "properties": {
        "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 12},
        "language": {"enum": ["go", "java", "rust", "typescript"]},
        "statements": {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": true},
        "cost": {"type": "number"}
      },
      "required": ["name", "language", "statements"],
      "additionalProperties": false
    }
  },
  "required": ["implementation"],
  "additionalProperties": false
}"#;

/// An answer that satisfies it.
pub const GOOD: &str =
    r#"{"implementation":{"name":"add","language":"rust","statements":["let sum = a + b;","return sum;"]}}"#;
