//! `gonogo compare RUN…`: two arms on the same attempts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use gonogo_compare::{Comparison, Options, Refusal, Side, compare};
use gonogo_core::{Attempt, Receipt};
use gonogo_report::Recheck;
use miette::{IntoDiagnostic, Result, WrapErr, miette};
use serde_json::json;

use crate::{config::Config, evidence, exit_status::ExitStatus, near, ui::Ui};

/// Arguments of `gonogo compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The run or the runs that have the arms: `latest`, names, or folders. Of two runs the first has the baseline
    #[arg(required = true, num_args = 1..=2, value_name = "RUN")]
    runs: Vec<String>,
    /// The arm that is in use today
    #[arg(long, value_name = "ARM")]
    baseline: String,
    /// The arm that may replace it
    #[arg(long, value_name = "ARM")]
    candidate: String,
    /// How much less often the candidate may pass and still be no worse, in points of per cent
    #[arg(long, value_name = "POINTS", default_value_t = 5.0, value_parser = margin)]
    margin: f64,
    /// Compare although more than the arm differs; the document says so at its head
    #[arg(long)]
    force: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = CompareFormat::Md)]
    format: CompareFormat,
    /// Where to write it [default: stdout]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What a comparison can be printed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CompareFormat {
    /// Markdown.
    Md,
    /// Every figure, for machines.
    Json,
}

fn margin(text: &str) -> Result<f64, String> {
    let points: f64 = text.parse().map_err(|_| format!("`{text}` is no number of points"))?;
    if (0.0..100.0).contains(&points) {
        Ok(points)
    } else {
        Err("a margin is from 0 to under 100 points".into())
    }
}

/// A run as it lies on disk.
struct Loaded {
    receipt: Receipt,
    attempts: Vec<Attempt>,
}

/// Prints the comparison, or every reason why there is none.
pub(crate) fn run(args: &CompareArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    let runs = args.runs.iter().map(|run| load(run, config, ui)).collect::<Result<Vec<_>>>()?;
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else {
        return Err(miette!("no run to compare"));
    };
    let baseline = side(first, &args.baseline)?;
    let candidate = side(last, &args.candidate)?;
    let options = Options { margin: args.margin / 100.0, force: args.force };
    let comparison = compare(baseline, candidate, options).map_err(|refusal| refused(&refusal))?;
    if comparison.forced() {
        ui.note("forced: these runs differ in more than the arm");
    }
    let document = match args.format {
        CompareFormat::Md => comparison.markdown(&command(args)),
        CompareFormat::Json => {
            serde_json::to_string_pretty(&document(&comparison)?).into_diagnostic()? + "\n"
        }
    };
    match &args.output {
        Some(file) => {
            std::fs::write(file, document).into_diagnostic().wrap_err_with(|| file.display().to_string())?;
            ui.note(&format!("wrote {}", file.display()));
        }
        None => ui.data(document.trim_end())?,
    }
    Ok(ExitStatus::Success)
}

/// Reads a run; rows that its captures do not bear out cannot be compared.
fn load(run: &str, config: &Config, ui: Ui) -> Result<Loaded> {
    let dir = gonogo_store::resolve(&config.path(&config.run.out), run).into_diagnostic()?;
    let receipt = dir.receipt().into_diagnostic()?;
    let attempts = dir.attempts().into_diagnostic()?.rows;
    match evidence::recheck(&dir, &receipt, &attempts)? {
        Recheck::Done { foreign: 0, changed: 0, lost: 0 } | Recheck::NotDone => {}
        Recheck::Done { foreign, changed, lost } => ui.note(&format!(
            "{}: {foreign} rows are not of this run, {changed} would be judged otherwise today and {lost} have lost \
             their answers; `gonogo gate {}` says what follows",
            dir.name(),
            dir.name()
        )),
    }
    Ok(Loaded { receipt, attempts })
}

fn side<'a>(run: &'a Loaded, arm: &'a str) -> Result<Side<'a>> {
    if run.receipt.arm(arm).is_none() {
        let known = run.receipt.arms.iter().map(|arm| arm.name.as_str());
        return Err(miette!(
            help = near::advice(arm, known),
            "the run {} has no arm `{arm}`",
            run.receipt.run
        ));
    }
    Ok(Side { receipt: &run.receipt, attempts: &run.attempts, arm })
}

fn refused(refusal: &Refusal) -> miette::Report {
    let reasons: Vec<String> = refusal.lines().iter().map(|line| format!("- {line}")).collect();
    miette!(
        help = "--force compares all the same, and says so at the head of the document",
        "these runs are not comparable:\n{}",
        reasons.join("\n")
    )
}

fn document(comparison: &Comparison) -> Result<serde_json::Value> {
    let mut value = serde_json::to_value(comparison).into_diagnostic()?;
    value["format"] = json!(gonogo_compare::FORMAT);
    value["headline"] = json!(comparison.headline());
    Ok(value)
}

/// The command that makes the same comparison again.
fn command(args: &CompareArgs) -> String {
    let mut words = vec!["gonogo compare".to_owned()];
    words.extend(args.runs.iter().cloned());
    words.push(format!("--baseline {} --candidate {}", args.baseline, args.candidate));
    words.extend((args.margin != 5.0).then(|| format!("--margin {}", args.margin)));
    words.extend(args.force.then(|| "--force".to_owned()));
    words.join(" ")
}
