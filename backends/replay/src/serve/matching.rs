//! Whether a foreign client asks what was recorded: the same JSON, but for what cannot change an answer.
//!
//! | what | why it does not matter |
//! |---|---|
//! | the order of members, blanks, `1.0` for `1` | the same JSON |
//! | a member that is `null` | the same as none |
//! | `stream`, where it is what the dialect does without it | the same as none |
//! | `user`, `metadata`, `store`, `safety_identifier`, `prompt_cache_key` | they are about the caller |
//! | a seed beside a temperature of 0 | nothing is drawn |
//! | `model`, where the recording names none | the server had one, and clients must name some |

use gonogo_core::pointer;
use gonogo_dialects::{Streaming, dialect};
use serde_json::{Map, Number, Value};

/// Members that say who asks, not what.
const CALLER: [&str; 5] = ["user", "metadata", "store", "safety_identifier", "prompt_cache_key"];
/// What servers call a seed.
const SEEDS: [&str; 3] = ["seed", "sampling_seed", "random_seed"];
/// Whole numbers up to here are exact as floats.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A body without what does not matter.
pub(crate) fn canonical(body: &Value, dialect_name: &str) -> Value {
    let mut value = normal(body);
    if let Value::Object(body) = &mut value {
        CALLER.iter().for_each(|name| drop(body.shift_remove(*name)));
        if body.get("stream") == Some(&Value::Bool(streams_unasked(dialect_name))) {
            body.shift_remove("stream");
        }
    }
    value
}

/// The asked body as it is compared with a recorded one; both are canonical.
pub(crate) fn comparable(asked: &Value, recorded: &Value) -> Value {
    let mut asked = asked.clone();
    if let (Value::Object(asked), None) = (&mut asked, recorded.get("model")) {
        asked.shift_remove("model");
    }
    asked
}

/// Whether a server of this dialect streams to whoever does not say: Ollama does.
fn streams_unasked(name: &str) -> bool {
    dialect(name).and_then(|dialect| dialect.http.as_ref()).is_some_and(|http| match http.streaming {
        Streaming::NdJson => true,
        Streaming::None | Streaming::Sse => false,
    })
}

fn normal(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(object(members)),
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Number(number) => Value::Number(whole(number)),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

fn object(members: &Map<String, Value>) -> Map<String, Value> {
    let greedy = members.get("temperature").and_then(Value::as_f64) == Some(0.0);
    let matters =
        |name: &String, value: &Value| !(value.is_null() || greedy && SEEDS.contains(&name.as_str()));
    members
        .iter()
        .filter(|(name, value)| matters(name, value))
        .map(|(name, value)| (name.clone(), normal(value)))
        .collect()
}

/// A float without a fraction as the integer that it is.
#[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
fn whole(number: &Number) -> Number {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < EXACT => {
            (float as i64).into()
        }
        _ => number.clone(),
    }
}

/// Where two canonical bodies differ, as JSON pointers; a member that only one has is one difference.
pub(crate) fn pointers(asked: &Value, recorded: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(asked, recorded, "", &mut found);
    found
}

fn walk(asked: &Value, recorded: &Value, at: &str, found: &mut Vec<String>) {
    match (asked, recorded) {
        (Value::Object(asked), Value::Object(recorded)) => {
            let extra = recorded.keys().filter(|name| !asked.contains_key(*name));
            for name in asked.keys().chain(extra) {
                let at = format!("{at}/{}", pointer::escape(name));
                match (asked.get(name), recorded.get(name)) {
                    (Some(asked), Some(recorded)) => walk(asked, recorded, &at, found),
                    _ => found.push(at),
                }
            }
        }
        (Value::Array(asked), Value::Array(recorded)) if asked.len() == recorded.len() => {
            for (index, (asked, recorded)) in asked.iter().zip(recorded).enumerate() {
                walk(asked, recorded, &format!("{at}/{index}"), found);
            }
        }
        (asked, recorded) if asked == recorded => {}
        _ => found.push(at.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{canonical, comparable, pointers};

    fn differs(asked: &Value, recorded: &Value, dialect: &str) -> Vec<String> {
        let recorded = canonical(recorded, dialect);
        pointers(&comparable(&canonical(asked, dialect), &recorded), &recorded)
    }

    #[test]
    fn what_cannot_change_an_answer_does_not_matter() {
        let recorded = json!({
            "messages": [{"role": "user", "content": "Add."}], "max_tokens": 9, "temperature": 0.0, "seed": 7,
            "stream": false, "response_format": {"schema": {"type": "object", "minimum": 1.5}},
        });
        let asked = json!({
            "model": "any", "user": "me", "metadata": {"a": "b"}, "seed": 8, "top_p": null, "temperature": 0,
            "response_format": {"schema": {"minimum": 1.5, "type": "object"}}, "max_tokens": 9.0,
            "messages": [{"content": "Add.", "role": "user"}],
        });
        assert_eq!(differs(&asked, &recorded, "openai-chat"), [""; 0]);
        assert_eq!(differs(&asked, &recorded, "ollama"), ["/stream"], "which streams unasked");
    }

    #[test]
    fn what_can_is_named_by_where_it_is() {
        let recorded = json!({
            "model": "m", "messages": [{"role": "user", "content": "Add."}], "temperature": 0.5, "seed": 7,
            "stream": true, "a/b": [1, 2],
        });
        for (pointer, value, expected) in [
            ("/model", json!("other"), "/model"),
            ("/messages/0/content", json!("Sub."), "/messages/0/content"),
            ("/messages", json!([]), "/messages"),
            ("/seed", json!(8), "/seed"),
            ("/stream", json!(false), "/stream"),
            ("/temperature", json!(null), "/temperature"),
            ("/a~1b/1", json!(3), "/a~1b/1"),
        ] {
            let mut asked = recorded.clone();
            *asked.pointer_mut(pointer).unwrap() = value;
            assert_eq!(differs(&asked, &recorded, "openai-chat"), [expected], "{pointer}");
        }
        let mut more = recorded.clone();
        more["n"] = 2.into();
        assert_eq!(differs(&more, &recorded, "openai-chat"), ["/n"]);
        assert_eq!(differs(&json!("text"), &recorded, "openai-chat"), [""]);
    }
}
