//! The conversation on the protocol page is the one the loop holds.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use gonogo_engine::{Engine, Unconstrained, Vocabulary};
use gonogo_protocol::{FromWorker, Hello, ToWorker};
use serde_json::Value;
use support::{Scripted, bytes_vocabulary, conversation, tokens_of};

const PAGE: &str = include_str!("../../PROTOCOL.md");

/// What differs from one run, build or machine to the next.
const VARIES: [&str; 13] = [
    "load",
    "tokenize",
    "compile",
    "first_mask",
    "prefill",
    "at",
    "forward",
    "mask",
    "sample",
    "worker.profile",
    "worker.target",
    "worker.version",
    "engine_version",
];

/// The lines of the page's part on workers with a model that begin with `mark`.
fn lines(mark: &str) -> impl Iterator<Item = String> {
    let (part, _) = PAGE.split_once("\n# The mask protocol").unwrap();
    part.lines().filter_map(move |line| line.strip_prefix(mark)).map(str::to_owned)
}

fn blank(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if VARIES.contains(&name.as_str()) {
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
    let open = |_: &Vocabulary, _: &Hello| -> Result<Box<dyn Engine>, String> { Ok(Box::new(Unconstrained)) };
    let model = Scripted::new(bytes_vocabulary(), tokens_of("4é".as_bytes()));
    let said = conversation(model, &open, &lines("> ").collect::<Vec<_>>());
    let page = lines("< ").filter(|line| !line.contains("heartbeat"));
    let (said, page): (Vec<_>, Vec<_>) =
        (said.iter().map(|line| blanked(line)).collect(), page.map(|line| blanked(&line)).collect());
    assert_eq!(said, page);
}

#[test]
fn every_line_on_the_page_is_of_the_protocol() {
    for line in lines("> ") {
        let read: ToWorker = serde_json::from_str(&line).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), line);
    }
    for line in lines("< ") {
        let read: FromWorker = serde_json::from_str(&line).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), line);
    }
}
