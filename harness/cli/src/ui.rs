//! What people see: data on stdout, everything else on stderr.

use std::io::{ErrorKind, IsTerminal, Write};

use gonogo_core::{Event, Observer, ObserverError, Then};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use miette::{IntoDiagnostic, Result};

/// The two streams.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ui {
    quiet: bool,
}

impl Ui {
    /// `quiet` silences notes and progress, never data or errors.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// A line of data. A reader that went away is no error: the rest is just not wanted.
    pub(crate) fn data(self, text: &str) -> Result<()> {
        let mut out = anstream::stdout();
        match writeln!(out, "{text}").and_then(|()| out.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
            result => result.into_diagnostic(),
        }
    }

    /// A line for people.
    pub(crate) fn note(self, text: &str) {
        if !self.quiet {
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// A bar on a terminal, hidden elsewhere.
    pub(crate) fn bar(self, planned: usize, done: usize) -> ProgressBar {
        if self.quiet || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(Some(planned as u64), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} [{elapsed} < {eta}] {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_position(done as u64);
        bar
    }

    /// A progress display of a run.
    pub(crate) fn progress(self) -> Progress {
        Progress { bar: ProgressBar::hidden(), ui: self, passed: 0, lines: String::new() }
    }
}

/// Watches a run: a bar on a terminal, a line an attempt elsewhere.
pub(crate) struct Progress {
    bar: ProgressBar,
    ui: Ui,
    passed: u32,
    /// Lines that were not shown yet: attempts come in bunches, and writing each by itself costs more than the rest
    /// of what is done for it here.
    lines: String,
}

impl Progress {
    fn say(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.lines.push('\n');
        }
        self.lines.push_str(text);
    }

    fn show(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        match lines.as_str() {
            "" => {}
            lines if self.bar.is_hidden() => self.ui.note(lines),
            lines => self.bar.println(lines),
        }
    }
}

impl Observer for Progress {
    fn on(&mut self, event: &Event) -> std::result::Result<(), ObserverError> {
        match event {
            Event::RunStarted { receipt, done } => {
                self.bar = self.ui.bar(receipt.planned as usize, *done as usize);
            }
            Event::AttemptStarted { planned, .. } if !self.bar.is_hidden() => {
                self.bar.set_message(planned.key.to_string());
            }
            Event::AttemptStarted { .. } => {}
            Event::Captured { .. } => {}
            Event::AttemptFinished { attempt } => {
                self.passed += u32::from(attempt.outcome.passed() && attempt.then.is_none());
                let (kind, total) = (attempt.outcome.kind.name(), attempt.timings.total);
                let then = match attempt.then {
                    None => "",
                    Some(Then::Retry) => ", to be tried again",
                    Some(Then::Step) => ", on to the next step",
                };
                self.bar.inc(u64::from(attempt.then.is_none()));
                self.say(&format!("{kind:<18} {} {total}{then}", attempt.key));
            }
            Event::ArmPaused { arm, failures, wait } => self.say(&format!(
                "{arm}: {failures} failures of its infrastructure in a row; left alone for {wait}"
            )),
            Event::ArmGivenUp { arm, left } => {
                self.say(&format!("{arm}: given up; {left} of its attempts are left out"));
            }
            Event::RunFinished { rows, planned, interrupted } => {
                self.show();
                self.bar.finish_and_clear();
                let how = if *interrupted { "interrupted" } else { "finished" };
                self.ui.note(&format!(
                    "{how}: {rows} of {planned} attempts are concluded, {} passed now",
                    self.passed
                ));
            }
        }
        Ok(())
    }

    fn sync(&mut self) -> std::result::Result<(), ObserverError> {
        self.show();
        Ok(())
    }
}
