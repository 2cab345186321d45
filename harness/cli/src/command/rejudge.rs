//! `gonogo rejudge RUN`: today's judge on yesterday's captures.

use clap::Args;
use gonogo_core::Attempt;
use gonogo_report::Report;
use gonogo_store::{Durability, RunDir};
use miette::{IntoDiagnostic, Report as Error, Result};

use crate::{command::run::JUDGE_LIMIT, config::Config, exit_status::ExitStatus, parquet, terminal, ui::Ui};

/// Arguments of `gonogo rejudge`.
#[derive(Debug, Args)]
pub(crate) struct RejudgeArgs {
    /// A run: `latest`, its name, or its folder
    run: String,
    /// Only say which rows would change
    #[arg(long)]
    dry_run: bool,
}

/// Judges every stored answer again. Rows that change replace the journal, which is kept beside it.
pub(crate) fn run(args: &RejudgeArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    let dir = gonogo_store::resolve(&config.path(&config.run.out), &args.run).into_diagnostic()?;
    let mut journal = dir.journal(Durability::Disk).into_diagnostic()?;
    let plan = dir.plan().into_diagnostic()?;
    let receipt = dir.receipt().into_diagnostic()?;
    let facts = dir.facts().into_diagnostic()?.rows;
    let before = readable_rows(&dir)?;
    let rows = gonogo_runner::rejudge(&plan, &receipt, facts, JUDGE_LIMIT, |hash| {
        dir.capture(hash).into_diagnostic().map_err(Rejudging)
    })
    .map_err(|Rejudging(error)| error)?;
    let mut changed = 0;
    for (index, row) in rows.iter().enumerate() {
        let old = before.get(index).and_then(Option::as_ref);
        if old == Some(row) {
            continue;
        }
        changed += 1;
        let was = old.map_or("unreadable", |old| old.outcome.kind.name());
        ui.data(&format!("{}: {was} -> {}", row.key, row.outcome.kind.name()))?;
    }
    ui.data(&format!("{changed} of {} rows changed", rows.len()))?;
    if !args.dry_run && journal.replace(&rows).into_diagnostic()? {
        parquet::derive(&dir, ui);
    }
    ui.note(&terminal::summary(&Report::new(&receipt, &rows)));
    Ok(ExitStatus::Success)
}

/// The rows as they are, one by one: a row that lost its outcome must not hide the others.
fn readable_rows(dir: &RunDir) -> Result<Vec<Option<Attempt>>> {
    let journal = std::fs::read_to_string(dir.path().join("attempts.jsonl")).into_diagnostic()?;
    Ok(journal.lines().map(|line| serde_json::from_str(line).ok()).collect())
}

/// Lets the runner's and the store's errors share a way out.
pub(crate) struct Rejudging(pub(crate) Error);

impl From<gonogo_runner::RunError> for Rejudging {
    fn from(error: gonogo_runner::RunError) -> Self {
        Self(Error::from_err(error))
    }
}
