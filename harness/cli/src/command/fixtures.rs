//! `gonogo fixtures check`: what of the recordings no longer holds.

mod drift;
mod dry_run;
mod finding;
mod offline;
mod secrets;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use gonogo_replay::{Cassette, is_cassette};
use miette::{IntoDiagnostic, Result, miette};

use self::finding::{Finding, What};
use crate::{config::Config, exit_status::ExitStatus, format::Format, plural::counted, replaying, ui::Ui};

/// Where recordings are, from the project's folder.
const FOLDER: &str = "fixtures";

/// `gonogo fixtures …`
#[derive(Debug, Subcommand)]
pub(crate) enum FixturesCommand {
    /// Find recordings that are stale, orphaned or unreadable, lack cases, or hold what looks like a secret
    Check(CheckArgs),
}

/// Arguments of `gonogo fixtures check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Cassettes, or folders of them or of such folders [default: fixtures/]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Ask this arm again what was recorded, and list the outcomes that differ; of a folder only its own cassette
    /// where there is one; writes a run
    #[arg(long, value_name = "ARM", requires = "paths")]
    live: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What was looked at.
#[derive(Debug, Default)]
struct Survey {
    cassettes: usize,
    exchanges: usize,
    findings: Vec<Finding>,
}

/// Runs the subcommand.
pub(crate) fn run(command: &FixturesCommand, config: &Config, ui: Ui) -> Result<ExitStatus> {
    let FixturesCommand::Check(args) = command;
    let mut survey = Survey::default();
    let runtime = tokio::runtime::Runtime::new().into_diagnostic()?;
    for path in paths(args, config)? {
        let checked = check(&path, config, &mut survey.findings);
        let Some(cassette) = checked else { continue };
        survey.cassettes += 1;
        survey.exchanges += cassette.exchanges.len();
        let found = runtime.block_on(async {
            match &args.live {
                None => offline::check(&path, &cassette, config).await,
                Some(arm) => drift::check(&path, &cassette, arm, config, ui).await,
            }
        })?;
        survey.findings.extend(found);
    }
    if survey.cassettes == 0 && survey.findings.is_empty() {
        let help = "record some with `gonogo run --record DIR`; fixtures/README.md has the format";
        return Err(miette!(help = help, "no cassette to check"));
    }
    survey.print(args.format, ui)?;
    Ok(if survey.problems() == 0 { ExitStatus::Success } else { ExitStatus::NoGo })
}

/// What is said of a cassette by itself; `None` where it cannot be read.
fn check(path: &Path, config: &Config, findings: &mut Vec<Finding>) -> Option<Cassette> {
    match Cassette::load(path) {
        Ok(cassette) => {
            findings.extend(offline::altered(path, &cassette));
            findings.extend(secrets::check(path, &cassette));
            findings.extend(offline::unused(path, config));
            Some(cassette)
        }
        Err(error) => {
            findings.push(Finding::new(What::Unreadable, path, error.to_string()));
            None
        }
    }
}

/// The cassettes of a folder; those of `live` alone where it has some: what other arms answered is no measure of it.
fn of_folder(folder: &Path, live: Option<&str>) -> Result<Vec<PathBuf>> {
    let mut paths = cassettes(folder)?;
    let of = |path: &PathBuf, arm: &str| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.split('.').next() == Some(arm)
    };
    if let Some(arm) = live
        && paths.iter().any(|path| of(path, arm))
    {
        paths.retain(|path| of(path, arm));
    }
    Ok(paths)
}

/// The files to check. Files in the project's fixtures that are something else are passed over; a file that is
/// named is meant to be one.
fn paths(args: &CheckArgs, config: &Config) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for path in &args.paths {
        if !path.exists() {
            return Err(miette!("there is no {}", path.display()));
        }
        paths.extend(if path.is_dir() { of_folder(path, args.live.as_deref())? } else { vec![path.clone()] });
    }
    if args.paths.is_empty() {
        paths = cassettes(&config.path(Path::new(FOLDER)))?;
    }
    Ok(paths)
}

/// The cassettes in a folder and in the folders in it.
fn cassettes(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).map_err(|error| miette!("cannot read {}: {error}", folder.display()))?;
    let mut folders = vec![folder.to_owned()];
    for entry in entries {
        folders.push(entry.into_diagnostic()?.path());
    }
    folders.retain(|folder| folder.is_dir());
    folders.sort();
    let mut files = Vec::new();
    for folder in folders {
        files.extend(replaying::files(&folder)?);
    }
    // One that cannot even be read is worth a finding.
    files.retain(|file| is_cassette(file).unwrap_or(true));
    Ok(files)
}

impl Survey {
    fn problems(&self) -> usize {
        self.findings.iter().filter(|finding| finding.what.is_problem()).count()
    }

    fn print(&self, format: Format, ui: Ui) -> Result<()> {
        match format {
            Format::Json => ui.data(&serde_json::to_string_pretty(&self.findings).into_diagnostic()?),
            Format::Text => {
                for finding in &self.findings {
                    ui.data(&finding.to_string())?;
                }
                ui.data(&format!(
                    "{}, {}: {}, {}",
                    counted(self.cassettes, "cassette"),
                    counted(self.exchanges, "exchange"),
                    counted(self.problems(), "problem"),
                    counted(self.findings.len() - self.problems(), "note")
                ))
            }
        }
    }
}
