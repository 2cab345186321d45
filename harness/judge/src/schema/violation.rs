//! One violation, flattened out of the validator's tree of errors.

use gonogo_core::{Detail, Kind, pointer::unescape};
use gonogo_dialects::shorten;
use jsonschema::{ValidationError, error::ValidationErrorKind as Broken};
use serde_json::Value;

use super::{branches, kinds, words};

/// A violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) kind: Kind,
    /// What is wrong, in one sentence.
    pub(super) message: String,
    /// JSON pointer into the answer.
    pub(super) pointer: String,
    pub(super) keyword: String,
    /// JSON pointer into the schema.
    pub(super) schema_pointer: String,
    /// The missing key, where that is the violation.
    pub(super) missing: Option<String>,
}

impl Violation {
    /// The violation that `error` itself states.
    pub(super) fn new(error: &ValidationError<'_>) -> Self {
        let missing = if let Broken::Required { property } = error.kind() {
            property.as_str().map(str::to_owned)
        } else {
            None
        };
        let mut violation = Self {
            kind: kinds::kind(error.kind()),
            message: words::sentence(error),
            pointer: error.instance_path().to_string(),
            keyword: error.kind().keyword().to_owned(),
            schema_pointer: error.schema_path().to_string(),
            missing,
        };
        if matches!(error.kind(), Broken::FalseSchema) {
            violation.forbid(error.instance());
        }
        violation
    }

    /// A `false` schema for a key, or for all other keys, forbids it: that is the object's affair.
    fn forbid(&mut self, found: &Value) {
        let keyword = self.schema_pointer.rsplit('/').next().unwrap_or_default();
        if ["additionalProperties", "unevaluatedProperties", "propertyNames"].contains(&keyword) {
            self.kind = Kind::ExtraProperty;
            self.message =
                format!("the schema forbids further keys, found the value {}", shorten::value(found));
            self.keyword = keyword.to_owned();
            return;
        }
        let Some((object, key)) = self.pointer.rsplit_once('/') else { return };
        if key.parse::<usize>().is_ok() {
            return;
        }
        self.kind = Kind::ExtraProperty;
        self.message = format!("the schema forbids the key {}", shorten::quoted(&unescape(key)));
        self.pointer = object.to_owned();
    }

    /// Sorts the most telling violation first.
    pub(super) fn rank(&self, answer: &Value) -> (usize, usize, Vec<usize>) {
        (kinds::precedence(self.kind), self.pointer.matches('/').count(), place(answer, &self.pointer))
    }

    pub(super) fn into_outcome(self) -> (Kind, Detail) {
        let detail = Detail {
            message: self.message,
            pointer: Some(self.pointer),
            keyword: Some(self.keyword),
            schema_pointer: Some(self.schema_pointer),
            offset: None,
        };
        (self.kind, detail)
    }
}

/// Adds what `error` amounts to: the violations of the branch that was meant, for a union; else
/// the error itself.
pub(super) fn collect(error: &ValidationError<'_>, found: &mut Vec<Violation>) {
    if let Broken::AnyOf { context } | Broken::OneOfNotValid { context } = error.kind() {
        branches::collect(error, context, found);
    } else {
        found.push(Violation::new(error));
    }
}

/// Where a pointer leads, as positions among siblings: the order of the document.
fn place(answer: &Value, pointer: &str) -> Vec<usize> {
    let mut value = answer;
    let mut places = Vec::new();
    for segment in pointer.split('/').skip(1) {
        let step = match value {
            Value::Array(items) => segment.parse().ok().and_then(|n: usize| Some((n, items.get(n)?))),
            Value::Object(members) => {
                let name = unescape(segment);
                members
                    .iter()
                    .enumerate()
                    .find(|(_, (key, _))| **key == name)
                    .map(|(n, (_, value))| (n, value))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        };
        let Some((n, next)) = step else { break };
        places.push(n);
        value = next;
    }
    places
}
