//! From flags and configuration to a plan and a receipt.

use std::{collections::BTreeSet, time::SystemTime};

use gonogo_core::{Case, Caveat, FORMAT, Plan, PlanOptions, Receipt, RunStatus, StepView, Suite};
use gonogo_runner::{Clock, Defaults, RunOptions, SystemClock};
use miette::{Result, miette};

use crate::{
    command::{
        run::{self, RunArgs},
        suites,
    },
    config::Config,
    machine, near,
    open_arms::OpenArms,
};

/// Everything that was decided before the first attempt.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Name of the run.
    pub(crate) name: String,
    /// Arms, in the order given.
    pub(crate) arms: Vec<String>,
    /// Tries of each case on each arm.
    pub(crate) repeat: u32,
    /// Attempts in flight at a time.
    pub(crate) concurrency: u32,
    /// Seed of the order and of every draw.
    pub(crate) seed: u64,
    /// For cases that say nothing else.
    pub(crate) defaults: Defaults,
    /// Whether constrained arms are sent a canary.
    pub(crate) canary: bool,
}

impl Settings {
    /// What the runner takes.
    pub(crate) fn options(&self) -> RunOptions {
        run::options(self.concurrency, self.defaults)
    }
}

/// Flags before configuration; unknown arms are errors before anything is opened.
pub(crate) fn settings(args: &RunArgs, config: &Config) -> Result<Settings> {
    let arms = if args.arms.is_empty() { config.run.arms.clone() } else { args.arms.clone() };
    if arms.is_empty() {
        return Err(miette!(help = "name one with --arm; `gonogo arms` lists them", "no arm to run"));
    }
    let mut seen = BTreeSet::new();
    for name in &arms {
        config.arm(name)?;
        if !seen.insert(name) {
            return Err(miette!("arm `{name}` is named twice"));
        }
    }
    let temperature = args.temperature.unwrap_or(config.run.temperature);
    if !(temperature.is_finite() && temperature >= 0.0) {
        return Err(miette!("temperature {temperature} is not a number from 0 up"));
    }
    Ok(Settings {
        name: args.name.clone().unwrap_or_else(|| default_name(args, config)),
        arms,
        repeat: args.repeat.unwrap_or(config.run.repeat),
        concurrency: args.concurrency.unwrap_or(config.run.concurrency),
        seed: args.seed.unwrap_or_else(seed_from_clock),
        defaults: Defaults { max_tokens: args.max_tokens.unwrap_or(config.run.max_tokens), temperature },
        canary: !args.no_canary,
    })
}

/// The last parts of the suites' names, as far as a folder's name should go.
fn default_name(args: &RunArgs, config: &Config) -> String {
    const PARTS: usize = 4;
    let suites = if args.suites.is_empty() { &config.run.suites } else { &args.suites };
    let names = suites.iter().filter_map(|suite| Some(suite.file_name()?.to_string_lossy().into_owned()));
    names.take(PARTS).collect::<Vec<_>>().join("-")
}

/// The settings of a run being resumed: what its receipt says, so that its rows stay comparable.
pub(crate) fn settings_of(receipt: &Receipt, config: &Config) -> Result<Settings> {
    for arm in &receipt.arms {
        config.arm(&arm.name)?;
    }
    Ok(Settings {
        name: receipt.run.clone(),
        arms: receipt.arms.iter().map(|arm| arm.name.clone()).collect(),
        repeat: 1,
        concurrency: receipt.concurrency,
        seed: receipt.seed,
        defaults: Defaults { max_tokens: receipt.max_tokens, temperature: receipt.temperature },
        // A run without canaries has none to send now.
        canary: receipt.arms.iter().any(|arm| arm.canary.is_some() || arm.load.is_some()),
    })
}

/// The plan: suites read, cases and rungs chosen, arms interleaved.
pub(crate) fn plan(args: &RunArgs, settings: &Settings, config: &Config) -> Result<Plan> {
    let wanted = if args.suites.is_empty() { &config.run.suites } else { &args.suites };
    let mut suites = suites::load(wanted, config)?;
    suites.iter_mut().for_each(|suite| settle_sampling(suite, args, settings.defaults));
    check_cases(&suites, &args.cases)?;
    check_rungs(&suites, &args.rungs)?;
    let rungs =
        if args.rungs.is_empty() { config.run.rung.iter().cloned().collect() } else { args.rungs.clone() };
    let options = PlanOptions {
        arms: settings.arms.clone(),
        repeat: settings.repeat,
        seed: settings.seed,
        rungs,
        cases: args.cases.clone(),
    };
    let plan = Plan::new(suites, &options);
    if plan.attempts.is_empty() {
        return Err(miette!("nothing to run: the suites have no cases"));
    }
    Ok(plan)
}

