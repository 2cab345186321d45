//! `gonogo run`: plan, open, warm up, run, write down.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use gonogo_core::{Arrivals, Attempt, MachineLoad, Plan, Provenance, Receipt, RunStatus, Shard};
use gonogo_report::Report;
use gonogo_runner::{Clock, Earlier, Run, RunOptions, Summary, SystemClock};
use gonogo_store::{Durability, Journal, Recorder, RunDir};
use miette::{IntoDiagnostic, Result, miette};
use tokio::{
    runtime::{Builder, Runtime},
    sync::watch,
};

use crate::{
    config::Config,
    exit_status::ExitStatus,
    interrupt, machine,
    open_arms::{self, OpenArms},
    open_files,
    parquet::Deriving,
    planning,
    plural::counted,
    record,
    replaying::{Recorded, Replaying},
    same_arms, terminal,
    ui::Ui,
    unanswered,
};

/// Judging one answer may take this long.
pub(crate) const JUDGE_LIMIT: Duration = Duration::from_secs(10);

/// Arguments of `gonogo run`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    /// Suites: names or folders [default: `run.suites` of the configuration]
    #[arg(value_name = "SUITE")]
    pub(crate) suites: Vec<PathBuf>,
    /// Arm to run; repeat for a comparison [default: `run.arms` of the configuration]
    #[arg(long = "arm", value_name = "ARM")]
    pub(crate) arms: Vec<String>,
    /// Only cases of this name
    #[arg(long = "case", value_name = "CASE")]
    pub(crate) cases: Vec<String>,
    /// Rung of the ladder; repeat to climb [default: `run.rung`, else the suite's own]
    #[arg(long = "rung", value_name = "RUNG")]
    pub(crate) rungs: Vec<String>,
    /// Tries of each case on each arm
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) repeat: Option<u32>,
    /// Attempts in flight at a time [default: 1; with --rate 256, but 1 where an arm is local]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) concurrency: Option<u32>,
    /// Attempts a second, over all arms: start by the clock, whether or not earlier ones are back
    #[arg(long, value_name = "R")]
    pub(crate) rate: Option<f64>,
    /// How the starts of --rate are spread [default: constant]
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) arrivals: Option<Spread>,
    /// Tries of an attempt whose endpoint fails, the first included; each is a row [default: the arm's `retry`, else 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) tries: Option<u32>,
    /// Seed of the order and of every draw [default: from the clock]
    #[arg(long, value_name = "SEED")]
    pub(crate) seed: Option<u64>,
    /// Completion tokens at most; a case that sets its own keeps it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_tokens: Option<u32>,
    /// Sampling temperature, 0 is greedy; a case that sets its own keeps it
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub(crate) temperature: Option<f64>,
    /// Name of the run, after its time [default: the suites' names]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Where runs are written [default: `run.out` of the configuration]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Make only this part of the plan, as 2/4 the second of four; `gonogo merge` puts them together
    #[arg(long, value_name = "K/N", requires = "seed")]
    pub(crate) shard: Option<Shard>,
    /// Finish a run that was interrupted; takes plan and arms from it
    #[arg(long, value_name = "RUN", conflicts_with_all = ["suites", "arms", "cases", "rungs", "repeat", "concurrency", "rate", "arrivals", "tries", "seed", "max_tokens", "temperature", "name", "no_canary", "shard"])]
    pub(crate) resume: Option<String>,
    /// Send no canary: every constrained arm stays unproven
    #[arg(long)]
    pub(crate) no_canary: bool,
    /// Check no certificate of an endpoint; the report says so, and nothing is decided on such rows
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Record every arm's answers into this folder, a cassette each, once the run is complete
    #[arg(long, value_name = "DIR", conflicts_with = "replay")]
    pub(crate) record: Option<PathBuf>,
    /// Answer from recordings, a file or a folder of them, and ask again what was asked then
    #[arg(long, value_name = "PATH", conflicts_with = "shard")]
    pub(crate) replay: Option<PathBuf>,
    /// How to print the summary
    #[arg(long, value_enum, default_value_t = SummaryFormat::Text)]
    pub(crate) format: SummaryFormat,
}

/// How the starts of an open loop are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Spread {
    /// Equal gaps.
    Constant,
    /// Exponential gaps: independent users.
    Poisson,
}

impl From<Spread> for Arrivals {
    fn from(spread: Spread) -> Self {
        match spread {
            Spread::Constant => Self::Constant,
            Spread::Poisson => Self::Poisson,
        }
    }
}

