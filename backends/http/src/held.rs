//! Secrets that an arm must not hold: what it is configured with stands in files and receipts.

use serde_json::{Map, Value};

use crate::{HttpArm, looks};

/// Names of members and settings whose values are secrets, whatever they look like.
const NAMES: [&str; 14] = [
    "access_token",
    "api_key",
    "apikey",
    "auth",
    "auth_token",
    "authorization",
    "bearer",
    "client_secret",
    "credentials",
    "passwd",
    "password",
    "secret",
    "token",
    "x_api_key",
];

/// What to do about one.
const REMEDY: &str = "put it into an environment variable, and name that in `api_key_env`; `api_key_header` and \
                      `api_key_query` say where a key goes";

/// # Errors
/// Which part of the arm is, or looks like, a secret, and what to do. The secret is not quoted.
pub(crate) fn check(arm: &HttpArm) -> Result<(), (String, &'static str)> {
    let target = &arm.target;
    let texts = [
        ("model", Some(&target.model)),
        ("channel", target.channel.as_ref()),
        ("answer", target.answer.as_ref()),
    ];
    let text = texts.into_iter().find(|(_, text)| text.is_some_and(|text| looks_like_one(text)));
    let setting = || {
        let found = target.settings.iter().find(|(name, value)| is_one(name, value));
        found.map(|(name, _)| format!("settings.{name}"))
    };
    let found =
        text.map(|(name, _)| name.to_owned()).or_else(setting).or_else(|| member(&target.extra, "extra"));
    match found {
        Some(place) => Err((format!("`{place}` holds what looks like a secret"), REMEDY)),
        None => Ok(()),
    }
}

/// The first member, at any depth, that holds a secret.
fn member(members: &Map<String, Value>, at: &str) -> Option<String> {
    members.iter().find_map(|(name, value)| within(name, value, &format!("{at}.{name}")))
}

fn within(name: &str, value: &Value, at: &str) -> Option<String> {
    match value {
        Value::String(text) => is_one(name, text).then(|| at.to_owned()),
        Value::Array(values) => values.iter().find_map(|value| within(name, value, at)),
        Value::Object(members) => member(members, at),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn is_one(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    (NAMES.contains(&name.as_str()) && !value.is_empty()) || looks_like_one(value)
}

fn looks_like_one(text: &str) -> bool {
    !looks::find(text.as_bytes()).is_empty()
}
