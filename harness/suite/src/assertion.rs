//! Statements about the parsed answer: a place and exactly one test.

use gonogo_core::Assertion;

use crate::{
    fields::{Fields, Node},
    reader::Reader,
    value,
};

const TESTS: [&str; 4] = ["equals", "near", "contains", "one_of"];

/// One assertion.
pub(crate) fn read(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Assertion {
    let at = fields.required(reader, "at").and_then(|node| value::pointer(reader, node));
    let mut assertion = Assertion {
        at: at.unwrap_or_default(),
        equals: None,
        near: None,
        tolerance: None,
        contains: None,
        one_of: Vec::new(),
    };
    let given: Vec<_> = TESTS.iter().filter_map(|key| fields.get(key).map(|node| (*key, node))).collect();
    match given.as_slice() {
        [(key, node)] => test(reader, &mut assertion, key, node),
        [] => {
            let fault = reader
                .fault(fields.span(), "the assertion tests nothing")
                .label("no test belongs to this")
                .helped(format!("give exactly one of {}", TESTS.join(", ")));
            reader.report(fault);
        }
        [(first, here), (second, there), ..] => {
            let fault = reader
                .fault(there.span(), format!("both `{first}` and `{second}` are given"))
                .label("a second test")
                .also(here.span(), "the first test")
                .helped("write two assertions with the same `at`");
            reader.report(fault);
        }
    }
    tolerance(reader, fields, &mut assertion);
    assertion
}

fn test(reader: &mut Reader<'_>, assertion: &mut Assertion, key: &str, node: Node<'_>) {
    match key {
        "equals" => assertion.equals = value::json(reader, node),
        "near" => assertion.near = finite(reader, key, node),
        "contains" => assertion.contains = value::string(reader, key, node).map(str::to_owned),
        _ => assertion.one_of = one_of(reader, node),
    }
}

fn one_of(reader: &mut Reader<'_>, node: Node<'_>) -> Vec<serde_json::Value> {
    let Some(array) = node.get_ref().as_array().filter(|array| !array.is_empty()) else {
        let fault = reader
            .fault(node.span(), "`one_of` must be a list of at least one value")
            .label("nothing to be one of");
        reader.report(fault);
        return Vec::new();
    };
    array.iter().filter_map(|entry| value::json(reader, entry)).collect()
}

/// `tolerance` belongs to `near`, and `near` needs one: floats are not compared for equality.
fn tolerance(reader: &mut Reader<'_>, fields: &Fields<'_>, assertion: &mut Assertion) {
    let fault = match (fields.get("near"), fields.get("tolerance")) {
        (None, None) => return,
        (Some(_), Some(node)) => {
            assertion.tolerance = finite(reader, "tolerance", node);
            if assertion.tolerance.is_none_or(|tolerance| tolerance >= 0.0) {
                return;
            }
            reader.fault(node.span(), "`tolerance` is negative").label("an absolute distance")
        }
        (Some(node), None) => reader
            .fault(node.span(), "`near` has no `tolerance`")
            .label("how near?")
            .helped("add the absolute distance that is still near, such as tolerance = 0.01"),
        (None, Some(node)) => reader
            .fault(node.span(), "`tolerance` without `near`")
            .label("belongs to nothing")
            .helped("tolerance is the absolute distance allowed from `near`"),
    };
    reader.report(fault);
}

fn finite(reader: &mut Reader<'_>, key: &str, node: Node<'_>) -> Option<f64> {
    let found = value::number(node);
    if found.is_none() {
        let kind = node.get_ref().type_str();
        value::wrong_type(reader, node.span(), &format!("`{key}`"), "a finite number", kind);
    }
    found
}
