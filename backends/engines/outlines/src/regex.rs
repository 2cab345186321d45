//! A constraint as a regular expression.

use gonogo_core::Constraint;
use gonogo_engine::{closable_objects, summary};
use outlines_core::json_schema::regex_from_value;
use serde_json::Value;

use crate::settings::Settings;

/// The expression of `constraint`; an error is a reason to reject it.
pub(crate) fn regex(constraint: &Constraint, settings: Settings) -> Result<String, String> {
    match constraint {
        Constraint::JsonSchema(text) => of_schema(text, settings),
        Constraint::Regex(regex) => Ok(regex.clone()),
        Constraint::Grammar(_) => Err("outlines follows regular expressions and no grammars".into()),
        Constraint::Choice(choices) if choices.is_empty() => Err("choice among no strings".into()),
        Constraint::Choice(choices) => {
            let escaped: Vec<String> = choices.iter().map(|choice| regex_syntax::escape(choice)).collect();
            Ok(format!("({})", escaped.join("|")))
        }
    }
}

fn of_schema(text: &str, settings: Settings) -> Result<String, String> {
    let mut schema: Value =
        serde_json::from_str(text).map_err(|error| format!("schema is not JSON: {error}"))?;
    if settings.closed {
        close(&mut schema);
    }
    let (whitespace, recursion) = (settings.whitespace, None);
    regex_from_value(&schema, whitespace, recursion).map_err(|error| summary(&error.to_string()))
}

/// Closes the objects that say nothing about additional properties. Those that declare properties are
/// closed already; of the others outlines takes `additionalProperties: false` for an error, so they are
/// told to have no properties in words that it knows.
fn close(schema: &mut Value) {
    for pointer in closable_objects(schema) {
        if let Some(Value::Object(object)) = schema.pointer_mut(&pointer)
            && !object.contains_key("properties")
        {
            object.insert("maxProperties".into(), Value::from(0));
        }
    }
}
