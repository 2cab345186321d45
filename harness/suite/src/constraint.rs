//! What a rung or a case asks a backend to enforce: exactly one of four keys.

use std::sync::Arc;

use gonogo_core::Constraint;

use crate::{
    Problem,
    fields::{Fields, Node},
    json,
    reader::Reader,
    spec::CONSTRAINTS,
    value,
};

/// The constraint of a rung or case, where it has one; two are a fault.
pub(crate) fn read(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<Constraint> {
    let given: Vec<_> =
        CONSTRAINTS.iter().filter_map(|key| fields.get(key).map(|node| (*key, node))).collect();
    if let [(first, here), (second, there), ..] = given.as_slice() {
        let fault = reader
            .fault(there.span(), format!("both `{first}` and `{second}` are given"))
            .label("a second constraint")
            .also(here.span(), "the first constraint")
            .helped(format!("give exactly one of {}", CONSTRAINTS.join(", ")));
        reader.report(fault);
        return None;
    }
    let (key, node) = *given.first()?;
    match key {
        "schema" => schema(reader, node),
        "regex" => filled(reader, key, node).map(Constraint::Regex),
        "grammar" => filled(reader, key, node).map(Constraint::Grammar),
        _ => choice(reader, node),
    }
}

/// Whether a constraint was given at all, well formed or not.
pub(crate) fn given(fields: &Fields<'_>) -> bool {
    CONSTRAINTS.iter().any(|key| fields.get(key).is_some())
}

/// Reports that `what` lacks a constraint.
pub(crate) fn missing(reader: &mut Reader<'_>, fields: &Fields<'_>, what: &str) {
    let fault = reader
        .fault(fields.span(), format!("{what} has no constraint"))
        .label("nothing to enforce here")
        .helped(format!("give exactly one of {}", CONSTRAINTS.join(", ")));
    reader.report(fault);
}

fn filled(reader: &mut Reader<'_>, key: &str, node: Node<'_>) -> Option<String> {
    let text = value::string(reader, key, node)?;
    if text.is_empty() {
        let fault = reader.fault(node.span(), format!("`{key}` is empty")).label("accepts nothing");
        reader.report(fault);
    }
    Some(text.to_owned())
}

fn choice(reader: &mut Reader<'_>, node: Node<'_>) -> Option<Constraint> {
    let words = value::strings(reader, "choice", node);
    if node.get_ref().as_array().is_some_and(|array| array.is_empty()) {
        let fault = reader.fault(node.span(), "`choice` offers nothing").label("at least one string");
        reader.report(fault);
    }
    Some(Constraint::Choice(words))
}

/// A schema file, kept byte for byte once it is known to be JSON.
fn schema(reader: &mut Reader<'_>, node: Node<'_>) -> Option<Constraint> {
    let path = value::string(reader, "schema", node)?;
    let text = reader.file(path, node.span())?;
    let fault = match json::parse(&text) {
        Ok(document) if document.is_object() || document.is_boolean() => {
            return Some(Constraint::JsonSchema(text));
        }
        Ok(_) => reader
            .fault(node.span(), format!("`{path}` is JSON, but not a schema"))
            .helped("a schema is a JSON object, or true or false"),
        Err(error) => {
            let at = json::offset(&text, &error);
            let source: Arc<str> = Arc::from(text);
            let cause = Problem::of_file(reader.sibling(path), json::message(&error)).within(&source, at..at);
            reader.fault(node.span(), format!("cannot read `{path}` as JSON")).caused(cause.label("here"))
        }
    };
    reader.report(fault.label("named here"));
    None
}
