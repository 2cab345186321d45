//! From flags and configuration to a plan and a receipt.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::SystemTime,
};

use gonogo_core::{
    ArmReceipt, Arrivals, Case, Caveat, FORMAT, Pace, Plan, PlanOptions, Receipt, Revision, RunStatus, Shard,
    StepView, Suite,
};
use gonogo_runner::{Clock, Conduct, Defaults, RunOptions, SystemClock};
use miette::{Result, miette};

use crate::{
    command::{
        run::{JUDGE_LIMIT, RunArgs},
        suites,
    },
    config::{ArmKind, Config},
    log, machine, near,
    open_arms::OpenArms,
    replaying,
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
    /// The schedule of an open loop.
    pub(crate) pace: Option<Pace>,
    /// How the failures of each arm are met.
    pub(crate) conduct: BTreeMap<String, Conduct>,
    /// Seed of the order and of every draw.
    pub(crate) seed: u64,
    /// For cases that say nothing else.
    pub(crate) defaults: Defaults,
    /// Whether constrained arms are sent a canary.
    pub(crate) canary: bool,
    /// The part of the plan to make.
    pub(crate) shard: Option<Shard>,
}

impl Settings {
    /// What the runner takes.
    pub(crate) fn options(&self) -> RunOptions {
        RunOptions {
            concurrency: self.concurrency,
            pace: self.pace,
            defaults: self.defaults,
            judge_limit: JUDGE_LIMIT,
        }
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
    let pace = pace(args, config)?;
    let conduct = conduct(&arms, args, config)?;
    Ok(Settings {
        name: args.name.clone().unwrap_or_else(|| default_name(args, config)) + &suffix(args.shard),
        concurrency: concurrency(args, config, &arms, pace)?,
        arms,
        repeat: args.repeat.unwrap_or(config.run.repeat),
        pace,
        conduct,
        seed: args.seed.unwrap_or_else(seed_from_clock),
        defaults: Defaults { max_tokens: args.max_tokens.unwrap_or(config.run.max_tokens), temperature },
        canary: !args.no_canary,
        shard: args.shard,
    })
}

/// In flight at most when a rate is given and no concurrency: more than any server is likely to be asked for here.
const OPEN_LOOP_CONCURRENCY: u32 = 256;

/// The schedule of an open loop, where a rate is given.
fn pace(args: &RunArgs, config: &Config) -> Result<Option<Pace>> {
    let arrivals = args.arrivals.map_or(config.run.arrivals, Arrivals::from);
    let Some(per_second) = args.rate.or(config.run.rate) else {
        return match args.arrivals {
            Some(_) => Err(miette!(
                help = "give a rate with --rate",
                "arrivals are spread by a rate, and there is none"
            )),
            None => Ok(None),
        };
    };
    if !(per_second.is_finite() && per_second >= 1e-4) {
        return Err(miette!("rate {per_second} is not a number of attempts a second from 0.0001 up"));
    }
    Ok(Some(Pace { per_second, arrivals }))
}

/// What is asked for; else one at a time in a closed loop, and in an open one as many as it takes, but for local
/// arms: each in flight there is a worker with its own model.
fn concurrency(args: &RunArgs, config: &Config, arms: &[String], pace: Option<Pace>) -> Result<u32> {
    if let Some(asked) = args.concurrency.or(config.run.concurrency) {
        return Ok(asked.max(1));
    }
    let mut local = false;
    for name in arms {
        local |= config.arm(name)?.kind == ArmKind::Local;
    }
    Ok(if pace.is_some() && !local { OPEN_LOOP_CONCURRENCY } else { 1 })
}

/// How the failures of each arm are met, as the flags say before its configuration.
fn conduct(arms: &[String], args: &RunArgs, config: &Config) -> Result<BTreeMap<String, Conduct>> {
    let mut conducts = BTreeMap::new();
    for name in arms {
        let mut conduct =
            config.arm(name)?.conduct().map_err(|problem| miette!("arm `{name}`: {problem}"))?;
        conduct.retry = replaying::retry(config.arm(name)?, config).unwrap_or(conduct.retry);
        if let Some(tries) = args.tries {
            conduct.retry.tries = tries;
        }
        conducts.insert(name.clone(), conduct);
    }
    Ok(conducts)
}

/// The last parts of the suites' names, as far as a folder's name should go.
fn default_name(args: &RunArgs, config: &Config) -> String {
    const PARTS: usize = 4;
    let suites = if args.suites.is_empty() { &config.run.suites } else { &args.suites };
    let names = suites.iter().filter_map(|suite| Some(suite.file_name()?.to_string_lossy().into_owned()));
    names.take(PARTS).collect::<Vec<_>>().join("-")
}

/// What a shard's name ends in, so that shards can lie side by side.
pub(crate) fn suffix(shard: Option<Shard>) -> String {
    shard.map(|shard| format!("-{}of{}", shard.number, shard.of)).unwrap_or_default()
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
        pace: receipt.pace,
        conduct: receipt.arms.iter().map(|arm| (arm.name.clone(), conduct_of(arm))).collect(),
        seed: receipt.seed,
        defaults: Defaults { max_tokens: receipt.max_tokens, temperature: receipt.temperature },
        // A run without canaries has none to send now.
        canary: receipt.arms.iter().any(|arm| arm.canary.is_some() || arm.load.is_some()),
        shard: receipt.shard,
    })
}

/// How the failures of an arm were met when its run began.
fn conduct_of(arm: &ArmReceipt) -> Conduct {
    Conduct { retry: arm.retry.clone().unwrap_or_default(), breaker: arm.breaker }
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
        shard: settings.shard,
    };
    let plan = Plan::new(suites, &options);
    if let (Some(shard), true, false) = (settings.shard, plan.attempts.is_empty(), plan.elsewhere.is_empty())
    {
        let help = "split into fewer shards: each takes whole blocks, a case of a repeat on all arms";
        return Err(miette!(help = help, "shard {shard} would be empty"));
    }
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
    let planned = plan.attempts.iter().chain(&plan.elsewhere).map(|planned| &planned.key);
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

/// The receipt as far as it is known before the first attempt; `gonogo` is what is to make them.
pub(crate) fn receipt(settings: &Settings, plan: &Plan, arms: &OpenArms, gonogo: Revision) -> Receipt {
    let machine = machine::machine();
    let mut caveats = Vec::new();
    if gonogo.dirty == Some(true) {
        caveats.push(Caveat::DirtyTree);
    }
    if gonogo.profile != "release" {
        caveats.push(Caveat::UnoptimisedBuild);
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
        command: log::command(),
        gonogo,
        machine,
        load: None,
        seed: settings.seed,
        concurrency: settings.concurrency,
        pace: settings.pace,
        max_tokens,
        max_tokens_least,
        temperature,
        temperature_least,
        planned: plan.planned(),
        plan: plan.hash().ok(),
        shard: settings.shard,
        parts: Vec::new(),
        resumed: Vec::new(),
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
