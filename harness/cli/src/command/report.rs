//! `gonogo report RUN`: renders a stored run.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use gonogo_core::{Attempt, Receipt};
use gonogo_report::{GateResult, MarkdownOptions, Report};
use gonogo_store::RunDir;
use miette::{IntoDiagnostic, Result};

use crate::{beside, command::gate, config::Config, evidence, exit_status::ExitStatus, page, ui::Ui};

/// Arguments of `gonogo report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// A run: `latest`, its name, or its folder
    run: String,
    /// How to render it
    #[arg(long, value_enum, default_value_t = ReportFormat::Md)]
    format: ReportFormat,
    /// Where to write it, `-` for stdout [default: reports/RUN/report.md with plots beside it for
    /// markdown, reports/RUN/report.html, stdout for the others]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Put the verdict under this policy first [default: `gate.policy` of the configuration]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Put no verdict first
    #[arg(long, conflicts_with = "policy")]
    no_policy: bool,
}

/// What a report can be rendered as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// Markdown, with SVG plots beside it.
    Md,
    /// Every table, with its denominators and intervals.
    Json,
    /// The same tables in long form.
    Csv,
    /// One HTML file with every attempt to open; it fetches nothing.
    Html,
    /// JUnit XML: a test for each first try, and one for the verdict about each arm.
    Junit,
}

/// Renders the run. The document also goes to stdout, so that it can be piped.
pub(crate) fn run(args: &ReportArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    let dir = gonogo_store::resolve(&config.path(&config.run.out), &args.run).into_diagnostic()?;
    let policy = args.policy.as_ref().or(config.gate.policy.as_ref()).filter(|_| !args.no_policy);
    let policy = policy.map(PathBuf::as_path);
    let Read { receipt, attempts, report, gate } = read(&dir, policy, config)?;
    let to_stdout = args.output.as_deref() == Some(Path::new("-"));
    let file = args.output.clone().filter(|_| !to_stdout).or_else(|| {
        let name = args.format.file().filter(|_| !to_stdout)?;
        Some(config.path(Path::new("reports")).join(dir.name()).join(name))
    });
    let document = match args.format {
        ReportFormat::Md => {
            let options = MarkdownOptions { command: command(args, policy, &dir), plots: file.is_some() };
            report.markdown(&options, gate.as_ref())
        }
        ReportFormat::Json => {
            serde_json::to_string_pretty(&report.json(gate.as_ref())).into_diagnostic()? + "\n"
        }
        ReportFormat::Csv => report.csv(),
        ReportFormat::Junit => gonogo_report::junit(&receipt, &attempts, gate.as_ref()).into_diagnostic()?,
        ReportFormat::Html => {
            let command = command(args, policy, &dir);
            page::html(&dir, &receipt, &attempts, &report, gate.as_ref(), &command)?
        }
    };
    if let Some(file) = &file {
        beside::write(file, &document)?;
        if args.format == ReportFormat::Md {
            for (name, svg) in gonogo_report::plots(&report) {
                beside::write(&file.with_file_name(name), &svg)?;
            }
        }
        ui.note(&format!("wrote {}", file.display()));
    }
    // A page is for a browser, not for a pipe, unless it was asked for.
    if file.is_none() || (args.output.is_none() && args.format != ReportFormat::Html) {
        ui.data(document.trim_end())?;
    }
    Ok(ExitStatus::Success)
}

impl ReportFormat {
    /// The file that it goes to unless told otherwise; the others go to stdout.
    fn file(self) -> Option<&'static str> {
        match self {
            Self::Md => Some("report.md"),
            Self::Html => Some("report.html"),
            Self::Json | Self::Csv | Self::Junit => None,
        }
    }

    /// What `--format` is given for it.
    fn flag(self) -> &'static str {
        match self {
            Self::Md => "",
            Self::Html => " --format html",
            Self::Json => " --format json",
            Self::Csv => " --format csv",
            Self::Junit => " --format junit",
        }
    }
}

/// A run as it is stored, and what is to be said of it.
struct Read {
    receipt: Receipt,
    attempts: Vec<Attempt>,
    report: Report,
    gate: Option<GateResult>,
}

/// The tables of a run, and its verdict where a policy is named.
fn read(dir: &RunDir, policy: Option<&Path>, config: &Config) -> Result<Read> {
    let receipt = dir.receipt().into_diagnostic()?;
    let attempts = dir.attempts().into_diagnostic()?.rows;
    let gate = match policy {
        Some(path) => {
            let policy = gate::policy(path, config)?;
            let recheck = evidence::recheck(dir, &receipt, &attempts)?;
            let probes = evidence::probes(dir, &policy)?;
            Some(gonogo_report::gate_with_probes(&policy, &receipt, &attempts, None, recheck, &probes))
        }
        None => None,
    };
    let mut report = Report::new(&receipt, &attempts);
    page::open_captures(dir, &receipt, &attempts, &mut report)?;
    Ok(Read { receipt, attempts, report, gate })
}

/// The command that renders the same report again.
fn command(args: &ReportArgs, policy: Option<&Path>, dir: &RunDir) -> String {
    let policy = match policy {
        Some(path) => format!(" --policy {}", path.display()),
        None if args.no_policy => " --no-policy".into(),
        None => String::new(),
    };
    format!("gonogo report {}{policy}{}", dir.name(), args.format.flag())
}
