//! `gonogo probe ARM`: proof of what a backend enforces.

mod look;
mod render;

use clap::Args;
use gonogo_runner::{ProbeOptions, Verdict};
use miette::{IntoDiagnostic, Result};

use crate::{
    arm::{self, ways},
    config::Config,
    exit_status::ExitStatus,
    format::Format,
    ui::Ui,
};

/// Arguments of `gonogo probe`.
#[derive(Debug, Args)]
pub(crate) struct ProbeArgs {
    /// The arm
    arm: String,
    /// Probe only this channel; repeat for more [default: all that the arm's dialect knows]
    #[arg(long = "channel", value_name = "CHANNEL")]
    channels: Vec<String>,
    /// Leave out the table of JSON Schema's keywords
    #[arg(long)]
    no_keywords: bool,
    /// Seed of the nonces and of every draw
    #[arg(long, value_name = "SEED", default_value_t = 7)]
    seed: u64,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Asks, prints, and says by exit code whether the arm's own channel is enforced.
pub(crate) fn run(args: &ProbeArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    tokio::runtime::Runtime::new().into_diagnostic()?.block_on(probe(args, config, ui))
}

async fn probe(args: &ProbeArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    let open = ways::open(&args.arm, config.arm(&args.arm)?, config, &args.channels)
        .await
        .map_err(arm::diagnostic)?;
    let looks = match &open.endpoint {
        Some(endpoint) => look::around(endpoint).await,
        None => Vec::new(),
    };
    let options = ProbeOptions { arm: &args.arm, seed: args.seed, keywords: !args.no_keywords };
    let mut note = |what: &str| ui.note(&format!("asking: {what}"));
    let probed = gonogo_runner::probe(&open.ways, &options, &mut note).await.into_diagnostic()?;
    let shown =
        render::Shown { arm: &args.arm, identity: open.backend.identity(), looks: &looks, probed: &probed };
    match args.format {
        Format::Text => ui.data(shown.text().trim_end())?,
        Format::Json => ui.data(&serde_json::to_string_pretty(&shown.json()).into_diagnostic()?)?,
    }
    let enforced = probed.own().is_some_and(|own| own.verdict == Verdict::Enforced);
    Ok(if enforced { ExitStatus::Success } else { ExitStatus::NoGo })
}
