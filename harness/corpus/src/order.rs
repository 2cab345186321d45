//! The order of an object's members. Engines that follow the schema's order refuse a valid instance
//! whose members come in another: that is not over-constraint, and [`reordered`] tells the two apart.

use std::{cell::Cell, collections::HashMap, ptr};

use serde_json::{Map, Value};

use crate::text::{Shape, check, depth, open, replaced, unquote, wholes};

/// Levels of nesting up to which instances are looked at.
const DEEPEST: usize = 512;

/// Schemas that are looked at before all further ones count as saying nothing: trying the branches of
/// unions in unions multiplies.
const MOST_STEPS: usize = 1_000_000;

/// `instance` with the members of its objects in the schema's order, or `None` where they are in it
/// already, or where schema or instance cannot be read.
///
/// The schema's order is: what it declares under `properties`, in the order in which its text does,
/// through `$ref`, `allOf`, `then` and `else` as they come; then what it requires and does not declare;
/// then all others as they stand. Of `anyOf` and `oneOf` one branch counts: the first that types,
/// constants and required names do not rule out and whose order the instance has, else the first not
/// ruled out. References are followed inside the document, by pointer. Everything but the places of
/// members stays byte for byte.
#[must_use]
pub fn reordered(schema: &str, instance: &str) -> Option<String> {
    if depth(instance) > DEEPEST || check(instance).is_err() {
        return None;
    }
    let root: Value = serde_json::from_str(schema).ok()?;
    let text = Order { root: &root, steps: Cell::new(0) }.value(&[&root], instance);
    (text != instance).then_some(text)
}

struct Order<'s> {
    root: &'s Value,
    /// Schemas looked at so far.
    steps: Cell<usize>,
}

/// What the schemas of one object say of its members.
#[derive(Default)]
struct Declared<'s> {
    names: Vec<&'s str>,
    places: HashMap<&'s str, usize>,
    required: Vec<&'s str>,
}

impl<'s> Order<'s> {
    /// A value under schemas that all apply to it.
    fn value(&self, schemas: &[&'s Value], text: &str) -> String {
        let mut applying = Vec::new();
        for schema in schemas {
            self.applying(schema, text, &mut applying);
        }
        match open(text) {
            Shape::Scalar(_) => text.to_owned(),
            Shape::Array(items) => {
                let new: Vec<String> = items
                    .iter()
                    .enumerate()
                    .map(|(place, item)| self.value(&item_schemas(&applying, place), item))
                    .collect();
                replaced(text, &items, &new)
            }
            Shape::Object(members) => self.object(&applying, &members, text),
        }
    }

    fn object(&self, applying: &[&'s Map<String, Value>], members: &[(&str, &str)], text: &str) -> String {
        let declared = Declared::of(applying);
        let wholes = wholes(text);
        let mut new: Vec<(usize, String)> = members
            .iter()
            .zip(&wholes)
            .map(|((quoted, value), whole)| {
                let name = unquote(quoted);
                let head = whole.strip_suffix(value).unwrap_or_default();
                let value = self.value(&member_schemas(applying, &name), value);
                (declared.place(&name), format!("{head}{value}"))
            })
            .collect();
        // Stable, so that what the schema says nothing of keeps its order.
        new.sort_by_key(|(place, _)| *place);
        let new: Vec<String> = new.into_iter().map(|(_, member)| member).collect();
        replaced(text, &wholes, &new)
    }

    /// Adds `schema` and what it takes in for this value, in the order of its text.
    fn applying(&self, schema: &'s Value, text: &str, found: &mut Vec<&'s Map<String, Value>>) {
        let Some(keywords) = schema.as_object() else { return };
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MOST_STEPS || found.iter().any(|known| ptr::eq(*known, keywords)) {
            return;
        }
        found.push(keywords);
        for (keyword, value) in keywords {
            match (keyword.as_str(), value) {
                ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(reference)) => {
                    if let Some(schema) = self.resolve(reference) {
                        self.applying(schema, text, found);
                    }
                }
                ("allOf", Value::Array(schemas)) => {
                    schemas.iter().for_each(|schema| self.applying(schema, text, found));
                }
                ("anyOf" | "oneOf", Value::Array(branches)) => {
                    if let Some(branch) = self.branch(branches, text, found) {
                        self.applying(branch, text, found);
                    }
                }
                ("if", condition) => {
                    let next = if self.fits(condition, text, 3) { "then" } else { "else" };
                    if let Some(schema) = keywords.get(next) {
                        self.applying(schema, text, found);
                    }
                }
                (_, _) => {}
            }
        }
    }

    /// The branch that was meant, beside what is `found` already.
    fn branch(
        &self,
        branches: &'s [Value],
        text: &str,
        found: &[&'s Map<String, Value>],
    ) -> Option<&'s Value> {
        let fitting: Vec<&Value> = branches.iter().filter(|branch| self.fits(branch, text, 3)).collect();
        let Shape::Object(members) = open(text) else { return fitting.first().copied() };
        let names: Vec<String> = members.iter().map(|(quoted, _)| unquote(quoted)).collect();
        let in_order = |branch: &&Value| {
            let mut applying = found.to_vec();
            self.applying(branch, text, &mut applying);
            let declared = Declared::of(&applying);
            names.iter().map(|name| declared.place(name)).is_sorted()
        };
        fitting.iter().copied().find(in_order).or_else(|| fitting.first().copied())
    }

    /// Whether nothing that is quickly seen rules the schema out, `levels` deep.
    fn fits(&self, schema: &Value, text: &str, levels: usize) -> bool {
        let Some(keywords) = schema.as_object() else { return schema != &Value::Bool(false) };
        let Some(levels) = levels.checked_sub(1) else { return true };
        let all = |schemas: &[Value]| schemas.iter().all(|schema| self.fits(schema, text, levels));
        let any = |schemas: &[Value]| schemas.iter().any(|schema| self.fits(schema, text, levels));
        keywords.iter().all(|(keyword, value)| match (keyword.as_str(), value) {
            ("type", Value::String(name)) => has_type(text, name),
            ("type", Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).any(|name| has_type(text, name))
            }
            ("const", constant) => equals(text, constant),
            ("enum", Value::Array(constants)) => constants.iter().any(|constant| equals(text, constant)),
            ("$ref", Value::String(reference)) => {
                self.resolve(reference).is_none_or(|schema| self.fits(schema, text, levels))
            }
            ("allOf", Value::Array(schemas)) => all(schemas),
            ("anyOf" | "oneOf", Value::Array(schemas)) => any(schemas),
            ("required", Value::Array(names)) => {
                let present = names_of(text);
                present.is_none_or(|present| {
                    names.iter().filter_map(Value::as_str).all(|name| present.iter().any(|it| it == name))
                })
            }
            ("properties", Value::Object(properties)) => members_of(text).iter().all(|(name, value)| {
                properties.get(name).is_none_or(|schema| self.fits(schema, value, levels))
            }),
            ("additionalProperties", Value::Bool(false)) if !keywords.contains_key("patternProperties") => {
                let declared = keywords.get("properties").and_then(Value::as_object);
                members_of(text)
                    .iter()
                    .all(|(name, _)| declared.is_some_and(|declared| declared.contains_key(name)))
            }
            (_, _) => true,
        })
    }

