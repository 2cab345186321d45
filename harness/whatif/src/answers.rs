//! The tries of a run, by question and arm.

use std::collections::{BTreeMap, BTreeSet};

use gonogo_core::Attempt;

/// A case at a rung: what its repeats share.
pub(crate) type Question<'a> = (&'a str, &'a str, Option<&'a str>);

/// Tries of one arm at one step of one repeat, in order.
type Tries<'a> = Vec<&'a Attempt>;

/// Every try of a run.
#[derive(Debug, Default)]
pub(crate) struct Answers<'a> {
    questions: BTreeMap<Question<'a>, Asked<'a>>,
}

/// What was asked of one question.
#[derive(Debug, Default)]
pub(crate) struct Asked<'a> {
    /// In order of the run's plan.
    pub(crate) index: u32,
    pub(crate) language: Option<&'a str>,
    /// In the order in which an attempt takes them.
    pub(crate) steps: Vec<&'a str>,
    pub(crate) repeats: BTreeSet<u32>,
    tries: BTreeMap<(&'a str, &'a str, u32), Tries<'a>>,
}

impl<'a> Answers<'a> {
    /// Rows in the order in which they were written down: an attempt's first step before its second.
    pub(crate) fn new(attempts: &'a [Attempt]) -> Self {
        let mut answers = Self::default();
        for attempt in attempts {
            let key = &attempt.key;
            let question = (key.suite.as_str(), key.case.as_str(), key.rung.as_deref());
            let asked = answers.questions.entry(question).or_insert_with(|| Asked {
                index: attempt.index,
                language: attempt.language.as_deref(),
                ..Asked::default()
            });
            asked.index = asked.index.min(attempt.index);
            if !asked.steps.contains(&key.step.as_str()) {
                asked.steps.push(&key.step);
            }
            asked.repeats.insert(key.repeat);
            asked.tries.entry((&key.arm, &key.step, key.repeat)).or_default().push(attempt);
        }
        for asked in answers.questions.values_mut() {
            asked.tries.values_mut().for_each(|tries| tries.sort_by_key(|attempt| attempt.r#try));
        }
        answers
    }

    /// Questions in order of the plan.
    pub(crate) fn in_order(&self) -> Vec<(Question<'a>, &Asked<'a>)> {
        let mut questions: Vec<_> =
            self.questions.iter().map(|(question, asked)| (*question, asked)).collect();
        questions.sort_by_key(|(_, asked)| asked.index);
        questions
    }
}

impl<'a> Asked<'a> {
    /// The answer that the arm gives when it is asked for the `time`-th time, from 0, at this step of this
    /// repeat. First what was recorded of the repeat itself, then the first tries of the repeats that follow
    /// it, in a circle: no attempt sees an answer twice, and where every repeat has one, each is seen equally
    /// often. Whether the answer is the repeat's own stands beside it.
    pub(crate) fn answer(
        &self,
        arm: &'a str,
        step: &'a str,
        repeat: u32,
        time: usize,
    ) -> Option<(&'a Attempt, bool)> {
        let of = |repeat: u32| self.tries.get(&(arm, step, repeat));
        let own = of(repeat).map_or(&[][..], Vec::as_slice);
        if let Some(attempt) = own.get(time) {
            return Some((attempt, true));
        }
        let later = self.repeats.range(repeat + 1..).chain(self.repeats.range(..repeat));
        let mut others = later.filter_map(|repeat| of(*repeat)?.first().copied());
        others.nth(time - own.len()).map(|attempt| (attempt, false))
    }
}
