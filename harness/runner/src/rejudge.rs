//! Old answers, judged by today's judge.

use std::{sync::Arc, time::Duration};

use gonogo_core::{Attempt, AttemptFacts, Capture, ContentHash, Plan, Receipt};

use crate::{Judges, RunError, earlier, row::row};

/// Judges every stored answer again and returns the rows in the order of `facts`. Calls no
/// backend; what the rows say besides the judgement is taken as it is. `captured` reads a raw
/// answer by its address.
///
/// # Errors
/// [`RunError`] where the rows are not of this plan and receipt, or what `captured` says.
pub fn rejudge<E: From<RunError>>(
    plan: &Plan,
    receipt: &Receipt,
    facts: Vec<AttemptFacts>,
    judge_limit: Duration,
    mut captured: impl FnMut(&ContentHash) -> Result<Capture, E>,
) -> Result<Vec<Attempt>, E> {
    let judges = Judges::new(plan, judge_limit)?;
    let mut rows = Vec::with_capacity(facts.len());
    for facts in facts {
        earlier::planned(plan, &facts)?;
        let arm = &facts.key.arm;
        let arm = receipt.arm(arm).ok_or_else(|| RunError::NoArm { arm: arm.clone() })?;
        let capture = Arc::new(captured(&facts.capture)?);
        let judged = judges.judge(&facts.key, &capture, arm.enforcement);
        rows.push(row(facts, judged));
    }
    Ok(rows)
}
