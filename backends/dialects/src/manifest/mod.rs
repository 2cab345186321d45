//! What a server says of itself: where to look, what is kept of it, and which engine that names.
//!
//! A [`Place`] is a path that a server answers to GET, and a list of the members that are kept of
//! its answer. Everything else is dropped: such bodies hold environment variables, keys and paths.
//! Whether the kept facts name the engine is said by the dialect's [`Pinning`] and answered by
//! [`Dialect::witness`].

mod place;
mod witness;

use std::collections::BTreeMap;

use serde_json::Value;

pub use place::Place;
pub(crate) use place::{HEALTH, Kept, MODELS, kept};
pub use witness::Contradiction;

use crate::dialect::{Dialect, Target};

/// The fact that names the server's version.
pub const VERSION: &str = "server.version";
/// The fact that holds the engine, in the server's own word for it.
pub const ENGINE: &str = "server.engine";
/// The fact that names the program, where an answer shows which it is.
pub const SOFTWARE: &str = "server.software";
/// The fact that names the model.
pub const MODEL: &str = "server.model";

/// What a dialect's server says of itself, as data.
pub(crate) struct Says {
    /// Where, in the order to look.
    pub(crate) places: &'static [Place],
    /// Which engine that names.
    pub(crate) pinning: Pinning,
    /// The engines that such a server can have; none where nobody can know.
    pub(crate) engines: &'static [&'static str],
}

/// A server of which nothing is known: a hosted service, or one that costs money to look at.
pub(crate) const NOTHING: Says =
    Says { places: &[], pinning: Pinning::Unsaid("its service does not say"), engines: &[] };

/// How the engine behind a server's channels is known.
#[derive(Clone, Copy)]
pub(crate) enum Pinning {
    /// Not at all, and why.
    Unsaid(&'static str),
    /// By the fact [`ENGINE`].
    Said {
        /// Where it is said, and what it takes that it is.
        place: &'static str,
        /// Words that name no engine, and what they mean.
        open: &'static [(&'static str, &'static str)],
    },
    /// The program has no other; known where [`SOFTWARE`] shows that it is this program.
    Only {
        /// The engine.
        engine: &'static str,
        /// The program.
        software: &'static str,
    },
}

/// One answer to a look.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen<'a> {
    /// The place.
    pub place: &'a Place,
    /// The status, where a head came.
    pub status: Option<u16>,
    /// The body.
    pub body: &'a str,
}

/// What is kept of a server's answers: facts by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Facts, sorted by name.
    pub facts: BTreeMap<String, String>,
}

impl Dialect {
    /// Where this dialect's servers say what they are, in the order to look. Empty where looking
    /// could cost money or shows nothing.
    #[must_use]
    pub fn places(&self) -> &'static [Place] {
        self.http.as_ref().map_or(&[], |http| http.says.places)
    }

    /// What is kept of the answers to looks. Where two places say the same fact, the first counts.
    #[must_use]
    pub fn manifest(&self, target: &Target, seen: &[Seen<'_>]) -> Manifest {
        let mut facts = BTreeMap::new();
        for Seen { place, status, body } in seen {
            let answered = status.is_some_and(|status| (200..300).contains(&status));
            let Some(body) = answered.then(|| serde_json::from_str::<Value>(body).ok()).flatten() else {
                continue;
            };
            for (fact, value) in place.read(&body, target) {
                facts.entry(fact).or_insert(value);
            }
        }
        Manifest { facts }
    }
}

#[cfg(test)]
mod tests;