/// How each step draws: as its case says, for that is what it is about; else as the flags say, as
/// its suite says, as the configuration says.
fn settle_sampling(suite: &mut Suite, args: &RunArgs, otherwise: Defaults) {
    let own = suite.sampling;
    let max_tokens = args.max_tokens.or(own.max_tokens).unwrap_or(otherwise.max_tokens);
    let temperature = args.temperature.or(own.temperature).unwrap_or(otherwise.temperature);
    suite.cases.iter_mut().for_each(|case| case.settle_sampling(max_tokens, temperature));
}

/// The least and the most that steps of planned cases set; the least only where it is another.
fn range<T: PartialOrd + Copy>(
    plan: &Plan,
    of: fn(&StepView<'_>) -> Option<T>,
    otherwise: T,
) -> (Option<T>, T) {
    let planned = plan.attempts.iter().map(|planned| &planned.key);
    let cases = planned.filter_map(|key| plan.suite(&key.suite)?.case(&key.case));
    let mut set: Vec<T> = cases.flat_map(Case::all_steps).filter_map(|step| of(&step)).collect();
    set.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    let most = set.last().copied().unwrap_or(otherwise);
    (set.first().copied().filter(|least| *least != most), most)
}

/// A case asked for by name must exist somewhere.
fn check_cases(suites: &[Suite], wanted: &[String]) -> Result<()> {
    let cases = suites.iter().flat_map(|suite| &suite.cases);
    check_names("case", wanted, cases.map(|case| case.name.as_str()).collect())
}

/// A rung asked for by name must exist somewhere.
fn check_rungs(suites: &[Suite], wanted: &[String]) -> Result<()> {
    let rungs = suites.iter().flat_map(|suite| &suite.rungs);
    check_names("rung", wanted, rungs.map(|rung| rung.name.as_str()).collect())
}

fn check_names(what: &str, wanted: &[String], known: BTreeSet<&str>) -> Result<()> {
    match wanted.iter().find(|name| !known.contains(name.as_str())) {
        Some(unknown) => {
            Err(miette!(help = near::advice(unknown, known), "no suite has a {what} `{unknown}`"))
        }
        None => Ok(()),
    }
}

/// The receipt as far as it is known before the first attempt.
pub(crate) fn receipt(settings: &Settings, plan: &Plan, arms: &OpenArms, config: &Config) -> Receipt {
    let gonogo = machine::revision(&config.project);
    let machine = machine::machine();
    let mut caveats = Vec::new();
    if gonogo.dirty == Some(true) {
        caveats.push(Caveat::DirtyTree);
    }
    if gonogo.profile != "release" {
        caveats.push(Caveat::UnoptimisedBuild);
    }
    if settings.concurrency > 1 {
        caveats.push(Caveat::SharedMachine { concurrency: settings.concurrency, cores: machine.cores });
    }
    caveats.extend(arms.defaults_differ());
    let (max_tokens_least, max_tokens) = range(plan, |step| step.max_tokens, settings.defaults.max_tokens);
    let (temperature_least, temperature) =
        range(plan, |step| step.temperature, settings.defaults.temperature);
    Receipt {
        format: FORMAT,
        run: settings.name.clone(),
        status: RunStatus::Unfinished,
        started: SystemClock.now(),
        finished: None,
        command: std::env::args().collect(),
        gonogo,
        machine,
        seed: settings.seed,
        concurrency: settings.concurrency,
        max_tokens,
        max_tokens_least,
        temperature,
        temperature_least,
        planned: u32::try_from(plan.attempts.len()).unwrap_or(u32::MAX),
        suites: plan.suite_receipts(),
        arms: arms.receipts(),
        caveats,
    }
}

/// A seed nobody chose; it is in the receipt.
fn seed_from_clock() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    since.as_millis().try_into().unwrap_or_default()
}
