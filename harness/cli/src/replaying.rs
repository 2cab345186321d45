//! `--replay`: the arms, suites, seed and flags of a recorded run, so that it is asked again as it was.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use clap::Parser;
use gonogo_core::{Plan, Planned, Retry};
use gonogo_replay::{Asked, CassetteError, Header, RecordedSuite, is_cassette};
use miette::{IntoDiagnostic, Result, miette};

use crate::{
    Cli, Command,
    command::run::RunArgs,
    config::{ArmConfig, ArmKind, Config},
    near,
};

/// A command line and a configuration in which the recorded arms answer from their cassettes.
#[derive(Debug)]
pub(crate) struct Replaying {
    pub(crate) args: RunArgs,
    pub(crate) config: Config,
    pub(crate) recorded: Recorded,
}

/// Which part of the plan was recorded.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    suites: Vec<RecordedSuite>,
    /// Whether rungs and cases were chosen anew.
    rungs_chosen: bool,
    cases_chosen: bool,
}

impl Replaying {
    /// What to run: what was asked for, or with `--replay` what was recorded. Flags go before the recording.
    pub(crate) fn new(args: &RunArgs, config: &Config) -> Result<Self> {
        let Some(path) = &args.replay else {
            return Ok(Self { args: args.clone(), config: config.clone(), recorded: Recorded::default() });
        };
        let cassettes = cassettes(path)?;
        let chosen = chosen(&cassettes, args, path)?;
        let mut replaying =
            Self { args: args.clone(), config: config.clone(), recorded: Recorded::default() };
        for (path, header) in &cassettes {
            replaying.config.arms.insert(header.name.clone(), arm(path)?);
        }
        // A run that is resumed has its own plan.
        if args.resume.is_none() {
            replaying.args.arms = chosen.iter().map(|header| header.name.clone()).collect();
            replaying.ask_as_recorded(&chosen)?;
        }
        Ok(replaying)
    }

    fn ask_as_recorded(&mut self, chosen: &[&Header]) -> Result<()> {
        let suites = union(chosen);
        let (args, run) = (&mut self.args, &mut self.config.run);
        if let Some(asked) = agreed(chosen, args)? {
            args.seed = args.seed.or(Some(asked.seed));
            args.repeat = args.repeat.or(Some(asked.repeat));
            args.max_tokens = args.max_tokens.or(asked.max_tokens);
            args.temperature = args.temperature.or(asked.temperature);
            (run.max_tokens, run.temperature) = (asked.default_max_tokens, asked.default_temperature);
            (run.rate, run.concurrency, run.rung) = (None, None, None);
        }
        if args.suites.is_empty() {
            args.suites = suites.iter().map(|suite| PathBuf::from(&suite.name)).collect();
        }
        self.recorded = Recorded {
            rungs_chosen: !args.rungs.is_empty(),
            cases_chosen: !args.cases.is_empty(),
            suites: suites.clone(),
        };
        if args.rungs.is_empty() {
            let rungs: BTreeSet<String> = suites.into_iter().flat_map(|suite| suite.rungs).collect();
            args.rungs = rungs.into_iter().collect();
        }
        Ok(())
    }
}

impl Recorded {
    /// These suites, at the recorded rungs or at any.
    pub(crate) fn of(suites: Vec<RecordedSuite>, any_rung: bool) -> Self {
        Self { suites, rungs_chosen: any_rung, cases_chosen: false }
    }

    /// The plan without rungs and cases that nobody recorded and nobody asked for. Cases that a suite has got
    /// since stay, and are missed.
    pub(crate) fn narrowed(&self, plan: Plan) -> Plan {
        plan.only(|planned| self.has(planned))
    }

    fn has(&self, planned: &Planned) -> bool {
        let Some(suite) = self.suites.iter().find(|suite| suite.name == planned.key.suite) else {
            return true;
        };
        let rung = planned.key.rung.as_ref();
        let rung = rung.is_none_or(|rung| self.rungs_chosen || suite.rungs.contains(rung));
        let cases = suite.cases.as_ref().filter(|_| !self.cases_chosen);
        rung && cases.is_none_or(|cases| cases.contains(&planned.key.case))
    }
}

/// The command line that replays `path`.
pub(crate) fn args(path: &Path) -> Result<RunArgs> {
    let words: [&OsStr; 4] = ["gonogo".as_ref(), "run".as_ref(), "--replay".as_ref(), path.as_os_str()];
    let Command::Run(args) = Cli::try_parse_from(words).into_diagnostic()?.command else {
        return Err(miette!("`gonogo run` is not what it was"));
    };
    Ok(args)
}

