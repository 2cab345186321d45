//! Suites and cases as the harness holds them, already read and checked.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ANSWER_STEP, Constraint, ContentHash, Kind, Step};

/// A suite: cases that share a language, a system prompt and a ladder of schemas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suite {
    /// Name, unique among suites.
    pub name: String,
    /// Target language of the generated code, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What the suite is good for and what it is not.
    pub why: String,
    /// Standing instructions for every case; empty for none.
    pub system: String,
    /// The ladder, easiest first; empty when every case brings its own constraint.
    pub rungs: Vec<Rung>,
    /// Rung used when nobody asks for another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_rung: Option<String>,
    /// For cases that set none of their own, unless a run asks for something else.
    #[serde(default)]
    pub sampling: SuiteSampling,
    /// The cases, in file order.
    pub cases: Vec<Case>,
    /// SHA-256 over the suite file and every file it names.
    pub hash: ContentHash,
}

/// How a suite would have tokens drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SuiteSampling {
    /// Completion tokens at most.
    pub max_tokens: Option<u32>,
    /// Softmax temperature; 0 is greedy.
    pub temperature: Option<f64>,
}

/// The rungs of a ladder, easiest first. A suite may leave some out, not reorder or rename them.
pub const LADDER: [&str; 5] = ["minimal", "flat", "nested", "faithful", "bounded"];

/// One schema of a ladder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// Name, unique in the suite.
    pub name: String,
    /// What this rung adds to the one below.
    pub why: String,
    /// Instructions that tell the model the shape wanted at this rung; empty for none.
    pub hint: String,
    /// What the backend must enforce.
    pub constraint: Constraint,
    /// Answers the oracle must accept.
    pub good: Vec<Answer>,
    /// Answers the oracle must refuse, and as what.
    pub bad: Vec<KnownBad>,
}

/// A case: what is asked, under which constraint, and how the answer is judged.
///
/// Where it has several steps, what is said here of the answer is said of the last step's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Name, unique in the suite.
    pub name: String,
    /// What the case shows that others do not.
    pub why: String,
    /// Words to group by in reports.
    pub features: Vec<String>,
    /// The steps before the last, in the order they are asked; none in a case of one step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Name of the last step; [`ANSWER_STEP`] in a case of one step.
    #[serde(default = "answer_step", skip_serializing_if = "is_answer_step")]
    pub last_step: String,
    /// The task, in plain language.
    pub prompt: String,
    /// The case's own constraint; `None` takes the rung's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<Constraint>,
    /// Completion tokens at most; `None` takes the run's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// Sampling temperature; `None` takes the run's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// What must hold of a valid answer.
    pub assertions: Vec<Assertion>,
    /// The outcome that counts as a pass.
    pub expect: Expectation,
    /// Answers the oracle must accept at every rung the case is run with by default.
    pub good: Vec<Answer>,
    /// Answers the oracle must refuse, and as what.
    pub bad: Vec<KnownBad>,
}

fn answer_step() -> String {
    ANSWER_STEP.to_owned()
}

fn is_answer_step(name: &str) -> bool {
    name == ANSWER_STEP
}

impl Suite {
    /// The rung of this name.
    #[must_use]
    pub fn rung(&self, name: &str) -> Option<&Rung> {
        self.rungs.iter().find(|rung| rung.name == name)
    }

    /// The case of this name.
    #[must_use]
    pub fn case(&self, name: &str) -> Option<&Case> {
        self.cases.iter().find(|case| case.name == name)
    }

    /// The oracle of the last step of `case` at `rung`: its own constraint first, else the rung's.
    #[must_use]
    pub fn oracle(&self, case: &Case, rung: Option<&str>) -> Oracle {
        self.step_oracle(&case.last(), rung)
    }
}

/// What an answer is judged by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Oracle {
    /// The answer must satisfy this, whether or not the arm enforced it.
    pub constraint: Option<Constraint>,
    /// And these.
    pub assertions: Vec<Assertion>,
    /// The outcome that counts as a pass.
    pub expect: Expectation,
}

/// The outcome that counts as a pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// An answer that satisfies the oracle.
    #[default]
    Pass,
    /// This kind: a case about limits passes when the limit shows.
    Kind(Kind),
}

/// A statement about the parsed answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Assertion {
    /// JSON pointer into the answer.
    pub at: String,
    /// The value there equals this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<Value>,
    /// The number there is within `tolerance` of this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<f64>,
    /// Absolute tolerance for `near`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
    /// The string there, or some string of the array there, contains this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    /// The value there is one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<Value>,
}

/// A reference answer, as text, because malformed ones matter too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What it shows.
    pub why: String,
    /// The answer, byte for byte.
    pub text: String,
}

/// A reference answer that must be refused as `kind`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownBad {
    /// The answer.
    pub answer: Answer,
    /// The kind the judge must give it.
    pub kind: Kind,
    /// The JSON pointer the judge must name, where the case insists on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}
