//! `gonogo compare RUN…`: arms on the same attempts as a baseline.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use gonogo_compare::{Comparison, Many, Options, Refusal, Side, compare, compare_many};
use gonogo_core::{Attempt, Receipt};
use gonogo_report::Recheck;
use miette::{IntoDiagnostic, Result, miette};
use serde_json::json;

use crate::{beside, config::Config, evidence, exit_status::ExitStatus, near, ui::Ui};

/// Arguments of `gonogo compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The run or the runs that have the arms: `latest`, names, or folders. Of two runs the first has the baseline
    #[arg(required = true, num_args = 1..=2, value_name = "RUN")]
    runs: Vec<String>,
    /// The arm that is in use today
    #[arg(long, value_name = "ARM")]
    baseline: String,
    /// An arm that may replace it; repeat for more [default: every other arm of the last run]
    #[arg(long = "candidate", value_name = "ARM")]
    candidates: Vec<String>,
    /// How much less often the candidate may pass and still be no worse, in points of per cent
    #[arg(long, value_name = "POINTS", default_value_t = 5.0, value_parser = margin)]
    margin: f64,
    /// Compare although more than the arm differs; the document says so at its head
    #[arg(long)]
    force: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = CompareFormat::Md)]
    format: CompareFormat,
    /// Where to write it, Markdown with its pictures beside it [default: stdout, without pictures]
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
    let names = candidates(args, first, last);
    let sides = names.iter().map(|name| side(last, name)).collect::<Result<Vec<_>>>()?;
    let options = Options { margin: args.margin / 100.0, force: args.force };
    let (forced, made) = match &sides[..] {
        [] => {
            return Err(miette!(
                help = "name another run or arm",
                "no arm to compare with `{}`",
                args.baseline
            ));
        }
        [candidate] => {
            let comparison =
                compare(baseline, *candidate, options).map_err(|refusal| refused(None, &refusal))?;
            (comparison.forced(), one(args, &comparison)?)
        }
        candidates => {
            let many = compare_many(baseline, candidates, options)
                .map_err(|(arm, refusal)| refused(Some(arm), &refusal))?;
            (many.forced(), several(args, &many)?)
        }
    };
    if forced {
        ui.note("forced: these runs differ in more than the arm");
    }
    let Made { document, pictures } = made;
    match &args.output {
        Some(file) => {
            beside::write(file, &document)?;
            for (name, svg) in pictures {
                beside::write(&file.with_file_name(beside::prefix(file) + &name), &svg)?;
            }
            ui.note(&format!("wrote {}", file.display()));
        }
        None => ui.data(document.trim_end())?,
    }
    Ok(ExitStatus::Success)
}

/// A document and the pictures that it shows, where it is for people.
struct Made {
    document: String,
    pictures: Vec<(String, String)>,
}

/// One candidate against the baseline.
fn one(args: &CompareArgs, comparison: &Comparison) -> Result<Made> {
    let document = match (args.format, &args.output) {
        (CompareFormat::Md, Some(file)) => comparison.illustrated(&command(args), &beside::prefix(file)),
        (CompareFormat::Md, None) => comparison.markdown(&command(args)),
        (CompareFormat::Json, _) => pretty(&document(comparison)?)?,
    };
    let pictures = gonogo_compare::plots(comparison).into_iter().map(|(name, svg, _)| (name.to_owned(), svg));
    Ok(Made { document, pictures: pictures.filter(|_| args.format == CompareFormat::Md).collect() })
}

/// Several.
fn several(args: &CompareArgs, many: &Many) -> Result<Made> {
    let document = match (args.format, &args.output) {
        (CompareFormat::Md, Some(file)) => many.illustrated(&command(args), &beside::prefix(file)),
        (CompareFormat::Md, None) => many.markdown(&command(args)),
        (CompareFormat::Json, _) => {
            let comparisons = many.comparisons.iter().map(document).collect::<Result<Vec<_>>>()?;
            let json =
                json!({ "format": gonogo_compare::FORMAT, "comparisons": comparisons, "holm": many.holm });
            pretty(&json)?
        }
    };
    let pictures = many.plots().into_iter().map(|(name, svg, _)| (name, svg));
    Ok(Made { document, pictures: pictures.filter(|_| args.format == CompareFormat::Md).collect() })
}

fn pretty(json: &serde_json::Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(json).into_diagnostic()? + "\n")
}

/// The arms to hold against the baseline.
fn candidates(args: &CompareArgs, first: &Loaded, last: &Loaded) -> Vec<String> {
    if !args.candidates.is_empty() {
        return args.candidates.clone();
    }
    let same = first.receipt.run == last.receipt.run;
    let names = last.receipt.arms.iter().map(|arm| &arm.name);
    names.filter(|name| !same || **name != args.baseline).cloned().collect()
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

fn refused(candidate: Option<&str>, refusal: &Refusal) -> miette::Report {
    let reasons: Vec<String> = refusal.lines().iter().map(|line| format!("- {line}")).collect();
    miette!(
        help = "--force compares all the same, and says so at the head of the document",
        "these runs are not comparable{}:\n{}",
        candidate.map(|arm| format!(" (candidate `{arm}`)")).unwrap_or_default(),
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
    words.push(format!("--baseline {}", args.baseline));
    words.extend(args.candidates.iter().map(|arm| format!("--candidate {arm}")));
    words.extend((args.margin != 5.0).then(|| format!("--margin {}", args.margin)));
    words.extend(args.force.then(|| "--force".to_owned()));
    words.join(" ")
}
