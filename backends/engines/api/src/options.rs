//! Where engines differ by default, as options with one meaning for all of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Options of an engine. `None` leaves the engine's own default, so that an arm of *defaults*
/// shows what a user of that engine gets, and an arm of *matched* options compares engines
/// rather than defaults. An option an engine cannot honour is an error when it is opened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct EngineOptions {
    /// Objects that do not mention additionalProperties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_properties: Option<AdditionalProperties>,
    /// Whitespace between JSON tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whitespace: Option<Whitespace>,
    /// Keywords the engine does not implement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsupported: Option<Unsupported>,
    /// Whether text that the grammar forces must come as the tokenizer would cut it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical_tokens: Option<bool>,
    /// Threads for compiling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compile_threads: Option<u32>,
    /// Whether a constraint compiled once is kept for the next request that asks for the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compile_cache: Option<bool>,
}

impl EngineOptions {
    /// Every option, as it is written.
    const NAMES: [&'static str; 6] = [
        "additional-properties",
        "whitespace",
        "unsupported",
        "canonical-tokens",
        "compile-threads",
        "compile-cache",
    ];

    /// The options of a hello; null is none at all.
    ///
    /// # Errors
    /// What is wrong with them, naming the option.
    pub fn read(options: &Value) -> Result<Self, String> {
        if options.is_null() {
            return Ok(Self::default());
        }
        serde_json::from_value(options.clone()).map_err(|error| format!("engine options: {error}"))
    }

    /// Every option as a fact of a receipt, `option.` before its name; one that was not set is shown
    /// as `default`, so that a reader sees what was left to the engine.
    #[must_use]
    pub fn facts(options: &Value) -> BTreeMap<String, String> {
        let fact = |name: &str| {
            let shown = match options.get(name) {
                Some(Value::String(text)) => text.clone(),
                None | Some(Value::Null) => "default".to_owned(),
                Some(other) => other.to_string(),
            };
            (format!("option.{name}"), shown)
        };
        Self::NAMES.into_iter().map(fact).collect()
    }
}

/// Objects that do not mention additionalProperties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdditionalProperties {
    /// As JSON Schema says: open.
    Open,
    /// Treated as if they said `false`.
    Closed,
}

/// Whitespace between JSON tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whitespace {
    /// Any amount of any JSON whitespace.
    Flexible,
    /// Exactly `", "` and `": "`, nothing else.
    Fixed,
}

/// Keywords the engine does not implement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unsupported {
    /// Refuse the schema.
    Reject,
    /// Go on without them.
    Ignore,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{AdditionalProperties, EngineOptions, Unsupported, Whitespace};

    #[test]
    fn every_option_is_a_fact() {
        let all = EngineOptions {
            additional_properties: Some(AdditionalProperties::Open),
            whitespace: Some(Whitespace::Fixed),
            unsupported: Some(Unsupported::Reject),
            canonical_tokens: Some(false),
            compile_threads: Some(3),
            compile_cache: Some(true),
        };
        let written = serde_json::to_value(&all).unwrap();
        assert_eq!(EngineOptions::read(&written).unwrap(), all);
        let facts = EngineOptions::facts(&written);
        assert_eq!(facts.len(), written.as_object().unwrap().len());
        assert!(facts.values().all(|shown| shown != "default"), "{facts:?}");
        assert_eq!((&*facts["option.whitespace"], &*facts["option.compile-threads"]), ("fixed", "3"));
    }

    #[test]
    fn what_was_not_set_is_a_default_and_what_is_unknown_an_error() {
        assert_eq!(EngineOptions::read(&json!(null)).unwrap(), EngineOptions::default());
        assert!(EngineOptions::facts(&json!({"whitespace": null})).values().all(|shown| shown == "default"));
        let error = EngineOptions::read(&json!({"whitespaces": "fixed"})).unwrap_err();
        assert!(error.starts_with("engine options: unknown field `whitespaces`"), "{error}");
    }
}
