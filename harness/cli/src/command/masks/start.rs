//! A survey from its beginning, or from where it stopped.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use comfy_table::{Table as Grid, presets::UTF8_HORIZONTAL_ONLY};
use gonogo_core::{FORMAT, RunStatus};
use gonogo_masks::{Configuration, Report, Subject, SurveyPlan, SurveyReceipt};
use gonogo_runner::{Clock, SystemClock};
use gonogo_survey::{Come, Drive, DriveError, Entrant, Opened, SurveyDir, open};
use miette::{IntoDiagnostic, Result, miette};

use super::{
    SurveyArgs,
    corpora::{Corpora, named},
    engines::Registry,
    progress::Progress,
    tokenizer::Cutter,
};
use crate::{
    config::Config, exit_status::ExitStatus, format::Format, interrupt, log, machine, parquet::Deriving,
    ui::Ui,
};

/// Begins a survey, and shows what came of it.
pub(super) fn start(args: &SurveyArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    show(make(args, config, ui)?, args, ui)
}

/// Goes on with one, and shows what came of it.
pub(super) fn resume(args: &SurveyArgs, name: &str, config: &Config, ui: Ui) -> Result<ExitStatus> {
    show(go_on(args, name, config, ui)?, args, ui)
}

/// What came of a survey.
pub(super) enum Made {
    /// Every trial was made.
    Whole(SurveyDir),
    /// Somebody stopped it, and was told how to finish it.
    Stopped,
}

/// What is stored, as a table: nothing is shown that cannot be shown again.
fn show(made: Made, args: &SurveyArgs, ui: Ui) -> Result<ExitStatus> {
    let dir = match made {
        Made::Whole(dir) => dir,
        Made::Stopped => return Ok(ExitStatus::Interrupted),
    };
    let (plan, receipt) = (dir.plan().into_diagnostic()?, dir.receipt().into_diagnostic()?);
    let parquet = Deriving::of_survey(&dir);
    let report = Report::new(&dir.survey().into_diagnostic()?, &plan, &receipt);
    match args.format {
        Format::Text => ui.data(&summary(&report))?,
        Format::Json => ui.data(&serde_json::to_string_pretty(&report.json()).into_diagnostic()?)?,
    }
    parquet.finish(ui);
    // Where nobody looks for surveys a name does not find one.
    let named = args.out.as_ref().map_or_else(|| dir.name(), |_| dir.path().display().to_string());
    ui.note(&format!("report: gonogo masks report {named}"));
    Ok(ExitStatus::Success)
}

/// Makes a survey.
pub(super) fn make(args: &SurveyArgs, config: &Config, ui: Ui) -> Result<Made> {
    let gonogo = machine::revision(&config.project);
    let cutter = Cutter::open(&args.engines, config)?;
    let entrants = Registry::new(&args.engines, config, &cutter).entrants(&configurations(args))?;
    let mut corpora = Corpora::read(&named(&args.corpora, config), ui)?;
    if let Some(pattern) = &args.only {
        corpora.only(pattern)?;
    }
    for pattern in &args.except {
        corpora.except(pattern)?;
    }
    if let Some(count) = args.sample {
        corpora.sample(count, args.seed);
    }
    let limits = args.engines.limits();
    // Before the validator takes its time: an arm that cannot be opened is to be known at once.
    let opened = open(&entrants, &limits, &mut |news| Progress::new(ui, &[]).tell(&news));
    let opened = opened.map_err(|error| unopened(&error))?;
    let validator = machine::build(&gonogo);
    let subjects = corpora.subjects(&cutter.tokenizer, &validator, config, ui);
    let plan = SurveyPlan {
        format: FORMAT,
        seed: args.seed,
        arms: entrants.iter().map(|entrant| entrant.arm.clone()).collect(),
        limits,
        recompiles: args.recompile,
        compared: if args.no_differences { 0 } else { args.differences },
        lanes: args.jobs.unwrap_or_else(cores),
        subjects: count(subjects.len()),
        instances: count(subjects.iter().map(instances).sum()),
        tokenizer: cutter.facts(),
        narrowed: corpora.narrowed.clone(),
        corpora: corpora.facts.clone(),
    };
    let receipt = SurveyReceipt {
        format: FORMAT,
        survey: String::new(),
        status: RunStatus::Unfinished,
        started: SystemClock.now(),
        finished: None,
        command: log::command(),
        gonogo,
        machine: machine::machine(),
    };
    let name = args.name.clone().unwrap_or_else(|| corpora.name());
    let dir = SurveyDir::create(&out(args, config), &name, &receipt, &plan, &subjects).into_diagnostic()?;
    let session = Session { dir, plan, subjects, entrants, cutter };
    session.go(Some(opened), receipt, ui)
}

