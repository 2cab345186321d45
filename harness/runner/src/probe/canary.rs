//! The canaries: constraints with a nonce inside, under prompts without one.

use gonogo_core::Constraint;
use gonogo_dialects::Form;
use serde_json::json;

use super::said::Opening;
pub(super) use crate::warm_up::PROMPT as HELLO;
use crate::warm_up::object;

/// Asks for more than the longest answer that the bound allows.
const LONG: &str = "Describe the sea at night in one long sentence of at least thirty words.";

/// Every prompt that a canary has.
pub(super) const PROMPTS: [&str; 2] = [HELLO, LONG];

/// Characters that the bounded string may have.
const LONGEST: usize = 4;

/// A constraint that no answer satisfies by chance.
#[derive(Debug, Clone)]
pub(super) struct Canary {
    pub(super) name: &'static str,
    pub(super) prompt: &'static str,
    pub(super) constraint: Constraint,
    /// How every answer begins that obeys.
    pub(super) opening: Opening,
}

impl Canary {
    /// All of them; `nonces` gives three nonces for a label.
    pub(super) fn all(nonces: impl Fn(&str) -> [String; 3]) -> Vec<Self> {
        // An object with one key: some servers take nothing but objects at the root.
        let schema = |name: &'static str, prompt, of: &dyn Fn(&[String; 3]) -> serde_json::Value| {
            let nonces = nonces(name);
            let [key, ..] = &nonces;
            Self {
                name,
                prompt,
                constraint: Constraint::JsonSchema(object(key, &of(&nonces)).to_string()),
                opening: Opening::key(key),
            }
        };
        let texts = |name: &'static str, of: &dyn Fn(&[String; 3]) -> Constraint| {
            let nonces = nonces(name);
            Self { name, prompt: HELLO, constraint: of(&nonces), opening: Opening::texts(&nonces) }
        };
        vec![
            schema("const", HELLO, &|[_, only, _]| json!({"const": only})),
            schema("enum", HELLO, &|[_, one, other]| json!({"enum": [one, other]})),
            schema("max-length", LONG, &|_| json!({"type": "string", "maxLength": LONGEST})),
            texts("choice", &|nonces| Constraint::Choice(nonces.to_vec())),
            texts("regex", &|nonces| Constraint::Regex(format!("({})", nonces.join("|")))),
            // As EBNF: the channels that take nothing but grammars take these.
            texts("grammar", &|nonces| {
                Constraint::Grammar(format!("root ::= \"{}\"", nonces.join("\" | \"")))
            }),
        ]
    }

    /// Whether a channel is asked with this canary: with schemas where it takes any, else with
    /// what it takes.
    pub(super) fn fits(&self, takes: &[Form]) -> bool {
        let form = Form::of(&self.constraint);
        takes.contains(&form)
            && match form {
                Form::JsonSchema => true,
                Form::Choice | Form::Regex => !takes.contains(&Form::JsonSchema),
                Form::Grammar => takes == [Form::Grammar],
            }
    }
}

#[cfg(test)]
mod tests {
    use gonogo_core::Constraint;
    use gonogo_dialects::{DIALECTS, Form};

    use super::Canary;

    fn all() -> Vec<Canary> {
        Canary::all(|label| [1, 2, 3].map(|n| format!("zq-{label}{n}")))
    }

    #[test]
    fn the_nonce_is_in_every_constraint_and_in_no_prompt() {
        for canary in all() {
            let text = match &canary.constraint {
                Constraint::JsonSchema(text) | Constraint::Regex(text) | Constraint::Grammar(text) => {
                    text.clone()
                }
                Constraint::Choice(choices) => choices.join(" "),
            };
            assert!(text.contains("zq-") && !canary.prompt.contains("zq-"), "{}", canary.name);
        }
    }

    #[test]
    fn every_channel_of_every_dialect_has_a_canary() {
        for dialect in DIALECTS {
            for channel in dialect.http.iter().flat_map(|http| http.channels) {
                let canaries: Vec<_> =
                    all().into_iter().filter(|canary| canary.fits(channel.takes)).collect();
                assert!(!canaries.is_empty(), "{} {}", dialect.name, channel.name);
                assert!(canaries.iter().all(|canary| channel.takes(&canary.constraint)));
            }
        }
        assert_eq!(all().iter().filter(|canary| canary.fits(&[Form::JsonSchema, Form::Choice])).count(), 3);
    }
}
