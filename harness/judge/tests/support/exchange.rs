//! The recorded exchanges that the project keeps, and what they are judged as.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gonogo_core::{Capture, Constraint, Enforcement};
use gonogo_judge::{Judge, Judged};
use serde_json::Value;

use super::oracle;

/// Where they are.
pub(crate) fn exchanges() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/exchanges")
}

/// The exchange `name` of `file`.
pub(crate) fn exchange(file: &str, name: &str) -> Capture {
    let text = fs::read_to_string(exchanges().join(format!("{file}.jsonl"))).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let line = lines.find(|line| line["name"] == name).unwrap_or_else(|| panic!("{file} has no {name}"));
    serde_json::from_value(line["capture"].clone()).unwrap()
}

/// Judged by what was asked for, and by any JSON where that is no schema, as with some that were
/// sent to see what a server does with them.
pub(crate) fn judged(capture: &Capture) -> Judged {
    let asked = oracle(capture.request.constraint.clone());
    let any = oracle(Some(Constraint::JsonSchema("{}".into())));
    let enforcement = match capture.request.constraint {
        Some(_) => Enforcement::Unproven,
        None => Enforcement::Unconstrained,
    };
    let judge = Judge::new(&asked).unwrap_or_else(|_| Judge::new(&any).unwrap());
    judge.judge(capture, enforcement)
}
