//! The words and pointers of typical wrong answers: what a person reads first.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say so at once")]

mod support;

use gonogo_core::{Assertion, Constraint, Death, Detail, End, Enforcement, Nanos, Oracle, Phase};
use gonogo_protocol::{FailureClass, Finish};
use serde_json::json;
use support::{GOOD, done, ended, failed, http, json_oracle, judge, oracle, worker};

fn shown(kind: &str, detail: &Detail) -> String {
    let mut shown = format!("{kind}: {}", detail.message);
    for (name, value) in
        [("at", &detail.pointer), ("keyword", &detail.keyword), ("schema", &detail.schema_pointer)]
    {
        if let Some(value) = value {
            shown.push_str(&format!(" | {name} {value:?}"));
        }
    }
    if let Some(offset) = detail.offset {
        shown.push_str(&format!(" | offset {offset}"));
    }
    shown
}

/// One line an answer, judged as finished with `stop` on a control arm.
fn texts(oracle: &Oracle, texts: &[&str]) -> String {
    let judge = judge(oracle);
    let lines = texts.iter().map(|text| {
        let outcome = judge.judge_text(text, Enforcement::Unconstrained);
        shown(outcome.kind.name(), &outcome.detail)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn answers_that_violate_the_schema() {
    insta::assert_snapshot!(texts(
        &json_oracle(),
        &[
            GOOD,
            "{}",
            r#"{"name":"a"}"#,
            r#"{"statements":["return 1"]}"#,
            r#"{"name":"a","implementation":"return 1"}"#,
            r#"{"name":"a","implementation":{"statements":"return 1"}}"#,
            r#"{"name":"a","implementation":{"statements":["x"],"effort":"O(log n)"}}"#,
            r#"{"name":"Not A Name","implementation":{"statements":["x"]}}"#,
            r#"{"name":"a","implementation":{"statements":[]}}"#,
            r#"{"name":"a","implementation":{"statements":["x"]},"comment":"","more":1}"#,
            r#"{"name":"a","implementation":{"statements":["x","x"]}}"#,
            r#"{"name":1e999,"implementation":{"statements":["x"]}}"#,
            r#"{"name":"b","name":"a","implementation":{"statements":["x"]}}"#,
            r#""just a string""#,
            r#"[{"name":"a"}]"#,
        ]
    ));
}

#[test]
fn answers_that_are_not_json() {
    insta::assert_snapshot!(texts(
        &json_oracle(),
        &[
            "",
            "```json\n{\"name\":\"a\"}\n```",
            "Sure! Here is the JSON:\n```json\n{}\n```",
            "I cannot help with that.",
            "<think>The user wants</think>{}",
            "{'name': 'a'}",
            "{\"name\": \"a\",}",
            "{\"name\": \"a\nb\"}",
            "{\"name\": \"\\d\"}",
            "{\"name\": \"\\ud800\"}",
            "{\"name\": NaN}",
            "{\"name\": \"a\"} I hope this helps!",
            "{\"name\": \"a",
            "\u{feff}{}",
        ]
    ));
}

#[test]
fn unions_and_other_constraints() {
    let kind = |kind: &str, key: &str| json!({"type": "object", "properties": {"kind": {"const": kind}, key: {"type": "string"}}, "required": ["kind", key]});
    let union = json!({"items": {"anyOf": [kind("if", "test"), kind("let", "name"), {"type": "null"}]}});
    let union = oracle(Some(Constraint::JsonSchema(union.to_string())));
    let choice = oracle(Some(Constraint::Choice(vec!["O(1)".into(), "O(n)".into()])));
    let regex = oracle(Some(Constraint::Regex("[a-z]+".into())));
    let grammar = oracle(Some(Constraint::Grammar("start: x".into())));
    let contains = Assertion {
        at: "/0/kind".into(),
        equals: None,
        near: None,
        tolerance: None,
        contains: Some("let".into()),
        one_of: vec![],
    };
    let asserting = Oracle { assertions: vec![contains], ..union.clone() };
    let shown = [
        texts(
            &union,
            &[
                r#"[{"kind":"let"}]"#,
                r#"[{"kind":"while","test":""}]"#,
                r#"[1]"#,
                r#"[{"kind":"if","test":[]}]"#,
            ],
        ),
        texts(&asserting, &[r#"[{"kind":"if","test":""}]"#, "[]"]),
        texts(&choice, &["O(2)"]),
        texts(&regex, &["A"]),
        texts(&grammar, &["x"]),
    ];
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn answers_that_did_not_end_well() {
    let limit = Nanos(30_000_000_000);
    let partial = || worker(b"{\"name\":\"a", None);
    let mut dead = ended(partial(), End::Died { phase: Phase::Mask, death: Death::Signal(6) });
    dead.stderr = "terminate called after throwing an instance of 'std::bad_alloc'\n".into();
    let captures = [
        ended(partial(), End::TimedOut { phase: Phase::Mask, limit }),
        ended(partial(), End::TimedOut { phase: Phase::Load, limit }),
        dead,
        ended(partial(), End::Broken { phase: Phase::Decode, message: "connection reset by peer".into() }),
        failed("", FailureClass::Rejected, "Unimplemented keys: [\"uniqueItems\"]"),
        done("{\"name\":\"a", Finish::Stop),
        done("{\"name\":\"a", Finish::DeadEnd),
        done("{\"name\":\"a", Finish::Length),
        done(&format!("{{\"name\":{}", "\n".repeat(64)), Finish::Length),
        done(&format!("{{\"name\":\"{}", "haha, ".repeat(64)), Finish::Length),
        http(408, "Missing request, possibly due to expiry or cancellation"),
        http(200, r#"{"error":"KeyError: 'text'","status":400}"#),
        support::capture("morse", vec![]),
    ];
    let judge = judge(&json_oracle());
    let lines = captures.iter().map(|capture| {
        let outcome = judge.judge(capture, Enforcement::Proven).outcome;
        shown(outcome.kind.name(), &outcome.detail)
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}
