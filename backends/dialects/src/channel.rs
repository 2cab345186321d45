//! The members of a request that carry a constraint, as data.

use gonogo_core::Constraint;
use serde_json::{Map, Value, json};

/// The kinds of constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A JSON Schema.
    JsonSchema,
    /// A regular expression.
    Regex,
    /// A grammar in the engine's own language.
    Grammar,
    /// A list of strings.
    Choice,
}

/// A member of the request that carries a constraint.
#[derive(Clone, Copy)]
pub struct Channel {
    /// The member's name, as arms and probes name the channel.
    pub name: &'static str,
    /// What it takes.
    pub takes: &'static [Form],
    /// Whether it is another server's, and here only so that a probe can show what this server
    /// makes of it. Never used unless it is named.
    pub foreign: bool,
    /// The engine that reads what goes through it, where no other does.
    pub reaches: Option<&'static str>,
    pub(crate) put: Put,
}

/// Puts a constraint that the channel takes into a body.
pub(crate) type Put = fn(&mut Map<String, Value>, &Constraint) -> Result<(), serde_json::Error>;

impl Channel {
    pub(crate) const fn new(name: &'static str, takes: &'static [Form], put: Put) -> Self {
        Self { name, takes, foreign: false, reaches: None, put }
    }

    pub(crate) const fn foreign(self) -> Self {
        Self { foreign: true, ..self }
    }

    /// For a channel that no other engine reads.
    pub(crate) const fn reaching(self, engine: &'static str) -> Self {
        Self { reaches: Some(engine), ..self }
    }

    /// Whether the channel has a way to say this constraint.
    #[must_use]
    pub fn takes(&self, constraint: &Constraint) -> bool {
        self.takes.contains(&Form::of(constraint))
    }
}

impl Form {
    /// The form of a constraint.
    #[must_use]
    pub fn of(constraint: &Constraint) -> Self {
        match constraint {
            Constraint::JsonSchema(_) => Self::JsonSchema,
            Constraint::Regex(_) => Self::Regex,
            Constraint::Grammar(_) => Self::Grammar,
            Constraint::Choice(_) => Self::Choice,
        }
    }
}

/// OpenAI's `response_format` of type `json_schema`.
pub(crate) const RESPONSE_FORMAT: Channel =
    Channel::new("response_format", &[Form::JsonSchema], |body, constraint| {
        let schema = json!({"name": "answer", "schema": value(constraint)?, "strict": true});
        insert(body, "response_format", json!({"type": "json_schema", "json_schema": schema}))
    });

/// vLLM's `structured_outputs`.
pub(crate) const STRUCTURED_OUTPUTS: Channel = Channel::new(
    "structured_outputs",
    &[Form::JsonSchema, Form::Regex, Form::Choice, Form::Grammar],
    |body, constraint| {
        let name = match constraint {
            Constraint::JsonSchema(_) => "json",
            Constraint::Regex(_) => "regex",
            Constraint::Choice(_) => "choice",
            Constraint::Grammar(_) => "grammar",
        };
        insert(body, "structured_outputs", json!({name: value(constraint)?}))
    },
);

/// vLLM's `guided_json` of before 0.12; since then it is ignored without a word.
pub(crate) const GUIDED_JSON: Channel =
    Channel::new("guided_json", &[Form::JsonSchema], |body, constraint| {
        insert(body, "guided_json", value(constraint)?)
    });

/// llama.cpp's `json_schema`.
pub(crate) const JSON_SCHEMA: Channel =
    Channel::new("json_schema", &[Form::JsonSchema], |body, constraint| {
        insert(body, "json_schema", value(constraint)?)
    });

/// llama.cpp's `grammar`, GBNF by default; a text that starts with `%llguidance` is llguidance's.
pub(crate) const GBNF: Channel =
    Channel::new("grammar", &[Form::Grammar, Form::Choice], |body, constraint| {
        let grammar = match constraint {
            Constraint::Choice(choices) => format!("root ::= {}", alternatives(choices)),
            Constraint::Grammar(text) | Constraint::Regex(text) | Constraint::JsonSchema(text) => {
                text.clone()
            }
        };
        insert(body, "grammar", grammar.into())
    });

/// llama.cpp's `grammar` in llguidance's language, for servers that have it compiled in.
pub(crate) const LLGUIDANCE: Channel = Channel::new(
    "llguidance",
    &[Form::JsonSchema, Form::Regex, Form::Choice, Form::Grammar],
    |body, constraint| {
        let rules = match constraint {
            Constraint::JsonSchema(schema) => format!("start: %json {schema}"),
            Constraint::Regex(pattern) => format!("start: /{}/", slashes(pattern)),
            Constraint::Choice(choices) => lark(choices),
            Constraint::Grammar(rules) => rules.clone(),
        };
        insert(body, "grammar", format!("%llguidance {{}}\n{rules}").into())
    },
)
.reaching("llguidance");

/// Puts `value` under `name`; a channel's member is not in the body yet.
pub(crate) fn insert(
    body: &mut Map<String, Value>,
    name: &str,
    value: Value,
) -> Result<(), serde_json::Error> {
    body.insert(name.to_owned(), value);
    Ok(())
}

/// The constraint as JSON: a schema as the value it spells, anything else as it is.
pub(crate) fn value(constraint: &Constraint) -> Result<Value, serde_json::Error> {
    match constraint {
        Constraint::JsonSchema(text) => serde_json::from_str(text),
        Constraint::Regex(text) | Constraint::Grammar(text) => Ok(text.as_str().into()),
        Constraint::Choice(choices) => Ok(choices.as_slice().into()),
    }
}

/// A regular expression that matches exactly these strings.
pub(crate) fn pattern(choices: &[String]) -> String {
    let escape = |choice: &String| {
        let mut escaped = String::new();
        for c in choice.chars() {
            if r"\.+*?()|[]{}^$".contains(c) {
                escaped.push('\\');
            }
            escaped.push(c);
        }
        escaped
    };
    format!("({})", choices.iter().map(escape).collect::<Vec<_>>().join("|"))
}

/// A Lark grammar of exactly these strings.
pub(crate) fn lark(choices: &[String]) -> String {
    format!("start: {}", alternatives(choices))
}

/// Strings in quotes, any of them: GBNF and Lark escape like JSON as far as it goes.
fn alternatives(choices: &[String]) -> String {
    choices.iter().map(|choice| Value::from(choice.as_str()).to_string()).collect::<Vec<_>>().join(" | ")
}

/// A pattern that can stand between slashes.
fn slashes(pattern: &str) -> String {
    let mut shown = String::new();
    let mut escaped = false;
    for c in pattern.chars() {
        if c == '/' && !escaped {
            shown.push('\\');
        }
        escaped = c == '\\' && !escaped;
        shown.push(c);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{lark, pattern, slashes};

    #[test]
    fn literals_are_escaped() {
        assert_eq!(pattern(&["a.b".into(), "(c|d)".into()]), r"(a\.b|\(c\|d\))");
        assert_eq!(lark(&["say \"x\"\n".into(), "é".into()]), "start: \"say \\\"x\\\"\\n\" | \"é\"");
        assert_eq!(slashes(r"a/b\/c\\/d"), r"a\/b\/c\\\/d");
    }
}
