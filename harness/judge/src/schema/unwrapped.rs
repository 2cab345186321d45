//! The wrapper that was left out: an answer that is the value of a required property.
//!
//! `{"body_statements": []}` where the schema demands `{"implementation": {"body_statements": []}}`
//! is one mistake and not three, and the only one whose remedy is a client's or a prompt's. The
//! answer is *unwrapped* when
//!
//! * the root object misses the required property K, or the root is an array where an object with
//!   a required property K is demanded;
//! * it is valid under the schema of K (references resolved within the document);
//! * and that is no accident: it is not empty, and if it is an object it has a key that the root
//!   does not declare and that K's schema declares, or K's schema declares no keys at all.

use std::{collections::BTreeSet, sync::OnceLock};

use gonogo_core::{Detail, Kind, pointer::escape};
use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

use super::{compile, violation::Violation};

/// Where the document is registered while a part of it is compiled.
const DOCUMENT: &str = "gonogo:schema";

/// The required properties of the root, any of which an answer may be the bare value of.
pub(super) struct Wrappers {
    document: Value,
    declared: BTreeSet<String>,
    wrappers: Vec<Wrapper>,
}

/// One of them.
struct Wrapper {
    name: String,
    /// JSON pointer to the property's schema.
    schema: String,
    /// Keys that the property's schema declares.
    declared: BTreeSet<String>,
    /// Compiled when first asked for: most schemas are never answered without their wrapper.
    validator: OnceLock<Option<Validator>>,
}

impl Wrappers {
    /// The wrappers that `document` demands.
    pub(super) fn new(document: Value) -> Self {
        let mut root = Shape::default();
        root.add(&document, "");
        let wrappers = root.required.iter().filter_map(|name| {
            let schema = root.properties.iter().find(|(declared, _)| declared == name)?.1.clone();
            let mut inside = Shape::default();
            inside.add(&document, &schema);
            let declared = inside.properties.into_iter().map(|(name, _)| name).collect();
            Some(Wrapper { name: name.clone(), schema, declared, validator: OnceLock::new() })
        });
        let wrappers = wrappers.collect();
        let declared = root.properties.into_iter().map(|(name, _)| name).collect();
        Self { document, declared, wrappers }
    }

    /// The outcome of an answer that is the bare value of a required property.
    pub(super) fn missing_around(&self, answer: &Value, found: &[Violation]) -> Option<(Kind, Detail)> {
        let at_root: Vec<_> = found.iter().filter(|violation| violation.pointer.is_empty()).collect();
        let missing = |name: &str| at_root.iter().any(|violation| violation.missing.as_deref() == Some(name));
        let bare_list =
            answer.is_array() && at_root.iter().any(|violation| violation.kind == Kind::WrongType);
        let wrapper = self.wrappers.iter().find(|wrapper| {
            (bare_list || missing(&wrapper.name))
                && self.telling(answer, wrapper)
                && self.fits(answer, wrapper)
        })?;
        let detail = Detail {
            message: format!(
                "the answer is the bare value of `{0}`: the object around it is missing",
                wrapper.name
            ),
            pointer: Some(format!("/{}", escape(&wrapper.name))),
            keyword: Some("required".into()),
            schema_pointer: Some(wrapper.schema.clone()),
            offset: None,
        };
        Some((Kind::Unwrapped, detail))
    }

    /// Whether being valid under the property's schema would say anything.
    fn telling(&self, answer: &Value, wrapper: &Wrapper) -> bool {
        match answer {
            Value::Array(items) => !items.is_empty(),
            Value::Object(members) => members.keys().any(|key| {
                let inside = wrapper.declared.is_empty() || wrapper.declared.contains(key);
                inside && !self.declared.contains(key)
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
    }

    fn fits(&self, answer: &Value, wrapper: &Wrapper) -> bool {
        let validator = wrapper.validator.get_or_init(|| part(&self.document, &wrapper.schema));
        validator.as_ref().is_some_and(|validator| validator.is_valid(answer))
    }
}

/// Compiles the schema at `pointer` of `document`, in the document's dialect.
fn part(document: &Value, pointer: &str) -> Option<Validator> {
    let registry = Registry::new().add(DOCUMENT, document).ok()?.prepare().ok()?;
    let mut reference = json!({ "$ref": format!("{DOCUMENT}#{}", fragment(pointer)) });
    if let (Some(dialect), Some(object)) = (document.get("$schema"), reference.as_object_mut()) {
        object.insert("$schema".into(), dialect.clone());
    }
    compile(&reference, |options| options.with_registry(&registry)).ok()
}

/// What the schemas that apply to one value demand and declare, references followed.
#[derive(Default)]
struct Shape {
    seen: BTreeSet<String>,
    required: Vec<String>,
    /// Name, and JSON pointer to its schema.
    properties: Vec<(String, String)>,
}

impl Shape {
    fn add(&mut self, document: &Value, pointer: &str) {
        let Some(schema) = document.pointer(pointer) else { return };
        if !self.seen.insert(pointer.to_owned()) {
            return;
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|uri| uri.strip_prefix('#'))
        {
            self.add(document, target);
        }
        let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        self.required.extend(names.filter_map(Value::as_str).map(str::to_owned));
        let properties = schema.get("properties").and_then(Value::as_object);
        for name in properties.into_iter().flat_map(|members| members.keys()) {
            self.properties.push((name.clone(), format!("{pointer}/properties/{}", escape(name))));
        }
        for keyword in ["allOf", "anyOf", "oneOf"] {
            let branches = schema.get(keyword).and_then(Value::as_array).map_or(0, Vec::len);
            for branch in 0..branches {
                self.add(document, &format!("{pointer}/{keyword}/{branch}"));
            }
        }
    }
}

/// A JSON pointer as a URI fragment: what RFC 3986 does not allow there is percent-encoded.
fn fragment(pointer: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(pointer.len());
    for byte in pointer.bytes() {
        if byte.is_ascii_alphanumeric() || b"/~-._$@:!&'()*+,;=?".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
