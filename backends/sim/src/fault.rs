//! One fault, as data.

use gonogo_core::Kind;

use crate::Step;

/// The dialect of most faults.
const DIALECT: &str = "openai-chat";

/// What the server does with a request, and what an attempt that meets it must be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The name, kebab-case: the first segment of the path under which it is served.
    pub name: &'static str,
    /// What is wrong, or why nothing is.
    pub why: &'static str,
    /// The only right outcome, for an arm whose constraint is unproven.
    pub kind: Kind,
    /// The wire format that it is served in.
    pub dialect: &'static str,
    /// Whether it is meant for an arm that streams.
    pub stream: bool,
    /// Where it happens.
    pub place: Place,
    /// Times that a 303 sends the client on before the script is played.
    pub redirects: u32,
    /// What the server does.
    pub script: Vec<Step>,
}

/// Where a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the answer.
    Answer,
    /// At a port where nobody listens.
    Refusing,
    /// At a port whose queue of connections is full.
    Unaccepting,
}

impl Fault {
    /// A fault in a whole OpenAI chat answer.
    pub(crate) fn new(name: &'static str, kind: Kind, why: &'static str, script: Vec<Step>) -> Self {
        let (dialect, stream, place, redirects) = (DIALECT, false, Place::Answer, 0);
        Self { name, why, kind, dialect, stream, place, redirects, script }
    }

    /// A fault in a streamed OpenAI chat answer.
    pub(crate) fn streamed(name: &'static str, kind: Kind, why: &'static str, script: Vec<Step>) -> Self {
        Self { stream: true, ..Self::new(name, kind, why, script) }
    }

    /// The same in another dialect.
    pub(crate) fn in_dialect(self, dialect: &'static str) -> Self {
        Self { dialect, ..self }
    }

    /// The same behind redirects.
    pub(crate) fn behind(self, redirects: u32) -> Self {
        Self { redirects, ..self }
    }

    /// The same somewhere else than in the answer.
    pub(crate) fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }
}
