//! The arms of a run, open, warm and with their receipts.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{BuildHasher, Hasher, RandomState},
    sync::Arc,
};

use gonogo_core::{ArmReceipt, Capture, Caveat, End, EngineEvidence, Phase, Provenance, Witness};
use gonogo_replay::{RECORDED_ARM, RECORDED_NONCE};
use gonogo_runner::{OpenArm, WarmUp};
use gonogo_store::Journal;
use miette::{IntoDiagnostic, Result, miette};

use crate::{arm, config::Config, planning::Settings, ui::Ui};

/// Facts by name.
type Facts = BTreeMap<String, String>;

/// Open arms by name.
#[derive(Debug, Default)]
pub(crate) struct OpenArms {
    arms: BTreeMap<String, OpenArm>,
    receipts: Vec<ArmReceipt>,
    warm_up: Vec<Capture>,
}

/// Opens and warms up every arm, one after the other, so that they do not disturb each other.
pub(crate) async fn open(names: &[String], settings: &Settings, config: &Config, ui: Ui) -> Result<OpenArms> {
    let mut arms = OpenArms::default();
    let mut away = Vec::new();
    for name in names {
        let known = arm::known::open(name, config.arm(name)?, config, settings.concurrency)
            .await
            .map_err(arm::diagnostic)?;
        // An arm that is called by another engine's name would be compared under it.
        let evidence = known.evidence.map_err(arm::diagnostic)?;
        let conduct = settings.conduct.get(name).cloned().unwrap_or_default();
        let instant = config.arm(name)?.is_instant();
        let mut open = OpenArm { conduct, instant, ..OpenArm::new(Arc::clone(&known.backend)) };
        // A recorded canary was sent to the arm that was recorded, and is known by its name.
        let recorded = open.backend.identity().facts.get(RECORDED_ARM).cloned();
        let warm_up = if settings.canary {
            let name = recorded.as_deref().unwrap_or(name);
            gonogo_runner::warm_up(&open, name, settings.seed, &nonce(&open, name, settings.seed))
                .await
                .into_diagnostic()?
        } else {
            WarmUp { enforcement: open.enforcement, canary: None, captures: Vec::new() }
        };
        if let Some(odd) = config.arm(name)?.odd_engine() {
            ui.note(&format!("{name}: {odd}"));
        }
        if let Some(cause) = nobody_there(&open, &warm_up) {
            ui.note(&format!("{name}: cannot be reached: {cause}"));
            away.push((name, cause));
        }
        open.enforcement = warm_up.enforcement;
        let price = config.arm(name)?.price.clone();
        let receipt =
            ArmReceipt { price, engine_evidence: evidence, ..receipt(name, &open, &warm_up, known.facts) };
        ui.note(&format!(
            "{name}: {} {}{}, constraint {}",
            receipt.kind,
            receipt.engine,
            receipt.engine_evidence.as_ref().map_or(String::new(), named_by),
            receipt.enforcement.name()
        ));
        arms.receipts.push(receipt);
        arms.warm_up.extend(warm_up.captures);
        arms.arms.insert(name.clone(), open);
    }
    somebody_there(names, &away)?;
    Ok(arms)
}

/// What the arm's canary allows: something that nobody has ever been asked for, and of a recording what was recorded.
pub(crate) fn nonce(arm: &OpenArm, name: &str, seed: u64) -> String {
    let identity = arm.backend.identity();
    match identity.facts.get(RECORDED_NONCE) {
        Some(recorded) => recorded.clone(),
        None if identity.provenance == Provenance::Replay => gonogo_runner::nonce(name, seed, None),
        None => gonogo_runner::nonce(name, seed, Some(fresh())),
    }
}

