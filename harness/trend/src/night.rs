//! One night of one arm.

use std::collections::BTreeMap;

use gonogo_core::{Attempt, Domain, Receipt, RunStatus};
use gonogo_stats::{Clustered, Confidence, Interval, Quantile, Rate, Sample};
use gonogo_tables::table::real;
use serde::Serialize;

/// A run, as one night of a series.
#[derive(Debug, Clone, Copy)]
pub struct Night<'a> {
    /// Its receipt.
    pub receipt: &'a Receipt,
    /// Its rows.
    pub attempts: &'a [Attempt],
}

/// Why a night does not count in its series, though it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Left {
    /// Rows are missing.
    Unfinished,
    /// Replayed or simulated.
    NoEvidence,
    /// Infrastructure spoiled more than a fifth of its attempts.
    Spoiled,
    /// Nothing was tried.
    Empty,
}

impl Left {
    /// Why, in words.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::NoEvidence => "no evidence: replayed or simulated",
            Self::Spoiled => "infrastructure spoiled more than a fifth",
            Self::Empty => "nothing was tried",
        }
    }
}

/// What one night shows of an arm, first tries only.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// The run.
    pub run: String,
    /// When it was started.
    pub started: String,
    /// First tries.
    pub n: u64,
    /// Of these passed.
    pub passed: u64,
    /// Of these spoiled by infrastructure.
    pub spoiled: u64,
    /// Share passed of those that infrastructure did not spoil, every case with the same weight.
    pub success: Option<f64>,
    /// Wilson's interval at 95 %, at the effective size where cases repeat.
    pub interval: [f64; 2],
    /// Geometric mean over cases of the total time of what passed, nanoseconds.
    pub time: Option<f64>,
    /// Median of the total time of what passed, nanoseconds, with its interval.
    pub median: Option<[Option<f64>; 3]>,
    /// Why it does not count.
    pub left: Option<Left>,
    /// Whether the questions are others than the night before, so that a new series begins.
    pub restarts: bool,
}

/// More than this share of attempts spoiled says more about the line than about the arm.
const SPOILED: f64 = 0.2;

impl<'a> Night<'a> {
    fn first(&self, arm: &'a str) -> impl Iterator<Item = &'a Attempt> {
        self.attempts.iter().filter(move |attempt| attempt.key.arm == arm && attempt.is_first())
    }

    /// What the night shows of `arm`; whether it restarts a series is for the caller to say.
    pub(crate) fn point(&self, arm: &'a str) -> Point {
        let rows: Vec<&Attempt> = self.first(arm).collect();
        let is_spoiled = |attempt: &&Attempt| attempt.outcome.domain == Domain::Infrastructure;
        let spoiled = rows.iter().copied().filter(|row| is_spoiled(row)).count() as u64;
        let clean: Vec<&Attempt> = rows.iter().copied().filter(|row| !is_spoiled(row)).collect();
        let (success, Interval { low, high }) = success(&clean);
        let totals: Sample = clean
            .iter()
            .filter(|attempt| attempt.outcome.passed())
            .map(|attempt| real(attempt.response().0))
            .collect();
        let quantile = totals.quantile(0.5, Confidence::P95);
        Point {
            run: self.receipt.run.clone(),
            started: self.receipt.started.clone(),
            n: rows.len() as u64,
            passed: rows.iter().filter(|attempt| attempt.outcome.passed()).count() as u64,
            spoiled,
            success,
            interval: [low, high],
            time: time(&clean),
            median: quantile.map(|Quantile { value, low, high, .. }| [Some(value), low, high]),
            left: self.left(&rows, spoiled),
            restarts: false,
        }
    }

    fn left(&self, rows: &[&Attempt], spoiled: u64) -> Option<Left> {
        if rows.is_empty() {
            Some(Left::Empty)
        } else if rows.iter().any(|attempt| !attempt.provenance.is_evidence()) {
            Some(Left::NoEvidence)
        } else if self.receipt.status == RunStatus::Unfinished {
            Some(Left::Unfinished)
        } else if real(spoiled) > SPOILED * real(rows.len() as u64) {
            Some(Left::Spoiled)
        } else {
            None
        }
    }

    /// What was asked: suites by content, and how. Nights of one series agree in it.
    pub(crate) fn question(&self, arm: &str) -> String {
        let run = self.receipt;
        let mut suites: Vec<String> =
            run.suites.iter().map(|suite| format!("{} {} {}", suite.name, suite.hash, suite.cases)).collect();
        suites.sort();
        format!("{arm} {} {} {}", run.temperature, run.max_tokens, suites.join(" "))
    }
}

/// Cases of an arm, with what became of each attempt.
fn cases<'a>(rows: &[&'a Attempt]) -> BTreeMap<(&'a str, &'a str), Vec<&'a Attempt>> {
    let mut cases: BTreeMap<(&str, &str), Vec<&Attempt>> = BTreeMap::new();
    for row in rows {
        cases.entry((&row.key.suite, &row.key.case)).or_default().push(row);
    }
    cases
}

fn success(rows: &[&Attempt]) -> (Option<f64>, Interval) {
    let mut clustered = Clustered::default();
    let (mut sum, mut n) = (0.0, 0_u64);
    for attempts in cases(rows).values() {
        let passed = attempts.iter().filter(|attempt| attempt.outcome.passed()).count() as u64;
        let group = Rate { passed, n: attempts.len() as u64 };
        sum += group.value().unwrap_or_default();
        n += 1;
        clustered.push(group);
    }
    ((n > 0).then(|| sum / real(n)), clustered.rate(Confidence::P95).wilson(Confidence::P95))
}

fn time(rows: &[&Attempt]) -> Option<f64> {
    let logs: Vec<f64> = cases(rows)
        .values()
        .filter_map(|attempts| {
            let logs: Vec<f64> = attempts
                .iter()
                .filter(|attempt| attempt.outcome.passed())
                .map(|attempt| real(attempt.response().0.max(1)).ln())
                .collect();
            (!logs.is_empty()).then(|| logs.iter().sum::<f64>() / real(logs.len() as u64))
        })
        .collect();
    (!logs.is_empty()).then(|| (logs.iter().sum::<f64>() / real(logs.len() as u64)).exp())
}
