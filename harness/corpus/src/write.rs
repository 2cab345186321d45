//! A corpus as JSON lines, which [`read`](crate::read()) reads back.

use std::fmt::Write as _;

use serde_json::Value;

use crate::{
    Entry, Instance, Spelling,
    text::{check, minified},
};

/// The entries, a line each. The schema loses its line breaks and other whitespace between tokens,
/// and nothing else. An instance is `data` where the default spelling gives its text back, else
/// `text`.
#[must_use]
pub fn json_lines(entries: &[Entry]) -> String {
    entries.iter().fold(String::new(), |mut lines, entry| {
        lines.push_str(&line(entry));
        lines.push('\n');
        lines
    })
}

fn line(entry: &Entry) -> String {
    let mut line = String::from("{");
    member(&mut line, "id", &quoted(&entry.id));
    member(&mut line, "split", &quoted(&entry.split));
    member(&mut line, "draft", &quoted(entry.draft.name()));
    let keywords: Vec<String> = entry.keywords.iter().map(|keyword| quoted(keyword)).collect();
    member(&mut line, "keywords", &format!("[{}]", keywords.join(",")));
    member(&mut line, "formats", if entry.formats { "true" } else { "false" });
    if let Some(why) = &entry.why {
        member(&mut line, "why", &quoted(why));
    }
    member(&mut line, "schema", &minified(&entry.schema));
    let tests: Vec<String> = entry.instances.iter().map(test).collect();
    member(&mut line, "tests", &format!("[{}]", tests.join(",")));
    line + "}"
}

fn test(instance: &Instance) -> String {
    let mut test = String::from("{");
    member(&mut test, "id", &quoted(&instance.id));
    if let Some(why) = &instance.why {
        member(&mut test, "why", &quoted(why));
    }
    member(&mut test, "valid", if instance.labelled { "true" } else { "false" });
    let plain = check(&instance.text).is_ok() && Spelling::default().spell(&instance.text) == instance.text;
    // A line break can only stand outside the strings of a text, and none is spelled with one.
    if plain && !instance.text.contains(['\n', '\r']) {
        member(&mut test, "data", &instance.text);
    } else {
        member(&mut test, "text", &quoted(&instance.text));
    }
    test + "}"
}

fn member(line: &mut String, name: &str, value: &str) {
    let comma = if line.ends_with('{') { "" } else { "," };
    let _ = write!(line, "{comma}\"{name}\":{value}");
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
