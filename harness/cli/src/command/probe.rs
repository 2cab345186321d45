//! `gonogo probe ARM`: proof of what a backend enforces.

mod look;
mod render;
mod store;

use std::path::PathBuf;

use clap::Args;
use gonogo_runner::{Keywords, ProbeOptions, Verdict};
use miette::{IntoDiagnostic, Result, miette};

use crate::{
    arm::{self, ways},
    config::Config,
    exit_status::ExitStatus,
    format::Format,
    near, open_arms,
    ui::Ui,
};
use store::Store;

/// Arguments of `gonogo probe`.
#[derive(Debug, Args)]
pub(crate) struct ProbeArgs {
    /// The arm
    arm: String,
    /// Probe only this channel; repeat for more [default: all that the arm's dialect knows]
    #[arg(long = "channel", value_name = "CHANNEL")]
    channels: Vec<String>,
    /// Leave out the table of JSON Schema's keywords
    #[arg(long, conflicts_with = "keywords")]
    no_keywords: bool,
    /// Ask for this keyword only; repeat for more [default: the whole table]
    #[arg(long = "keyword", value_name = "KEYWORD")]
    keywords: Vec<String>,
    /// Seed of every draw
    #[arg(long, value_name = "SEED", default_value_t = 7)]
    seed: u64,
    /// Where the answers are kept, in a folder of their own [default: `run.out` of the configuration]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Check no certificate of the endpoint
    #[arg(long)]
    pub(crate) insecure: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Asks, keeps, prints, and says by exit code whether the arm's own channel is enforced, by the
/// engine that the arm names as far as that can be known.
pub(crate) fn run(args: &ProbeArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    tokio::runtime::Runtime::new().into_diagnostic()?.block_on(probe(args, config, ui))
}

async fn probe(args: &ProbeArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    let keywords = keywords(args)?;
    let open = ways::open(&args.arm, config.arm(&args.arm)?, config, &args.channels)
        .await
        .map_err(arm::diagnostic)?;
    let options = ProbeOptions { arm: &args.arm, seed: args.seed, fresh: open_arms::fresh(), keywords };
    let out = args.out.clone().unwrap_or_else(|| config.path(&config.run.out));
    let mut store = Store::create(&out, &args.arm, ui)?;
    let probed = gonogo_runner::probe(&open.ways, &options, &mut store).await.into_diagnostic()?;
    let shown = render::Shown { arm: &args.arm, seed: args.seed, known: &open.known, probed: &probed };
    let json = store.finish(shown.json(), config)?;
    match args.format {
        Format::Text => ui.data(shown.text().trim_end())?,
        Format::Json => ui.data(&serde_json::to_string_pretty(&json).into_diagnostic()?)?,
    }
    let enforced = probed.own().is_some_and(|own| own.verdict == Verdict::Enforced);
    Ok(if enforced && open.known.evidence.is_ok() { ExitStatus::Success } else { ExitStatus::NoGo })
}

/// The rows of the table that are asked for, each of which there must be.
fn keywords(args: &ProbeArgs) -> Result<Keywords<'_>> {
    if args.no_keywords {
        return Ok(Keywords::None);
    }
    match args.keywords.iter().find(|name| gonogo_runner::keywords().all(|known| known != *name)) {
        Some(unknown) => Err(miette!(
            help = near::advice(unknown, gonogo_runner::keywords()),
            "the table has no keyword `{unknown}`"
        )),
        None if args.keywords.is_empty() => Ok(Keywords::All),
        None => Ok(Keywords::Only(&args.keywords)),
    }
}
