//! A probe's findings as text and as JSON.

use comfy_table::{Table as Grid, presets::NOTHING};
use gonogo_backend::Identity;
use gonogo_core::Nanos;
use gonogo_dialects::shorten;
use gonogo_runner::{ChannelFinding, Finding, Medians, Probed, SchemaLatency, Verdict};
use serde_json::{Value, json};

use super::look;
use crate::arm::known::Known;

/// Characters of a reason in a table.
const WHY: usize = 90;

/// Everything there is to show.
pub(super) struct Shown<'a> {
    pub(super) arm: &'a str,
    pub(super) seed: u64,
    pub(super) known: &'a Known,
    pub(super) probed: &'a Probed,
}

impl Shown<'_> {
    /// For people.
    pub(super) fn text(&self) -> String {
        let Identity { kind, engine, facts, .. } = self.known.backend.identity();
        let mut head = format!("arm {}: {kind}, engine {engine}", self.arm);
        for fact in ["dialect", "endpoint", "model.name", "engine.version"] {
            if let Some(value) = facts.get(fact).filter(|value| !value.is_empty()) {
                head.push_str(&format!(", {fact} {value}"));
            }
        }
        let mut parts = vec![head, self.engine(engine)];
        if !self.known.looks.is_empty() {
            parts.push(self.known.looks.iter().map(look::line).collect::<Vec<_>>().join("\n"));
        }
        if !self.known.facts.is_empty() {
            let facts = self.known.facts.iter().map(|(fact, value)| format!("{fact} = {value}"));
            parts.push(format!("Manifest\n{}", facts.collect::<Vec<_>>().join("\n")));
        }
        parts.push(self.channels());
        let why = self.reasons();
        if !why.is_empty() {
            parts.push(why.join("\n"));
        }
        parts.push(self.keywords());
        parts.extend(self.probed.latency.as_ref().map(latency));
        parts.push(self.verdict());
        parts.join("\n\n")
    }

    /// Whose word the engine is.
    fn engine(&self, engine: &str) -> String {
        match &self.known.evidence {
            Ok(None) => "A control: it has no engine".into(),
            Ok(Some(evidence)) => {
                format!("Engine {engine}, by the word of: {} ({})", evidence.by.name(), evidence.why)
            }
            Err(error) => format!("ENGINE CONTRADICTED: {}. {}", error.cause, error.remedy),
        }
    }

    fn channels(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for canary in self.probed.channels.iter().flat_map(|channel| &channel.canaries) {
            if !names.contains(&canary.canary) {
                names.push(canary.canary);
            }
        }
        let mut grid =
            grid(["channel", "answers"].into_iter().chain(names.iter().copied()).chain(["verdict"]));
        for channel in &self.probed.channels {
            for stream in [false, true] {
                let found = |name: &str| {
                    channel.canaries.iter().find(|canary| canary.canary == name && canary.stream == stream)
                };
                if names.iter().all(|name| found(name).is_none()) {
                    continue;
                }
                let cells =
                    names.iter().map(|name| found(name).map_or("", |canary| canary.finding.verdict.name()));
                let row = [label(channel).as_str(), mode(stream)].map(str::to_owned).into_iter();
                let verdict = channel.verdict.name().to_owned();
                grid.add_row(row.chain(cells.map(str::to_owned)).chain([verdict]));
            }
        }
        format!("Channels (* the arm's own, + another server's)\n{grid}")
    }

    /// Why a channel is not enforced, and what became of an uncompilable schema.
    fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        for channel in &self.probed.channels {
            for canary in channel.canaries.iter().filter(|canary| !canary.finding.why.is_empty()) {
                let (name, answers) = (&channel.channel, mode(canary.stream));
                reasons.push(format!("{name}, {answers}, {}: {}", canary.canary, reason(&canary.finding)));
            }
        }
        for channel in &self.probed.channels {
            if let Some(finding) = &channel.uncompilable {
                let verdict = finding.verdict.name();
                reasons.push(format!(
                    "{}, uncompilable schema: {verdict}: {}",
                    channel.channel,
                    reason(finding)
                ));
            }
        }
        reasons
    }

    fn keywords(&self) -> String {
        if self.known.is_control() {
            return "Keywords: a control has no channel of its own to ask for them".into();
        }
        if self.probed.keywords.is_empty() {
            return "Keywords: not asked for, or the arm's own channel is not enforced".into();
        }
        let mut grid = grid(["keyword", "verdict", "why"].into_iter());
        for row in &self.probed.keywords {
            grid.add_row([
                row.keyword,
                row.finding.verdict.name(),
                &shorten::line(&reason(&row.finding), WHY),
            ]);
        }
        format!("Keywords, on the arm's own channel\n{grid}")
    }

    fn verdict(&self) -> String {
        if self.known.is_control() {
            return self.control();
        }
        match self.probed.own() {
            Some(own) => format!("{}: {}", self.arm, conclusion(own)),
            None => format!("{}: its own channel was not probed", self.arm),
        }
    }

    /// A control's own requests carry no constraint; what its peer does with those of others is another matter.
    fn control(&self) -> String {
        let others: Vec<String> = self.probed.channels.iter().map(conclusion).collect();
        format!(
            "{}: a control, which sends no constraint, so that none is enforced on its answers\nFor an arm that sends \
             one here: {}",
            self.arm,
            others.join("; ")
        )
    }

    /// For machines.
    pub(super) fn json(&self) -> Value {
        let identity = self.known.backend.identity();
        let evidence = match &self.known.evidence {
            Ok(evidence) => json!(evidence),
            Err(error) => json!({"contradiction": error.cause, "remedy": error.remedy}),
        };
        let channels: Vec<Value> = self.probed.channels.iter().map(channel).collect();
        let keywords =
            self.probed.keywords.iter().map(|row| with(json!({"keyword": row.keyword}), &row.finding));
        json!({
            "arm": self.arm,
            "seed": self.seed,
            "kind": identity.kind,
            "engine": identity.engine,
            "engine_evidence": evidence,
            "control": self.known.is_control(),
            "provenance": identity.provenance,
            "verdict": self.probed.own().map(|own| own.verdict.name()),
            "facts": identity.facts,
            "manifest": self.known.facts,
            "looks": self.known.looks.iter().map(look::json).collect::<Vec<_>>(),
            "channels": channels,
            "keywords": keywords.collect::<Vec<_>>(),
            "latency": self.probed.latency.as_ref().map(latency_json),
        })
    }
}

