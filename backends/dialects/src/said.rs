//! What an error says in its own words, apart from what it quotes: a schema that it sends back and
//! the text of a model hold any words at all, and must not decide what the error is.

use serde_json::Value;

/// Members that hold an error, or its own words. Others quote: `input` and `ctx` of FastAPI,
/// `failed_generation`, `partial_response`, `choices`, `output`.
const OWN: [&str; 14] = [
    "error",
    "errors",
    // Azure's reason behind its reason.
    "innererror",
    "message",
    "msg",
    "detail",
    "type",
    "error_type",
    "code",
    // Where in the request it is.
    "param",
    "loc",
    "reason",
    // OpenRouter: what the provider said.
    "metadata",
    "raw",
];

/// What pydantic writes before it quotes the request in a message.
const QUOTES: [&str; 2] = [", 'input': ", ", input_value="];

/// The own words of an error's body, in lowercase: of JSON those of its members, one `name: text` a
/// line; all of a text that is not JSON.
pub(crate) fn of_body(body: &[u8]) -> String {
    match serde_json::from_slice(body) {
        Ok(error) => of(&error),
        Err(_) => of_text(&String::from_utf8_lossy(body)),
    }
}

/// The own words of an error, in lowercase.
pub(crate) fn of(error: &Value) -> String {
    let mut words = String::new();
    collect("", error, &mut words);
    words
}

/// The own words of an error in plain words, in lowercase.
pub(crate) fn of_text(text: &str) -> String {
    let own = |line: &str| {
        let end = QUOTES.iter().filter_map(|quote| line.find(quote)).min().unwrap_or(line.len());
        line.get(..end).unwrap_or(line).to_lowercase()
    };
    text.lines().map(own).collect::<Vec<_>>().join("\n")
}

fn collect(name: &str, value: &Value, words: &mut String) {
    match value {
        Value::Object(members) => {
            let own = members.iter().filter(|(name, _)| OWN.contains(&name.as_str()));
            own.for_each(|(name, member)| collect(name, member, words));
        }
        Value::Array(steps) if name == "loc" => {
            let steps: Vec<_> = steps.iter().filter_map(Value::as_str).collect();
            add(name, &steps.join("."), words);
        }
        Value::Array(elements) => elements.iter().for_each(|element| collect(name, element, words)),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            // A provider's answer within an answer.
            Ok(inner @ Value::Object(_)) if name == "raw" => collect(name, &inner, words),
            _ => add(name, text, words),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn add(name: &str, text: &str, words: &mut String) {
    if !name.is_empty() {
        words.push_str(name);
        words.push_str(": ");
    }
    words.push_str(&of_text(text));
    words.push('\n');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{of, of_body, of_text};

    #[test]
    fn members_that_quote_are_left_out() {
        let fastapi = json!({"detail": [{
            "ctx": {"error": "invalid"}, "input": {"schema": "invalid"},
            "loc": ["body", "messages", 0], "msg": "Field required", "type": "missing",
        }]});
        assert_eq!(of(&fastapi), "loc: body.messages\nmsg: field required\ntype: missing\n");
        let groq = json!({"error": {"code": "json_validate_failed", "failed_generation": "{\"schema\""}});
        assert_eq!(of(&groq), "code: json_validate_failed\n");
        let pydantic = "2 errors:\n  {'msg': 'Field required', 'input': {'schema': 'invalid'}}\n  [type=x, input_value={'a'}]";
        assert_eq!(of_text(pydantic), "2 errors:\n  {'msg': 'field required'\n  [type=x");
    }

    #[test]
    fn what_is_behind_an_error_is_its_own_words() {
        let azure =
            json!({"error": {"message": "Filtered", "innererror": {"code": "ResponsibleAIPolicyViolation"}}});
        assert!(of(&azure).contains("code: responsibleaipolicyviolation"));
        let raw = json!({"error": {"message": "Too long"}, "input": "x"}).to_string();
        let openrouter = json!({"error": {"message": "Provider returned error", "metadata": {"raw": raw}}});
        assert_eq!(of(&openrouter), "message: provider returned error\nmessage: too long\n");
        assert_eq!(of_body(b"[{\"error\": \"Busy\"}]"), "error: busy\n");
        assert_eq!(of_body(b"Busy: {"), "busy: {");
        assert_eq!(of_body(b"\"Busy\""), "busy\n");
    }
}
