//! What ran, on what.

use gonogo_core::{Machine, Revision};
use gonogo_tables::{Cell, Row, Table, format::NOTHING};

use crate::{
    CorpusFacts, Limits, SurveyPlan,
    report::{
        ArmReport, Report,
        words::{count, mebibytes},
    },
};

/// Versions, options and costs of the arms.
pub(crate) fn arms(report: &Report) -> Table {
    let rows = report.arms.iter().map(|arm| Row {
        label: arm.name.clone(),
        cells: vec![
            Cell::Text(format!("{} {}", arm.engine, arm.version.as_deref().unwrap_or("(version unknown)"))),
            Cell::Text(options(arm)),
            Cell::Text(facts_of(arm)),
            arm.load.map_or(Cell::Nothing, |load| Cell::Text(load.to_string())),
            arm.timer.map_or(Cell::Nothing, |timer| Cell::Text(timer.to_string())),
        ],
    });
    Table {
        id: "arms",
        title: "Arms".into(),
        note: "An arm is an engine in one configuration. `defaults`: what a user of the engine gets without asking. \
               `matched`: whatever differs by default is set alike. Loading is of vocabulary and engine, once a worker, \
               and in no other figure; nor is the start of the process."
            .into(),
        corner: "arm".into(),
        columns: ["engine", "options", "as it says", "load", "cost of timing"].map(String::from).to_vec(),
        rows: rows.collect(),
        folded: false,
    }
}

fn options(arm: &ArmReport) -> String {
    let Some(options) = arm.options.as_object().filter(|options| !options.is_empty()) else {
        return "its own defaults".into();
    };
    let option = |(name, value): (&String, &serde_json::Value)| match value.as_str() {
        Some(text) => format!("{name} = {text}"),
        None => format!("{name} = {value}"),
    };
    options.iter().map(option).collect::<Vec<_>>().join(", ")
}

fn facts_of(arm: &ArmReport) -> String {
    if arm.facts.is_empty() {
        return NOTHING.into();
    }
    arm.facts.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
}

/// The run, its machine, corpora, vocabulary and limits.
pub(crate) fn facts(report: &Report) -> Table {
    let (plan, receipt) = (&report.plan, &report.receipt);
    let mut rows: Vec<(&str, String)> = vec![
        ("run", receipt.survey.clone()),
        ("started", receipt.started.clone()),
        ("finished", receipt.finished.clone().unwrap_or_else(|| "not finished".into())),
        ("command", receipt.command.join(" ")),
        ("gonogo", revision(&receipt.gonogo)),
        ("machine", machine(&receipt.machine)),
    ];
    rows.extend(plan.corpora.iter().map(|corpus| ("corpus", self::corpus(corpus))));
    rows.push(("subjects", subjects(plan)));
    let tokenizer = &plan.tokenizer;
    rows.push((
        "tokenizer",
        format!(
            "{} ({}): {} tokens, sha256 {}",
            tokenizer.name,
            tokenizer.format,
            count(tokenizer.tokens.into()),
            tokenizer.sha256
        ),
    ));
    rows.push(("limits", limits(&plan.limits)));
    rows.push(("seed", plan.seed.to_string()));
    rows.push(("at a time", format!("{} trials", plan.lanes)));
    Table {
        id: "facts",
        title: "Receipt".into(),
        note: "What ran, on what.".into(),
        corner: "fact".into(),
        columns: vec!["value".into()],
        rows: rows
            .into_iter()
            .map(|(label, value)| Row { label: label.into(), cells: vec![Cell::Text(value)] })
            .collect(),
        folded: false,
    }
}

fn corpus(corpus: &CorpusFacts) -> String {
    let skipped = match corpus.skipped.len() as u64 {
        0 => String::new(),
        skipped => format!(", {} entries not taken up", count(skipped)),
    };
    format!("{}: {} schemas{skipped}, sha256 {}", corpus.name, count(corpus.schemas.into()), corpus.sha256)
}

fn subjects(plan: &SurveyPlan) -> String {
    let narrowed = if plan.narrowed.is_empty() {
        String::new()
    } else {
        format!(" (narrowed by {})", plan.narrowed.join(" "))
    };
    let (schemas, instances) = (count(plan.subjects.into()), count(plan.instances.into()));
    format!(
        "{schemas} schemas with {instances} instances{narrowed}; masks of the first {} compared",
        plan.compared
    )
}

fn revision(gonogo: &Revision) -> String {
    let commit = gonogo.built_from.as_deref().unwrap_or("unknown commit");
    format!("{} ({} build of {commit})", gonogo.version, gonogo.profile)
}

fn machine(machine: &Machine) -> String {
    let memory = machine.memory_bytes >> 20;
    format!("{}, {}, {} cores, {} MiB", machine.os, machine.cpu, machine.cores, count(memory))
}

fn limits(limits: &Limits) -> String {
    format!(
        "{} to compile with the first mask, {} a step, {} for all walks of a schema, {} without a heartbeat, {} resident",
        limits.compile,
        limits.mask,
        limits.walks,
        limits.silence,
        mebibytes(limits.memory_bytes),
    )
}
