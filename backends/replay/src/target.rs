//! How a recorded arm asked, from its facts.

use std::collections::BTreeMap;

use gonogo_dialects::Target;

/// What stands before the name of a setting among facts.
const SETTING: &str = "setting.";
/// The channel's fact where the arm named none.
const DEFAULT: &str = "default";

/// The target that `gonogo-http` wrote these facts of. What it redacted stays redacted.
#[must_use]
pub fn target(facts: &BTreeMap<String, String>) -> Target {
    let fact = |name: &str| facts.get(name).cloned();
    let settings = facts.iter().filter_map(|(name, value)| Some((name.strip_prefix(SETTING)?, value)));
    Target {
        model: fact("model.name").unwrap_or_default(),
        stream: fact("stream").is_some_and(|stream| stream == "true"),
        channel: fact("channel").filter(|channel| channel != DEFAULT),
        extra: fact("extra").and_then(|extra| serde_json::from_str(&extra).ok()).unwrap_or_default(),
        answer: fact("answer"),
        settings: settings.map(|(name, value)| (name.to_owned(), value.clone())).collect(),
    }
}