/// What the summary on stdout looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SummaryFormat {
    /// A table.
    Text,
    /// The report's tables, for machines.
    Json,
}

/// Runs, or resumes.
pub(crate) fn run(args: &RunArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    let Replaying { args, config, recorded } = &Replaying::new(args, config)?;
    runtime().into_diagnostic()?.block_on(async {
        match &args.resume {
            Some(name) => resume(args, name, config, ui).await,
            None => start(args, config, recorded, ui).await,
        }
    })
}

/// The loop of a run has this thread, so that sockets and workers need one less than there are processors: threads
/// that have nothing to do wake each other for nothing.
fn runtime() -> std::io::Result<Runtime> {
    let threads =
        std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1));
    Builder::new_multi_thread().worker_threads(threads).enable_all().build()
}

async fn start(args: &RunArgs, config: &Config, recorded: &Recorded, ui: Ui) -> Result<ExitStatus> {
    let load = MachineLoad { start: machine::load(), end: None };
    // Hashing the program takes as long as a whole replay: everything else is done meanwhile.
    let project = config.project.clone();
    let revision = tokio::task::spawn_blocking(move || machine::revision(&project));
    let settings = planning::settings(args, config)?;
    record::check(args.record.as_deref(), &settings.arms, config)?;
    let plan = recorded.narrowed(planning::plan(args, &settings, config)?);
    ui.note(&format!("{} attempts planned; opening {} arms", plan.attempts.len(), settings.arms.len()));
    open_files::allow(settings.concurrency.into());
    let arms = open_arms::open(&settings.arms, &settings, config, ui).await?;
    let revision = revision.await.into_diagnostic()?;
    let receipt = Receipt { load: Some(load), ..planning::receipt(&settings, &plan, &arms, revision) };
    let out = args.out.clone().unwrap_or_else(|| config.path(&config.run.out));
    let durable = durability(&receipt);
    let dir = RunDir::create_with(&out, &settings.name, &receipt.started, &receipt, &plan, durable);
    let dir = dir.into_diagnostic()?;
    let journal = dir.journal(durable).into_diagnostic()?;
    arms.keep_captures(&journal)?;
    let session = Session { dir, receipt, plan, arms, earlier: Earlier::default() };
    session.go(args, config, &settings.options(), journal, ui).await
}

/// Rows that a recording can give again at any time need not wait for the disk.
fn durability(receipt: &Receipt) -> Durability {
    let replayed = receipt.arms.iter().all(|arm| arm.provenance == Provenance::Replay);
    if replayed { Durability::System } else { Durability::Disk }
}

async fn resume(args: &RunArgs, name: &str, config: &Config, ui: Ui) -> Result<ExitStatus> {
    let out = args.out.clone().unwrap_or_else(|| config.path(&config.run.out));
    let dir = gonogo_store::resolve(&out, name).into_diagnostic()?;
    let journal = dir.journal(Durability::Disk).into_diagnostic()?;
    let mut receipt = dir.receipt().into_diagnostic()?;
    let plan = dir.plan().into_diagnostic()?;
    let now = machine::revision(&config.project);
    if machine::build(&now) != machine::build(&receipt.gonogo) {
        return Err(miette!(
            help = "resume with the gonogo that began it, or start a new run",
            "the run was begun by {}, and this is {}",
            machine::build(&receipt.gonogo),
            machine::build(&now)
        ));
    }
    let rows = dir.facts().into_diagnostic()?.rows;
    let starts = dir.starts().into_diagnostic()?.rows;
    let captured = |hash: &_| Ok(dir.capture(hash)?);
    let earlier = Earlier::read::<LeftOver>(&plan, &rows, &starts, captured).into_diagnostic()?;
    let left = plan.attempts.len() - earlier.concluded();
    ui.note(&said_of(&earlier, &dir.name(), plan.attempts.len()));
    if left > 0 {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        receipt.resume(SystemClock.now(), count(left), count(earlier.asked_before()));
    }
    let settings = planning::settings_of(&receipt, config)?;
    record::check(args.record.as_deref(), &settings.arms, config)?;
    let arms = if left > 0 {
        open_files::allow(settings.concurrency.into());
        let arms = open_arms::open(&settings.arms, &settings, config, ui).await?;
        receipt.arms = same_arms::settle(&arms.receipts(), &receipt, &dir)?;
        arms.keep_captures(&journal)?;
        arms
    } else {
        OpenArms::default()
    };
    let session = Session { dir, receipt, plan, arms, earlier };
    session.go(args, config, &settings.options(), journal, ui).await
}

