//! Whether the arms of a run that goes on are those it was begun with: rows of different engines, models or options
//! must not end up under one name.

use gonogo_core::{ArmReceipt, Receipt};
use gonogo_store::RunDir;
use miette::{IntoDiagnostic, Result, miette};

use crate::unanswered;

/// What the receipt says of the run's arms from here on: what it said, except of an arm that had not answered yet and
/// now shows what it is.
///
/// # Errors
/// An arm that is another one than it was, and what to do.
pub(crate) fn settle(now: &[ArmReceipt], receipt: &Receipt, run: &RunDir) -> Result<Vec<ArmReceipt>> {
    let settled = |then: &ArmReceipt| {
        let Some(now) = now.iter().find(|now| now.name == then.name) else { return Ok(then.clone()) };
        let facts = other_facts(then, now);
        if !facts.is_empty() {
            return Err(another(then, &facts.join("; "), "put back what has changed, or start a new run"));
        }
        let Some(shown) = shown_otherwise(then, now) else { return Ok(then.clone()) };
        if !has_answered(then, run)? {
            return Ok(ArmReceipt { price: then.price.clone(), ..now.clone() });
        }
        let help = "see with `gonogo probe` whether the server is ready and what it was, then resume; or start a new run";
        Err(another(then, &shown, help))
    };
    receipt.arms.iter().map(settled).collect()
}

fn another(arm: &ArmReceipt, how: &str, help: &str) -> miette::Report {
    miette!(
        help = format!("{help}: rows of different arms cannot share a name"),
        "arm `{}` is not what it was when the run began: {how}",
        arm.name
    )
}

/// The facts of then that are others now.
fn other_facts(then: &ArmReceipt, now: &ArmReceipt) -> Vec<String> {
    let others = then.facts.iter().filter(|(fact, value)| now.facts.get(*fact) != Some(value));
    let is = |fact| now.facts.get(fact).map_or("absent", String::as_str);
    others.map(|(fact, value)| format!("{fact} was {value}, is {}", is(fact))).collect()
}

/// What canary and server show now that they did not show then, or the other way round.
fn shown_otherwise(then: &ArmReceipt, now: &ArmReceipt) -> Option<String> {
    if then.enforcement != now.enforcement {
        let (was, is) = (then.enforcement.name(), now.enforcement.name());
        return Some(format!("its constraint was {was}, and the canary says {is}"));
    }
    let (was, is) =
        (then.engine_evidence.as_ref()?.by, now.engine_evidence.as_ref().map(|evidence| evidence.by));
    let is = is.map_or("nobody's", |is| is.name());
    (was.name() != is).then(|| format!("its engine's name was {}, is {is}", was.name()))
}

/// Whether a row of the arm holds an answer, which is one under the constraint as it was then.
fn has_answered(arm: &ArmReceipt, run: &RunDir) -> Result<bool> {
    let rows = run.attempts().into_diagnostic()?.rows;
    Ok(rows.iter().any(|row| row.key.arm == arm.name && unanswered::has_answer(row)))
}
