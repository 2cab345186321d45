//! What models and engines answer, in an exchange without fault.

use gonogo_core::Kind;
use serde_json::json;

use crate::{
    Fault, GOOD,
    message::{answer, cut_answer, message},
    script::json,
};

/// A whole answer with this text that the server says is finished.
fn says(name: &'static str, kind: Kind, why: &'static str, text: &str) -> Fault {
    Fault::new(name, kind, why, json(answer(text, "stop")))
}

/// Right answers.
pub(super) fn good() -> Vec<Fault> {
    let custom =
        |body: String, name, why| Fault::new(name, Kind::Passed, why, json(body)).in_dialect("custom");
    vec![
        says("plain", Kind::Passed, "a right answer", GOOD),
        custom(
            format!(r#"{{"ir_json":{GOOD},"finish_reason":"stop"}}"#),
            "custom",
            "a right answer as a value",
        ),
        custom(json!({"text": GOOD}).to_string(), "custom-text", "a right answer as text"),
        Fault::new(
            "complete-with-length",
            Kind::Passed,
            "a whole value that the budget is said to have cut",
            json(answer(GOOD, "length")),
        ),
        says(
            "duplicate-keys",
            Kind::Passed,
            "a name twice in one object: legal, the last value counts",
            &GOOD.replace("\"name\":", "\"name\":\"sub\",\"name\":"),
        ),
        says(
            "huge-number",
            Kind::Passed,
            "1e999: legal, and beyond a double",
            &GOOD.replace("\"name\":", "\"cost\":1e999,\"name\":"),
        ),
        says("spaced", Kind::Passed, "white space around the value", &format!("\n  {GOOD}\n")),
    ]
}

/// Answers that are not JSON.
pub(super) fn malformed() -> Vec<Fault> {
    let bad = |name, why, text: &str| says(name, Kind::InvalidJson, why, text);
    vec![
        bad("fenced", "JSON in a Markdown fence", &format!("```json\n{GOOD}\n```")),
        bad("prose", "prose", "Sure! A function that adds two numbers returns their sum."),
        bad("prose-before", "prose before the JSON", &format!("Here it is: {GOOD}")),
        bad("two-values", "the value twice", &format!("{GOOD}\n{GOOD}")),
        bad("bad-escape", "an escape that JSON does not have", &GOOD.replace("sum;", "\\q")),
        bad("lone-surrogate", "half a surrogate pair", &GOOD.replace("sum;", "\\ud83d")),
        bad("single-quotes", "single quotes", &GOOD.replace('"', "'")),
        bad("deep", "brackets 200 deep", &format!("{}{}", "[".repeat(200), "]".repeat(200))),
    ]
}

/// JSON that is not the schema's.
pub(super) fn violations() -> Vec<Fault> {
    let swap = |name, kind, why, from: &str, to: &str| says(name, kind, why, &GOOD.replacen(from, to, 1));
    let inside = GOOD.trim_start_matches("{\"implementation\":").trim_end_matches('}');
    vec![
        says("unwrapped", Kind::Unwrapped, "the object around the answer is missing", &format!("{inside}}}")),
        swap("missing-key", Kind::MissingKey, "a required key is missing", r#""language":"rust","#, ""),
        swap("wrong-type", Kind::WrongType, "a number for a string", r#""add""#, "7"),
        swap("enum-case", Kind::EnumMismatch, "a value of the enumeration, but for its case", "rust", "Rust"),
        swap("pattern", Kind::PatternMismatch, "a name that the pattern refuses", "add", "add_two"),
        swap("too-long", Kind::BoundViolated, "a name longer than its bound", "add", "additionofnumbers"),
        swap(
            "extra-key",
            Kind::ExtraProperty,
            "a key that the schema forbids",
            r#""name""#,
            r#""note":1,"name""#,
        ),
        swap(
            "repeated-item",
            Kind::OtherViolation,
            "an item twice, where all must differ",
            "let sum = a + b;",
            "return sum;",
        ),
    ]
}

/// Answers that were cut, or stopped before their end.
pub(super) fn unfinished() -> Vec<Fault> {
    let half = &GOOD[..GOOD.len() / 2];
    let cut = |name, kind, why, text: &str| Fault::new(name, kind, why, json(answer(text, "length")));
    let start = r#"{"implementation":{"name":"add","language":"rust","statements":["#;
    vec![
        cut("cut-by-budget", Kind::TruncatedBudget, "max_tokens is reached in the middle", half),
        Fault::new(
            "cut-by-context",
            Kind::TruncatedContext,
            "cut long before max_tokens: the context was full",
            json(cut_answer(half, 3)),
        ),
        says("stopped-early", Kind::StoppedEarly, "half an answer that is said to be whole", half),
        cut("whitespace-loop", Kind::RunawayWhitespace, "white space up to the cap", &{
            format!("{start}{}", "\n  ".repeat(200))
        }),
        cut("repetition-loop", Kind::RunawayRepetition, "the same statement up to the cap", &{
            format!("{start}{}", "\"a = a + 1;\",".repeat(60))
        }),
    ]
}

/// No answer at all.
pub(super) fn missing() -> Vec<Fault> {
    let said = |name, kind, why, body: serde_json::Value| Fault::new(name, kind, why, json(body.to_string()));
    vec![
        says("empty", Kind::Empty, "no text, and the server says that it finished", ""),
        says("blank", Kind::Empty, "white space, and the server says that it finished", "\n\n  \n"),
        said("null-content", Kind::Empty, "null for a text", message(&json!({"content": null}), "stop")),
        said("only-reasoning", Kind::Empty, "the model thought and said nothing", {
            message(&json!({"content": null, "reasoning_content": "First, ..."}), "stop")
        }),
        said("tool-call", Kind::Empty, "a tool call in place of the answer", {
            let call = json!({"index": 0, "function": {"name": "answer", "arguments": GOOD}});
            message(&json!({"content": null, "tool_calls": [call]}), "tool_calls")
        }),
        said("refusal", Kind::Refused, "the model declines in the member for that", {
            message(&json!({"content": null, "refusal": "I cannot help with that."}), "stop")
        }),
        said("content-filter", Kind::ContentFiltered, "a filter stops the answer", {
            message(&json!({"content": "{\"impl"}), "content_filter")
        }),
    ]
}
