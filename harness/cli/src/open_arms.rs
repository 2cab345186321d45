//! The arms of a run, open, warm and with their receipts.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use gonogo_core::{ArmReceipt, Capture, Caveat, EngineEvidence, Receipt, Witness};
use gonogo_replay::RECORDED_ARM;
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
            gonogo_runner::warm_up(&open, recorded.as_deref().unwrap_or(name), settings.seed)
                .await
                .into_diagnostic()?
        } else {
            WarmUp { enforcement: open.enforcement, canary: None, captures: Vec::new() }
        };
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
    Ok(arms)
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

    /// Whether these are the arms `receipt` speaks of: rows of different engines, models or
    /// options must not end up under one name.
    pub(crate) fn same_as(&self, receipt: &Receipt) -> Result<()> {
        for now in &self.receipts {
            let Some(then) = receipt.arm(&now.name) else { continue };
            let changed: Vec<String> = then
                .facts
                .iter()
                .filter(|(fact, value)| now.facts.get(*fact) != Some(value))
                .map(|(fact, value)| {
                    format!("{fact} was {value}, is {}", now.facts.get(fact).map_or("absent", String::as_str))
                })
                .collect();
            let whose = |arm: &ArmReceipt| arm.engine_evidence.as_ref().map(|evidence| evidence.by);
            let named = whose(then).is_none() || whose(then) == whose(now);
            if !changed.is_empty() || then.enforcement != now.enforcement || !named {
                return Err(miette!(
                    help = "start a new run; rows of different arms cannot share a name",
                    "arm `{}` is not what it was when the run began: {}",
                    now.name,
                    if !changed.is_empty() {
                        changed.join("; ")
                    } else if named {
                        "its enforcement changed".into()
                    } else {
                        "the engine's name is another's word than it was".into()
                    }
                ));
            }
        }
        Ok(())
    }
}