fn go_on(args: &SurveyArgs, name: &str, config: &Config, ui: Ui) -> Result<Made> {
    let dir = SurveyDir::find(&out(args, config), name).into_diagnostic()?;
    let (receipt, plan) = (dir.receipt().into_diagnostic()?, dir.plan().into_diagnostic()?);
    let now = machine::revision(&config.project);
    if machine::build(&now) != machine::build(&receipt.gonogo) {
        return Err(miette!(
            help = "resume with the gonogo that began it, or start a new survey",
            "the survey was begun by {}, and this is {}",
            machine::build(&receipt.gonogo),
            machine::build(&now)
        ));
    }
    let cutter = Cutter::open(&args.engines, config)?;
    if cutter.facts() != plan.tokenizer {
        return Err(miette!(
            help = "name that one with --tokenizer",
            "the survey's instances were cut by {} (sha256 {}), and {} is another tokenizer",
            plan.tokenizer.name,
            plan.tokenizer.sha256,
            cutter.path.display()
        ));
    }
    let entrants = Registry::new(&args.engines, config, &cutter).again(&plan.arms)?;
    let subjects = dir.subjects().into_diagnostic()?;
    Session { dir, plan, subjects, entrants, cutter }.go(None, receipt, ui)
}

/// A survey about to go on.
struct Session {
    dir: SurveyDir,
    plan: SurveyPlan,
    subjects: Vec<Subject>,
    entrants: Vec<Entrant>,
    cutter: Cutter,
}

impl Session {
    fn go(self, opened: Option<Opened>, receipt: SurveyReceipt, ui: Ui) -> Result<Made> {
        let stop = stop_on_ctrl_c()?;
        let drive = Drive {
            dir: &self.dir,
            plan: &self.plan,
            subjects: &self.subjects,
            entrants: &self.entrants,
            tokenizer: &self.cutter.tokenizer,
            stop: &stop,
        };
        let mut progress = Progress::new(ui, &self.subjects);
        let come = drive.run(opened, &mut |news| progress.tell(&news));
        progress.finish();
        let come = come.map_err(|error| self.unfinished(&error))?;
        // A survey that was complete before keeps the time at which it was.
        if receipt.status == RunStatus::Unfinished {
            let status = if come.complete { RunStatus::Complete } else { RunStatus::Unfinished };
            let finished = Some(SystemClock.now());
            self.dir.write_receipt(&SurveyReceipt { status, finished, ..receipt }).into_diagnostic()?;
        }
        let name = self.dir.name();
        ui.note(&format!("{}: {} of {} trials are made", self.dir.path().display(), come.done, come.planned));
        if stopped(&come, &stop) {
            ui.note(&format!("finish it with: gonogo masks --resume {name}"));
            return Ok(Made::Stopped);
        }
        Ok(Made::Whole(self.dir))
    }

    /// The records so far are safe; says how to go on.
    fn unfinished(&self, error: &DriveError) -> miette::Report {
        let name = self.dir.name();
        let then = match error {
            DriveError::Start(error) => error.remedy,
            DriveError::Store(_) => "remove the cause",
            DriveError::Changed { .. } => "put back what it was, or start a new survey",
        };
        miette!(help = format!("{then}; then `gonogo masks --resume {name}`"), "the survey stopped: {error}")
    }
}

/// An arm that cannot be opened.
pub(super) fn unopened(error: &gonogo_survey::StartError) -> miette::Report {
    miette!(help = error.remedy, "{error}")
}

/// A line an arm.
fn summary(report: &Report) -> String {
    let mut grid = Grid::new();
    grid.load_style(UTF8_HORIZONTAL_ONLY);
    grid.set_header(std::iter::once("arm").chain(Report::summary_columns()));
    for line in report.summary() {
        grid.add_row(std::iter::once(line.arm.clone()).chain(line.cells()));
    }
    let parts = report.shortfall().into_iter().chain([grid.to_string()]);
    parts.collect::<Vec<_>>().join("\n\n")
}

fn stopped(come: &Come, stop: &AtomicBool) -> bool {
    !come.complete && stop.load(Ordering::Relaxed)
}

fn configurations(args: &SurveyArgs) -> Vec<Configuration> {
    let asked: Vec<Configuration> = args.options.iter().map(|whose| (*whose).into()).collect();
    let wanted = |of: &Configuration| asked.is_empty() || asked.contains(of);
    Configuration::ALL.into_iter().filter(wanted).collect()
}

fn out(args: &SurveyArgs, config: &Config) -> PathBuf {
    args.out.clone().unwrap_or_else(|| config.path(&config.run.out))
}

fn cores() -> u32 {
    thread::available_parallelism().map_or(1, |cores| count(cores.get()))
}

/// Instances of a subject, copies not counted.
fn instances(subject: &Subject) -> usize {
    subject.instances.iter().filter(|instance| instance.reorders.is_none()).count()
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Turns true at the first Ctrl-C.
pub(super) fn stop_on_ctrl_c() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    let signals = tokio::runtime::Builder::new_current_thread().enable_all().build().into_diagnostic()?;
    let listen = move || signals.block_on(interrupt::listen(|| told.store(true, Ordering::Relaxed)));
    thread::Builder::new().name("signals".into()).spawn(listen).into_diagnostic()?;
    Ok(stop)
}
