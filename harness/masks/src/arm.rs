//! An engine in one configuration.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Whose settings an arm has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Configuration {
    /// What a user of the engine gets without asking for anything.
    Defaults,
    /// The options on which engines differ by default, set alike.
    Matched,
}

impl Configuration {
    /// Every configuration.
    pub const ALL: [Self; 2] = [Self::Defaults, Self::Matched];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Defaults => "defaults",
            Self::Matched => "matched",
        }
    }
}

/// An engine in one configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arm {
    /// Unique in a run: the engine's name, with `-matched` where it is.
    pub name: String,
    /// Engine name, as its worker says it.
    pub engine: String,
    /// Whose settings it has.
    pub configuration: Configuration,
    /// The engine's options.
    pub options: Value,
}

impl Arm {
    /// `engine` in `configuration`, with `options` on top.
    #[must_use]
    pub fn new(engine: &str, configuration: Configuration, options: &Value) -> Self {
        let (name, mut all) = match configuration {
            Configuration::Defaults => (engine.to_owned(), json!({})),
            Configuration::Matched => (format!("{engine}-matched"), matched_options()),
        };
        if let (Some(all), Some(options)) = (all.as_object_mut(), options.as_object()) {
            all.extend(options.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        Self { name, engine: engine.to_owned(), configuration, options: all }
    }
}

/// What every engine here can be told alike: objects closed unless they say otherwise, any whitespace
/// between JSON tokens, keywords that are not implemented passed over, every cut of forced text
/// allowed, one compile thread, nothing kept. Closed, because engines that fix the order of members
/// cannot open objects.
#[must_use]
pub fn matched_options() -> Value {
    json!({
        "additional-properties": "closed",
        "whitespace": "flexible",
        "unsupported": "ignore",
        "canonical-tokens": false,
        "compile-threads": 1,
        "compile-cache": false,
    })
}