/// Randomness of the operating system: what the standard library keys its hash maps with.
pub(crate) fn fresh() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Whether there is an arm to run on. One that is away is rows of its own and keeps no other from running; where
/// all are, an address is wrong or nothing was started.
fn somebody_there(names: &[String], away: &[(&String, String)]) -> Result<()> {
    match away {
        [(name, cause), ..] if away.len() == names.len() => Err(miette!(
            help = "start it or correct its `base_url`; `gonogo run --no-canary` begins a run all the same",
            "arm `{name}` cannot be reached, so that nothing can be shown of it: {cause}"
        )),
        _ => Ok(()),
    }
}

/// Why no connection stood for anything that the warm-up sent. A recording has no peer.
fn nobody_there(arm: &OpenArm, warm_up: &WarmUp) -> Option<String> {
    if arm.backend.identity().provenance == Provenance::Replay {
        return None;
    }
    let mut sent = warm_up.captures.iter().filter(|capture| !capture.end.is_unsent());
    let failed = |capture: &Capture| match &capture.end {
        End::Broken { phase: Phase::Connect, message } => Some(message.clone()),
        End::TimedOut { phase: Phase::Connect, limit } => Some(format!("no connection within {limit}")),
        End::Complete
        | End::TimedOut { .. }
        | End::Died { .. }
        | End::Broken { .. }
        | End::Garbled { .. }
        | End::Oversize { .. }
        | End::Unsent { .. }
        | End::Unsupported { .. } => None,
    };
    let first = failed(sent.next()?)?;
    sent.all(|capture| failed(capture).is_some()).then_some(first)
}

/// Whose word an engine is, in a line.
fn named_by(evidence: &EngineEvidence) -> String {
    match evidence.by {
        Witness::Claimed => format!(" (claimed only: {})", evidence.why),
        Witness::Worker | Witness::Server | Witness::Channel => format!(" ({})", evidence.why),
    }
}

/// What the receipt says of an arm.
fn receipt(name: &str, arm: &OpenArm, warm_up: &WarmUp, server: Facts) -> ArmReceipt {
    let identity = arm.backend.identity();
    let mut facts = identity.facts.clone();
    facts.extend(server);
    ArmReceipt {
        name: name.to_owned(),
        kind: identity.kind.to_owned(),
        engine: identity.engine.clone(),
        engine_evidence: None,
        provenance: identity.provenance,
        enforcement: arm.enforcement,
        canary: warm_up.canary.clone(),
        load: warm_up.load(),
        warm_up: warm_up.captures.iter().filter_map(|capture| Some(capture.encode().ok()?.0)).collect(),
        facts,
        retry: (arm.conduct.retry.tries > 1).then(|| arm.conduct.retry.clone()),
        breaker: arm.conduct.breaker,
        price: None,
    }
}

impl OpenArms {
    /// For the runner.
    pub(crate) fn by_name(&self) -> &BTreeMap<String, OpenArm> {
        &self.arms
    }

    /// For the receipt, in the order given.
    pub(crate) fn receipts(&self) -> Vec<ArmReceipt> {
        self.receipts.clone()
    }

    /// The doubt that two engines were compared with options of their own choosing.
    pub(crate) fn defaults_differ(&self) -> Option<Caveat> {
        let by_default = |arm: &&ArmReceipt| {
            let mut options = arm.facts.iter().filter(|(fact, _)| fact.starts_with("option."));
            arm.engine != "none" && options.any(|(_, value)| value == "default")
        };
        let arms: Vec<&ArmReceipt> = self.receipts.iter().filter(by_default).collect();
        let engines: BTreeSet<&str> = arms.iter().map(|arm| arm.engine.as_str()).collect();
        (engines.len() > 1)
            .then(|| Caveat::DefaultsDiffer { arms: arms.iter().map(|arm| arm.name.clone()).collect() })
    }

    /// Keeps the warm-up's answers: they are the evidence behind `proven`.
    pub(crate) fn keep_captures(&self, journal: &Journal) -> Result<()> {
        for capture in &self.warm_up {
            journal.keep(capture).into_diagnostic()?;
        }
        Ok(())
    }
}
