//! The report as one HTML file: every attempt with what was asked and what came back.

use std::{collections::BTreeSet, sync::Arc};

use gonogo_core::{Attempt, Capture, Enforcement, Receipt};
use gonogo_page::{Page, Shown, page};
use gonogo_report::{GateResult, Report};
use gonogo_runner::Judges;
use gonogo_store::RunDir;
use miette::{IntoDiagnostic, Result};

use crate::command::run::JUDGE_LIMIT;

/// Rows that a page holds: more make it slow to open, and nobody opens so many.
const MOST: usize = 500;

/// A row's raw answer, and its text.
struct Opened {
    capture: Arc<Capture>,
    answer: String,
}

/// The page of a run; `command` makes it again.
pub(crate) fn html(
    dir: &RunDir,
    receipt: &Receipt,
    rows: &[Attempt],
    report: &Report,
    gate: Option<&GateResult>,
    command: &str,
) -> Result<String> {
    let plan = dir.plan().into_diagnostic()?;
    let judges = Judges::new(&plan, JUDGE_LIMIT).into_diagnostic()?;
    let kept = choose(rows);
    let opened: Vec<(&Attempt, Option<Opened>)> =
        kept.into_iter().map(|row| (row, open(dir, receipt, &judges, row))).collect();
    let attempts: Vec<Shown<'_>> = opened
        .iter()
        .map(|(attempt, opened)| Shown {
            attempt,
            capture: opened.as_ref().map(|opened| &*opened.capture),
            answer: opened.as_ref().map(|opened| opened.answer.as_str()),
        })
        .collect();
    let left_out = (rows.len() - attempts.len()) as u64;
    page(&Page { report, gate, attempts: &attempts, left_out, command }).into_diagnostic()
}

/// Shows the answers of the captures that the report says to open first.
pub(crate) fn open_captures(
    dir: &RunDir,
    receipt: &Receipt,
    rows: &[Attempt],
    report: &mut Report,
) -> Result<()> {
    if report.blame.captures.is_empty() {
        return Ok(());
    }
    let plan = dir.plan().into_diagnostic()?;
    let judges = Judges::new(&plan, JUDGE_LIMIT).into_diagnostic()?;
    report.open_captures(|hash| {
        let row = rows.iter().find(|row| row.capture == *hash)?;
        open(dir, receipt, &judges, row).map(|opened| opened.answer)
    });
    Ok(())
}

/// What failed comes before what passed where not everything can be kept; the order stays the journal's.
fn choose(rows: &[Attempt]) -> Vec<&Attempt> {
    let (failed, passed): (Vec<usize>, Vec<usize>) =
        (0..rows.len()).partition(|index| rows.get(*index).is_some_and(|row| !row.outcome.passed()));
    let kept: BTreeSet<usize> = failed.into_iter().chain(passed).take(MOST).collect();
    rows.iter().enumerate().filter(|(index, _)| kept.contains(index)).map(|(_, row)| row).collect()
}

fn open(dir: &RunDir, receipt: &Receipt, judges: &Judges, row: &Attempt) -> Option<Opened> {
    let capture = Arc::new(dir.capture(&row.capture).ok()?);
    let enforcement = receipt.arm(&row.key.arm).map_or(Enforcement::Unproven, |arm| arm.enforcement);
    let judged = judges.judge(&row.key, &capture, enforcement);
    let answer = String::from_utf8_lossy(&judged.answer.text).into_owned();
    Some(Opened { capture, answer })
}
