//! The captures worth opening first, and what the answers look like where they break.

use std::cmp::Reverse;

use gonogo_core::{Attempt, ContentHash, Detail, Kind};
use serde::Serialize;

use super::{Attribution, Counted, Party, todo};
use crate::{rows::Arm, span};

/// More would not be read.
const MOST: usize = 3;

/// Characters shown on each side of where an answer breaks.
const AROUND: usize = 60;

/// Blanks at the end of an answer that are worth a number.
const BLANKS: usize = 4;

/// A failed attempt that shows most.
///
/// The rule: one of each of the three most frequent causes, which are a party and a kind; of a cause's attempts the
/// one with the fewest prompt tokens, where they were counted, then with the shortest answer, then the first of
/// the plan. What is short shows its fault soonest, and costs least to try again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Instructive {
    /// Whose failure it is.
    pub party: Party,
    /// Its class.
    pub kind: Kind,
    /// How many failures have this cause.
    pub count: u64,
    /// Label of the arm.
    pub arm: String,
    /// The attempt.
    pub attempt: String,
    /// Where and why, in the judge's words.
    pub detail: Detail,
    /// Address of the raw answer.
    pub capture: ContentHash,
    /// Whether the answer was made up from what was reported of it, so that it is not to be quoted.
    pub reconstructed: bool,
    /// The answer where it breaks; `None` where nobody opened it, or there is no text.
    pub broke: Option<Broke>,
    /// What to do next.
    pub todo: String,
}

/// An answer around the place where it breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broke {
    /// What comes before; begins with `…` where more does.
    pub before: String,
    /// What comes after, likewise; empty where the answer ends there.
    pub after: String,
    /// White space at its end, characters, which are not in `before`.
    pub blanks: usize,
}

impl Broke {
    /// Around the place that the judge names; the end, where it names none.
    pub(crate) fn of(text: &str, detail: &Detail) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let offset = || usize::try_from(detail.offset?).ok();
        let named = detail.pointer.as_deref().and_then(|pointer| span(text, pointer)).map(|(from, _)| from);
        let at = named.or_else(offset).unwrap_or(text.len()).min(text.len());
        let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        let (before, after) = text.split_at(at);
        let blanks = before.chars().rev().take_while(|c| c.is_whitespace()).count();
        let blanks = if after.is_empty() && blanks >= BLANKS { blanks } else { 0 };
        let before = if blanks > 0 { before.trim_end() } else { before };
        Some(Self { before: last(before), after: first(after), blanks })
    }
}

fn last(text: &str) -> String {
    let cut = text.chars().count().saturating_sub(AROUND);
    let rest: String = text.chars().skip(cut).collect();
    if cut > 0 { format!("…{rest}") } else { rest }
}

fn first(text: &str) -> String {
    let rest: String = text.chars().take(AROUND).collect();
    if rest.len() < text.len() { format!("{rest}…") } else { rest }
}

pub(super) fn instructive(attribution: &Attribution<'_, '_>, counted: &[Counted]) -> Vec<Instructive> {
    let mut causes: Vec<&Counted> = counted.iter().collect();
    causes.sort_by_key(|cause| (Reverse(cause.count()), cause.party, cause.kind));
    causes.into_iter().take(MOST).filter_map(|cause| of_cause(attribution, cause)).collect()
}

fn of_cause(attribution: &Attribution<'_, '_>, cause: &Counted) -> Option<Instructive> {
    let (arm, attempt) = attribution
        .accused()
        .iter()
        .flat_map(|arm| arm.first.iter().map(move |attempt| (*arm, *attempt)))
        .filter(|(arm, attempt)| {
            attempt.outcome.kind == cause.kind && attribution.party(arm, attempt) == Some(cause.party)
        })
        .min_by_key(|(arm, attempt)| brevity(arm, attempt))?;
    Some(Instructive {
        party: cause.party,
        kind: cause.kind,
        count: cause.count(),
        arm: arm.label(),
        attempt: attempt.key.to_string(),
        detail: attempt.outcome.detail.clone(),
        capture: attempt.capture.clone(),
        reconstructed: arm.is_reconstructed(),
        broke: None,
        todo: todo::todo(cause, arm),
    })
}

/// What is smaller is shown first.
fn brevity<'a>(arm: &Arm<'a>, attempt: &Attempt) -> (u32, u64, u32, &'a str) {
    (attempt.tokens.prompt.unwrap_or(u32::MAX), attempt.answer_bytes, attempt.index, arm.name)
}

#[cfg(test)]
mod tests {
    use gonogo_core::Detail;

    use super::Broke;

    fn at(text: &str, detail: &Detail) -> (String, String, usize) {
        let broke = Broke::of(text, detail).unwrap();
        (broke.before, broke.after, broke.blanks)
    }

    #[test]
    fn an_answer_breaks_where_the_judge_says_and_else_at_its_end() {
        let pointer = Detail { pointer: Some("/b".into()), ..Detail::default() };
        let offset = |offset| Detail { offset: Some(offset), ..Detail::default() };
        let text = r#"{"a": 1, "b": "no"}"#;
        assert_eq!(at(text, &pointer), (r#"{"a": 1, "b": "#.into(), r#""no"}"#.into(), 0));
        assert_eq!(at(text, &offset(3)), (r#"{"a"#.into(), r#"": 1, "b": "no"}"#.into(), 0));
        assert_eq!(at(text, &Detail::default()), (text.into(), String::new(), 0));
        assert_eq!(Broke::of("", &offset(3)), None);
        // An offset past the end, and one inside a character.
        assert_eq!(at("é", &offset(9)), ("é".into(), String::new(), 0));
        assert_eq!(at("aé", &offset(2)), ("a".into(), "é".into(), 0));
    }

    #[test]
    fn long_answers_are_cut_by_characters_and_blanks_are_counted() {
        let detail = Detail { offset: Some(200), ..Detail::default() };
        let (before, after, _) = at(&"é".repeat(200), &detail);
        assert_eq!((before.chars().count(), after.chars().count()), (61, 61));
        assert!(before.starts_with('…') && after.ends_with('…'));
        let runaway = format!("{{\"a\":{}", "\n".repeat(370));
        assert_eq!(at(&runaway, &Detail::default()), ("{\"a\":".into(), String::new(), 370));
    }
}
