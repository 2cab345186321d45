//! `gonogo masks shrink`: the smallest schema on which an engine still fails in the same way.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use clap::Args;
use gonogo_corpus::{Entry, Formats, Instance, Spelling, Validity, recheck_within};
use gonogo_masks::{Class, Judged, Sample, Shrunk, Subject, judge, shrink};
use gonogo_protocol::masks::Ready;
use gonogo_survey::{News, Station, open, subjects};
use miette::{IntoDiagnostic, Result, miette};
use serde_json::{Value, json};

use super::{
    EngineArgs, Whose,
    engines::Registry,
    start::{stop_on_ctrl_c, unopened},
    tokenizer::Cutter,
};
use crate::{config::Config, exit_status::ExitStatus, format::Format, near, ui::Ui};

/// What validating one instance may take.
const BUDGET: Duration = Duration::from_secs(5);

/// Arguments of `gonogo masks shrink`.
#[derive(Debug, Args)]
pub(crate) struct ShrinkArgs {
    /// A file with the schema, alone or with instances: whatever a corpus may be
    schema: PathBuf,
    #[command(flatten)]
    engines: EngineArgs,
    /// Whose settings the engine gets
    #[arg(long, value_enum, value_name = "WHOSE", default_value_t = Whose::Defaults)]
    options: Whose,
    /// The schema of this id, where the file has several
    #[arg(long, value_name = "ID")]
    only: Option<String>,
    /// Schemas to try at most
    #[arg(long, value_name = "N", default_value_t = 5000, value_parser = clap::value_parser!(u32).range(1..))]
    budget: u32,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What is looked for: the class, and in what words where the engine has words for it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Failure {
    class: Class,
    words: String,
}

/// Shrinks.
pub(super) fn run(args: &ShrinkArgs, config: &Config, ui: Ui) -> Result<ExitStatus> {
    if args.engines.engine.len() != 1 {
        return Err(miette!(help = "name one with --engine", "a schema is shrunk for one engine"));
    }
    let entry = entry(args)?;
    let cutter = Cutter::open(&args.engines, config)?;
    let entrants = Registry::new(&args.engines, config, &cutter).entrants(&[args.options.into()])?;
    let entrant = entrants.first().ok_or_else(|| miette!("there is no engine"))?;
    let limits = args.engines.limits();
    let mut said = None;
    let mut note = |news: News<'_>| {
        if let News::Opened(_, ready) = news {
            said = Some(ready.clone());
        }
    };
    // It shows that the arm can be opened, and what it is; trials have a worker of their own.
    drop(open(&entrants, &limits, &mut note).map_err(|error| unopened(&error))?);
    let ready = said.ok_or_else(|| miette!("the engine did not say what it is"))?;
    let stop = stop_on_ctrl_c()?;
    let station = Station::new(entrant, limits, 0, &cutter.tokenizer, &stop);
    let mut bench = Bench { station, entry: &entry, cutter: &cutter };
    let (start, failure) = bench.failing()?;
    ui.note(&format!("{}: {} on {}", entry.id, failure.class.name(), entrant.arm.name));
    let budget = usize::try_from(args.budget).unwrap_or(usize::MAX);
    let shrunk = shrink(start, budget, &mut |sample| bench.shows(sample, &failure, &stop));
    let shrunk = match shrunk {
        Ok(shrunk) => shrunk,
        Err(Stopped) => return Ok(ExitStatus::Interrupted),
    };
    ui.note(&format!("{} schemas tried", shrunk.tried));
    let found = Found { shrunk, failure, ready, arm: entrant.arm.name.clone(), entry: &entry };
    match args.format {
        Format::Text => ui.data(&found.text(&bench))?,
        Format::Json => ui.data(&serde_json::to_string_pretty(&found.json()).into_diagnostic()?)?,
    }
    Ok(ExitStatus::Success)
}

/// The schema that is meant.
fn entry(args: &ShrinkArgs) -> Result<Entry> {
    let mut entries = gonogo_corpus::read(&args.schema).into_diagnostic()?.entries;
    if let Some(id) = &args.only {
        return match entries.iter().position(|entry| entry.id == *id) {
            Some(at) => Ok(entries.swap_remove(at)),
            None => Err(miette!(
                help = near::advice(id, entries.iter().map(|entry| entry.id.as_str())),
                "{} has no schema `{id}`",
                args.schema.display()
            )),
        };
    }
    match (entries.pop(), entries.len()) {
        (Some(entry), 0) => Ok(entry),
        (_, others) => Err(miette!(
            help = "name one with --only ID",
            "{} has {} schemas",
            args.schema.display(),
            others + 1
        )),
    }
}

/// That somebody pressed Ctrl-C.
struct Stopped;

/// Where samples are tried.
struct Bench<'a> {
    station: Station<'a>,
    entry: &'a Entry,
    cutter: &'a Cutter,
}

