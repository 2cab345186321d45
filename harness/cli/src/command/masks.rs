//! `gonogo masks`: engines compared mask by mask, without a model.

mod check;
mod corpora;
mod engines;
mod progress;
mod report;
mod settings;
mod shrink;
mod start;
mod tokenizer;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use gonogo_masks::Configuration;
use miette::Result;

use crate::{config::Config, exit_status::ExitStatus, format::Format, ui::Ui};

/// Arguments of `gonogo masks`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct MasksArgs {
    #[command(subcommand)]
    command: Option<MasksCommand>,
    #[command(flatten)]
    survey: SurveyArgs,
}

/// What else there is to do with masks.
#[derive(Debug, Subcommand)]
enum MasksCommand {
    /// Render a survey: Markdown with plots, JSON, CSV or Parquet
    Report(report::ReportArgs),
    /// Make a schema as small as it goes while an engine still fails on it in the same way
    Shrink(shrink::ShrinkArgs),
    /// Compare each schema's class with the one on record: worse fails, better is reported
    Check(check::CheckArgs),
}

/// Arguments of a survey.
#[derive(Debug, Clone, Args)]
pub(crate) struct SurveyArgs {
    /// Corpora: folders of JSON files, or files named .json, .jsonl, .jsonl.gz or .parquet [default: `masks.corpora`
    /// of the configuration, else suites/keywords]
    #[arg(value_name = "CORPUS")]
    corpora: Vec<PathBuf>,
    #[command(flatten)]
    engines: EngineArgs,
    /// Whose settings engines get; repeat for both [default: both]
    #[arg(long, value_enum, value_name = "WHOSE")]
    options: Vec<Whose>,
    /// Trials at a time [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    jobs: Option<u32>,
    /// Seed of the order, of --sample and of every draw
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// Only schemas whose id matches: `*` is any text, `?` any character
    #[arg(long, value_name = "PATTERN")]
    only: Option<String>,
    /// All schemas but those whose id matches; repeat for more
    #[arg(long, value_name = "PATTERN")]
    except: Vec<String>,
    /// Only so many schemas, drawn by the seed
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    sample: Option<u32>,
    /// Compare engines' masks on so many schemas, drawn by the seed, and have the validator say who is wrong
    #[arg(long, value_name = "N", default_value_t = 500)]
    differences: u32,
    /// Compare no masks
    #[arg(long, conflicts_with = "differences")]
    no_differences: bool,
    /// Compile each schema so many times again, for the cost of a compile that a cache may answer
    #[arg(long, value_name = "N", default_value_t = 0)]
    recompile: u32,
    /// Name of the survey, after its time [default: the corpora's names]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where surveys are written [default: `run.out` of the configuration]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Finish a survey that was interrupted; takes schemas, arms and limits from it
    #[arg(long, value_name = "SURVEY", conflicts_with_all = ["corpora", "engine", "options", "compile_threads", "compile_limit", "mask_limit", "walks_limit", "memory_limit", "jobs", "seed", "only", "except", "sample", "differences", "no_differences", "recompile", "name"])]
    resume: Option<String>,
    /// How to print the summary
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Which engines, how they are started, and what they may take.
#[derive(Debug, Clone, Args)]
pub(crate) struct EngineArgs {
    /// Engine; repeat for a comparison [default: `masks.engines` of the configuration, else llguidance and xgrammar]
    #[arg(long, value_name = "ENGINE")]
    engine: Vec<String>,
    /// A worker program for an engine, in any language, that keeps to backends/PROTOCOL.md
    #[arg(long, value_name = "ENGINE=PATH", value_parser = engines::named_program)]
    program: Vec<(String, PathBuf)>,
    /// Tokenizer: a GGUF file, tokenizer.json, tiktoken file or tekken.json, or the name of an installed one [default: `masks.tokenizer` of the
    /// configuration, else that of the embedded model]
    #[arg(long, value_name = "FILE|NAME")]
    tokenizer: Option<PathBuf>,
    /// Threads that an engine may compile with
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    compile_threads: Option<u32>,
    /// Longest a schema may compile, first mask included, seconds
    #[arg(long, value_name = "S", default_value_t = 30.0, value_parser = settings::seconds)]
    compile_limit: f64,
    /// Longest one mask may take, seconds
    #[arg(long, value_name = "S", default_value_t = 10.0, value_parser = settings::seconds)]
    mask_limit: f64,
    /// Longest all masks of one schema may take together, seconds
    #[arg(long, value_name = "S", default_value_t = 60.0, value_parser = settings::seconds)]
    walks_limit: f64,
    /// Resident memory that a worker must not outgrow, MiB
    #[arg(long, value_name = "MIB", default_value_t = 4096, value_parser = clap::value_parser!(u64).range(16..))]
    memory_limit: u64,
}

/// Whose settings an engine gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Whose {
    /// What a user gets without asking for anything.
    Defaults,
    /// The options on which engines differ, set alike.
    Matched,
}

impl From<Whose> for Configuration {
    fn from(whose: Whose) -> Self {
        match whose {
            Whose::Defaults => Self::Defaults,
            Whose::Matched => Self::Matched,
        }
    }
}

/// Makes a survey, goes on with one, or does something else with masks.
pub(crate) fn run(args: &MasksArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    match (&args.command, &args.survey.resume) {
        (Some(MasksCommand::Report(args)), _) => report::run(args, config, ui),
        (Some(MasksCommand::Shrink(args)), _) => shrink::run(args, config, ui),
        (Some(MasksCommand::Check(args)), _) => check::run(args, config, ui),
        (None, Some(name)) => start::resume(&args.survey, name, config, ui),
        (None, None) => start::start(&args.survey, config, ui),
    }
}
