//! In which parts two requests differ, in words.

use gonogo_core::{Constraint, Message, Request, Role, Sampling};

use crate::exchange::constraint_hash;

/// The parts in which `asked` is not `recorded`, for a person; empty where they are equal.
#[must_use]
pub fn differences(asked: &Request, recorded: &Request) -> Vec<String> {
    let mut parts = messages(&asked.messages, &recorded.messages);
    parts.extend(constraint(asked.constraint.as_ref(), recorded.constraint.as_ref()));
    parts.extend(sampling(asked.sampling, recorded.sampling));
    parts
}

/// The seed that was recorded, where the seed is all that differs.
pub(crate) fn only_the_seed(asked: &Request, recorded: &Request) -> Option<u64> {
    let seed = recorded.sampling.seed;
    let reseeded = Request { sampling: Sampling { seed, ..asked.sampling }, ..asked.clone() };
    (asked.sampling.seed != seed && reseeded == *recorded).then_some(seed)
}

fn messages(asked: &[Message], recorded: &[Message]) -> Vec<String> {
    let mut parts = Vec::new();
    if asked.len() != recorded.len() {
        parts.push(format!("the number of messages ({}, recorded {})", asked.len(), recorded.len()));
    }
    for (asked, recorded) in asked.iter().zip(recorded).filter(|(asked, recorded)| asked != recorded) {
        let part = match asked.role {
            Role::System => "the system prompt",
            Role::User => "the prompt",
            Role::Assistant => "an earlier answer",
        };
        let at = asked.content.chars().zip(recorded.content.chars()).take_while(|(a, b)| a == b).count();
        parts.push(format!("{part} (from character {} on)", at + 1));
    }
    parts
}

fn constraint(asked: Option<&Constraint>, recorded: Option<&Constraint>) -> Option<String> {
    if asked == recorded {
        return None;
    }
    let hash = |constraint: &Constraint| constraint_hash(constraint).short().to_owned();
    let named = |constraint: Option<&Constraint>| match constraint {
        None => "none".to_owned(),
        Some(constraint) => format!("{} {}", constraint.name(), hash(constraint)),
    };
    Some(match (asked, recorded) {
        (Some(asked @ Constraint::JsonSchema(_)), Some(recorded @ Constraint::JsonSchema(_))) => {
            format!("the schema ({}, recorded {})", hash(asked), hash(recorded))
        }
        _ => format!("the constraint ({}, recorded {})", named(asked), named(recorded)),
    })
}

fn sampling(asked: Sampling, recorded: Sampling) -> Vec<String> {
    let pair = |name: &str, asked: String, recorded: String| {
        (asked != recorded).then(|| format!("{name} ({asked}, recorded {recorded})"))
    };
    [
        pair("max_tokens", asked.max_tokens.to_string(), recorded.max_tokens.to_string()),
        pair("temperature", asked.temperature.to_string(), recorded.temperature.to_string()),
        pair("seed", asked.seed.to_string(), recorded.seed.to_string()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use gonogo_core::{Constraint, Message, Request, Role, Sampling};

    use super::{differences, only_the_seed};

    fn request() -> Request {
        let message = |role, content: &str| Message { role, content: content.into() };
        Request {
            messages: vec![message(Role::System, "Be brief."), message(Role::User, "Add ä and b.")],
            constraint: Some(Constraint::JsonSchema("{}".into())),
            sampling: Sampling { max_tokens: 9, temperature: 0.0, seed: 7 },
        }
    }

    #[test]
    fn every_part_that_differs_is_named() {
        let recorded = request();
        assert!(differences(&recorded, &recorded).is_empty());
        let mut asked = request();
        asked.messages[1].content = "Add ö and b.".into();
        asked.constraint = Some(Constraint::JsonSchema("{\"type\":\"object\"}".into()));
        asked.sampling = Sampling { max_tokens: 10, temperature: 0.5, seed: 8 };
        let said = differences(&asked, &recorded).join(", ");
        assert_eq!(
            said,
            "the prompt (from character 5 on), the schema (a2c799262a3c, recorded 44136fa355b3), \
             max_tokens (10, recorded 9), temperature (0.5, recorded 0), seed (8, recorded 7)"
        );
        asked.messages.remove(0);
        asked.constraint = None;
        let said = differences(&asked, &recorded).join(", ");
        assert!(said.starts_with("the number of messages (1, recorded 2)"), "{said}");
        assert!(said.contains("the constraint (none, recorded json-schema 44136fa355b3)"), "{said}");
    }

    #[test]
    fn a_seed_alone_is_told_from_more() {
        let recorded = request();
        let mut asked = request();
        assert_eq!(only_the_seed(&asked, &recorded), None);
        asked.sampling.seed = 8;
        assert_eq!(only_the_seed(&asked, &recorded), Some(7));
        asked.sampling.max_tokens = 8;
        assert_eq!(only_the_seed(&asked, &recorded), None);
    }
}
