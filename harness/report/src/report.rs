//! A run's report: every figure computed once, from rows and receipt alone.

use gonogo_core::{Attempt, Caveat, ContentHash, Receipt};
use gonogo_stats::Sample;

use crate::{
    Blame, Broke, Example, Table, caveats, censored::is_censored, cost, discordant, examples, failures,
    latency, phases, receipt, rows::Rows, steps, success, summary, tries,
};

/// What is to be read about a run.
#[derive(Debug, Clone)]
pub struct Report {
    /// Name of the run.
    pub run: String,
    /// Why the run is not whole; `None` when it is.
    pub shortfall: Option<String>,
    /// The plain-language paragraph, in Markdown.
    pub summary: String,
    /// First tries.
    pub rows: u64,
    /// Attempts planned.
    pub planned: u64,
    /// Every table, in reading order.
    pub tables: Vec<Table>,
    /// Doubts.
    pub caveats: Vec<Caveat>,
    /// Who to talk to about what failed.
    pub blame: Blame,
    /// One failure per arm.
    pub examples: Vec<Example>,
    /// The receipt.
    pub receipt: Receipt,
    /// Total latencies by arm label, for the plot.
    pub(crate) latencies: Vec<Latencies>,
}

/// Total latencies of an arm, nanoseconds.
#[derive(Debug, Clone)]
pub(crate) struct Latencies {
    pub(crate) arm: String,
    pub(crate) passed: Sample,
    /// Of every first try; what a time limit cut off is censored.
    pub(crate) all: Sample,
}

impl Report {
    /// The report of these rows.
    #[must_use]
    pub fn new(receipt: &Receipt, attempts: &[Attempt]) -> Self {
        let rows = Rows::new(receipt, attempts);
        let pairs = success::pairs(&rows);
        let blame = Blame::of(&rows);
        let mut tables = vec![success::success_table(&rows)];
        tables.extend((rows.arms.len() > 1).then(|| success::pairs_table(&rows, &pairs)));
        tables.extend(discordant::discordant_table(&rows));
        tables.extend([
            failures::families_table(&rows),
            failures::kinds_table(&rows),
            failures::domains_table(&rows),
            blame.table().clone(),
        ]);
        tables.push(latency::own_table(&rows));
        tables.extend(latency::common_table(&rows));
        tables.extend(phases::phases_table(&rows));
        tables.extend(phases::server_table(&rows));
        tables.push(latency::work_table(&rows));
        tables.extend(failures::rungs_table(&rows));
        tables.extend(steps::steps_table(&rows));
        tables.extend(tries::tries_table(&rows));
        tables.extend(cost::cost_table(&rows));
        tables.push(receipt::run_table(receipt));
        tables.extend(receipt::arms_tables(&rows));
        Self {
            run: receipt.run.clone(),
            shortfall: summary::shortfall(receipt, rows.n()),
            summary: summary::summary(&rows, &pairs),
            rows: rows.n(),
            planned: u64::from(receipt.planned),
            tables,
            caveats: caveats::caveats(receipt, attempts, &rows),
            examples: examples::examples(&rows),
            blame,
            receipt: receipt.clone(),
            latencies: latencies(&rows),
        }
    }

    /// Shows the answers of the captures to open first, where `answer` has their text.
    pub fn open_captures(&mut self, mut answer: impl FnMut(&ContentHash) -> Option<String>) {
        for capture in self.blame.captures.iter_mut().filter(|capture| !capture.reconstructed) {
            capture.broke = answer(&capture.capture).and_then(|text| Broke::of(&text, &capture.detail));
        }
    }

    /// The table of this name.
    #[must_use]
    pub fn table(&self, id: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.id == id)
    }
}

fn latencies(rows: &Rows<'_>) -> Vec<Latencies> {
    let total = |attempt: &Attempt| latency::ns(attempt.response());
    rows.arms
        .iter()
        .map(|arm| Latencies {
            arm: arm.label(),
            passed: arm.passed().map(total).collect(),
            all: arm
                .first
                .iter()
                .filter(|attempt| !is_censored(attempt))
                .map(|attempt| total(attempt))
                .collect::<Sample>()
                .with_censored(
                    arm.first.iter().filter(|attempt| is_censored(attempt)).map(|attempt| total(attempt)),
                ),
        })
        .collect()
}
