//! Closing the objects of a schema, for comparison with engines that close them by default.

use std::collections::BTreeSet;

use gonogo_core::pointer::escape;
use serde_json::{Map, Value};

/// Keywords whose value is a schema.
const ONE: [&str; 3] = ["items", "additionalItems", "additionalProperties"];
/// Keywords whose value is a list of schemas.
const LIST: [&str; 2] = ["items", "prefixItems"];
/// Keywords whose value maps names to schemas.
const NAMED: [&str; 4] = ["properties", "patternProperties", "$defs", "definitions"];
/// Keywords that join a schema's own keywords with other schemas.
const JOINS: [&str; 4] = ["allOf", "anyOf", "oneOf", "$ref"];
/// Keywords that declare properties.
const DECLARES: [&str; 3] = ["properties", "patternProperties", "additionalProperties"];

/// Adds `"additionalProperties": false` to every object schema that [`closable_objects`] names.
pub fn close_objects(schema: &mut Value) {
    for pointer in closable_objects(schema) {
        if let Some(Value::Object(object)) = schema.pointer_mut(&pointer) {
            object.insert("additionalProperties".into(), Value::Bool(false));
        }
    }
}

/// JSON pointers of the object schemas that do not mention `additionalProperties` and can be closed.
///
/// An object that is one part of an intersection (`allOf`, `$ref` or `anyOf` beside
/// `properties`) stays open: closed parts would forbid each other's properties. So do the
/// definitions that such a part refers to, everything under `not`, `if`, `then`, `else`,
/// `contains`, `propertyNames` and `dependentSchemas`, and data such as `enum` and `default`.
#[must_use]
pub fn closable_objects(schema: &Value) -> Vec<String> {
    let mut joined = BTreeSet::new();
    loop {
        let mut survey = Survey { joined: &joined, closable: Vec::new(), joined_next: BTreeSet::new() };
        survey.visit(schema, String::new(), false);
        let Survey { closable, joined_next, .. } = survey;
        if joined_next.is_subset(&joined) {
            return closable;
        }
        joined.extend(joined_next);
    }
}

/// One look over the schema, given the definitions known to be parts of an intersection.
struct Survey<'a> {
    joined: &'a BTreeSet<String>,
    closable: Vec<String>,
    joined_next: BTreeSet<String>,
}

impl Survey<'_> {
    /// Visits the schema at `pointer`; `part` says that it is part of an intersection.
    fn visit(&mut self, schema: &Value, pointer: String, part: bool) {
        let Value::Object(object) = schema else { return };
        let part = part || self.joined.contains(&pointer);
        let joins = JOINS.iter().filter(|join| object.contains_key(**join)).count();
        if !part && joins == 0 && is_object(object) && !object.contains_key("additionalProperties") {
            self.closable.push(pointer.clone());
        }
        for keyword in ONE {
            self.child(object, &pointer, keyword, part);
        }
        for keyword in LIST {
            self.list(object, &pointer, keyword, part);
        }
        for keyword in NAMED {
            if let Some(Value::Object(named)) = object.get(keyword) {
                // A definition is part of an intersection only if something joins it.
                let part = part && !keyword.starts_with('$') && keyword != "definitions";
                for (name, schema) in named {
                    self.visit(schema, format!("{pointer}/{keyword}/{}", escape(name)), part);
                }
            }
        }
        let beside = part || joins > 1 || DECLARES.iter().any(|declares| object.contains_key(*declares));
        self.list(object, &pointer, "anyOf", beside);
        self.list(object, &pointer, "oneOf", beside);
        let several = object.get("allOf").and_then(Value::as_array).is_some_and(|all| all.len() > 1);
        self.list(object, &pointer, "allOf", beside || several);
        if let Some(target) = object.get("$ref").and_then(Value::as_str).filter(|_| beside) {
            self.joined_next.extend(target.strip_prefix('#').map(str::to_owned));
        }
    }

    fn child(&mut self, object: &Map<String, Value>, pointer: &str, keyword: &str, part: bool) {
        if let Some(schema) = object.get(keyword) {
            self.visit(schema, format!("{pointer}/{keyword}"), part);
        }
    }

    fn list(&mut self, object: &Map<String, Value>, pointer: &str, keyword: &str, part: bool) {
        for (index, schema) in object.get(keyword).and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            self.visit(schema, format!("{pointer}/{keyword}/{index}"), part);
        }
    }
}

/// Whether the schema speaks about objects.
fn is_object(schema: &Map<String, Value>) -> bool {
    let typed = match schema.get("type") {
        Some(Value::String(name)) => name == "object",
        Some(Value::Array(names)) => names.iter().any(|name| name == "object"),
        _ => schema.contains_key("properties") || schema.contains_key("patternProperties"),
    };
    typed && !schema.contains_key("const") && !schema.contains_key("enum")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::close_objects;

    fn closed(mut schema: Value) -> Value {
        close_objects(&mut schema);
        schema
    }

    #[test]
    fn nested_objects_are_closed_and_outspoken_ones_are_left() {
        let schema = json!({
            "type": "object",
            "properties": {
                "a/b": {"type": "array", "items": {"type": ["object", "null"], "properties": {"x": {}}}},
                "open": {"type": "object", "additionalProperties": true},
                "typed": {"additionalProperties": {"properties": {"y": {"type": "string"}}}},
                "tuple": {"prefixItems": [{"type": "object"}]}
            },
            "default": {"type": "object"}
        });
        let closed = closed(schema);
        assert_eq!(closed["additionalProperties"], json!(false));
        assert_eq!(closed["properties"]["a/b"]["items"]["additionalProperties"], json!(false));
        assert_eq!(closed["properties"]["open"]["additionalProperties"], json!(true));
        assert_eq!(
            closed["properties"]["typed"]["additionalProperties"]["additionalProperties"],
            json!(false)
        );
        assert_eq!(closed["properties"]["tuple"]["prefixItems"][0]["additionalProperties"], json!(false));
        assert_eq!(closed["default"], json!({"type": "object"}));
    }

    #[test]
    fn parts_of_an_intersection_stay_open() {
        for schema in [
            json!({"allOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]}),
            json!({"properties": {"a": {}}, "anyOf": [{"properties": {"b": {}}}]}),
            json!({"allOf": [{"$ref": "#/$defs/base"}, {"properties": {"b": {}}}],
                   "$defs": {"base": {"$ref": "#/$defs/root"}, "root": {"properties": {"a": {}}}}}),
        ] {
            let text = closed(schema.clone()).to_string();
            assert!(!text.contains("additionalProperties"), "{text}");
        }
    }

    #[test]
    fn branches_and_plain_references_are_closed() {
        let object = json!({"properties": {"a": {}}});
        let schema = json!({
            "anyOf": [object, {"allOf": [{"$ref": "#/$defs/d"}]}],
            "$defs": {"d": {"type": "object"}}
        });
        let closed = closed(schema);
        assert_eq!(closed["anyOf"][0]["additionalProperties"], json!(false));
        assert_eq!(closed["$defs"]["d"]["additionalProperties"], json!(false));
        assert!(closed.get("additionalProperties").is_none());
    }

    #[test]
    fn other_json_is_left_alone() {
        for value in [json!(true), json!([{"type": "object"}]), json!({"enum": [{"type": "object"}]})] {
            assert_eq!(closed(value.clone()), value);
        }
    }
}