impl Bench<'_> {
    /// The sample to begin with, and how it fails.
    fn failing(&mut self) -> Result<(Sample, Failure)> {
        let schema: Value = serde_json::from_str(&self.entry.schema).into_diagnostic()?;
        let instances = self.entry.instances.iter();
        let parsed: Vec<Value> =
            instances.filter_map(|instance| serde_json::from_str(&instance.text).ok()).collect();
        let bare = Sample { schema, instance: None };
        let all = std::iter::once(None).chain(parsed.into_iter().map(Some));
        for instance in all {
            let sample = Sample { instance, ..bare.clone() };
            if let Some(failure) = self.failure(&sample).filter(|failure| failure.class != Class::Ok) {
                return Ok((sample, failure));
            }
        }
        Err(miette!(
            help = "there is nothing to shrink; is it another engine, or another configuration (--options matched)?",
            "{} treats `{}` as it should",
            self.station.arm().name,
            self.entry.id
        ))
    }

    fn shows(&mut self, sample: &Sample, failure: &Failure, stop: &AtomicBool) -> Result<bool, Stopped> {
        let shows = self.failure(sample).as_ref() == Some(failure);
        if stop.load(Ordering::Relaxed) { Err(Stopped) } else { Ok(shows) }
    }

    /// How the engine treats a sample; `None` where that cannot be said.
    fn failure(&mut self, sample: &Sample) -> Option<Failure> {
        let judged = self.judged(sample)?.1;
        let words = match judged.class {
            // Two refusals are the same only for the same reason.
            Class::Rejected | Class::GaveUp => reason(judged.detail.as_deref().unwrap_or_default()),
            Class::Broken
            | Class::Crashed
            | Class::OutOfMemory
            | Class::Hung
            | Class::CompileTimeout
            | Class::MaskTimeout
            | Class::Unsound
            | Class::OverAndUnder
            | Class::UnderConstrained
            | Class::OverConstrained
            | Class::WhitespaceBound
            | Class::OrderBound
            | Class::Ok => String::new(),
        };
        Some(Failure { class: judged.class, words })
    }

    /// A sample as a subject, and what came of it. Its instance counts as the validator says.
    fn judged(&mut self, sample: &Sample) -> Option<(Subject, Judged)> {
        let mut entry =
            Entry { schema: sample.schema.to_string(), instances: Vec::new(), ..self.entry.clone() };
        entry.instances.extend(sample.instance.as_ref().map(|instance| Instance {
            id: "instance".into(),
            text: spelled(instance),
            labelled: true,
            why: None,
        }));
        let found = recheck_within(&entry, Formats::AsLabelled, BUDGET);
        for (instance, validity) in entry.instances.iter_mut().zip(&found) {
            instance.labelled = match validity {
                Validity::Valid => true,
                Validity::Invalid { .. } => false,
                Validity::Undecided { .. } => return None,
            };
        }
        let made = subjects(std::slice::from_ref(&entry), &[found], &self.cutter.tokenizer);
        let subject = made.subjects.into_iter().next()?;
        let record = self.station.trial(&subject, false)?;
        let judged = judge(&subject, &record);
        Some((subject, judged))
    }
}

/// An instance as corpora spell it: a refusal may be about the whitespace.
fn spelled(instance: &Value) -> String {
    Spelling::default().spell(&instance.to_string())
}

/// A message without what differs from schema to schema: numbers, and what stands in quotes.
fn reason(message: &str) -> String {
    let mut words = String::new();
    let mut quote = None;
    for character in message.chars() {
        match quote {
            Some(end) if character == end => quote = None,
            Some(_) => {}
            None if matches!(character, '"' | '`' | '\'') => quote = Some(character),
            None if character.is_ascii_digit() => {}
            None => words.push(character),
        }
    }
    words
}

/// What was found.
struct Found<'a> {
    shrunk: Shrunk,
    failure: Failure,
    ready: Ready,
    arm: String,
    entry: &'a Entry,
}

impl Found<'_> {
    fn text(&self, bench: &Bench<'_>) -> String {
        let schema = self.shrunk.sample.schema.to_string();
        let mut parts = vec![format!("schema    {schema}")];
        let instance = self.shrunk.sample.instance.as_ref();
        parts.extend(instance.map(|instance| format!("instance  {}", spelled(instance))));
        if !self.shrunk.minimal {
            parts.push("(not the smallest yet: raise --budget)".into());
        }
        parts.push(String::new());
        parts.push(self.issue(bench));
        parts.join("\n")
    }

    /// One paragraph for whoever maintains the engine.
    fn issue(&self, bench: &Bench<'_>) -> String {
        let Self { shrunk, failure, ready, .. } = self;
        let engine = format!("{} {}", ready.engine, ready.engine_version);
        let options = &bench.station.arm().options;
        let settings = if options.as_object().is_some_and(serde_json::Map::is_empty) {
            "its defaults".to_owned()
        } else {
            format!("the options `{options}`")
        };
        let instance = shrunk.sample.instance.as_ref();
        let instance = instance.map(|instance| format!(" With the instance `{}`:", spelled(instance)));
        format!(
            "{engine}, with {settings} and the tokenizer of {}, on the JSON Schema ({}) `{}`.{} {} (class `{}`) Found by `gonogo masks`.",
            bench.cutter.tokenizer.name(),
            self.entry.draft.name(),
            shrunk.sample.schema,
            instance.unwrap_or_default(),
            failure.class.meaning(),
            failure.class.name(),
        )
    }

    fn json(&self) -> Value {
        json!({
            "format": 1,
            "schema": self.shrunk.sample.schema,
            "instance": self.shrunk.sample.instance,
            "class": self.failure.class,
            "arm": self.arm,
            "engine": self.ready.engine,
            "version": self.ready.engine_version,
            "of": self.entry.id,
            "tried": self.shrunk.tried,
            "minimal": self.shrunk.minimal,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn a_reason_is_the_same_whatever_the_schema_calls_its_parts() {
        let one = reason("Unimplemented keys: [\"uniqueItems\"] at line 12");
        assert_eq!(one, reason("Unimplemented keys: [\"x\"] at line 3"));
        assert_ne!(one, reason("unresolvable reference"));
    }
}
