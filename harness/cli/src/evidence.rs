//! Whether a run's rows are what its captures bear out: asked before every verdict.

use gonogo_core::{Attempt, Receipt};
use gonogo_report::Recheck;
use gonogo_store::RunDir;
use miette::{IntoDiagnostic, Result};

use crate::command::{rejudge::Rejudging, run::JUDGE_LIMIT};

/// Judges every stored answer again, in memory, and counts the rows that say something else.
/// `rows` are the journal's, in its order.
pub(crate) fn recheck(dir: &RunDir, receipt: &Receipt, rows: &[Attempt]) -> Result<Recheck> {
    let plan = dir.plan().into_diagnostic()?;
    let facts = dir.facts().into_diagnostic()?.rows;
    let (kept, facts): (Vec<_>, Vec<_>) =
        rows.iter().zip(facts).filter(|(_, facts)| dir.capture(&facts.capture).is_ok()).unzip();
    let judged = gonogo_runner::rejudge(&plan, receipt, facts, JUDGE_LIMIT, |hash| {
        dir.capture(hash).into_diagnostic().map_err(Rejudging)
    })
    .map_err(|Rejudging(error)| error)?;
    // How a class is told may be worded anew; which class it is may not.
    let class = |row: &Attempt| (row.outcome.kind, row.outcome.domain);
    let changed = kept.iter().zip(&judged).filter(|(then, now)| class(then) != class(now)).count();
    Ok(Recheck::Done { changed: changed as u64, lost: (rows.len() - kept.len()) as u64 })
}
