//! A probe's answers, kept before anything reads them.

use std::path::Path;

use gonogo_core::{Capture, FORMAT, ObserverError};
use gonogo_runner::{Asked, Clock, SystemClock, Watcher};
use gonogo_store::ProbeDir;
use miette::{IntoDiagnostic, Result};
use serde_json::{Value, json};

use crate::{config::Config, machine, ui::Ui};

/// The folder of this probe, and what was kept in it.
pub(super) struct Store {
    dir: ProbeDir,
    started: String,
    asked: Vec<Value>,
    ui: Ui,
}

impl Store {
    /// Makes the folder.
    pub(super) fn create(out: &Path, arm: &str, ui: Ui) -> Result<Self> {
        let started = SystemClock.now();
        let dir = ProbeDir::create(out, arm, &started).into_diagnostic()?;
        Ok(Self { dir, started, asked: Vec::new(), ui })
    }

    /// Adds when, by which gonogo and of which captures, writes it all down, and returns it.
    pub(super) fn finish(self, mut found: Value, config: &Config) -> Result<Value> {
        let gonogo = serde_json::to_value(machine::revision(&config.project)).into_diagnostic()?;
        if let Some(members) = found.as_object_mut() {
            members.insert("format".into(), FORMAT.into());
            members.insert("started".into(), self.started.into());
            members.insert("finished".into(), SystemClock.now().into());
            members.insert("gonogo".into(), gonogo);
            members.insert("asked".into(), self.asked.into());
        }
        self.dir.finish(&found).into_diagnostic()?;
        self.ui.note(&format!("answers and findings: {}", self.dir.path().display()));
        Ok(found)
    }
}

impl Watcher for Store {
    fn asking(&mut self, what: &str) {
        self.ui.note(&format!("asking: {what}"));
    }

    fn captured(&mut self, asked: &Asked<'_>, capture: &Capture) -> Result<(), ObserverError> {
        let failed = |error: gonogo_store::StoreError| ObserverError {
            observer: "the probe's folder".into(),
            cause: Box::new(error),
        };
        self.dir.keep(capture).map_err(failed)?;
        let Asked { channel, stream, what, hash } = asked;
        self.asked.push(json!({"channel": channel, "stream": stream, "what": what, "capture": hash}));
        Ok(())
    }
}