/// What was found about a channel, in a line.
fn conclusion(channel: &ChannelFinding) -> String {
    let open = channel.uncompilable.as_ref().is_some_and(|found| found.verdict == Verdict::FailsOpen);
    let open =
        if open { ", but FAILS OPEN: a schema that it cannot compile is dropped without a word" } else { "" };
    format!("{} is {}{open}", channel.channel, channel.verdict.name())
}

fn channel(channel: &ChannelFinding) -> Value {
    let canaries = channel
        .canaries
        .iter()
        .map(|canary| with(json!({"canary": canary.canary, "stream": canary.stream}), &canary.finding));
    json!({
        "channel": channel.channel,
        "own": channel.own,
        "foreign": channel.foreign,
        "verdict": channel.verdict.name(),
        "canaries": canaries.collect::<Vec<_>>(),
        "uncompilable": channel.uncompilable.as_ref().map(|finding| with(json!({}), finding)),
    })
}

/// Adds a finding to an object.
fn with(mut object: Value, finding: &Finding) -> Value {
    if let Some(members) = object.as_object_mut() {
        members.insert("verdict".into(), finding.verdict.name().into());
        members.insert("why".into(), finding.why.as_str().into());
        members.insert("answer".into(), finding.answer.as_str().into());
        members.insert("captures".into(), json!(finding.captures));
    }
    object
}

/// What a new schema costs, in words: latencies seen from here, and no more than that.
fn latency(latency: &SchemaLatency) -> String {
    let SchemaLatency { stream, rounds, cold, warm, why, .. } = latency;
    let head = format!(
        "New schemas against the same again ({}, medians of {rounds}; latencies seen from here, the way and the queue \
         included)",
        mode(*stream)
    );
    if !why.is_empty() {
        return format!("{head}\nno figures: {why}");
    }
    let shown = |time: Option<Nanos>| time.map_or("-".to_owned(), |time| time.to_string());
    let mut grid = grid(["", "first byte", "first token"].into_iter());
    for (name, medians) in [("new", cold), ("again", warm)] {
        grid.add_row([name.to_owned(), shown(medians.first_byte), shown(medians.first_token)]);
    }
    format!("{head}\n{grid}")
}

fn latency_json(latency: &SchemaLatency) -> Value {
    let SchemaLatency { stream, rounds, cold, warm, why, captures } = latency;
    let medians = |of: &Medians| json!({"first_byte_ns": of.first_byte.map(|at| at.0), "first_token_ns": of.first_token.map(|at| at.0)});
    json!({
        "seen_from": "outside",
        "stream": stream,
        "n": rounds,
        "cold_median": medians(cold),
        "warm_median": medians(warm),
        "why": why,
        "captures": captures,
    })
}

fn label(channel: &ChannelFinding) -> String {
    let mark = match (channel.own, channel.foreign) {
        (true, _) => " *",
        (false, true) => " +",
        (false, false) => "",
    };
    format!("{}{mark}", channel.channel)
}

fn mode(stream: bool) -> &'static str {
    if stream { "streamed" } else { "plain" }
}

/// A finding's reason, with the answer where that is what shows it.
fn reason(finding: &Finding) -> String {
    let answer = finding.answer.trim();
    match (finding.why.as_str(), answer) {
        ("", answer) => answer.to_owned(),
        (why, "") => why.to_owned(),
        (why, answer) => format!("{} ({why})", shorten::quoted(answer)),
    }
}

fn grid<'a>(header: impl Iterator<Item = &'a str>) -> Grid {
    let mut grid = Grid::new();
    grid.load_style(NOTHING);
    grid.set_header(header);
    grid
}
