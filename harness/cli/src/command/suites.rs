//! `gonogo suites list|check`: what can be run, and whether its oracles hold.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use gonogo_core::{Case, Detail, Enforcement, Kind, Oracle, Outcome, Suite};
use gonogo_judge::Judge;
use gonogo_suite::{Finding, Severity};
use miette::{IntoDiagnostic, Result, miette};
use serde_json::json;

use crate::{compile_check, config::Config, exit_status::ExitStatus, format::Format, near, ui::Ui};

/// `gonogo suites …`
#[derive(Debug, Subcommand)]
pub(crate) enum SuitesCommand {
    /// List the suites of this project
    List(ListArgs),
    /// Prove offline that every oracle accepts its good answers and refuses its bad ones
    Check(CheckArgs),
}

/// Arguments of `gonogo suites list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Arguments of `gonogo suites check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Suites: names or folders [default: all]
    #[arg(value_name = "SUITE")]
    suites: Vec<PathBuf>,
    /// Engines that must compile every schema or say why not
    #[arg(long = "engine", value_name = "ENGINE", default_values = ["llguidance", "xgrammar"])]
    engines: Vec<String>,
    /// Judge the oracles only; compile nothing
    #[arg(long)]
    no_engines: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Runs the subcommand.
pub(crate) fn run(command: &SuitesCommand, config: &Config, ui: Ui) -> Result<ExitStatus> {
    match command {
        SuitesCommand::List(args) => list(args, config, ui),
        SuitesCommand::Check(args) => check(args, config, ui),
    }
}

/// One row a suite, and below it one a case of several steps.
fn list(args: &ListArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    let suites = load(&[], config)?;
    match args.format {
        Format::Text => {
            let width = suites.iter().map(|suite| suite.name.len()).max().unwrap_or_default();
            for suite in &suites {
                let why = suite.why.split_whitespace().collect::<Vec<_>>().join(" ");
                let first = why.split_inclusive(". ").next().unwrap_or_default().trim();
                ui.data(&format!("{:<width$}  {:>2} cases  {first}", suite.name, suite.cases.len()))?;
                for case in suite.cases.iter().filter(|case| !case.steps.is_empty()) {
                    let steps = case.step_names().join(" → ");
                    ui.data(&format!("{:<width$}  {:>8}  {}: {steps}", "", "", case.name))?;
                }
            }
        }
        Format::Json => {
            let rows: Vec<_> = suites.iter().map(row).collect();
            ui.data(&serde_json::to_string_pretty(&rows).into_diagnostic()?)?;
        }
    }
    Ok(ExitStatus::Success)
}

fn row(suite: &Suite) -> serde_json::Value {
    json!({
        "name": suite.name, "language": suite.language, "why": suite.why, "hash": suite.hash,
        "rungs": suite.rungs.iter().map(|rung| &rung.name).collect::<Vec<_>>(),
        "default_rung": suite.default_rung,
        "cases": suite.cases.iter().map(|case| &case.name).collect::<Vec<_>>(),
        "steps": suite
            .cases
            .iter()
            .filter(|case| !case.steps.is_empty())
            .map(|case| (case.name.clone(), json!(case.step_names())))
            .collect::<serde_json::Map<_, _>>(),
    })
}

/// Judges every reference answer and compiles every constraint; errors decide the exit code.
fn check(args: &CheckArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    let suites = load(&args.suites, config)?;
    let mut findings: Vec<Finding> =
        suites.iter().flat_map(|suite| gonogo_suite::check(suite, judge)).collect();
    let mut compiled = 0;
    if !args.no_engines {
        let report = compile_check::run(&suites, &args.engines, config)?;
        compiled = report.compiled;
        findings.extend(report.findings);
    }
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    match args.format {
        Format::Text => {
            for finding in &findings {
                ui.data(&finding.to_string())?;
            }
            ui.data(&format!(
                "{} suites, {} cases, {} reference answers, {compiled} constraints compiled: {errors} errors, {} notes",
                suites.len(),
                suites.iter().map(|suite| suite.cases.len()).sum::<usize>(),
                suites.iter().map(references).sum::<usize>(),
                findings.len() - errors,
            ))?;
        }
        Format::Json => ui.data(&serde_json::to_string_pretty(&findings).into_diagnostic()?)?,
    }
    Ok(if errors == 0 { ExitStatus::Success } else { ExitStatus::NoGo })
}

/// Known-good and known-bad answers of a suite.
fn references(suite: &Suite) -> usize {
    let rungs: usize = suite.rungs.iter().map(|rung| rung.good.len() + rung.bad.len()).sum();
    let steps = suite.cases.iter().flat_map(Case::all_steps);
    rungs + steps.map(|step| step.good.len() + step.bad.len()).sum::<usize>()
}

/// The real judge; an oracle it cannot use is a harness error, which no reference answer expects.
fn judge(oracle: &Oracle, text: &str) -> Outcome {
    match Judge::new(oracle) {
        Ok(judge) => judge.judge_text(text, Enforcement::Unconstrained),
        Err(error) => {
            Outcome::new(Kind::HarnessError, Enforcement::Unconstrained, Detail::message(error.to_string()))
        }
    }
}

/// The suites of these names or folders; all of the project's when none is named.
pub(crate) fn load(wanted: &[PathBuf], config: &Config) -> Result<Vec<Suite>> {
    let root = config.path(Path::new("suites"));
    if wanted.is_empty() {
        let entries = gonogo_suite::discover(&root)?;
        return entries.iter().map(|entry| Ok(gonogo_suite::load(&entry.folder)?)).collect();
    }
    wanted.iter().map(|name| Ok(gonogo_suite::load(&folder(name, &root, config)?)?)).collect()
}

/// The folder of a suite: as typed, from the project's folder, or by name.
fn folder(wanted: &Path, root: &Path, config: &Config) -> Result<PathBuf> {
    let candidates = [wanted.to_owned(), config.path(wanted), root.join(wanted)];
    if let Some(found) = candidates.into_iter().find(|folder| folder.join("suite.toml").is_file()) {
        return Ok(found);
    }
    let entries = gonogo_suite::discover(root)?;
    let last = wanted.file_name().unwrap_or_default().to_string_lossy();
    Err(miette!(
        help = near::advice(&last, entries.iter().map(|entry| entry.name.as_str())),
        "unknown suite `{}`",
        wanted.display()
    ))
}
