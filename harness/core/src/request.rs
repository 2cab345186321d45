//! What is asked of a backend: the same value for every arm of a comparison.

use serde::{Deserialize, Serialize};

use crate::Constraint;

/// Who speaks a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Standing instructions.
    System,
    /// The task.
    User,
    /// An earlier answer, in a case of several steps.
    Assistant,
}

/// One message of the prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// How tokens are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// Completion tokens at most, the end token not counted.
    pub max_tokens: u32,
    /// Softmax temperature; 0 is greedy.
    pub temperature: f64,
    /// Seed of the draw; the same for every arm of a case and repeat, so that pairs are fair.
    pub seed: u64,
}

/// One attempt's request, before any dialect shapes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The prompt, in order.
    pub messages: Vec<Message>,
    /// What to enforce; `None` asks for free text.
    pub constraint: Option<Constraint>,
    /// How tokens are drawn.
    pub sampling: Sampling,
}
