//! `gonogo arms`: what the configuration defines.

use clap::Args;
use miette::{IntoDiagnostic, Result};
use serde_json::json;

use crate::{
    config::{ArmConfig, Config},
    exit_status::ExitStatus,
    format::Format,
    ui::Ui,
};

/// Arguments of `gonogo arms`.
#[derive(Debug, Args)]
pub(crate) struct ArmsArgs {
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Lists the arms.
pub(crate) fn run(args: &ArmsArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    match args.format {
        Format::Text => {
            let width = config.arms.keys().map(String::len).max().unwrap_or_default();
            for (name, arm) in &config.arms {
                ui.data(&format!(
                    "{name:<width$}  {:<6}  {:<10}  {}",
                    arm.kind.name(),
                    engine(arm),
                    arm.why
                ))?;
                if let Some(odd) = arm.odd_engine() {
                    ui.note(&format!("{name}: {odd}"));
                }
            }
        }
        Format::Json => {
            let rows: Vec<_> = config
                .arms
                .iter()
                .map(|(name, arm)| {
                    json!({
                        "name": name, "kind": arm.kind.name(), "engine": engine(arm), "why": arm.why,
                        "options": arm.options.clone().unwrap_or_default(), "fault": arm.fault, "cassette": arm.cassette,
                        "dialect": arm.dialect, "odd": arm.odd_engine(),
                    })
                })
                .collect();
            ui.data(&serde_json::to_string_pretty(&rows).into_diagnostic()?)?;
        }
    }
    Ok(ExitStatus::Success)
}

/// The engine; a cassette's is whatever it recorded.
fn engine(arm: &ArmConfig) -> &str {
    arm.engine.as_deref().unwrap_or("recorded")
}
