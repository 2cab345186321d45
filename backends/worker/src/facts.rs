//! What a worker says about itself in its receipt.

use std::collections::BTreeMap;

use gonogo_engine::EngineOptions;
use gonogo_protocol::Hello;

/// Every option of [`EngineOptions`], as it is written.
const OPTIONS: [&str; 6] = [
    "additional-properties",
    "whitespace",
    "unsupported",
    "canonical-tokens",
    "compile-threads",
    "compile-cache",
];

/// Build, threads and effective options; an option that was not set is shown as `default`, so
/// that a reader sees what was left to the engine.
pub(crate) fn of_worker(hello: &Hello) -> BTreeMap<String, String> {
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    let mut facts = BTreeMap::from([
        ("worker.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ("worker.profile".to_owned(), profile.to_owned()),
        ("worker.target".to_owned(), format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)),
        ("worker.threads".to_owned(), hello.threads.to_string()),
    ]);
    for (name, value) in options(hello) {
        facts.insert(format!("option.{name}"), value);
    }
    facts
}

/// The options of a hello.
///
/// # Errors
/// What is wrong with them, naming the option.
pub(crate) fn parse_options(hello: &Hello) -> Result<EngineOptions, String> {
    if hello.options.is_null() {
        return Ok(EngineOptions::default());
    }
    serde_json::from_value(hello.options.clone()).map_err(|error| format!("engine options: {error}"))
}

fn options(hello: &Hello) -> Vec<(String, String)> {
    OPTIONS
        .into_iter()
        .map(|name| {
            let value = hello.options.get(name).filter(|value| !value.is_null());
            let shown = match value {
                Some(serde_json::Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => "default".to_owned(),
            };
            (name.to_owned(), shown)
        })
        .collect()
}
