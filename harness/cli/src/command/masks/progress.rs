//! A survey as it goes: a bar on a terminal, a line a tenth elsewhere, and what takes workers down either way.

use gonogo_masks::{Blame, Record, Subject, judge};
use gonogo_survey::News;
use indicatif::ProgressBar;
use std::collections::HashMap;

use crate::ui::Ui;

/// Shows what happens.
pub(super) struct Progress<'a> {
    ui: Ui,
    bar: ProgressBar,
    subjects: HashMap<&'a str, &'a Subject>,
    done: usize,
    planned: usize,
}

impl<'a> Progress<'a> {
    /// Of trials of these subjects.
    pub(super) fn new(ui: Ui, subjects: &'a [Subject]) -> Self {
        let subjects = subjects.iter().map(|subject| (subject.id.as_str(), subject)).collect();
        Self { ui, bar: ProgressBar::hidden(), subjects, done: 0, planned: 0 }
    }

    /// Shows one thing.
    pub(super) fn tell(&mut self, news: &News<'_>) {
        match news {
            News::Opened(arm, ready) => self.ui.note(&format!(
                "{}: {} {}, {} settings",
                arm.name,
                ready.engine,
                ready.engine_version,
                arm.configuration.name()
            )),
            News::Begins { done, planned } => {
                (self.done, self.planned) = (*done, *planned);
                self.ui.note(&format!("{} of {planned} trials to make", planned - done));
                self.bar = self.ui.bar(*planned, *done);
            }
            News::Trial(record) => self.trial(record),
        }
    }

    fn trial(&mut self, record: &Record) {
        let before = self.tenth();
        self.done += 1;
        self.bar.inc(1);
        if let Some(loss) = self.subjects.get(record.subject.as_str()).and_then(|of| loss(of, record)) {
            self.say(&loss);
        }
        if self.bar.is_hidden() && self.tenth() > before {
            self.ui.note(&format!("{} of {} trials", self.done, self.planned));
        }
    }

    fn tenth(&self) -> usize {
        (self.done * 10).checked_div(self.planned).unwrap_or_default()
    }

    fn say(&self, text: &str) {
        if self.bar.is_hidden() { self.ui.note(text) } else { self.bar.println(text) }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A line about a trial that did not come back.
fn loss(subject: &Subject, record: &Record) -> Option<String> {
    let judged = judge(subject, record);
    match judged.class.blame() {
        Blame::Resources | Blame::Harness => Some(format!(
            "{:<16} {} {}: {}",
            judged.class.name(),
            record.arm,
            record.subject,
            judged.detail.unwrap_or_default()
        )),
        Blame::Nobody | Blame::Declared | Blame::Silent => None,
    }
}
