//! A regular expression that the whole answer must match.
//!
//! Two engines of one crate, both linear in the text: one decides the match, and a lazy automaton
//! says whether a cut answer can still become one. Where the automaton gives up (a Unicode word
//! boundary, a full cache) a cut answer gets the benefit of the doubt.

use regex_automata::{
    Anchored, MatchKind,
    hybrid::dfa::{Cache, DFA},
    meta::Regex,
    nfa::thompson,
    util::start,
};

use crate::OracleError;

/// The compiled expression.
pub(crate) struct Pattern {
    source: String,
    whole: Regex,
    /// `None` where the expression has no automaton.
    automaton: Option<DFA>,
}

/// How an answer relates to what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It is one.
    Whole,
    /// Some continuation of it is one.
    Part,
    /// Neither.
    Neither,
}

impl Pattern {
    /// Compiles the expression, in the syntax of Rust's regex crate.
    pub(crate) fn new(source: &str) -> Result<Self, OracleError> {
        let anchored = format!(r"\A(?:{source})\z");
        let whole = Regex::new(&anchored).map_err(|error| OracleError::Regex {
            pattern: source.to_owned(),
            cause: error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string),
        })?;
        // Leftmost-first would drop a shorter alternative's continuations; all of them are wanted.
        let automaton = DFA::builder()
            .configure(DFA::config().match_kind(MatchKind::All).skip_cache_capacity_check(true))
            .thompson(thompson::Config::new())
            .build(&anchored)
            .ok();
        Ok(Self { source: source.to_owned(), whole, automaton })
    }

    /// The expression as it was given.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Whether `text` matches as a whole, or can still come to.
    pub(crate) fn fit(&self, text: &[u8]) -> Fit {
        if self.whole.is_match(text) {
            return Fit::Whole;
        }
        let alive = self.automaton.as_ref().and_then(|automaton| alive(automaton, text));
        if alive.unwrap_or(true) { Fit::Part } else { Fit::Neither }
    }
}

/// Whether the automaton can still match after `text`; nothing where it cannot tell.
fn alive(automaton: &DFA, text: &[u8]) -> Option<bool> {
    let mut cache: Cache = automaton.create_cache();
    let start = start::Config::new().anchored(Anchored::Yes);
    let mut state = automaton.start_state(&mut cache, &start).ok()?;
    for byte in text {
        state = automaton.next_state(&mut cache, state, *byte).ok()?;
        if state.is_dead() {
            return Some(false);
        }
        if state.is_quit() {
            return None;
        }
    }
    Some(true)
}

#[cfg(test)]
mod tests {
    use super::{Fit, Pattern};

    fn fit(pattern: &str, text: &str) -> Fit {
        Pattern::new(pattern).unwrap().fit(text.as_bytes())
    }

    #[test]
    fn the_whole_text_must_match() {
        assert_eq!(fit("a|ab", "ab"), Fit::Whole);
        assert_eq!(fit("^ab$", "ab"), Fit::Whole);
        assert_eq!(fit("a", "ab"), Fit::Neither);
        assert_eq!(fit("a$", "a\n"), Fit::Neither);
        assert_eq!(fit("é+", "éé"), Fit::Whole);
    }

    #[test]
    fn a_beginning_is_told_from_a_mismatch() {
        assert_eq!(fit("[0-9]{3}-[0-9]{4}", "555-"), Fit::Part);
        assert_eq!(fit("[0-9]{3}-[0-9]{4}", "55-"), Fit::Neither);
        assert_eq!(fit("a+b", ""), Fit::Part);
        assert_eq!(fit("yes|no", "Sure"), Fit::Neither);
    }

    #[test]
    fn what_cannot_be_compiled_is_an_error_that_names_it() {
        let error = Pattern::new("(?=a)").err().unwrap().to_string();
        assert!(error.contains("(?=a)"), "{error}");
    }
}
