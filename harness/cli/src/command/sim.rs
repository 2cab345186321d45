//! `gonogo sim`: a hostile server on loopback whose every answer is scripted.

use clap::Args;
use gonogo_sim::{Fault, Place, Served, Sim, zoo};
use miette::{IntoDiagnostic, Result, miette};
use serde_json::json;

use crate::{exit_status::ExitStatus, format::Format, open_files, ui::Ui};

/// Arguments of `gonogo sim`.
#[derive(Debug, Args)]
pub(crate) struct SimArgs {
    /// Port on 127.0.0.1; 0 for any that is free
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// Seed of what mixes draw
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// Only list the faults and the outcomes that they are scripted to be
    #[arg(long)]
    list: bool,
    /// How to print the list
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Serves until Ctrl-C, or lists.
pub(crate) fn run(args: &SimArgs, ui: Ui) -> Result<ExitStatus> {
    if args.list {
        list(args.format, ui)?;
    } else {
        // Who is to hold many streams must not be the first to run out.
        open_files::allow(u64::MAX);
        tokio::runtime::Runtime::new().into_diagnostic()?.block_on(serve(args, ui))?;
    }
    Ok(ExitStatus::Success)
}

async fn serve(args: &SimArgs, ui: Ui) -> Result<()> {
    let sim =
        Sim::start(args.port, args.seed, move |served| ui.note(&line(served))).await.map_err(|error| {
            let help = "name another port, or none for any that is free";
            miette!(help = help, "cannot serve at 127.0.0.1:{}: {error}", args.port)
        })?;
    for fault in zoo().iter().filter(|fault| fault.place != Place::Answer) {
        ui.note(&format!("{} is at {}", fault.name, sim.url(fault).into_diagnostic()?));
    }
    ui.note(
        "an arm of kind `sim` takes URL/FAULT or URL/mix=FAULT:SHARE,... as its base_url; Ctrl-C ends it",
    );
    ui.data(&sim.base_url())?;
    tokio::signal::ctrl_c().await.into_diagnostic()
}

/// A request in a line.
fn line(served: &Served) -> String {
    let Served { client, method, target, fault } = served;
    let played = fault.map_or("no such fault", |fault| fault.name);
    format!("{client} {method} {target}: {played}")
}

fn list(format: Format, ui: Ui) -> Result<()> {
    match format {
        Format::Text => {
            let width = |of: fn(&Fault) -> usize| zoo().iter().map(of).max().unwrap_or_default();
            let (name, kind) = (width(|fault| fault.name.len()), width(|fault| fault.kind.name().len()));
            let rows = zoo()
                .iter()
                .map(|fault| format!("{:<name$}  {:<kind$}  {}", fault.name, fault.kind.name(), fault.why));
            ui.data(&rows.collect::<Vec<_>>().join("\n"))
        }
        Format::Json => {
            let rows: Vec<_> = zoo().iter().map(row).collect();
            ui.data(&serde_json::to_string_pretty(&rows).into_diagnostic()?)
        }
    }
}

fn row(fault: &Fault) -> serde_json::Value {
    json!({
        "name": fault.name, "kind": fault.kind.name(), "family": fault.kind.family().name(),
        "why": fault.why, "dialect": fault.dialect, "stream": fault.stream,
        "in_answer": fault.place == Place::Answer,
    })
}