/// How far a run has come, and what is asked again.
fn said_of(earlier: &Earlier, run: &str, planned: usize) -> String {
    let concluded = format!("{run}: {} of {planned} attempts are concluded", earlier.concluded());
    match earlier.asked_before() {
        0 => concluded,
        asked => format!(
            "{concluded}; {} asked before, and what came of it was lost: asked again, as their rows will say",
            counted(asked, "attempt")
        ),
    }
}

/// A run about to go on.
struct Session {
    dir: RunDir,
    receipt: Receipt,
    plan: Plan,
    arms: OpenArms,
    earlier: Earlier,
}

/// Why it is not known what is left of a run.
#[derive(Debug, thiserror::Error)]
enum LeftOver {
    #[error(transparent)]
    Run(#[from] gonogo_runner::RunError),
    #[error(transparent)]
    Store(#[from] gonogo_store::StoreError),
}

impl Session {
    async fn go(
        self,
        args: &RunArgs,
        config: &Config,
        options: &RunOptions,
        journal: Journal,
        ui: Ui,
    ) -> Result<ExitStatus> {
        let mut recorder = Recorder::new(journal).into_diagnostic()?;
        let mut progress = ui.progress();
        let summary = if self.earlier.concluded() < self.plan.attempts.len() {
            let (receipt, arms) = (&self.receipt, self.arms.by_name());
            let run = Run { plan: &self.plan, receipt, arms, earlier: &self.earlier };
            let mut observers: [&mut dyn gonogo_core::Observer; 2] = [&mut recorder, &mut progress];
            gonogo_runner::run(&run, options, &SystemClock, &mut observers, stop_on_ctrl_c())
                .await
                .map_err(|error| self.unfinished(&error.to_string()))?
        } else {
            let rows = u32::try_from(self.earlier.concluded()).unwrap_or(u32::MAX);
            Summary { rows, planned: rows, interrupted: false, given_up: BTreeMap::new() }
        };
        // A run that was complete before keeps the time at which it was.
        if self.receipt.status == RunStatus::Unfinished {
            recorder.note_load(machine::load());
            recorder.finish(&SystemClock.now()).into_diagnostic()?;
        }
        let also = record::also(args.record.as_deref());
        if summary.interrupted {
            ui.note(&format!("finish it with: gonogo run --resume {}{also}", self.dir.name()));
            return Ok(ExitStatus::Interrupted);
        }
        let parquet = Deriving::start(&self.dir);
        if summary.given_up.is_empty() {
            record::write(&self.dir, args.record.as_deref(), config, ui)?;
        }
        let attempts = self.dir.attempts().into_diagnostic()?.rows;
        self.print(&attempts, args.format, ui)?;
        parquet.finish(ui);
        ui.note(&format!("report: gonogo report {}", self.dir.name()));
        let unanswered = unanswered::arms(&attempts);
        unanswered.iter().for_each(|arm| ui.note(&arm.to_string()));
        if !summary.given_up.is_empty() {
            let arms = summary.given_up.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            ui.note(&format!("{arms} given up; when back: gonogo run --resume {}{also}", self.dir.name()));
        }
        let heard_of_all = summary.given_up.is_empty() && unanswered.is_empty();
        Ok(if heard_of_all { ExitStatus::Success } else { ExitStatus::Inconclusive })
    }

    /// The rows so far are safe; says how to go on.
    fn unfinished(&self, cause: &str) -> miette::Report {
        miette!(
            help = format!(
                "the rows so far are in {}; remove the cause, then `gonogo run --resume {}`",
                self.dir.path().display(),
                self.dir.name()
            ),
            "the run stopped: {cause}"
        )
    }

    fn print(&self, attempts: &[Attempt], format: SummaryFormat, ui: Ui) -> Result<()> {
        let receipt = self.dir.receipt().into_diagnostic()?;
        let report = Report::new(&receipt, attempts);
        match format {
            SummaryFormat::Text => ui.data(&terminal::summary(&report)),
            SummaryFormat::Json => {
                ui.data(&serde_json::to_string_pretty(&report.json(None)).into_diagnostic()?)
            }
        }
    }
}

/// Turns true at the first Ctrl-C.
fn stop_on_ctrl_c() -> watch::Receiver<bool> {
    let (tell, stop) = watch::channel(false);
    tokio::spawn(interrupt::listen(move || {
        let _ = tell.send(true);
    }));
    stop
}
