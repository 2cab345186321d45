//! `--record`: from a complete run to one cassette an arm. The run on disk is what is recorded, so that a crash
//! loses nothing: the run is resumed, and recorded then.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use clap::Parser;
use gonogo_backend::Ask;
use gonogo_core::{ArmReceipt, Attempt, Canary, Plan, Provenance, Receipt, Suite};
use gonogo_dialects::dialect;
use gonogo_replay::{Asked, Cassette, Exchange, FORMAT, Header, RecordedSuite, Sent, manifest, target};
use gonogo_store::RunDir;
use miette::{IntoDiagnostic, Result, miette};

use crate::{
    Cli, Command,
    command::run::RunArgs,
    config::{ArmKind, Config},
    ui::Ui,
};

/// What a cassette's file is called behind the arm's name.
const SUFFIX: &str = ".jsonl.gz";

/// Refuses what cannot be recorded, before anything is asked.
pub(crate) fn check(folder: Option<&Path>, arms: &[String], config: &Config) -> Result<()> {
    let Some(folder) = folder else { return Ok(()) };
    for name in arms {
        match config.arm(name)?.kind {
            ArmKind::Replay => {
                let help = "copy its cassette instead";
                return Err(miette!(help = help, "arm `{name}` answers from a recording"));
            }
            ArmKind::Local | ArmKind::Http | ArmKind::Sim => {}
        }
        free(folder, name)?;
    }
    fs::create_dir_all(folder).map_err(|error| miette!("cannot create {}: {error}", folder.display()))
}

/// The cassette's path, where nothing is yet.
fn free(folder: &Path, arm: &str) -> Result<PathBuf> {
    if arm.is_empty() || arm.starts_with('.') || arm.contains(['/', '\\']) {
        let help = "rename the arm in gonogo.toml";
        return Err(miette!(help = help, "no file can be called after arm `{arm}`"));
    }
    let path = folder.join(format!("{arm}{SUFFIX}"));
    if path.exists() {
        return Err(miette!(
            help = "name another folder, or remove the file: an old recording is not wrong because the server changed",
            "{} is there already",
            path.display()
        ));
    }
    Ok(path)
}

/// How a hint to resume goes on where the run is to be recorded.
pub(crate) fn also(folder: Option<&Path>) -> String {
    folder.map(|folder| format!(" --record {}", folder.display())).unwrap_or_default()
}

/// Records every arm of a run that is over.
pub(crate) fn write(run: &RunDir, folder: Option<&Path>, config: &Config, ui: Ui) -> Result<()> {
    let Some(folder) = folder else { return Ok(()) };
    let recording = Recording::of(run, config)?;
    for arm in &recording.receipt.arms {
        let path = free(folder, &arm.name)?;
        let cassette = recording.cassette(run, arm)?;
        cassette.save(&path).into_diagnostic()?;
        let (n, from) = (cassette.exchanges.len(), cassette.header.provenance.map_or("", Provenance::name));
        ui.note(&format!("recorded {}: {n} exchanges, {from}", path.display()));
    }
    ui.note(&format!("replay: gonogo run --replay {}", folder.display()));
    Ok(())
}

/// A run, read back.
struct Recording<'a> {
    receipt: Receipt,
    plan: Plan,
    rows: Vec<Attempt>,
    /// The flags it was asked with.
    flags: Option<RunArgs>,
    config: &'a Config,
}

impl<'a> Recording<'a> {
    fn of(run: &RunDir, config: &'a Config) -> Result<Self> {
        let receipt = run.receipt().into_diagnostic()?;
        let plan = run.plan().into_diagnostic()?.whole();
        let rows = run.attempts().into_diagnostic()?.rows;
        let flags = flags(&receipt);
        Ok(Self { receipt, plan, rows, flags, config })
    }

