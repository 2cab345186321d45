//! One schema with its instances, ready to be walked.

use serde::{Deserialize, Serialize};

/// One schema with its instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Unique in the corpus.
    pub id: String,
    /// The part of the corpus it is from.
    pub split: String,
    /// JSON Schema draft, as `$schema` or the corpus says: `2020-12`.
    pub draft: String,
    /// Keywords it is about, sorted: the author's in the hand-written corpus, all that occur elsewhere.
    pub keywords: Vec<String>,
    /// Which mistake it would show; only the hand-written corpus says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// SHA-256 of the schema's text.
    pub sha256: String,
    /// The schema's text, byte for byte.
    pub schema: String,
    /// Its instances. One that differs from an earlier one only in the order of members says so.
    pub instances: Vec<SubjectInstance>,
}

/// One instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectInstance {
    /// Unique in its subject.
    pub id: String,
    /// The text that is walked.
    pub text: String,
    /// Its tokens, without an end token.
    pub tokens: Vec<u32>,
    /// What the corpus says: valid or not.
    pub labelled: bool,
    /// What the validator says.
    pub truth: Truth,
    /// The index of the instance of which this one is a copy with the members in the schema's order;
    /// such copies are walked and decide nothing but whether a refusal is about order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reorders: Option<usize>,
    /// How many tokens have been taken where the text so far is one whole JSON value, ascending; the
    /// last is all of them.
    pub whole_at: Vec<u32>,
}

impl SubjectInstance {
    /// Whether the instance is valid: where the validator and the corpus' label agree, or the validator
    /// could not say. `None` where they disagree: a disputed instance decides nothing.
    #[must_use]
    pub fn valid(&self) -> Option<bool> {
        match &self.truth {
            Truth::Valid => self.labelled.then_some(true),
            Truth::Invalid(_) => (!self.labelled).then_some(false),
            Truth::Undecided(_) => Some(self.labelled),
        }
    }
}

/// What the validator says of an instance, in the schema's own dialect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    /// It satisfies the schema.
    Valid,
    /// It does not.
    Invalid(Breach),
    /// It could not say: why.
    Undecided(String),
}

/// What an invalid instance violates first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// The keyword.
    pub keyword: String,
    /// JSON pointer into the instance.
    pub at: String,
}
