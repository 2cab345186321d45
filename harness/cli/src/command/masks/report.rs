//! `gonogo masks report`: renders a stored survey.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use gonogo_masks::{Report, Survey, records};
use gonogo_survey::SurveyDir;
use miette::{IntoDiagnostic, Result, WrapErr, miette};

use crate::{
    config::Config,
    exit_status::ExitStatus,
    parquet::{Deriving, RECORDS},
    ui::Ui,
};

/// Arguments of `gonogo masks report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// A survey: `latest`, its name, or its folder
    survey: String,
    /// How to render it
    #[arg(long, value_enum, default_value_t = ReportFormat::Md)]
    format: ReportFormat,
    /// Only this arm; repeat for a comparison of some, whose common subset is then theirs
    #[arg(long, value_name = "ARM")]
    arm: Vec<String>,
    /// Folder to write it into, `-` for stdout [default: reports/SURVEY for Markdown and CSV, stdout for JSON, the survey's folder for
    /// Parquet]
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// What a survey can be rendered as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    /// Markdown, with SVG plots and CSV files beside it; the text also goes to stdout.
    Md,
    /// Every figure.
    Json,
    /// The same figures in long form, and every trial as a row.
    Csv,
    /// Every trial as a row with all its times, in the survey's folder.
    Parquet,
}

/// Renders it.
pub(super) fn run(args: &ReportArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    let dir = SurveyDir::find(&config.path(&config.run.out), &args.survey).into_diagnostic()?;
    if args.format == ReportFormat::Parquet {
        return parquet(args, &dir, ui);
    }
    let survey = narrowed(dir.survey().into_diagnostic()?, &args.arm)?;
    let report = Report::new(&survey, &dir.plan().into_diagnostic()?, &dir.receipt().into_diagnostic()?);
    let to_stdout = args.output.as_deref() == Some(Path::new("-"));
    let beside = || config.path(Path::new("reports")).join(dir.name());
    let all_records = || ("records.csv".to_owned(), records(&survey));
    let (text, mut files) = match args.format {
        ReportFormat::Md => (report.markdown(), report.files()),
        ReportFormat::Json => {
            let json = serde_json::to_string_pretty(&report.json()).into_diagnostic()? + "\n";
            (json.clone(), vec![("report.json".to_owned(), json)])
        }
        ReportFormat::Csv | ReportFormat::Parquet => (records(&survey), report.csv()),
    };
    let folder = match (&args.output, args.format) {
        _ if to_stdout => None,
        (Some(folder), _) => Some(folder.clone()),
        (None, ReportFormat::Json) => None,
        (None, ReportFormat::Md | ReportFormat::Csv | ReportFormat::Parquet) => Some(beside()),
    };
    if let Some(folder) = &folder {
        if args.format != ReportFormat::Json {
            files.push(all_records());
        }
        for (name, text) in &files {
            write(&folder.join(name), text)?;
        }
        ui.note(&format!("wrote {} files into {}", files.len(), folder.display()));
    }
    if folder.is_none() || (args.output.is_none() && args.format == ReportFormat::Md) {
        ui.data(text.trim_end())?;
    }
    Ok(ExitStatus::Success)
}

/// The survey with these arms alone; all where none is named.
fn narrowed(mut survey: Survey, only: &[String]) -> Result<Survey> {
    if let Some(unknown) = only.iter().find(|name| survey.arms.iter().all(|arm| arm.name != **name)) {
        let names: Vec<&str> = survey.arms.iter().map(|arm| arm.name.as_str()).collect();
        return Err(miette!(
            help = format!("its arms: {}", names.join(", ")),
            "the survey has no arm `{unknown}`"
        ));
    }
    if !only.is_empty() {
        survey.arms.retain(|arm| only.contains(&arm.name));
        survey.records.retain(|record| only.contains(&record.arm));
    }
    Ok(survey)
}

/// Has `records.parquet` derived, and copies it where it is asked for.
fn parquet(args: &ReportArgs, dir: &SurveyDir, ui: Ui) -> Result<ExitStatus> {
    if !args.arm.is_empty() {
        return Err(miette!(
            help = "leave --arm out, and choose rows by their arm",
            "Parquet holds every arm"
        ));
    }
    if args.output.as_deref() == Some(Path::new("-")) {
        return Err(miette!(help = "name a folder, or leave --output out", "Parquet is no text for stdout"));
    }
    let derived = Deriving::of_survey(dir).outcome();
    derived.map_err(|problem| miette!("no {RECORDS}: {problem}"))?;
    let mut file = dir.path().join(RECORDS);
    if let Some(folder) = &args.output {
        let copy = folder.join(RECORDS);
        fs::create_dir_all(folder).into_diagnostic().wrap_err_with(|| folder.display().to_string())?;
        // Copied onto itself a file would be empty.
        let is_here =
            fs::canonicalize(&copy).is_ok_and(|copy| fs::canonicalize(&file).is_ok_and(|file| file == copy));
        if !is_here {
            fs::copy(&file, &copy).into_diagnostic().wrap_err_with(|| copy.display().to_string())?;
        }
        file = copy;
    }
    ui.note(&format!("wrote {}", file.display()));
    Ok(ExitStatus::Success)
}

fn write(file: &Path, text: &str) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).into_diagnostic().wrap_err_with(|| folder.display().to_string())?;
    }
    fs::write(file, text).into_diagnostic().wrap_err_with(|| file.display().to_string())
}