    fn cassette(&self, run: &RunDir, arm: &ArmReceipt) -> Result<Cassette> {
        let rows: Vec<&Attempt> = self.rows.iter().filter(|row| row.key.arm == arm.name).collect();
        let header = self.header(arm, &rows);
        let mut exchanges = warm_up(run, arm, &header)?;
        for row in rows {
            let capture = run.capture(&row.capture).into_diagnostic()?;
            let exchange = Exchange::new(&header, Ask::label_for(&row.key), row.r#try, capture);
            exchanges.push(Exchange { judged: Some(row.outcome.kind.name().into()), ..exchange });
        }
        exchanges.iter_mut().for_each(|exchange| exchange.http = sent(&header, exchange));
        Ok(Cassette { header, exchanges })
    }

    fn header(&self, arm: &ArmReceipt, rows: &[&Attempt]) -> Header {
        let receipt = &self.receipt;
        let dialect = arm.facts.get("dialect").cloned().unwrap_or_default();
        Header {
            format: FORMAT,
            name: arm.name.clone(),
            dialect,
            recorded: receipt.started.clone(),
            reconstructed: false,
            any_rung: false,
            provenance: Some(rows.iter().map(|row| row.provenance).max().unwrap_or(arm.provenance)),
            facts: manifest(&arm.engine, &arm.facts),
            engine_evidence: arm.engine_evidence.clone(),
            nonce: arm.canary.as_ref().map(Canary::bare_nonce),
            asked: Some(self.asked(arm)),
            suites: self.plan.suites.iter().map(|suite| self.suite(suite)).collect(),
            gonogo: Some(receipt.gonogo.clone()),
            why: format!(
                "recorded with `gonogo run --record` from arm `{}` of run {}",
                arm.name, receipt.run
            ),
        }
    }

    fn asked(&self, arm: &ArmReceipt) -> Asked {
        let repeats = self.plan.attempts.iter().map(|planned| planned.key.repeat + 1);
        Asked {
            seed: self.plan.seed,
            repeat: repeats.max().unwrap_or(1),
            max_tokens: self.flags.as_ref().and_then(|flags| flags.max_tokens),
            temperature: self.flags.as_ref().and_then(|flags| flags.temperature),
            default_max_tokens: self.config.run.max_tokens,
            default_temperature: self.config.run.temperature,
            retry: arm.retry.clone(),
        }
    }

    fn suite(&self, suite: &Suite) -> RecordedSuite {
        let planned = || self.plan.attempts.iter().filter(|planned| planned.key.suite == suite.name);
        let rungs: BTreeSet<&String> = planned().filter_map(|planned| planned.key.rung.as_ref()).collect();
        let cases: BTreeSet<&String> = planned().map(|planned| &planned.key.case).collect();
        let part = cases.len() < suite.cases.len();
        RecordedSuite {
            name: suite.name.clone(),
            hash: suite.hash.clone(),
            rungs: rungs.into_iter().cloned().collect(),
            cases: part.then(|| cases.into_iter().cloned().collect()),
        }
    }
}

/// The flags of the run, from its command line; of a merged run, from its first part's.
fn flags(receipt: &Receipt) -> Option<RunArgs> {
    let command = &receipt.parts.first().unwrap_or(receipt).command;
    let Command::Run(args) = Cli::try_parse_from(command).ok()?.command else { return None };
    Some(args)
}

/// What the arm was asked before the run; the same request again is another try.
fn warm_up(run: &RunDir, arm: &ArmReceipt, header: &Header) -> Result<Vec<Exchange>> {
    let mut tries: BTreeMap<String, u32> = BTreeMap::new();
    let mut exchanges = Vec::new();
    for hash in &arm.warm_up {
        let capture = run.capture(hash).into_diagnostic()?;
        let half = if capture.request.constraint.is_some() { "constrained" } else { "free" };
        let label = format!("canary/{half}#{}", arm.name);
        let r#try = *tries.entry(label.clone()).and_modify(|r#try| *r#try += 1).or_insert(0);
        exchanges.push(Exchange { warm_up: true, ..Exchange::new(header, label, r#try, capture) });
    }
    Ok(exchanges)
}

/// The request as it went out. It is made again of the arm's facts, which have no secret, and not of its
/// configuration, which may.
fn sent(header: &Header, exchange: &Exchange) -> Option<Sent> {
    let encoded = dialect(&header.dialect)?.encode(&exchange.capture.request, &target(&header.facts)).ok()?;
    Some(Sent::from(&encoded))
}
