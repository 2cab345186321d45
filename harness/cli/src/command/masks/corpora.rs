//! The corpora of a survey: read, narrowed, checked by the validator, cut into tokens.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use gonogo_corpus::Entry;
use gonogo_masks::{CorpusFacts, Left, Subject};
use gonogo_survey::{Kept, subjects, validity};
use gonogo_tokenizer::Tokenizer;
use miette::{IntoDiagnostic, Result, miette};

use super::settings::matches;
use crate::{config::Config, home::Home, ui::Ui};

/// The corpus of the repository.
pub(super) const OWN: &str = "suites/keywords";

/// What is tried, and what it is from.
pub(super) struct Corpora {
    pub(super) facts: Vec<CorpusFacts>,
    entries: Vec<Entry>,
    /// What narrowed them.
    pub(super) narrowed: Vec<String>,
}

/// The corpora that are asked for, or those of the configuration, or the repository's own.
pub(super) fn named(asked: &[PathBuf], config: &Config) -> Vec<PathBuf> {
    if !asked.is_empty() {
        return asked.to_vec();
    }
    match config.masks.corpora.as_slice() {
        [] => vec![config.path(Path::new(OWN))],
        configured => configured.iter().map(|path| config.path(path)).collect(),
    }
}

impl Corpora {
    /// Reads them.
    pub(super) fn read(paths: &[PathBuf], ui: Ui) -> Result<Self> {
        let mut all = Self { facts: Vec::new(), entries: Vec::new(), narrowed: Vec::new() };
        let mut ids = BTreeSet::new();
        for path in paths {
            let corpus = gonogo_corpus::read(path).into_diagnostic()?;
            if let Some(entry) = corpus.entries.iter().find(|entry| !ids.insert(entry.id.clone())) {
                return Err(miette!(
                    help = "records are kept by id: survey the corpora one by one",
                    "two corpora have a schema with the id `{}`",
                    entry.id
                ));
            }
            if !corpus.skipped.is_empty() {
                ui.note(&format!("{}: {} things in it were not taken up", corpus.name, corpus.skipped.len()));
            }
            let skipped = corpus.skipped.into_iter();
            all.facts.push(CorpusFacts {
                name: corpus.name,
                sha256: corpus.sha256,
                schemas: u32::try_from(corpus.entries.len()).unwrap_or(u32::MAX),
                skipped: skipped.map(|left| Left { what: left.what, cause: left.cause }).collect(),
            });
            all.entries.extend(corpus.entries);
        }
        Ok(all)
    }

    /// Keeps only the schemas of this pattern.
    pub(super) fn only(&mut self, pattern: &str) -> Result<()> {
        self.entries.retain(|entry| matches(pattern, &entry.id));
        self.narrowed.push(format!("--only '{pattern}'"));
        self.any_left(&format!("no schema's id matches `{pattern}`"))
    }

    /// Leaves the schemas of this pattern out.
    pub(super) fn except(&mut self, pattern: &str) -> Result<()> {
        self.entries.retain(|entry| !matches(pattern, &entry.id));
        self.narrowed.push(format!("--except '{pattern}'"));
        self.any_left(&format!("every schema's id matches `{pattern}`"))
    }

    fn any_left(&self, else_say: &str) -> Result<()> {
        match self.entries.is_empty() {
            false => Ok(()),
            true => Err(miette!(
                help = "ids are `FILE/…` or what the corpus calls them; `*` is any text",
                "{else_say}"
            )),
        }
    }

    /// Keeps so many schemas, drawn by the seed, in the corpora's order.
    pub(super) fn sample(&mut self, count: u32, seed: u64) {
        let mut order: Vec<usize> = (0..self.entries.len()).collect();
        gonogo_survey::shuffle(&mut order, seed);
        order.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        let drawn: BTreeSet<usize> = order.into_iter().collect();
        let mut at = 0;
        self.entries.retain(|_| {
            at += 1;
            drawn.contains(&(at - 1))
        });
        self.narrowed.push(format!("--sample {count} --seed {seed}"));
    }

    /// The corpora's names, for the name of a survey.
    pub(super) fn name(&self) -> String {
        self.facts.iter().map(|facts| facts.name.as_str()).collect::<Vec<_>>().join("-")
    }

    /// Has every instance checked by the validator, and makes subjects of what is left. `validator` identifies
    /// it among what is kept.
    pub(super) fn subjects(
        &mut self,
        tokenizer: &Tokenizer,
        validator: &str,
        config: &Config,
        ui: Ui,
    ) -> Vec<Subject> {
        let instances: usize = self.entries.iter().map(|entry| entry.instances.len()).sum();
        ui.note(&format!("checking the labels of {instances} instances of {} schemas", self.entries.len()));
        let kept = Kept { folder: Home::of(&config.project).cache(), validator: validator.to_owned() };
        let found = validity(&self.name(), &self.entries, &kept);
        let made = subjects(&self.entries, &found, tokenizer);
        for left in &made.left {
            ui.note(&format!("{}: left out: {}", left.what, left.cause));
        }
        if let Some(facts) = self.facts.first_mut() {
            facts.skipped.extend(made.left);
        }
        made.subjects
    }
}
