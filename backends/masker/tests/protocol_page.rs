//! The conversation on the protocol page is the one the loop holds.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use gonogo_engine::{Engine, EngineOptions, Vocabulary, WireVocabulary};
use gonogo_llguidance::LlGuidance;
use gonogo_protocol::masks::{FromMasker, Hello, ToMasker};
use serde_json::Value;
use support::conversation;

const PAGE: &str = include_str!("../../PROTOCOL.md");

/// What differs from one run, build or machine to the next.
const VARIES: [&str; 12] = [
    "load",
    "timer",
    "compile",
    "first_mask",
    "reset",
    "masks",
    "accepts",
    "compiles",
    "worker.profile",
    "worker.target",
    "worker.version",
    "engine_version",
];

/// The lines of the page's part on masks that begin with `mark`.
fn lines(mark: &str) -> impl Iterator<Item = String> {
    let (_, part) = PAGE.split_once("\n# The mask protocol").unwrap();
    part.lines().filter_map(move |line| line.strip_prefix(mark)).map(str::to_owned)
}

/// A value without what varies. Of a list, how long it is does not.
fn blank(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let varies = VARIES.contains(&name.as_str());
                if varies && let Value::Array(items) = value {
                    items.fill(Value::Null);
                } else if varies {
                    *value = Value::Null;
                } else {
                    blank(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(blank),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn blanked(line: &str) -> String {
    let mut value = serde_json::from_str(line).unwrap();
    blank(&mut value);
    value.to_string()
}

#[test]
fn the_loop_says_what_the_page_says() {
    let written = lines("").find(|line| line.starts_with(r#"{"tokens""#)).unwrap();
    let vocabulary: WireVocabulary = serde_json::from_str(&written).unwrap();
    let open = |vocabulary: &Vocabulary, hello: &Hello| -> Result<Box<dyn Engine>, String> {
        Ok(Box::new(LlGuidance::open(vocabulary, &EngineOptions::read(&hello.options)?)?))
    };
    let vocabulary = Vocabulary::try_from(&vocabulary).unwrap();
    let said = conversation(vocabulary, &open, &lines("> ").collect::<Vec<_>>());
    let said: Vec<String> = said.iter().map(|line| blanked(line)).collect();
    let page: Vec<String> =
        lines("< ").filter(|line| !line.contains("heartbeat")).map(|line| blanked(&line)).collect();
    assert_eq!(said, page);
}

#[test]
fn every_line_on_the_page_is_of_the_protocol() {
    for line in lines("> ") {
        let read: ToMasker = serde_json::from_str(&line).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), line);
    }
    for line in lines("< ") {
        let read: FromMasker = serde_json::from_str(&line).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), line);
    }
}
