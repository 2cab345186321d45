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

/// Characters of an answer that is as long as those of the suites.
const LONG: usize = 900;

/// An answer that satisfies it and is as long as those of the suites.
pub(crate) fn long() -> String {
    let mut statements = String::new();
    for number in (0..).take_while(|number| number * 30 < LONG) {
        statements.push_str(&format!(r#""let step_{number:02} = a + b + {number:02};","#));
    }
    GOOD.replacen('[', &format!("[{statements}"), 1)
}

/// An answer that satisfies it.
pub const GOOD: &str =
    r#"{"implementation":{"name":"add","language":"rust","statements":["let sum = a + b;","return sum;"]}}"#;
