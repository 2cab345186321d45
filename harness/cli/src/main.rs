//! `gonogo`: a go/no-go gauge for constrained generation.
//!
//! The only crate that prints or exits. Each subcommand is a file of `command/`.

mod arm;
mod beside;
mod command;
mod compile_check;
mod config;
mod evidence;
mod exit_status;
mod format;
mod home;
mod interrupt;
mod log;
mod machine;
mod near;
mod open_arms;
mod open_files;
mod page;
mod parquet;
mod planning;
mod plural;
mod record;
mod replaying;
mod same_arms;
mod terminal;
mod ui;
mod unanswered;

use std::{io::IsTerminal, path::PathBuf, process::ExitCode};

use clap::{Command as ClapCommand, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;
use miette::Result;

use crate::{config::Config, exit_status::ExitStatus, home::Home, ui::Ui};

/// Answers are many small allocations that other threads free, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A go/no-go gauge for constrained generation
#[derive(Debug, Parser)]
#[command(name = "gonogo", version = env!("GONOGO_VERSION"), max_term_width = 100)]
struct Cli {
    /// Configuration file [default: the nearest gonogo.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// No notes and no progress on stderr
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run suites on arms; every planned attempt ends as one row
    Run(command::run::RunArgs),
    /// Render a run: markdown, HTML, JSON, CSV or JUnit XML
    Report(command::report::ReportArgs),
    /// Decide: GO, NO-GO or INCONCLUSIVE, by exit code
    Gate(command::gate::GateArgs),
    /// Compare arms on the same attempts, or say why they cannot be compared
    Compare(command::compare::CompareArgs),
    /// Follow other strategies through the answers of a run: retries, fallbacks, routing; nothing is asked again
    #[command(name = "whatif")]
    WhatIf(command::whatif::WhatIfArgs),
    /// Watch arms over many nights: what has changed, since when, and what else changed then
    Trend(command::trend::TrendArgs),
    /// Compare engines mask by mask, without a model: what each enforces, and what it costs
    Masks(Box<command::masks::MasksArgs>),
    /// Make one run of the shards of a plan
    Merge(command::merge::MergeArgs),
    /// Judge a stored run again, from its captures
    Rejudge(command::rejudge::RejudgeArgs),
    /// List suites, or check that their oracles hold
    #[command(subcommand)]
    Suites(command::suites::SuitesCommand),
    /// List the configured arms
    Arms(command::arms::ArmsArgs),
    /// Prove what an arm enforces: by channel, by canary, by keyword of JSON Schema
    Probe(command::probe::ProbeArgs),
    /// Say what an outcome means and whose fault it is
    Explain(command::explain::ExplainArgs),
    /// Find recordings that have grown stale, or that a server no longer bears out
    #[command(subcommand)]
    Fixtures(command::fixtures::FixturesCommand),
    /// Serve recordings over HTTP, for any client; rows of it are never evidence
    Serve(command::serve::ServeArgs),
    /// Serve scripted faults on loopback; rows of it are never evidence
    Sim(command::sim::SimArgs),
    /// Install the embedded model and XGrammar
    Setup(command::setup::SetupArgs),
    /// Print a completion script
    Completions {
        /// For which shell
        shell: Shell,
    },
}

fn main() -> ExitCode {
    let cli = match definition().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            let code = if error.use_stderr() { ExitStatus::CannotRun } else { ExitStatus::Success };
            return code.into();
        }
    };
    log::to_stderr();
    errors_look_alike_everywhere();
    match dispatch(cli) {
        Ok(status) => status.into(),
        Err(report) => {
            // It may show a line of the configuration.
            anstream::eprintln!("{}", log::redact(&format!("{report:?}")));
            ExitStatus::CannotRun.into()
        }
    }
}

/// The command line, with the exit codes under the help.
fn definition() -> ClapCommand {
    let table = exit_status::table();
    Cli::command().after_help(table.clone()).mut_subcommand("gate", |gate| gate.after_help(table))
}

/// Errors are drawn with the same characters on every machine; only colour follows the terminal.
fn errors_look_alike_everywhere() {
    let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // Fails only where a hook is set already, and nobody else sets one.
    let _ = miette::set_hook(Box::new(move |_| {
        Box::new(miette::MietteHandlerOpts::new().unicode(true).color(color).terminal_links(false).build())
    }));
}

fn dispatch(cli: Cli) -> Result<ExitStatus> {
    let ui = Ui::new(cli.quiet);
    let config = || {
        let config = Config::load(cli.config.as_deref()).map_err(miette::Report::from)?;
        log::hide_keys_of(&config);
        Ok::<_, miette::Report>(config)
    };
    match cli.command {
        Command::Run(args) => command::run::run(&args, &config()?.insecure(args.insecure), ui),
        Command::Report(args) => command::report::run(&args, &config()?, ui),
        Command::Gate(args) => command::gate::run(&args, &config()?, ui),
        Command::Compare(args) => command::compare::run(&args, &config()?, ui),
        Command::WhatIf(args) => command::whatif::run(&args, &config()?, ui),
        Command::Trend(args) => command::trend::run(&args, &config()?, ui),
        Command::Masks(args) => command::masks::run(&args, &config()?, ui),
        Command::Merge(args) => command::merge::run(&args, &config()?, ui),
        Command::Rejudge(args) => command::rejudge::run(&args, &config()?, ui),
        Command::Suites(args) => command::suites::run(&args, &config()?, ui),
        Command::Arms(args) => command::arms::run(&args, &config()?, ui),
        Command::Probe(args) => command::probe::run(&args, &config()?.insecure(args.insecure), ui),
        Command::Explain(args) => command::explain::run(&args, ui),
        Command::Fixtures(command) => command::fixtures::run(&command, &config()?, ui),
        Command::Serve(args) => command::serve::run(&args, ui),
        Command::Sim(args) => command::sim::run(&args, ui),
        Command::Setup(args) => {
            let config = config()?;
            command::setup::run(&args, &Home::of(&config.project), ui)
        }
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut definition(), "gonogo", &mut std::io::stdout());
            Ok(ExitStatus::Success)
        }
    }
}
