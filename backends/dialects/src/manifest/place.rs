//! A path that says something, and the members that are kept of its answer.

use serde_json::Value;

use super::{MODEL, SOFTWARE};
use crate::{dialect::Target, shorten};

/// Characters of a fact.
const FACT: usize = 160;
/// Models that a list is quoted with.
const LISTED: usize = 5;

/// A path where a server says something of itself, relative to the base URL.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The path, without a leading slash.
    pub path: &'static str,
    /// Query parameters.
    pub query: &'static [(&'static str, &'static str)],
    pub(crate) kept: &'static [Kept],
    /// Where models are listed, and the member that names each.
    pub(crate) models: Option<(&'static str, &'static str)>,
    /// A member, and what it says where the program is the one named.
    pub(crate) mark: Option<(&'static str, &'static str, &'static str)>,
}

/// A member that is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Kept {
    /// Name of the fact.
    fact: &'static str,
    /// Where the value may be, as JSON pointers; the first that is there counts.
    at: &'static [&'static str],
}

/// A member that is kept.
pub(crate) const fn kept(fact: &'static str, at: &'static [&'static str]) -> Kept {
    Kept { fact, at }
}

/// Whether the server is there.
pub(crate) const HEALTH: Place = Place::new("health", &[]);

/// The models, as OpenAI's endpoint lists them.
pub(crate) const MODELS: Place = Place {
    models: Some(("/data", "id")),
    ..Place::new("v1/models", &[kept("server.flags.max-model-len", &["/data/0/max_model_len"])])
};

impl Place {
    pub(crate) const fn new(path: &'static str, kept: &'static [Kept]) -> Self {
        Self { path, query: &[], kept, models: None, mark: None }
    }

    /// The facts in an answer.
    pub(crate) fn read(&self, body: &Value, target: &Target) -> Vec<(String, String)> {
        let mut facts: Vec<(String, String)> = self
            .kept
            .iter()
            .filter_map(|kept| {
                let value = kept.at.iter().find_map(|at| scalar(body.pointer(at)?))?;
                Some((kept.fact.to_owned(), value))
            })
            .collect();
        if let Some((member, is, software)) = self.mark
            && body.pointer(member).and_then(Value::as_str) == Some(is)
        {
            facts.push((SOFTWARE.to_owned(), software.to_owned()));
        }
        facts.extend(self.models(body, target));
        facts
    }

    /// The model that answers, where the list leaves no doubt: the arm's own, or the only one.
    fn models(&self, body: &Value, target: &Target) -> Vec<(String, String)> {
        let Some((list, member)) = self.models else { return Vec::new() };
        let listed = body.pointer(list).and_then(Value::as_array);
        let names: Vec<String> =
            listed.into_iter().flatten().filter_map(|model| scalar(model.get(member)?)).collect();
        let mut facts = Vec::new();
        let own = names.iter().find(|name| **name == target.model);
        if let Some(model) = own.or(if names.len() == 1 { names.first() } else { None }) {
            facts.push((MODEL.to_owned(), model.clone()));
        }
        if names.len() > 1 || (own.is_none() && !target.model.is_empty() && !names.is_empty()) {
            let shown: Vec<&str> = names.iter().take(LISTED).map(String::as_str).collect();
            let more = names.len().saturating_sub(LISTED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            facts.push(("server.models".to_owned(), format!("{}{more}", shown.join(", "))));
        }
        facts
    }
}

/// A string, a number or a boolean as text on one line; nothing that could hold more than is seen.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(shorten::line(text.trim(), FACT)),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
