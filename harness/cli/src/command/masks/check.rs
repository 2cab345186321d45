//! `gonogo masks check`: the ratchet. Classes that were reached are not lost again unseen.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use gonogo_masks::{Baseline, BaselineOf, Change, Class, Ratchet, Survey, judge};
use miette::{IntoDiagnostic, Result, WrapErr, miette};

use super::{
    EngineArgs, SurveyArgs, Whose,
    start::{self, Made},
};
use crate::{config::Config, exit_status::ExitStatus, format::Format, ui::Ui};

/// Where classes are on record.
const BASELINES: &str = "fixtures/baselines";

/// Arguments of `gonogo masks check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Corpora [default: `masks.corpora` of the configuration, else suites/keywords]
    #[arg(value_name = "CORPUS")]
    corpora: Vec<PathBuf>,
    #[command(flatten)]
    engines: EngineArgs,
    /// Whose settings engines get; repeat for both [default: both]
    #[arg(long, value_enum, value_name = "WHOSE")]
    options: Vec<Whose>,
    /// Leave out the schemas whose id matches, such as those whose class depends on how busy the machine is; repeat for
    /// more
    #[arg(long, value_name = "PATTERN")]
    except: Vec<String>,
    /// Put the classes of today on record
    #[arg(long)]
    update: bool,
    /// Where classes are on record [default: fixtures/baselines of the project]
    #[arg(long, value_name = "DIR")]
    baselines: Option<PathBuf>,
    /// Trials at a time [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    jobs: Option<u32>,
    /// Where the survey behind it is written [default: `run.out` of the configuration]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Makes a survey and compares its classes with those on record.
pub(super) fn run(args: &CheckArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    let folder = args.baselines.clone().unwrap_or_else(|| config.path(Path::new(BASELINES)));
    let made = match start::make(&survey(args), config, ui)? {
        Made::Whole(dir) => dir,
        Made::Stopped => return Ok(ExitStatus::Interrupted),
    };
    let (plan, survey) = (made.plan().into_diagnostic()?, made.survey().into_diagnostic()?);
    let corpus = plan.corpora.iter().map(|corpus| corpus.name.as_str()).collect::<Vec<_>>().join("-");
    let mut holds = true;
    for (arm, classes) in classes(&survey) {
        let ready = survey.ready.get(&arm);
        let now = Baseline {
            of: BaselineOf {
                arm: arm.clone(),
                version: ready.map(|ready| ready.engine_version.clone()).unwrap_or_default(),
                corpus: corpus.clone(),
                tokenizer: plan.tokenizer.name.clone(),
            },
            classes,
        };
        let file = folder.join(format!("{corpus}-{arm}.jsonl"));
        holds &= settle(&now, &file, args.update, ui)?;
    }
    Ok(if holds { ExitStatus::Success } else { ExitStatus::NoGo })
}

/// Compares one arm with its file, or writes that; whether it holds.
fn settle(now: &Baseline, file: &Path, update: bool, ui: Ui) -> Result<bool> {
    if update {
        fs::create_dir_all(file.parent().unwrap_or(Path::new("."))).into_diagnostic()?;
        fs::write(file, now.lines()).into_diagnostic().wrap_err_with(|| file.display().to_string())?;
        ui.note(&format!("wrote {}", file.display()));
        return Ok(true);
    }
    let text = fs::read_to_string(file).map_err(|error| {
        miette!(
            help = "put today's classes on record with `gonogo masks check --update`",
            "nothing is on record of {}: cannot read {}: {error}",
            now.of.arm,
            file.display()
        )
    })?;
    let then = Baseline::parse(&text).map_err(|(line, cause)| {
        miette!(
            help = "restore the file, or make it again with --update",
            "{} line {line} is no baseline: {cause}",
            file.display()
        )
    })?;
    if then.of.version != now.of.version {
        ui.note(&format!("{}: {} was on record, this is {}", now.of.arm, then.of.version, now.of.version));
    }
    if then.of.tokenizer != now.of.tokenizer {
        let (was, is) = (&then.of.tokenizer, &now.of.tokenizer);
        ui.note(&format!("{}: instances were cut by {was}, and now are by {is}", now.of.arm));
    }
    let ratchet = then.compare(&now.classes);
    for line in lines(&now.of.arm, &ratchet) {
        ui.data(&line)?;
    }
    if ratchet.worse.iter().any(|change| is_of_a_limit(change.is)) {
        ui.note(
            "how long a trial takes depends on how busy the machine is: try again with longer limits, or leave such \
             schemas out (--except)",
        );
    }
    if !ratchet.holds() || !ratchet.better.is_empty() {
        ui.note(
            "where that is meant, put today's classes on record: the same command with --update, and review the diff",
        );
    }
    Ok(ratchet.holds())
}

/// Whether a limit of time decided it.
fn is_of_a_limit(class: Class) -> bool {
    matches!(class, Class::CompileTimeout | Class::MaskTimeout | Class::Hung)
}

/// What is different, a line each.
fn lines(arm: &str, ratchet: &Ratchet) -> Vec<String> {
    let change = |how: &str, change: &Change| {
        format!("{how:<7} {arm} {}: {} (was {})", change.subject, change.is.name(), change.was.name())
    };
    let worse = ratchet.worse.iter().map(|worse| change("worse", worse));
    let better = ratchet.better.iter().map(|better| change("better", better));
    let new = ratchet.new.iter().map(|subject| format!("{:<7} {arm} {subject}: not on record", "new"));
    let gone = ratchet.gone.iter().map(|subject| format!("{:<7} {arm} {subject}: only on record", "gone"));
    worse.chain(better).chain(new).chain(gone).collect()
}

/// Class by subject, of each arm.
fn classes(survey: &Survey) -> BTreeMap<String, BTreeMap<String, Class>> {
    let subjects: BTreeMap<&str, _> =
        survey.subjects.iter().map(|subject| (subject.id.as_str(), subject)).collect();
    let mut classes: BTreeMap<String, BTreeMap<String, Class>> = BTreeMap::new();
    for record in &survey.records {
        if let Some(subject) = subjects.get(record.subject.as_str()) {
            let of = classes.entry(record.arm.clone()).or_default();
            of.insert(record.subject.clone(), judge(subject, record).class);
        }
    }
    classes
}

/// The survey behind a check: everything, and no comparison of masks.
fn survey(args: &CheckArgs) -> SurveyArgs {
    SurveyArgs {
        corpora: args.corpora.clone(),
        engines: args.engines.clone(),
        options: args.options.clone(),
        jobs: args.jobs,
        seed: 0,
        only: None,
        except: args.except.clone(),
        sample: None,
        differences: 0,
        no_differences: true,
        recompile: 0,
        name: Some("check".into()),
        out: args.out.clone(),
        resume: None,
        format: Format::Text,
    }
}