    /// The schema that a reference inside the document names.
    fn resolve(&self, reference: &str) -> Option<&'s Value> {
        self.root.pointer(reference.strip_prefix('#')?)
    }
}

impl<'s> Declared<'s> {
    fn of(applying: &[&'s Map<String, Value>]) -> Self {
        let mut declared = Self::default();
        for keywords in applying {
            let properties = keywords.get("properties").and_then(Value::as_object);
            for name in properties.into_iter().flat_map(Map::keys) {
                if !declared.places.contains_key(name.as_str()) {
                    declared.places.insert(name, declared.names.len());
                    declared.names.push(name);
                }
            }
            let required = keywords.get("required").and_then(Value::as_array);
            declared.required.extend(required.into_iter().flatten().filter_map(Value::as_str));
        }
        declared
    }

    fn place(&self, name: &str) -> usize {
        self.places.get(name).copied().unwrap_or_else(|| {
            let required = self.required.iter().position(|required| *required == name);
            self.names.len() + required.unwrap_or(self.required.len())
        })
    }
}

/// The schemas of a member. Which patterns match an undeclared name is not asked: all count, and what
/// the others say of the order of names that are not there does no harm.
fn member_schemas<'s>(applying: &[&'s Map<String, Value>], name: &str) -> Vec<&'s Value> {
    let mut schemas = Vec::new();
    for keywords in applying {
        if let Some(schema) = keywords.get("properties").and_then(|properties| properties.get(name)) {
            schemas.push(schema);
            continue;
        }
        let patterns = keywords.get("patternProperties").and_then(Value::as_object);
        schemas.extend(patterns.into_iter().flat_map(Map::values));
        schemas.extend(keywords.get("additionalProperties"));
        schemas.extend(keywords.get("unevaluatedProperties"));
    }
    schemas
}

/// The schemas of an element.
fn item_schemas<'s>(applying: &[&'s Map<String, Value>], place: usize) -> Vec<&'s Value> {
    let mut schemas = Vec::new();
    for keywords in applying {
        let tuple = ["prefixItems", "items"].iter().find_map(|name| keywords.get(*name)?.as_array());
        if let Some(schema) = tuple.and_then(|schemas| schemas.get(place)) {
            schemas.push(schema);
            continue;
        }
        let rest =
            if keywords.get("items").is_some_and(Value::is_array) { "additionalItems" } else { "items" };
        schemas.extend(keywords.get(rest));
        schemas.extend(keywords.get("unevaluatedItems"));
    }
    schemas
}

