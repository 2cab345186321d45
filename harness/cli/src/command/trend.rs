//! `gonogo trend [DIR]`: one arm on many nights.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use gonogo_core::{Attempt, Receipt};
use gonogo_store::RunDir;
use gonogo_trend::{Night, Trend, trend};
use miette::{IntoDiagnostic, Result, miette};
use serde_json::json;

use crate::{beside, config::Config, exit_status::ExitStatus, near, ui::Ui};

/// Arguments of `gonogo trend`.
#[derive(Debug, Args)]
pub(crate) struct TrendArgs {
    /// Where the runs lie [default: `run.out` of the configuration]
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// This arm [default: every arm of the newest run]
    #[arg(long = "arm", value_name = "ARM")]
    arms: Vec<String>,
    /// Only runs that were given this name, such as `nightly`
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Only the newest of them
    #[arg(long, value_name = "N")]
    last: Option<usize>,
    /// The chance that a series in which nothing changes ever raises an alarm
    #[arg(long, value_name = "P", default_value_t = 0.05, value_parser = probability)]
    alpha: f64,
    /// How to print
    #[arg(long, value_enum, default_value_t = TrendFormat::Md)]
    format: TrendFormat,
    /// Where to write it, Markdown with its pictures beside it [default: stdout, without pictures]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What a trend can be printed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TrendFormat {
    /// Markdown.
    Md,
    /// Every figure, for machines.
    Json,
}

fn probability(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if value > 0.0 && value < 1.0 {
        Ok(value)
    } else {
        Err("a chance is between 0 and 1; 0.05 is usual".into())
    }
}

/// Prints the trend of each arm; an alarm is exit 1.
pub(crate) fn run(args: &TrendArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    let root = args.dir.clone().unwrap_or_else(|| config.path(&config.run.out));
    let loaded = nights(args, &root)?;
    let arms = arms(args, &loaded)?;
    let nights: Vec<Night<'_>> =
        loaded.iter().map(|(receipt, attempts)| Night { receipt, attempts }).collect();
    let trends: Vec<Trend> = arms.iter().map(|arm| trend(&nights, arm, args.alpha)).collect();
    let document = match args.format {
        TrendFormat::Md => {
            let command = command(args);
            let one = |trend: &Trend| match &args.output {
                Some(file) => trend.illustrated(&command, &picture(file, trend)),
                None => trend.markdown(&command),
            };
            trends.iter().map(one).collect::<Vec<_>>().join("\n")
        }
        TrendFormat::Json => {
            let json = json!({ "format": gonogo_trend::FORMAT, "arms": trends });
            serde_json::to_string_pretty(&json).into_diagnostic()? + "\n"
        }
    };
    match &args.output {
        Some(file) => {
            beside::write(file, &document)?;
            for trend in trends.iter().filter(|_| args.format == TrendFormat::Md) {
                if let Some((svg, _)) = gonogo_trend::plot(trend) {
                    beside::write(&file.with_file_name(picture(file, trend)), &svg)?;
                }
            }
            ui.note(&format!("wrote {}", file.display()));
        }
        None => ui.data(document.trim_end())?,
    }
    Ok(if trends.iter().any(Trend::alarmed) { ExitStatus::NoGo } else { ExitStatus::Success })
}

/// Name of the arm's picture beside `file`.
fn picture(file: &Path, trend: &Trend) -> String {
    format!("{}{}.svg", beside::prefix(file), beside::tidy(&trend.arm))
}

/// Receipts and rows of the runs asked for, oldest first.
fn nights(args: &TrendArgs, root: &Path) -> Result<Vec<(Receipt, Vec<Attempt>)>> {
    let mut names = gonogo_store::runs(root).into_diagnostic()?;
    if let Some(name) = &args.name {
        names.retain(|folder| gonogo_store::given(folder) == name);
    }
    let from = args.last.map_or(0, |last| names.len().saturating_sub(last));
    let found = names.drain(from..).map(|name| {
        let dir = RunDir::open(&root.join(name)).into_diagnostic()?;
        Ok((dir.receipt().into_diagnostic()?, dir.attempts().into_diagnostic()?.rows))
    });
    let found = found.collect::<Result<Vec<_>>>()?;
    if found.is_empty() {
        let help = "name the folder that holds the runs, or leave --name out";
        return Err(miette!(help = help, "no runs under {}", root.display()));
    }
    Ok(found)
}

fn arms(args: &TrendArgs, nights: &[(Receipt, Vec<Attempt>)]) -> Result<Vec<String>> {
    let known: BTreeSet<&str> =
        nights.iter().flat_map(|(receipt, _)| receipt.arms.iter().map(|arm| arm.name.as_str())).collect();
    if let Some(arm) = args.arms.iter().find(|arm| !known.contains(arm.as_str())) {
        return Err(miette!(help = near::advice(arm, known.iter().copied()), "no run has an arm `{arm}`"));
    }
    if args.arms.is_empty() {
        let newest = nights.iter().max_by(|a, b| a.0.started.cmp(&b.0.started));
        return Ok(newest
            .map(|(receipt, _)| receipt.arms.iter().map(|arm| arm.name.clone()).collect())
            .unwrap_or_default());
    }
    Ok(args.arms.clone())
}

/// The command that shows the same trend again.
fn command(args: &TrendArgs) -> String {
    let mut words = vec!["gonogo trend".to_owned()];
    words.extend(args.dir.as_ref().map(|dir| dir.display().to_string()));
    words.extend(args.arms.iter().map(|arm| format!("--arm {arm}")));
    words.extend(args.name.as_ref().map(|name| format!("--name {name}")));
    words.extend(args.last.map(|last| format!("--last {last}")));
    words.extend((args.alpha != 0.05).then(|| format!("--alpha {}", args.alpha)));
    words.join(" ")
}
