//! Whether a server is slower with a schema that it has not seen: the same schema asked twice.
//!
//! Seen from outside, so it holds compiling, queueing, prefill and the way there and back. Both
//! halves have the same prompt, and it has been asked before, so that a cache of prompts serves
//! both alike; a server that shows the schema to the model has another prompt for each schema.

use gonogo_core::{Constraint, ContentHash, Nanos};
use serde_json::{Map, Value, json};

use super::said::{Heard, Said};

/// Schemas that are asked, each cold and then warm.
pub(super) const ROUNDS: usize = 3;
/// Completion tokens of an answer: only its beginning is timed, and some servers take no fewer.
pub(super) const MAX_TOKENS: u32 = 16;
/// Keys of the schema, and values that each may have: large enough to take some compiling.
const KEYS: usize = 16;
const VALUES: usize = 4;

/// How long the first of an answer took under schemas that were new and under the same again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaLatency {
    /// Whether the answers came in pieces; else the first byte is there when all of it is.
    pub stream: bool,
    /// Schemas asked.
    pub rounds: usize,
    /// Each schema's first time.
    pub cold: Medians,
    /// Its second time, at once.
    pub warm: Medians,
    /// Why there are no figures, where there are none.
    pub why: String,
    /// The answers: cold, warm, cold, warm…
    pub captures: Vec<ContentHash>,
}

/// Medians over the schemas, where every answer has the time in question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Medians {
    /// From sending a request to the first bytes of the answer.
    pub first_byte: Option<Nanos>,
    /// From sending a request to the first of the answer's text.
    pub first_token: Option<Nanos>,
}

impl SchemaLatency {
    /// From the answers in the order asked: cold, warm, cold, warm…
    pub(super) fn of(stream: bool, asked: Vec<(Said, ContentHash)>) -> Self {
        let (said, captures): (Vec<Said>, Vec<ContentHash>) = asked.into_iter().unzip();
        let failed = said.iter().find(|said| matches!(said.heard, Heard::Failed | Heard::Refused));
        let half = |first: usize| {
            let of = |time: fn(&Said) -> Option<Nanos>| {
                median(said.iter().skip(first).step_by(2).map(time).collect::<Option<_>>()?)
            };
            Medians { first_byte: of(|said| said.first_byte), first_token: of(|said| said.first_token) }
        };
        let (cold, warm) = match failed {
            Some(_) => (Medians::default(), Medians::default()),
            None => (half(0), half(1)),
        };
        let why = failed.map(|said| said.why.clone()).unwrap_or_default();
        Self { stream, rounds: captures.len() / 2, cold, warm, why, captures }
    }
}

/// The lower median.
fn median(mut times: Vec<Nanos>) -> Option<Nanos> {
    times.sort_unstable();
    times.get(times.len().checked_sub(1)? / 2).copied()
}

/// A schema that no server has seen, of nonces.
pub(super) fn schema(nonce: impl Fn(&str) -> String) -> Constraint {
    let value = |key: usize| -> Value {
        let values: Vec<String> = (0..VALUES).map(|value| nonce(&format!("{key} {value}"))).collect();
        json!({"type": "string", "enum": values})
    };
    let properties: Map<String, Value> = (0..KEYS).map(|key| (nonce(&key.to_string()), value(key))).collect();
    let required: Vec<&String> = properties.keys().collect();
    let schema = json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false,
    });
    Constraint::JsonSchema(schema.to_string())
}

#[cfg(test)]
mod tests {
    use gonogo_core::{ContentHash, Nanos};

    use super::{Medians, SchemaLatency, schema};
    use crate::probe::said::{Heard, Said};

    fn said(heard: Heard, at: u64) -> (Said, ContentHash) {
        let said = Said {
            heard,
            text: String::new(),
            why: "why".into(),
            first_byte: Some(Nanos(at)),
            first_token: (at > 1).then_some(Nanos(at + 5)),
        };
        (said, ContentHash::of(&at.to_le_bytes()))
    }

    #[test]
    fn cold_and_warm_are_told_apart_and_each_has_its_median() {
        let asked = [90, 10, 70, 30, 80, 20].map(|at| said(Heard::Cut, at));
        let found = SchemaLatency::of(true, asked.to_vec());
        let medians = |first_byte, first_token| Medians {
            first_byte: Some(Nanos(first_byte)),
            first_token: Some(Nanos(first_token)),
        };
        assert_eq!((found.cold, found.warm), (medians(80, 85), medians(20, 25)));
        assert_eq!((found.rounds, found.why.as_str()), (3, ""));
    }

    #[test]
    fn a_time_that_one_answer_lacks_has_no_median_and_a_failure_has_none_at_all() {
        let found = SchemaLatency::of(true, [9, 1, 9, 9].map(|at| said(Heard::Cut, at)).to_vec());
        assert_eq!((found.warm.first_byte, found.warm.first_token), (Some(Nanos(1)), None));
        let failed = vec![said(Heard::Cut, 9), said(Heard::Failed, 9)];
        let found = SchemaLatency::of(false, failed);
        assert_eq!(
            (found.cold, found.warm, found.why.as_str()),
            (Medians::default(), Medians::default(), "why")
        );
    }

    #[test]
    fn no_two_schemas_are_alike() {
        let of = |round: usize| schema(|label| format!("zq-{round}-{label}"));
        assert_ne!(of(0), of(1));
        assert_eq!(of(1), of(1));
    }
}
