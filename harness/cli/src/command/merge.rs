//! `gonogo merge RUN...`: the shards of a plan as one run.

use std::{collections::BTreeSet, path::PathBuf};

use clap::Args;
use gonogo_core::{Attempt, AttemptFacts, Caveat, Merged, Part, Receipt};
use gonogo_report::Report;
use gonogo_runner::{Clock, SystemClock};
use gonogo_store::RunDir;
use miette::{IntoDiagnostic, Report as Error, Result, miette};

use crate::{
    command::{rejudge::Rejudging, run::JUDGE_LIMIT},
    config::Config,
    exit_status::ExitStatus,
    log, parquet, planning,
    plural::counted,
    terminal,
    ui::Ui,
};

/// Arguments of `gonogo merge`.
#[derive(Debug, Args)]
pub(crate) struct MergeArgs {
    /// Shards: names or folders of their runs, in any order
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<String>,
    /// Also merge runs of different arms on the same cases; the report then says that the arms were not interleaved
    #[arg(long)]
    across_arms: bool,
    /// Name of the merged run, after the time of merging [default: the shards' name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where runs are looked for and the merged one is written [default: `run.out` of the configuration]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Merges, or says why not. What was measured stays as it was: rows are copied, captures are linked.
pub(crate) fn run(args: &MergeArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    let out = args.out.clone().unwrap_or_else(|| config.path(&config.run.out));
    let dirs: Vec<RunDir> = args
        .runs
        .iter()
        .map(|run| gonogo_store::resolve(&out, run).into_diagnostic())
        .collect::<Result<_>>()?;
    let parts = dirs.iter().map(part).collect::<Result<Vec<Part>>>()?;
    let name = args.name.clone().unwrap_or_else(|| shared_name(&parts));
    let mut merged = gonogo_core::merge(parts, args.across_arms).into_diagnostic()?;
    merged.receipt.command = log::command();
    demote(&mut merged, &dirs)?;
    let dir = RunDir::merge(&out, &name, &SystemClock.now(), &merged, &dirs).into_diagnostic()?;
    parquet::derive(&dir, ui);
    let receipt = dir.receipt().into_diagnostic()?;
    let missing = receipt.missing_shards();
    if !missing.is_empty() {
        ui.note(&format!(
            "missing: shard {}; merge again with it, or make its attempts here with: gonogo run --resume {}",
            missing.join(", "),
            dir.name()
        ));
    }
    ui.data(&terminal::summary(&Report::new(&receipt, &merged.rows)))?;
    ui.note(&format!("merged {}; report: gonogo report {}", counted(dirs.len(), "run"), dir.name()));
    Ok(ExitStatus::Success)
}

/// A run as it lies on the disk, whole: a row whose capture is not there would be lost in the merging.
fn part(dir: &RunDir) -> Result<Part> {
    let part = Part {
        receipt: dir.receipt().into_diagnostic()?,
        plan: dir.plan().into_diagnostic()?,
        rows: dir.attempts().into_diagnostic()?.rows,
        starts: dir.starts().into_diagnostic()?.rows,
    };
    for row in &part.rows {
        dir.capture(&row.capture).map_err(|error| {
            let help = "copy the run again, whole: its captures/ belongs to it";
            miette!(help = help, "`{}` lacks the answer behind {}: {error}", dir.name(), row.key)
        })?;
    }
    Ok(part)
}

/// What the shards are called without their numbers.
fn shared_name(parts: &[Part]) -> String {
    let Some(Receipt { run, shard, .. }) = parts.first().map(|part| &part.receipt) else {
        return String::new();
    };
    let name = run.split_once('-').map_or(run.as_str(), |(_, name)| name);
    let bare = name.strip_suffix(&planning::suffix(*shard)).unwrap_or(name);
    bare.to_owned()
}

/// Judges the rows of arms again that only some shards proved: who is to blame depends on it.
fn demote(merged: &mut Merged, dirs: &[RunDir]) -> Result<()> {
    let demoted: BTreeSet<&String> = merged.demoted.iter().collect();
    if demoted.is_empty() {
        return Ok(());
    }
    let (again, mut rows): (Vec<Attempt>, Vec<Attempt>) =
        merged.rows.drain(..).partition(|row| demoted.contains(&row.key.arm));
    let facts = again.iter().map(facts).collect::<Result<_>>()?;
    let captured = |hash: &_| {
        let found = dirs.iter().find_map(|dir| dir.capture(hash).ok());
        found.ok_or_else(|| Rejudging(miette!("no run has the capture {hash}")))
    };
    let judged = gonogo_runner::rejudge(&merged.plan, &merged.receipt, facts, JUDGE_LIMIT, captured)
        .map_err(|Rejudging(error)| error)?;
    rows.extend(judged);
    rows.sort_by_key(|row| row.index);
    merged.rows = rows;
    let unproven = |arm: &String| Caveat::Unproven { arm: arm.clone() };
    merged.receipt.caveats.extend(merged.demoted.iter().map(unproven));
    Ok(())
}

/// What of a row no judge wrote.
fn facts(row: &Attempt) -> Result<AttemptFacts, Error> {
    serde_json::from_value(serde_json::to_value(row).into_diagnostic()?).into_diagnostic()
}
