//! A probe's findings as text and as JSON.

use comfy_table::{Table as Grid, presets::NOTHING};
use gonogo_backend::Identity;
use gonogo_dialects::shorten;
use gonogo_runner::{ChannelFinding, Finding, Probed};
use serde_json::{Value, json};

use super::look::Look;

/// Characters of a reason in a table.
const WHY: usize = 90;

/// Everything there is to show.
pub(super) struct Shown<'a> {
    pub(super) arm: &'a str,
    pub(super) identity: &'a Identity,
    pub(super) looks: &'a [Look],
    pub(super) probed: &'a Probed,
}

impl Shown<'_> {
    /// For people.
    pub(super) fn text(&self) -> String {
        let Identity { kind, engine, facts, .. } = self.identity;
        let mut head = format!("arm {}: {kind}, said to run {engine}", self.arm);
        for fact in ["dialect", "endpoint", "model.name", "engine.version"] {
            if let Some(value) = facts.get(fact).filter(|value| !value.is_empty()) {
                head.push_str(&format!(", {fact} {value}"));
            }
        }
        let mut parts = vec![head];
        if !self.looks.is_empty() {
            parts.push(self.looks.iter().map(look).collect::<Vec<_>>().join("\n"));
        }
        parts.push(self.channels());
        let why = self.reasons();
        if !why.is_empty() {
            parts.push(why.join("\n"));
        }
        parts.push(self.keywords());
        parts.push(self.verdict());
        parts.join("\n\n")
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
        match self.probed.own() {
            Some(own) => format!("{}: {} is {}", self.arm, own.channel, own.verdict.name()),
            None => format!("{}: its own channel was not probed", self.arm),
        }
    }

    /// For machines.
    pub(super) fn json(&self) -> Value {
        let channels: Vec<Value> = self.probed.channels.iter().map(channel).collect();
        let keywords =
            self.probed.keywords.iter().map(|row| with(json!({"keyword": row.keyword}), &row.finding));
        json!({
            "arm": self.arm,
            "kind": self.identity.kind,
            "engine": self.identity.engine,
            "provenance": self.identity.provenance,
            "verdict": self.probed.own().map(|own| own.verdict.name()),
            "facts": self.identity.facts,
            "looks": self.looks.iter().map(Look::json).collect::<Vec<_>>(),
            "channels": channels,
            "keywords": keywords.collect::<Vec<_>>(),
        })
    }
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
    }
    object
}

fn look(look: &Look) -> String {
    let status = look.status.map_or("---".to_owned(), |status| status.to_string());
    format!("GET /{:<12} {status}  {}", look.path, look.shown)
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
