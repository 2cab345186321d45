//! A constraint in llguidance's terms.

use gonogo_core::Constraint;
use gonogo_engine::{AdditionalProperties, EngineOptions, Unsupported, Whitespace, close_objects};
use llguidance::api::TopLevelGrammar;
use serde_json::{Map, Value, json};

/// The grammar of `constraint`; an error is a reason to reject it.
pub(crate) fn grammar(constraint: &Constraint, options: &EngineOptions) -> Result<TopLevelGrammar, String> {
    match constraint {
        Constraint::JsonSchema(text) => {
            let schema =
                serde_json::from_str(text).map_err(|error| format!("schema is not JSON: {error}"))?;
            Ok(TopLevelGrammar::from_json_schema(with_options(schema, options)))
        }
        Constraint::Regex(regex) => Ok(TopLevelGrammar::from_regex(regex)),
        Constraint::Grammar(lark) => Ok(TopLevelGrammar::from_lark(lark.clone())),
        Constraint::Choice(choices) => choice(choices),
    }
}

/// The schema with the options written into it, where they differ from llguidance's defaults.
fn with_options(mut schema: Value, options: &EngineOptions) -> Value {
    if options.additional_properties == Some(AdditionalProperties::Closed) {
        close_objects(&mut schema);
    }
    let settings = settings(options);
    if settings.is_empty() {
        return schema;
    }
    if schema == Value::Bool(true) {
        schema = json!({}); // the same schema, with room for settings
    }
    // Anything but an object is refused by llguidance in its own words.
    if let Value::Object(root) = &mut schema {
        let slot = root.entry("x-guidance").or_insert_with(|| json!({}));
        if let Value::Object(own) = slot {
            own.extend(settings);
        }
    }
    schema
}

/// llguidance's settings for a JSON Schema, under its own names.
fn settings(options: &EngineOptions) -> Map<String, Value> {
    let mut settings = Map::new();
    match options.whitespace {
        Some(Whitespace::Fixed) => {
            settings.insert("whitespace_flexible".into(), json!(false));
            settings.insert("item_separator".into(), json!(", "));
            settings.insert("key_separator".into(), json!(": "));
        }
        Some(Whitespace::Flexible) => {
            settings.insert("whitespace_flexible".into(), json!(true));
        }
        None => {}
    }
    if let Some(unsupported) = options.unsupported {
        settings.insert("lenient".into(), json!(unsupported == Unsupported::Ignore));
    }
    settings
}

/// One of these strings, as Lark.
fn choice(choices: &[String]) -> Result<TopLevelGrammar, String> {
    if choices.is_empty() {
        return Err("choice among no strings".into());
    }
    // Lark's string literals are JSON's.
    let literals: Vec<String> =
        choices.iter().map(|choice| Value::String(choice.clone()).to_string()).collect();
    Ok(TopLevelGrammar::from_lark(format!("start: {}", literals.join(" | "))))
}