/// The cassettes at `path`: the file, or those of the folder, by name.
pub(crate) fn cassettes(path: &Path) -> Result<Vec<(PathBuf, Header)>> {
    let mut cassettes: Vec<(PathBuf, Header)> = Vec::new();
    for path in files(path)? {
        if is_cassette(&path).map_err(|error| unreadable(&path, &error))? {
            let header = Header::load(&path).map_err(|error| unreadable(&path, &error))?;
            if let Some((other, _)) = cassettes.iter().find(|(_, known)| known.name == header.name) {
                let help = "name one of the files";
                let (other, path) = (other.display(), path.display());
                return Err(miette!(help = help, "{other} and {path} are both called `{}`", header.name));
            }
            cassettes.push((path, header));
        }
    }
    if cassettes.is_empty() {
        let help = "record some with `gonogo run --record DIR`; fixtures/README.md has the format";
        return Err(miette!(help = help, "no cassette at {}", path.display()));
    }
    Ok(cassettes)
}

/// The files that may be cassettes: `path` itself, or what its folder has, sorted.
pub(crate) fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).map_err(|error| miette!("cannot read {}: {error}", path.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.into_diagnostic()?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_file() && (name.ends_with(".jsonl") || name.ends_with(".jsonl.gz")) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn unreadable(path: &Path, error: &CassetteError) -> miette::Report {
    miette!(help = "`gonogo fixtures check` reads every cassette", "{}: {error}", path.display())
}

/// The recorded arms that are asked for, or all.
fn chosen<'a>(cassettes: &'a [(PathBuf, Header)], args: &RunArgs, path: &Path) -> Result<Vec<&'a Header>> {
    if args.arms.is_empty() {
        return Ok(cassettes.iter().map(|(_, header)| header).collect());
    }
    let names = || cassettes.iter().map(|(_, header)| header.name.as_str());
    let find = |name: &String| {
        cassettes.iter().map(|(_, header)| header).find(|header| header.name == *name).ok_or_else(|| {
            miette!(help = near::advice(name, names()), "no recording of arm `{name}` at {}", path.display())
        })
    };
    args.arms.iter().map(find).collect()
}

/// How all of them were asked, where they say; flags settle what they do not agree on.
fn agreed(chosen: &[&Header], args: &RunArgs) -> Result<Option<Asked>> {
    let settled = |asked: &Asked| Asked {
        seed: args.seed.unwrap_or(asked.seed),
        repeat: args.repeat.unwrap_or(asked.repeat),
        max_tokens: args.max_tokens.or(asked.max_tokens),
        temperature: args.temperature.or(asked.temperature),
        retry: None,
        ..asked.clone()
    };
    let mut known = chosen.iter().filter_map(|header| Some((&header.name, settled(header.asked.as_ref()?))));
    let Some((first, asked)) = known.next() else { return Ok(None) };
    match known.find(|(_, other)| *other != asked) {
        None => Ok(Some(asked)),
        Some((other, _)) => Err(miette!(
            help = "replay one of them with --arm, or settle it with --seed, --repeat, --max-tokens and --temperature",
            "`{first}` and `{other}` were not asked alike when they were recorded"
        )),
    }
}

/// The suites of all of them, each once, with all rungs and cases that one of them has.
fn union(chosen: &[&Header]) -> Vec<RecordedSuite> {
    let mut suites: Vec<RecordedSuite> = Vec::new();
    for suite in chosen.iter().flat_map(|header| &header.suites) {
        let Some(known) = suites.iter_mut().find(|known| known.name == suite.name) else {
            suites.push(suite.clone());
            continue;
        };
        let rungs: BTreeSet<String> = known.rungs.drain(..).chain(suite.rungs.iter().cloned()).collect();
        known.rungs = rungs.into_iter().collect();
        known.cases = match (known.cases.take(), &suite.cases) {
            (Some(known), Some(more)) => Some(known.into_iter().chain(more.iter().cloned()).collect()),
            _ => None,
        };
    }
    suites
}

/// An arm that answers from the cassette at `path`.
pub(crate) fn arm(path: &Path) -> Result<ArmConfig> {
    // The configuration's paths start at its folder; this one at the working directory.
    let path = std::path::absolute(path).into_diagnostic()?;
    let text =
        format!("kind = \"replay\"\ncassette = {}", toml::Value::from(path.to_string_lossy().as_ref()));
    toml::from_str(&text).into_diagnostic()
}

/// When the attempts of a recorded arm were tried again: they are tried again in the same way.
pub(crate) fn retry(arm: &ArmConfig, config: &Config) -> Option<Retry> {
    match arm.kind {
        ArmKind::Replay => Header::load(&config.path(arm.cassette.as_deref()?)).ok()?.asked?.retry,
        ArmKind::Local | ArmKind::Http | ArmKind::Sim => None,
    }
}
