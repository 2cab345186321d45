//! What ran, on what.

use gonogo_core::{Machine, Revision, RunStatus};
use gonogo_tables::{
    Cell, Row, Table,
    format::{NOTHING, and, code, inline},
};

use crate::{
    Configuration, CorpusFacts, Limits, SurveyPlan,
    report::{
        ArmReport, Report,
        findings::closed,
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
        note: format!(
            "An arm is an engine in one configuration. `defaults`: what a user of the engine gets without asking. {}Loading is of \
             vocabulary and engine, once a worker, and in no other figure; nor is the start of the process.{}",
            matched(report),
            hosted(report)
        ),
        corner: "arm".into(),
        columns: ["engine", "options", "as it says", "load", "cost of timing"].map(String::from).to_vec(),
        rows: rows.collect(),
        folded: false,
    }
}

/// What matched options are for, in sentences; nothing where no arm has them.
fn matched(report: &Report) -> String {
    let Some(arm) = report.arms.iter().find(|arm| arm.configuration == Configuration::Matched) else {
        return String::new();
    };
    let closed = if closed(report, &arm.name) {
        " They are for comparing and no recommendation: `closed` is stricter than JSON Schema, because it forbids members \
         that a schema does not name, so that valid instances with such members are refused; engines that fix the order of \
         members cannot do otherwise."
    } else {
        ""
    };
    format!(
        "`matched`: the options on which engines differ by default, set alike on all, so that a difference is the engine's and \
         not its settings'; read speed and language of one engine against another there, and what your users get off \
         `defaults`.{closed} "
    )
}

/// Which workers run inside an interpreter whose calls are in the times, as a sentence.
fn hosted(report: &Report) -> String {
    let hosted = report
        .arms
        .iter()
        .filter_map(|arm| Some(format!("{} ({})", code(&arm.name), inline(arm.facts.get("engine.python")?))));
    match &hosted.collect::<Vec<_>>()[..] {
        [] => String::new(),
        arms => format!(
            " Python is in the times of {}: the worker runs inside an interpreter and calls the engine through it, once to \
             compile, and for every mask and every accept.",
            and(arms)
        ),
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
    let stopped = match receipt.status {
        RunStatus::Complete => "finished",
        RunStatus::Unfinished => "last stopped, unfinished",
    };
    let mut rows: Vec<(&str, String)> = vec![
        ("run", receipt.survey.clone()),
        ("started", receipt.started.clone()),
        (stopped, receipt.finished.clone().unwrap_or_else(|| NOTHING.into())),
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
