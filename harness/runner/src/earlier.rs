//! What earlier sessions have left of a run.

use std::collections::BTreeMap;

use gonogo_core::{AttemptFacts, Capture, ContentHash, Nanos, Plan, Planned, Start, Then};

use crate::{RunError, request, then::next_step, warm_up};

/// The attempts of a plan that were concluded or begun before, by their place in the plan.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Earlier {
    by_index: BTreeMap<u32, Left>,
    /// How often those were asked, of what is left, for an answer that was lost.
    lost: BTreeMap<u32, u32>,
}

/// What is left of an attempt.
#[derive(Debug, Clone, PartialEq)]
enum Left {
    Nothing,
    Rest(Begun),
}

/// Where an attempt goes on that has rows, but not its last.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Begun {
    /// The step to ask next; the first when there is none.
    pub(crate) step: Option<String>,
    /// Number of the next try.
    pub(crate) r#try: u32,
    /// The answers so far, by step.
    pub(crate) answers: BTreeMap<String, String>,
    /// What the steps so far took, each at its last try.
    pub(crate) before: Nanos,
    /// How long after its intended start the attempt was sent, while it is at its first try.
    pub(crate) late: Option<Nanos>,
    /// How often it was asked for an answer that was lost.
    pub(crate) asked_before: Option<u32>,
}

impl Earlier {
    /// Reads the rows of earlier sessions, in the order they were written, and what they had asked. `captured` reads a raw answer by its
    /// address; it is asked only for steps whose answer a later one needs.
    ///
    /// # Errors
    /// [`RunError::NotPlanned`] for a row of another plan, [`RunError::Stray`] for such a start, or what `captured` says.
    pub fn read<E: From<RunError>>(
        plan: &Plan,
        rows: &[AttemptFacts],
        starts: &[Start],
        mut captured: impl FnMut(&ContentHash) -> Result<Capture, E>,
    ) -> Result<Self, E> {
        let mut by_index = BTreeMap::new();
        for row in rows {
            let planned = planned(plan, row)?;
            let left = match row.then {
                None => Left::Nothing,
                Some(then) => {
                    let mut begun = match by_index.remove(&row.index) {
                        Some(Left::Rest(begun)) => begun,
                        Some(Left::Nothing) | None => Begun::default(),
                    };
                    match then {
                        Then::Retry => begun.retry(row),
                        Then::Step => begun.go_on(plan, planned, row, &captured(&row.capture)?)?,
                    }
                    Left::Rest(begun)
                }
            };
            by_index.insert(row.index, left);
        }
        if let Some(stray) = starts.iter().find(|start| plan.attempt(start.index).is_none()) {
            return Err(RunError::Stray { start: stray.clone() }.into());
        }
        let mut lost = Start::lost(starts, rows);
        lost.retain(|index, _| by_index.get(index) != Some(&Left::Nothing));
        Ok(Self { by_index, lost })
    }

    /// Attempts that have their last row.
    #[must_use]
    pub fn concluded(&self) -> usize {
        self.by_index.values().filter(|left| **left == Left::Nothing).count()
    }

    /// Attempts that are not concluded and were asked, though what came of it is not known.
    #[must_use]
    pub fn asked_before(&self) -> usize {
        self.lost.len()
    }

    pub(crate) fn is_concluded(&self, planned: &Planned) -> bool {
        self.by_index.get(&planned.index) == Some(&Left::Nothing)
    }

    /// Where this attempt begins.
    pub(crate) fn begun(&self, planned: &Planned) -> Begun {
        let begun = match self.by_index.get(&planned.index) {
            Some(Left::Rest(begun)) => begun.clone(),
            Some(Left::Nothing) | None => Begun::default(),
        };
        Begun { asked_before: self.lost.get(&planned.index).copied(), ..begun }
    }
}

impl Begun {
    fn retry(&mut self, row: &AttemptFacts) {
        self.r#try = row.r#try + 1;
        self.late = None;
        self.step = Some(row.key.step.clone());
    }

    fn go_on(
        &mut self,
        plan: &Plan,
        planned: &Planned,
        row: &AttemptFacts,
        capture: &Capture,
    ) -> Result<(), RunError> {
        self.r#try = row.r#try;
        self.late = row.late;
        self.before = self.before + capture.elapsed;
        let (_, case) = request::find(plan, planned)?;
        let next = next_step(case, &row.key.step);
        let missing = || RunError::NotPlanned { key: Box::new(row.key.clone()) };
        self.step = Some(next.ok_or_else(missing)?.to_owned());
        self.answers.insert(row.key.step.clone(), warm_up::text(capture, None)?);
        Ok(())
    }
}

/// The attempt that a row is of.
pub(crate) fn planned<'a>(plan: &'a Plan, row: &AttemptFacts) -> Result<&'a Planned, RunError> {
    let planned = plan.attempt(row.index).filter(|planned| planned.key.is_of(&row.key));
    planned.ok_or_else(|| RunError::NotPlanned { key: Box::new(row.key.clone()) })
}