fn has_type(text: &str, name: &str) -> bool {
    match (text.as_bytes().first(), name) {
        (Some(b'{'), "object") | (Some(b'['), "array") | (Some(b'"'), "string") => true,
        (Some(b't' | b'f'), "boolean") | (Some(b'n'), "null") => true,
        (Some(b'-' | b'0'..=b'9'), "number") => true,
        (Some(b'-' | b'0'..=b'9'), "integer") => text.parse().is_ok_and(|number: f64| number.fract() == 0.0),
        (_, _) => false,
    }
}

fn equals(text: &str, constant: &Value) -> bool {
    let value: Option<Value> = serde_json::from_str(text).ok();
    value.is_some_and(|value| match (value.as_f64(), constant.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b).is_eq() || a == b,
        (_, _) => value == *constant,
    })
}

fn members_of(text: &str) -> Vec<(String, &str)> {
    match open(text) {
        Shape::Object(members) => {
            members.into_iter().map(|(quoted, value)| (unquote(quoted), value)).collect()
        }
        Shape::Array(_) | Shape::Scalar(_) => Vec::new(),
    }
}

fn names_of(text: &str) -> Option<Vec<String>> {
    let members = members_of(text);
    text.starts_with('{').then(|| members.into_iter().map(|(name, _)| name).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::reordered;

    #[test]
    fn members_come_in_the_order_of_the_schema_and_nothing_else_changes() {
        let schema = r##"{"properties": {"b": {"$ref": "#/$defs/pair"}, "a": {"items": {"$ref": "#/$defs/pair"}}},
            "required": ["z", "a"], "$defs": {"pair": {"properties": {"x": true, "y": true}}}}"##;
        let told = [
            (r#"{"a": [], "b": 1}"#, Some(r#"{"b": 1, "a": []}"#)),
            (r#"{ "n":1 ,"z": 1.50,"a":[{"y":1e2,"x":"\u0041,"}] , "b" : {"y": {}, "x": []} }"#, {
                Some(r#"{ "b" : {"x": [], "y": {}} ,"a":[{"x":"\u0041,","y":1e2}],"z": 1.50 , "n":1 }"#)
            }),
            (r#"{"b": {"x": 1, "y": 2}, "a": [], "z": 0, "n": 1, "m": 2}"#, None),
            ("[1, 2]", None),
            ("{not json", None),
        ];
        for (instance, expected) in told {
            assert_eq!(reordered(schema, instance).as_deref(), expected, "{instance}");
        }
    }

    #[test]
    fn schemas_that_are_combined_count_in_the_order_of_their_text() {
        let all = r#"{"allOf": [{"properties": {"b": {}}}], "properties": {"a": {}}}"#;
        assert_eq!(reordered(all, r#"{"a":1,"b":2}"#), None, "what the object says itself comes first");
        let conditional = r#"{"properties": {"k": {}}, "if": {"properties": {"k": {"const": 1}}},
            "then": {"properties": {"t": {}, "s": {}}}, "else": {"properties": {"s": {}, "t": {}}}}"#;
        assert_eq!(reordered(conditional, r#"{"k":1,"s":0,"t":0}"#).unwrap(), r#"{"k":1,"t":0,"s":0}"#);
        assert_eq!(reordered(conditional, r#"{"k":2,"s":0,"t":0}"#), None);
    }

    #[test]
    fn the_branch_that_was_meant_counts() {
        let schema = r#"{"anyOf": [
            {"type": "array"},
            {"properties": {"kind": {"const": "p"}, "x": {}, "y": {}}, "required": ["kind"]},
            {"properties": {"kind": {"enum": ["q"]}, "y": {}, "x": {}}},
            {"properties": {"y": {}, "kind": {}}, "additionalProperties": false}]}"#;
        let told = [
            (r#"{"y":1,"x":2,"kind":"p"}"#, Some(r#"{"kind":"p","x":2,"y":1}"#)),
            (r#"{"x":2,"kind":"q","y":1}"#, Some(r#"{"kind":"q","y":1,"x":2}"#)),
            (r#"{"y":1,"kind":"p"}"#, None),
        ];
        for (instance, expected) in told {
            assert_eq!(reordered(schema, instance).as_deref(), expected, "{instance}");
        }
    }

    #[test]
    fn schemas_that_refer_to_themselves_end() {
        let schema = r##"{"$ref": "#", "properties": {"b": {"$ref": "#"}, "a": {"$ref": "#"}},
            "anyOf": [{"$ref": "#"}]}"##;
        assert_eq!(reordered(schema, r#"{"a":{"a":1,"b":2}}"#).unwrap(), r#"{"a":{"b":2,"a":1}}"#);
    }

    proptest! {
        #[test]
        fn the_value_stays_and_a_second_time_changes_nothing(schema in crate::any_json(), text in crate::any_json()) {
            let names = "\u{22}properties\u{22}";
            let schema = format!("{{{names}: {{\"b\": {schema}, \"\": {{}}, \"a\": {schema}}}}}");
            let text = format!("{{\"a\": {text}, \"\": {text},\"c\":0, \"b\": {text}}}");
            let new = reordered(&schema, &text).unwrap();
            prop_assert_eq!(reordered(&schema, &new), None);
            let value = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
            prop_assert_eq!(value(&new), value(&text));
        }
    }
}
