//! Single values of `suite.toml`, each with its own fault.

use std::ops::Range;

use gonogo_core::{Kind, did_you_mean, pointer::is_pointer};
use serde_json::Value;
use toml::de::{DeInteger, DeValue};

use crate::{fields::Node, reader::Reader};

/// Reports a value of another type.
pub(crate) fn wrong_type(reader: &mut Reader<'_>, span: Range<usize>, what: &str, wanted: &str, found: &str) {
    let article = if found.starts_with(['a', 'i']) { "an" } else { "a" };
    let fault = reader
        .fault(span, format!("{what} must be {wanted}, not {article} {found}"))
        .label(format!("this is {article} {found}"));
    reader.report(fault);
}

pub(crate) fn string<'t>(reader: &mut Reader<'_>, key: &str, node: Node<'t>) -> Option<&'t str> {
    let found = node.get_ref().as_str();
    if found.is_none() {
        let kind = node.get_ref().type_str();
        wrong_type(reader, node.span(), &format!("`{key}`"), "a string", kind);
    }
    found
}

/// A list of strings, none empty and no two alike.
pub(crate) fn strings(reader: &mut Reader<'_>, key: &str, node: Node<'_>) -> Vec<String> {
    let Some(array) = node.get_ref().as_array() else {
        let kind = node.get_ref().type_str();
        wrong_type(reader, node.span(), &format!("`{key}`"), "a list of strings", kind);
        return Vec::new();
    };
    let mut words: Vec<String> = Vec::new();
    for entry in array.iter() {
        let Some(word) = string(reader, key, entry) else { continue };
        if word.is_empty() {
            let fault =
                reader.fault(entry.span(), format!("`{key}` has an empty entry")).label("say something here");
            reader.report(fault);
        } else if words.iter().any(|seen| seen == word) {
            let fault = reader
                .fault(entry.span(), format!("`{key}` lists `{}` twice", word.escape_debug()))
                .label("each entry once");
            reader.report(fault);
        }
        words.push(word.to_owned());
    }
    words
}

/// Completion tokens: a whole number from 1.
pub(crate) fn max_tokens(reader: &mut Reader<'_>, node: Node<'_>) -> Option<u32> {
    let found = match node.get_ref() {
        DeValue::Integer(number) => whole(number).and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0),
        DeValue::String(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => None,
    };
    if found.is_none() {
        let fault = reader
            .fault(node.span(), "`max_tokens` must be a whole number from 1")
            .label("completion tokens, the end token not counted");
        reader.report(fault);
    }
    found
}

/// Softmax temperature: finite, not negative.
pub(crate) fn temperature(reader: &mut Reader<'_>, node: Node<'_>) -> Option<f64> {
    let found = number(node).filter(|value| *value >= 0.0);
    if found.is_none() {
        let fault = reader
            .fault(node.span(), "`temperature` must be a number from 0")
            .label("softmax temperature; 0 is greedy");
        reader.report(fault);
    }
    found
}

/// A finite number, whole or not.
pub(crate) fn number(node: Node<'_>) -> Option<f64> {
    let text = match node.get_ref() {
        DeValue::Integer(value) => value.to_string(),
        DeValue::Float(value) => value.as_str().to_owned(),
        DeValue::String(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => return None,
    };
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

fn whole(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

/// The outcome kind of this name.
pub(crate) fn kind(reader: &mut Reader<'_>, key: &str, node: Node<'_>) -> Option<Kind> {
    let name = string(reader, key, node)?;
    let found = Kind::named(name);
    if found.is_none() {
        let names = Kind::ALL.iter().map(|kind| kind.name());
        let fault = reader
            .fault(node.span(), format!("unknown kind `{}`", name.escape_debug()))
            .label(did_you_mean(name, names).unwrap_or_else(|| "no outcome has this name".into()))
            .helped("`gonogo explain` lists the kinds");
        reader.report(fault);
    }
    found
}

/// A JSON pointer.
pub(crate) fn pointer(reader: &mut Reader<'_>, node: Node<'_>) -> Option<String> {
    let text = string(reader, "at", node)?;
    if !is_pointer(text) {
        let fault = reader
            .fault(node.span(), format!("`{}` is not a JSON pointer", text.escape_debug()))
            .label("\"\" is the whole answer, \"/a/0\" the first entry of its key `a`")
            .helped("RFC 6901; in a key, `~` is written `~0` and `/` is written `~1`");
        reader.report(fault);
    }
    Some(text.to_owned())
}

/// The value as JSON. Dates and numbers that JSON cannot write are faults.
pub(crate) fn json(reader: &mut Reader<'_>, node: Node<'_>) -> Option<Value> {
    match node.get_ref() {
        DeValue::String(text) => Some(Value::from(text.as_ref())),
        DeValue::Boolean(truth) => Some(Value::from(*truth)),
        DeValue::Integer(value) if whole(value).is_some() => whole(value).map(Value::from),
        DeValue::Float(_) if number(node).is_some() => number(node).map(Value::from),
        DeValue::Array(array) => array.iter().map(|entry| json(reader, entry)).collect(),
        DeValue::Table(table) => {
            let entries = table.iter().map(|(key, entry)| {
                json(reader, entry).map(|entry| (key.get_ref().as_ref().to_owned(), entry))
            });
            entries.collect::<Option<serde_json::Map<_, _>>>().map(Value::Object)
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) => {
            let fault = reader
                .fault(node.span(), "JSON has no such value")
                .label("use a string, a finite number, a boolean, a list or a table");
            reader.report(fault);
            None
        }
    }
}
